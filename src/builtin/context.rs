//! What every native verb is run with, and what it says at its end.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::db;
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
