//! What of which logs is shown, and what there is to show.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::supervisor::exit::{Cause, Exit};

/// A log to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogSource {
    /// The name it is shown under.
    pub service: String,
    /// The state folder of the service.
    pub dir: PathBuf,
}

/// What of the logs is shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogOptions {
    /// Go on showing what is written, across restarts, until interrupted.
    pub follow: bool,
    /// Only the last so many lines of each service (counted after every other filter).
    pub tail: Option<usize>,
    /// Only what was written at this time or later.
    pub since: Option<Timestamp>,
    /// Only what was written at this time or earlier.
    pub until: Option<Timestamp>,
    /// Only lines that contain this text; then no run starts and ends are shown.
    pub grep: Option<String>,
    /// Only this run: 1 is the first ever, 0 the latest, -1 the one before.
    pub run: Option<i64>,
}

/// One thing to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// What the service wrote.
    Text {
        /// Who wrote it.
        service: &'a str,
        /// When it was first seen; `None` if nobody was there to see it.
        time: Option<Timestamp>,
        /// In which run.
        run: u64,
        /// The bytes, without the line end.
        bytes: &'a [u8],
        /// Whether the line ends here; a very long one comes in pieces.
        whole: bool,
    },
    /// A run began.
    RunStart {
        /// Of which service.
        service: &'a str,
        /// When.
        time: Option<Timestamp>,
        /// Its number.
        run: u64,
        /// Its first process.
        pid: u32,
    },
    /// A run ended.
    RunEnd {
        /// Of which service.
        service: &'a str,
        /// When.
        time: Option<Timestamp>,
        /// Its number.
        run: u64,
        /// With what.
        exit: Exit,
        /// Why.
        cause: Cause,
    },
    /// So many bytes were here and are not kept any more.
    Dropped {
        /// Of which service.
        service: &'a str,
        /// How many; `None` where the log was cut while the service could write, and nobody could count.
        bytes: Option<u64>,
    },
}

impl Line<'_> {
    /// Whether this is a piece of a line whose end is still to come.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Text { whole: false, .. })
    }
}
