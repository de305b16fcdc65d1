//! The files that a check's patterns name, and findings for what the patterns could not give.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Severity};
use super::hash::Trouble;
use super::place;
use super::walk::walk;
use super::{Check, Glob, Ground};

/// A check and the ground it stands on: what its kinds need to say where something is.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub check: &'a Check,
    pub ground: &'a Ground<'a>,
}

/// What patterns came to.
#[derive(Default)]
pub struct Files {
    pub paths: BTreeSet<PathBuf>,
    pub findings: Vec<Finding>,
}

impl Context<'_> {
    /// A path as it is shown.
    pub fn shown(self, path: &Path) -> String {
        place::shown(path, self.ground.root)
    }

    /// A finding with the check's own fix as its action.
    pub fn mended(self, finding: Finding) -> Finding {
        finding.action(self.check.fix_shown.clone())
    }

    /// A file whose content is not known.
    pub fn trouble(self, path: &Path, trouble: &Trouble) -> Finding {
        let place = self.shown(path);
        let message = format!("{place} {trouble}");
        Finding::new(Severity::Unknown, place, message)
    }

    /// What is missing from the ground itself: not known, or a note if the check is optional.
    pub fn absent(self, place: String, message: String) -> Finding {
        let severity = if self.check.optional { Severity::Note } else { Severity::Unknown };
        Finding::new(severity, place, message)
    }

    /// The command that records this check.
    pub fn record_command(self) -> String {
        format!("gladys run sync-check --only {} --record", place::quoted(&self.check.name))
    }

    /// Everything that the patterns match; a pattern without a match is a finding at its span.
    pub fn expand(self, globs: &[Glob]) -> Files {
        let mut files = Files::default();
        for glob in globs {
            let walked = walk(self.ground.root, &glob.pattern);
            let troubles = walked.troubles.iter().map(|(path, trouble)| self.trouble(path, trouble));
            files.findings.extend(troubles);
            if walked.paths.is_empty() {
                let message = format!("no file matches `{}`", glob.shown);
                files.findings.push(self.absent(glob.shown.clone(), message).span(glob.span));
            }
            files.paths.extend(walked.paths);
        }
        files
    }
}
