//! Why the last start of a service came to nothing, where its own end does not say so: what it needs failed, its port was taken, it did
//! not become ready in time. Written by the command that tried, and of no weight once the service has another run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, Sync};

/// Name of the file.
const FILE: &str = "unstarted";

#[derive(Serialize, Deserialize)]
struct Note {
    /// The latest run at that time, 0 if there was none.
    run: u64,
    /// Microseconds after 1970.
    time: i64,
    tried: Tried,
    reason: String,
}

/// How far a start came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Tried {
    /// Its program was never executed.
    NotRun,
    /// It ran, was not ready in time, and was ended.
    Ran,
}

/// A start that came to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unstarted {
    /// When that was known.
    pub time: Timestamp,
    /// How far it came.
    pub tried: Tried,
    /// The error, in one line.
    pub reason: String,
}

/// Notes a start that failed after run `run`. Nothing depends on it, so it may fail.
pub fn note(folder: &Folder, run: u64, tried: Tried, reason: &str) {
    let time = Timestamp::now().as_microsecond();
    let note = Note { run, time, tried, reason: reason.to_owned() };
    if let (Ok(()), Ok(text)) = (folder.prepare(), serde_json::to_vec(&note)) {
        let _ = folder.replace(FILE, &text, Sync::No);
    }
}

/// What was noted since run `run` began.
pub fn unstarted(folder: &Folder, run: u64) -> Option<Unstarted> {
    let note: Note = serde_json::from_slice(&folder.read(FILE).ok()?).ok()?;
    let time = Timestamp::from_microsecond(note.time).ok()?;
    (note.run == run).then_some(Unstarted { time, tried: note.tried, reason: note.reason })
}
