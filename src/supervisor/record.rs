//! What a supervisor knows of its service, on disk: replaced as a whole at every step, written by the lock's holder alone.
//!
//! A record that cannot be read, or was written before a reboot, is never believed: what really runs is then found by its
//! cookie (see `badge.rs`).

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::exit::{Cause, Exit};
use super::folder::{Folder, Sync};
use super::process::{Ident, world};
use super::spec::{Signal, Stop};

/// How many past runs a record remembers.
const REMEMBERED: usize = 10;

/// The step a service is at. The order on disk is the order of a life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Step {
    /// Nothing runs, nothing is left, and that was verified.
    #[default]
    Stopped,
    /// A child is about to be spawned, or is held before its `exec`.
    Intended,
    /// The program runs.
    Running,
    /// It ended and will be started again.
    Waiting,
    /// It is being ended.
    Stopping,
    /// It ended badly and will not be started again; nothing is left.
    Failed,
    /// Something survived its end.
    Left,
}

/// How one run ended, with times in microseconds after 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Past {
    /// Number of the run.
    pub run: u64,
    /// When.
    pub time: i64,
    /// How long it had run.
    pub ran: Duration,
    /// With what.
    pub exit: Exit,
    /// Why.
    pub cause: Cause,
}

/// A run of something that is needed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Beside {
    /// The name of the service.
    pub service: String,
    /// The first process of that run.
    pub process: Ident,
}

/// The record itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Where its pids mean something; see [`world`].
    pub world: String,
    /// Number of the present or last run, from 1; never used twice.
    pub run: u64,
    /// The step.
    pub step: Step,
    /// The service's first process.
    pub leader: Option<Ident>,
    /// Hash of what it runs; see `spec::definition`.
    pub definition: Option<String>,
    /// The ports it was told to listen on.
    pub ports: Option<Vec<u16>>,
    /// When the run began, in microseconds after 1970.
    pub started: Option<i64>,
    /// Restarts in a row.
    pub restarts: u32,
    /// When the next start is due, in microseconds after 1970.
    pub next: Option<i64>,
    /// The last runs, latest last.
    pub past: Vec<Past>,
    /// The runs of what it needs that it was started beside.
    pub beside: Vec<Beside>,
    /// What went away, when that ended it.
    pub lost: Option<String>,
    /// What survived the last end.
    pub left: Vec<Ident>,
    /// What a person should know: a full disk, a limit that could not be set.
    pub notes: Vec<String>,
    /// How it is ended when nobody says otherwise.
    pub stop: Stop,
    /// The strongest signal that the last stop needed, and how long it took.
    pub stopped: Option<(Signal, Duration)>,
}

/// What is on disk.
#[derive(Debug)]
pub enum Found {
    /// A record of this boot.
    Record(Box<Record>),
    /// A record of an earlier boot, or of another pid namespace: its history holds, its pids do not.
    Foreign(Box<Record>),
    /// None.
    Nothing,
    /// Something that is no record.
    Corrupt,
}

impl Record {
    /// Reads the record of a folder.
    pub fn load(folder: &Folder) -> io::Result<Found> {
        let text = match folder.read("record.json") {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error),
        };
        Ok(match serde_json::from_slice::<Self>(&text) {
            Err(_) => Found::Corrupt,
            Ok(record) if record.world == world() => Found::Record(Box::new(record)),
            Ok(record) => Found::Foreign(Box::new(record)),
        })
    }

    /// Writes it, durably where it names a process that is about to run.
    pub fn save(&self, folder: &Folder, sync: Sync) -> io::Result<()> {
        folder.replace("record.json", &serde_json::to_vec(self)?, sync)
    }

    /// The same history in this boot, with nothing running.
    pub fn anew(self) -> Self {
        let step = if self.step == Step::Failed { Step::Failed } else { Step::Stopped };
        Self { world: world().to_owned(), step, leader: None, left: Vec::new(), next: None, ..self }
    }

    /// Adds the end of the present run to the history.
    pub fn note_end(&mut self, exit: Exit, cause: Cause) {
        let time = now();
        let ran = self.started.map_or(0, |started| time.saturating_sub(started));
        let ran = Duration::from_micros(u64::try_from(ran).unwrap_or(0));
        self.past.push(Past { run: self.run, time, ran, exit, cause });
        let surplus = self.past.len().saturating_sub(REMEMBERED);
        self.past.drain(..surplus);
    }

    /// How the run with this number ended, if it is remembered.
    pub fn end_of(&self, run: u64) -> Option<&Past> {
        self.past.iter().rev().find(|past| past.run == run)
    }
}

/// Now, in microseconds after 1970.
pub fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::{Found, Record, Step};
    use crate::supervisor::folder::{Folder, Sync};
    use crate::supervisor::process::world;

    #[test]
    fn a_record_is_believed_only_when_it_is_whole_and_of_this_boot() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(place.path());
        assert!(matches!(Record::load(&folder), Ok(Found::Nothing)));
        let record = Record { world: world().to_owned(), run: 3, step: Step::Running, ..Record::default() };
        record.save(&folder, Sync::No).expect("the record is written");
        assert!(matches!(Record::load(&folder), Ok(Found::Record(found)) if *found == record));
        let other = Record { world: "another boot".to_owned(), ..record };
        other.save(&folder, Sync::No).expect("the record is written");
        assert!(matches!(Record::load(&folder), Ok(Found::Foreign(_))));
        std::fs::write(folder.file("record.json"), b"{\"run\":").expect("half a record is written");
        assert!(matches!(Record::load(&folder), Ok(Found::Corrupt)));
    }
}
