//! What happens while a plan runs, told as values; only the reporter turns them into text.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

/// Index of a step in its plan.
pub type StepId = usize;

/// How a step ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It did what it was for; the text says what, where there is more to say than "done" (`pid 4711`).
    Done(Option<String>),
    /// There was nothing to do (`already running`).
    Unchanged(String),
    /// There was nothing to do, and a person should know what was found (`with an older definition`).
    Noted(String),
    /// It failed; the error itself is reported at the end.
    Failed,
    /// The interruption of the run ended it.
    Interrupted,
    /// It was never begun, because the step named here failed or the run was interrupted.
    Skipped(String),
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A step began.
    Started {
        /// Which.
        step: StepId,
    },
    /// What a step is doing or waiting for right now (`waiting for port 50051`).
    Progress {
        /// Which.
        step: StepId,
        /// In a few words.
        what: String,
    },
    /// A line that a step's program printed (captured steps only).
    Output {
        /// Which.
        step: StepId,
        /// Without its line end.
        line: String,
    },
    /// Something a person should know although nothing failed.
    Note {
        /// In one line.
        text: String,
    },
    /// A line of what a step does or has done, for a verb whose purpose is not to print (`applied 001_first in 5ms`).
    Line {
        /// Without its line end.
        text: String,
    },
    /// What a step has done, for programs: an object with a `schema`.
    Result {
        /// Which.
        step: StepId,
        /// The document.
        document: Value,
    },
    /// A step ended.
    Finished {
        /// Which.
        step: StepId,
        /// How.
        outcome: Outcome,
        /// After how long.
        elapsed: Duration,
    },
}

/// Where workers send what happens. The reporter implements it; tests collect.
pub trait Sink: Sync {
    /// Takes one event. Never blocks for long and never fails.
    fn emit(&self, event: Event);

    /// Standard output for a verb whose purpose is to print (rows, log lines); buffered, flushed on drop. What cannot be
    /// written is kept and told at the end of the run, so a writer need not.
    fn stdout(&self) -> Box<dyn Write + '_>;

    /// The same for a verb that tells itself, in its own words, what cannot be written.
    fn told_stdout(&self) -> Box<dyn Write + '_> {
        self.stdout()
    }
}
