//! What every native verb is run with, and what it says at its end.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::query::QueryError;
use crate::db;
use crate::db::migration::MigrationError;
use crate::event::{Sink, StepId};

/// What a native verb needs of the run around it.
pub struct Context<'a> {
    /// The databases of the profile, the default one first.
    pub databases: &'a [db::Target],
    /// Absolute path of the manifest's folder.
    pub root: &'a Path,
    /// The profile.
    pub profile: &'a str,
    /// Whether the output is for a program.
    pub json: bool,
    /// Whether colour may be used.
    pub color: bool,
    /// Whether standard input and standard output are terminals.
    pub terminal: bool,
    /// Which step of the plan it is.
    pub step: StepId,
    /// Where output and events go.
    pub sink: &'a dyn Sink,
    /// Set when the user wants to stop.
    pub interrupted: &'a AtomicBool,
}

/// How a native verb ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// The exit code; 0 is success.
    pub code: u8,
    /// A short result for the step's line (`3 applied`).
    pub summary: Option<String>,
}

/// An error of a native verb.
pub type Failure = Box<dyn miette::Diagnostic + Send + Sync>;

/// The exit code of an error: 2 where the command line asks for what there is not, which is known before anything is
/// done; 1 for everything else.
pub fn exit_code(failure: &Failure) -> u8 {
    let error: &(dyn Error + 'static) = failure.as_ref();
    let refused = error.downcast_ref().is_some_and(db::Error::is_usage)
        || error.downcast_ref().is_some_and(MigrationError::is_usage)
        || error.downcast_ref().is_some_and(QueryError::is_usage);
    if refused { 2 } else { 1 }
}
