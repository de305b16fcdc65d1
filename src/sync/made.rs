//! Recording what a command made that gladys itself ran: good, if what it was made from stayed as it was meanwhile.

use std::path::PathBuf;

use super::hash::Content;
use super::{Check, Ground, contents, job, record};

/// What checks are made from, as it was before the command ran that makes them good.
pub struct Making<'a> {
    checks: &'a [Check],
    ground: &'a Ground<'a>,
    before: Vec<(PathBuf, Content)>,
}

impl<'a> Making<'a> {
    /// To be called before the command.
    pub fn begin(checks: &'a [Check], ground: &'a Ground<'a>) -> Self {
        Self { checks, ground, before: sources(checks, ground) }
    }

    /// To be called after it succeeded: records the checks, unless their sources changed since it began. What cannot be
    /// recorded stays as it was, and the next `sync-check` says so.
    pub fn keep(self) {
        if self.before == sources(self.checks, self.ground) {
            record(self.checks, self.ground);
        }
    }
}

/// The sources of checks and their sums; none where there is nothing to look at.
fn sources(checks: &[Check], ground: &Ground) -> Vec<(PathBuf, Content)> {
    let jobs: Vec<_> = checks.iter().map(|check| job(check, ground)).collect();
    let paths: Vec<PathBuf> = jobs.iter().flat_map(|job| job.sources()).collect();
    let contents = contents(paths.iter().cloned(), ground);
    paths.into_iter().map(|path| (path.clone(), contents.get(&path))).collect()
}
