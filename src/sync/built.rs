//! What was built was built from the sources that are there, and what runs is what was built.
//!
//! A build is known by the record of its inputs and its output; what runs is the subject of [`running`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Context, Files};
use super::finding::{Finding, Severity};
use super::hash::{Contents, Digest, Trouble};
use super::keep::keep;
use super::record::{Record, Sums, differences};
use super::running::{self, Running};
use super::{Glob, Job, command};
use crate::process::Invocation;

/// Something built, and who runs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Built {
    /// What it is built from.
    pub inputs: Vec<Glob>,
    /// What is built.
    pub output: Output,
    /// The building command as it was written; a part of the record.
    pub command: Option<String>,
    /// The services that run now and were started from it.
    pub running: Vec<Running>,
}

/// What is built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// A file, absolute.
    File(PathBuf),
    /// Something that a program names, such as an image in the store of a container engine.
    Named {
        /// As it is shown.
        name: String,
        /// Prints its identity.
        identify: Invocation,
    },
}

/// The check at work.
pub struct BuiltJob<'a> {
    built: &'a Built,
    context: Context<'a>,
    inputs: Files,
}

/// Looks for the inputs.
pub fn job<'a>(built: &'a Built, context: Context<'a>) -> BuiltJob<'a> {
    BuiltJob { built, context, inputs: context.expand(&built.inputs) }
}

impl Job for BuiltJob<'_> {
    fn files(&self) -> Vec<PathBuf> {
        self.inputs.paths.iter().cloned().chain(self.file().map(Path::to_path_buf)).collect()
    }

    fn sources(&self) -> Vec<PathBuf> {
        self.inputs.paths.iter().cloned().collect()
    }

    fn judge(&self, contents: &Contents) -> Vec<Finding> {
        let mut found = self.troubles(contents);
        match self.identity(contents) {
            Ok(sum) => {
                found.push(self.judge_build(sum, contents));
                found.extend(
                    self.built.running.iter().map(|one| running::judge(one, self.file(), sum, self.context)),
                );
            }
            Err(finding) => found.push(*finding),
        }
        found
    }

    fn record(&self, contents: &Contents) -> Option<Vec<Finding>> {
        let mut against = self.troubles(contents);
        against.retain(|finding| finding.severity > Severity::InStep);
        let outputs: Sums = match self.identity(contents) {
            Ok(sum) => [(self.name(), sum)].into_iter().collect(),
            Err(finding) => {
                against.push(*finding);
                Sums::new()
            }
        };
        Some(keep(self.context, &self.sums(contents), &outputs, self.built.command.as_deref(), against))
    }
}

impl BuiltJob<'_> {
    /// The path of what is built, if it is a file.
    fn file(&self) -> Option<&Path> {
        match &self.built.output {
            Output::File(path) => Some(path),
            Output::Named { .. } => None,
        }
    }

    fn name(&self) -> String {
        match &self.built.output {
            Output::File(path) => self.context.shown(path),
            Output::Named { name, .. } => name.clone(),
        }
    }

    fn troubles(&self, contents: &Contents) -> Vec<Finding> {
        let unread = self.inputs.paths.iter().filter_map(|path| {
            let trouble = contents.get(path).err()?;
            Some(self.context.trouble(path, &trouble))
        });
        self.inputs.findings.iter().cloned().chain(unread).collect()
    }

    fn sums(&self, contents: &Contents) -> Sums {
        let sum = |path: &PathBuf| Some((self.context.shown(path), contents.get(path).ok()?));
        self.inputs.paths.iter().filter_map(sum).collect()
    }

    /// The sum of what was built, or why there is none.
    fn identity(&self, contents: &Contents) -> Result<Digest, Box<Finding>> {
        match &self.built.output {
            Output::File(path) => {
                contents.get(path).map_err(|trouble| Box::new(self.no_file(path, &trouble)))
            }
            Output::Named { name, identify } => {
                let unknown = |(why, said): (String, Vec<String>)| {
                    let message = format!("{name}: unknown, the command that identifies it {why}");
                    Box::new(Finding::new(Severity::Unknown, name, message).details(said))
                };
                let said = command::answer(identify, self.context.ground.interrupted).map_err(unknown)?;
                match said.trim_ascii() {
                    [] => Err(unknown(("printed nothing".to_owned(), Vec::new()))),
                    id => Ok(Digest::of(id)),
                }
            }
        }
    }

    fn no_file(&self, path: &Path, trouble: &Trouble) -> Finding {
        if *trouble != Trouble::Missing {
            return self.context.trouble(path, trouble);
        }
        let place = self.context.shown(path);
        // What was never built here, as after a clone, is in step with everything.
        if matches!(Record::load(self.context.ground.records, &self.context.check.name), Ok(None)) {
            return Finding::new(Severity::Note, &place, format!("{place}: not built yet"));
        }
        let message = format!("{place}: OUT OF SYNC, it was built and is not there any more");
        self.context.mended(Finding::new(Severity::Drift, place, message))
    }

    /// What the record says of it.
    fn judge_build(&self, sum: Digest, contents: &Contents) -> Finding {
        match Record::load(self.context.ground.records, &self.context.check.name) {
            Ok(Some(record)) => self.judge_recorded(&record, sum, contents),
            Ok(None) => {
                let unknown = self.finding(Severity::Unknown, "unknown, it was never recorded");
                unknown.action([self.context.record_command()])
            }
            Err(error) => self.finding(Severity::Unknown, &format!("unknown, {error}")),
        }
    }

    fn finding(&self, severity: Severity, text: &str) -> Finding {
        let place = self.name();
        let message = format!("{place}: {text}");
        Finding::new(severity, place, message)
    }

    fn judge_recorded(&self, record: &Record, sum: Digest, contents: &Contents) -> Finding {
        let unread = self.inputs.paths.iter().filter(|path| contents.get(path).is_err());
        let unread: BTreeSet<String> = unread.map(|path| self.context.shown(path)).collect();
        let changed = differences(&record.sources, &self.sums(contents), |name| !unread.contains(name));
        let command = self.built.command.as_ref().map(|words| Digest::of(words.as_bytes()));
        let changed: Vec<String> = changed.into_iter().map(|(name, how)| format!("{name}: {how}")).collect();
        let same = record.outputs.get(&self.name()) == Some(&sum);
        let (severity, text) = match (changed.is_empty(), same) {
            _ if command != record.command => {
                (Severity::Drift, "OUT OF SYNC, the command that builds it changed")
            }
            (false, true) => (Severity::Drift, "OUT OF SYNC, its inputs changed since it was built"),
            (true, false) => (Severity::Drift, "OUT OF SYNC, it is not the one that was recorded"),
            (false, false) => {
                (Severity::Unknown, "unknown, it and its inputs changed since they were recorded")
            }
            (true, true) if !unread.is_empty() => (Severity::Unknown, "unknown, an input could not be read"),
            (true, true) => return self.finding(Severity::InStep, "in sync (as recorded)"),
        };
        self.context.mended(self.finding(severity, text).details(changed))
    }
}
