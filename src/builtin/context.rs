//! What every native verb is run with, and what it says at its end.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::Value;

use crate::db;
use crate::event::{Event, Sink, StepId};
use crate::text;

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

impl Context<'_> {
    /// Prints a text for people: for a verb whose purpose is to print. What cannot be written, standard output tells.
    pub fn print(&self, text: &str) {
        let mut out = self.sink.stdout();
        let _ = out.write_all(text::screen(text, self.color).as_bytes()).and_then(|()| out.flush());
    }

    /// Prints a document for programs: for a verb whose purpose is to print.
    pub fn document(&self, document: &impl Serialize) {
        let mut out = self.sink.stdout();
        let written = serde_json::to_writer_pretty(&mut out, document).map_err(io::Error::from);
        let _ = written.and_then(|()| writeln!(out)).and_then(|()| out.flush());
    }

    /// Says for programs what was done: a part of the document of the run.
    pub fn result(&self, document: Value) {
        self.sink.emit(Event::Result { step: self.step, document });
    }
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
