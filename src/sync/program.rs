//! What a program can tell: a lock file by the tool's own check, and anything else by exit code.

use std::path::PathBuf;

use super::Job;
use super::command::{Ended, run};
use super::files::Context;
use super::finding::{Finding, Severity};
use super::hash::{Contents, hash_file};
use crate::process::Invocation;

/// A lock file and the command that checks it offline, such as `uv lock --check --offline`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Locked {
    /// Ends with 0 if the lock agrees; must not change anything.
    pub command: Invocation,
    /// The lock file, absolute.
    pub file: PathBuf,
}

/// A lock check at work.
pub struct LockJob<'a> {
    pub locked: &'a Locked,
    pub context: Context<'a>,
}

impl Job for LockJob<'_> {
    fn judge(&self, _contents: &Contents) -> Vec<Finding> {
        let file = &self.locked.file;
        let place = self.context.shown(file);
        let before = match hash_file(file) {
            Ok(sum) => sum,
            Err(super::Trouble::Missing) if self.context.check.optional => {
                return vec![Finding::new(Severity::Note, &place, format!("{place}: not there"))];
            }
            Err(super::Trouble::Missing) => {
                let message = format!("{place}: OUT OF SYNC, it does not exist");
                return vec![self.context.mended(Finding::new(Severity::Drift, place, message))];
            }
            Err(trouble) => return vec![self.context.trouble(file, &trouble)],
        };
        let ended = run(&self.locked.command, self.context.ground.interrupted);
        if hash_file(file) != Ok(before) {
            let message = format!("{place}: unknown, the command that checks it changed it");
            return vec![Finding::new(Severity::Unknown, place, message)];
        }
        vec![self.judge_end(place, ended)]
    }
}

impl LockJob<'_> {
    fn judge_end(&self, place: String, ended: Ended) -> Finding {
        match ended {
            Ended::Exit { code: 0, .. } => {
                let message = format!("{place}: in sync");
                Finding::new(Severity::InStep, place, message)
            }
            Ended::Exit { said, .. } if offline(&said) => {
                let message = format!("{place}: unknown, it cannot be checked offline");
                Finding::new(Severity::Unknown, place, message).details(said)
            }
            Ended::Exit { said, .. } => {
                let message = format!("{place}: OUT OF SYNC");
                self.context.mended(Finding::new(Severity::Drift, place, message).details(said))
            }
            Ended::NoAnswer(why, said) => {
                let message = format!("{place}: unknown, the command that checks it {why}");
                Finding::new(Severity::Unknown, place, message).details(said)
            }
        }
    }
}

/// Whether a tool says that it lacks what it would have to download, which says nothing about the lock: cargo
/// ("you may want to retry without the `--offline` flag"), uv ("the network was disabled"), npm (`ENOTCACHED`).
/// A lock that disagrees is named by the same tools as one that needs to be updated.
fn offline(said: &[String]) -> bool {
    let text = said.join("\n").to_lowercase();
    let lacking = ["without the `--offline`", "without the --offline", "network was disabled", "enotcached"];
    let stale = ["needs to be updated", "lock file's", "cannot update the lock file", "in sync"];
    lacking.iter().any(|words| text.contains(words)) && !stale.iter().any(|words| text.contains(words))
}

/// A program whose exit code is the answer, at work.
pub struct RunJob<'a> {
    pub call: &'a Invocation,
    pub context: Context<'a>,
}

impl Job for RunJob<'_> {
    fn judge(&self, _contents: &Contents) -> Vec<Finding> {
        let name = &self.context.check.name;
        let finding = |severity, message: String| Finding::new(severity, name, format!("{name}: {message}"));
        vec![match run(self.call, self.context.ground.interrupted) {
            Ended::Exit { code: 0, .. } => finding(Severity::InStep, "in sync".to_owned()),
            Ended::Exit { code, said } => {
                let drift = finding(Severity::Drift, format!("OUT OF SYNC (exit code {code})"));
                self.context.mended(drift.details(said))
            }
            Ended::NoAnswer(why, said) => {
                finding(Severity::Unknown, format!("unknown, it {why}")).details(said)
            }
        }]
    }
}
