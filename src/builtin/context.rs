//! What a native verb may use, and what it gives back.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::db;
use crate::event::Sink;

/// What a native verb may use.
pub struct Context<'a> {
    /// The databases of the profile; the first is the default.
    pub databases: &'a [db::Target],
    /// The folder of the manifest.
    pub root: &'a Path,
    /// The name of the profile.
    pub profile: &'a str,
    /// Output for programs is asked for.
    pub json: bool,
    /// Colours are wanted.
    pub color: bool,
    /// Standard input and output are terminals.
    pub terminal: bool,
    /// Where events and output go.
    pub sink: &'a dyn Sink,
    /// Set when the person wants to stop.
    pub interrupted: &'a AtomicBool,
}

/// How a verb ended that did not fail with an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// 0 is success.
    pub code: u8,
    /// A short result for the step's line (`3 applied`).
    pub summary: Option<String>,
}
