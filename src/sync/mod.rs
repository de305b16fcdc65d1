//! Is the checkout in step with itself, with what it generates and with its databases? By content, never by time.
//!
//! A [`Check`] is a resolved question; its [`Kind`] decides how it is answered, one file for each:
//! - [`same`]: files that exist in several places agree;
//! - [`fresh`]: generated files correspond to their sources, by the descriptor they carry ([`stub`], [`python`],
//!   [`proto`]), by a [`mod@record`] of hashes ([`state`], [`keep`]), or by generating again ([`verify`]);
//! - [`ledger`]: migrations and schema of every database;
//! - [`built`]: a binary or image was built from the sources that are there, and is what runs ([`running`]);
//! - [`program`]: a lock file, or anything else that a command can tell.
//!
//! [`made`] records what a command made that gladys ran anyway.
//!
//! Beneath them: [`walk`] (patterns), [`hash`] (sums), [`command`] (programs), [`place`] (paths as text). All files of
//! all checks are hashed once, together, before any check is judged.

mod built;
mod command;
mod files;
mod finding;
mod fresh;
mod hash;
mod keep;
mod ledger;
mod made;
mod place;
mod program;
mod proto;
mod python;
mod record;
mod render;
mod running;
mod same;
mod state;
mod stub;
mod verify;
mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

pub use built::{Built, Output};
pub use finding::{Finding, Report, Section, Severity};
pub use fresh::Fresh;
use hash::{Contents, Trouble, hash_file};
pub use ledger::{Database, LedgerView, Reader, Row, Schema, Whose};
pub use made::Making;
pub use program::Locked;
pub use render::{Style, render};
pub use running::{Running, Runs};
pub use same::Same;

use crate::process::Invocation;
use crate::span::{Sources, Span};
use files::Context;

/// Checks that are judged at the same time; most of what they do then is waiting.
const AT_ONCE: usize = 16;

/// A pattern of paths, as it is used and as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    /// Absolute; relative to each place in [`Same`].
    pub pattern: PathBuf,
    /// As it was written.
    pub shown: String,
    /// Where.
    pub span: Span,
}

/// One question, fully resolved.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name in the manifest.
    pub name: String,
    /// Its one-line summary, the title of its section.
    pub summary: String,
    /// How it is answered.
    pub kind: Kind,
    /// Whether patterns without a match are fine.
    pub optional: bool,
    /// The program that mends it.
    pub fix: Option<Invocation>,
    /// The same as a person would type it.
    pub fix_shown: Option<String>,
    /// Where it was written.
    pub span: Span,
}

/// The ways to answer.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Copies agree.
    Same(Same),
    /// Generated files correspond to their sources.
    Fresh(Fresh),
    /// Every database has exactly the migrations that are there.
    Migrations(Vec<Database>),
    /// Every database has the schema that the last migration left.
    Schema(Vec<Schema>),
    /// A lock file agrees with what it locks.
    Locked(Locked),
    /// What was built was built from what is there, and is what runs.
    Built(Built),
    /// A program says so by exit code 0.
    Run(Invocation),
}

/// What all checks stand on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The project's folder, absolute; paths are shown and recorded relative to it.
    pub root: &'a Path,
    /// The folder of the records, made when something is recorded: see [`records`].
    pub records: &'a Path,
    /// The manifest's text, for the places of findings.
    pub sources: &'a Sources,
    /// Set when the run is to end.
    pub interrupted: &'a AtomicBool,
}

/// The folder of the records of a project.
pub fn records(root: &Path) -> PathBuf {
    root.join(".gladys").join("sync")
}

/// One check at work: first it names the files it needs, then it judges their contents.
trait Job: Sync {
    /// Files to hash.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Those of them that something is made from; nothing for kinds without a record.
    fn sources(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The findings.
    fn judge(&self, contents: &Contents) -> Vec<Finding>;

    /// Keeps the present state as the good one, or says why not; nothing for kinds without a record.
    fn record(&self, _contents: &Contents) -> Option<Vec<Finding>> {
        None
    }
}

fn job<'a>(check: &'a Check, ground: &'a Ground<'a>) -> Box<dyn Job + 'a> {
    let context = Context { check, ground };
    match &check.kind {
        Kind::Same(same) => Box::new(same::job(same, context)),
        Kind::Fresh(fresh) => Box::new(fresh::job(fresh, context)),
        Kind::Migrations(databases) => Box::new(ledger::Migrations { databases, context }),
        Kind::Schema(schemas) => Box::new(ledger::Schemas { schemas, context }),
        Kind::Locked(locked) => Box::new(program::LockJob { locked, context }),
        Kind::Built(built) => Box::new(built::job(built, context)),
        Kind::Run(call) => Box::new(program::RunJob { call, context }),
    }
}

/// Answers every check, in parallel; the sections are in the order of the checks.
pub fn run(checks: &[Check], ground: &Ground) -> Report {
    let jobs: Vec<_> = checks.iter().map(|check| job(check, ground)).collect();
    let contents = contents(jobs.iter().flat_map(|job| job.files()), ground);
    let judged = in_parallel(checks.len(), |index| jobs.get(index).map(|job| job.judge(&contents)));
    let sections = checks.iter().zip(judged).map(|(check, found)| section(check, found.flatten(), ground));
    Report::new(sections.collect())
}

/// Records the present state of every check that keeps a record (`fresh`, `built`) as known to be good. What is
/// known not to be good is not recorded: its findings say why.
pub fn record(checks: &[Check], ground: &Ground) -> Report {
    let jobs: Vec<_> = checks.iter().map(|check| job(check, ground)).collect();
    let contents = contents(jobs.iter().flat_map(|job| job.files()), ground);
    let recorded = checks.iter().zip(&jobs).filter_map(|(check, job)| {
        let findings = job.record(&contents)?;
        Some(section(check, Some(findings), ground))
    });
    Report::new(recorded.collect())
}

fn contents(files: impl Iterator<Item = PathBuf>, ground: &Ground) -> Contents {
    Contents::of(files, ground.interrupted)
}

/// Calls `judge` for every index below `count`, several at once; `None` where it panicked.
fn in_parallel<T: Send>(count: usize, judge: impl Fn(usize) -> T + Sync) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, Option<T>)> {
        std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            (index < count).then(|| (index, catch_unwind(AssertUnwindSafe(|| judge(index))).ok()))
        })
        .collect()
    };
    let mut all: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
    thread::scope(|scope| {
        // This thread works too: the system may give none beside it.
        let begin = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let threads: Vec<_> = (1..count.min(AT_ONCE)).filter_map(begin).collect();
        let here = work();
        for (index, judged) in
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).chain(here)
        {
            if let Some(slot) = all.get_mut(index) {
                *slot = judged;
            }
        }
    });
    all
}

fn section(check: &Check, found: Option<Vec<Finding>>, ground: &Ground) -> Section {
    let mut findings = found.unwrap_or_else(|| {
        let message = format!("{}: unknown, the check itself failed", check.name);
        vec![Finding::new(Severity::Unknown, &check.name, message)]
    });
    for finding in &mut findings {
        let place = finding.span.map(|span| ground.sources.place(span));
        finding.at = place.filter(|place| !place.is_empty());
    }
    Section::new(&check.name, &check.summary, findings)
}

#[cfg(test)]
mod tests;
