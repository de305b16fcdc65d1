//! What is known of a service, in words: its phase, its runs, who looks after it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::error::Error;
use super::exit::{Cause, Exit};
use super::facts::Facts;
use super::folder::{Folder, Sync};
use super::lock::{Home, away, home};
use super::process::Ident;
use super::record::{Found, Past, Record, Step, now};
use super::spec::Stop;
use super::unstarted::{self, Tried, Unstarted};

/// In which phase of its life a service is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Nothing runs, and nothing is wrong.
    Stopped,
    /// Its start was begun; its program does not run yet.
    Starting,
    /// Its program runs; whether it is ready, [`State::ready_since`] tells.
    Running,
    /// It ended, and is started again after a back-off.
    Waiting,
    /// It is being ended.
    Stopping,
    /// It ended badly (non-zero, killed, or in a crash loop) and stays down.
    Failed,
    /// It ended or was ended, but processes of its tree are alive ([`State::left`]): `terminate` or `launch` ends them.
    Leaderless,
}

/// The end of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Number of the run.
    pub run: u64,
    /// When it ended.
    pub time: Timestamp,
    /// How long it had run.
    pub ran: Duration,
    /// With what.
    pub exit: Exit,
    /// Why.
    pub cause: Cause,
}

/// Whether somebody looks after the service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guardian {
    /// No supervisor lives; right for a service that is down, to be mended by `launch` for one that runs.
    None,
    /// It lives.
    Alive {
        /// Its pid.
        pid: u32,
    },
    /// It was suspended (SIGSTOP): nothing is restarted until it is continued; `terminate` works all the same.
    Suspended {
        /// Its pid.
        pid: u32,
    },
}

impl Guardian {
    /// The supervisor, if there is one.
    pub(super) fn process(self) -> Option<Ident> {
        match self {
            Self::None => None,
            Self::Alive { pid } | Self::Suspended { pid } => Ident::of(pid),
        }
    }
}

/// What is known of one service.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// Its phase.
    pub phase: Phase,
    /// Its first process, while that is alive.
    pub pid: Option<u32>,
    /// Number of the present or last run; 0 if there never was one.
    pub run: u64,
    /// When the present or last run began.
    pub started: Option<Timestamp>,
    /// How long its first process has been running, while that is alive.
    pub uptime: Option<Duration>,
    /// Since when a probe has called the present run ready.
    pub ready_since: Option<Timestamp>,
    /// Restarts in a row after failures.
    pub restarts: u32,
    /// How the last run that ended did so.
    pub last_exit: Option<Exit>,
    /// The ends of the last ten runs, latest last.
    pub exits: Vec<Ended>,
    /// Its supervisor.
    pub supervisor: Guardian,
    /// `definition` of what runs.
    pub definition: Option<String>,
    /// Whether its state folder was made anew while it ran.
    pub remade: bool,
    /// The ports that what runs was told to listen on.
    pub ports: Option<Vec<u16>>,
    /// When it is started again, while it waits.
    pub next_start: Option<Timestamp>,
    /// How it is ended when nobody says otherwise.
    pub stop: Stop,
    /// When and why the last start came to nothing, while it is down because of that.
    pub unstarted: Option<Unstarted>,
    /// What it needs and what went away, when that is why it is down.
    pub lost: Option<String>,
    /// Processes of a tree whose run is over, or whose leader is gone or unknown.
    pub left: Vec<u32>,
    /// What a person should know, one line each: a full disk, a limit that could not be set.
    pub notes: Vec<String>,
}

impl State {
    /// Whether there is neither a record of it nor a process.
    pub fn never_ran(&self) -> bool {
        self.run == 0 && self.phase == Phase::Stopped && self.supervisor == Guardian::None
    }

    /// Which processes outlived the run that they belong to; nothing where none did.
    pub fn leftovers(&self) -> Option<String> {
        let pids: Vec<_> = self.left.iter().map(u32::to_string).collect();
        (!pids.is_empty()).then(|| format!("processes of it are still alive: {}", pids.join(", ")))
    }
}

/// Reads what is on disk and compares it with what runs. Takes no lock and waits for nothing; a missing folder is a stopped service.
pub fn find(dir: &Path) -> Result<State, Error> {
    Facts::gather(&Folder::new(dir)).map(State::from)
}

/// Notes that a start came to nothing, with the error in one line; it has no weight once there is another run.
pub fn note_unstarted(dir: &Path, tried: Tried, reason: &str) {
    let folder = Folder::new(dir);
    let run = match Record::load(&folder) {
        Ok(Found::Record(record) | Found::Foreign(record)) => record.run,
        _ => 0,
    };
    unstarted::note(&folder, run, tried, reason);
}

/// The services with a state folder in `dir` that are not down, by name.
pub fn running_below(dir: &Path) -> Vec<(String, State)> {
    let folders = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let running = folders.filter(|entry| entry.path().join("record.json").exists()).filter_map(|entry| {
        let state = find(&entry.path()).ok()?;
        let down = matches!(state.phase, Phase::Stopped | Phase::Failed);
        (!down).then_some((entry.file_name().into_string().ok()?, state))
    });
    let mut running: Vec<_> = running.collect();
    running.sort_by(|(one, _), (other, _)| one.cmp(other));
    running
}

/// Notes that the probe of run `run` succeeded now; nothing is changed when that run is over or already noted.
pub fn mark_ready(dir: &Path, run: u64) -> Result<(), Error> {
    let folder = Folder::new(dir);
    if ready(&folder, run).is_some() {
        return Ok(());
    }
    let text = format!("{run} {}\n", now());
    folder.replace("ready", text.as_bytes(), Sync::No).map_err(|source| Error::folder(dir, source))
}

impl From<Facts> for State {
    fn from(facts: Facts) -> Self {
        let phase = phase(&facts);
        let unseen = phase == Phase::Failed && facts.record.end_of(facts.record.run).is_none();
        let last = facts.record.past.last().map(|past| past.exit);
        let remade = facts.supervisor().is_some_and(|it| home(it, &facts.folder) == Some(Home::Deleted));
        let away = facts.supervisor().and_then(|it| away(it, &facts.folder)).map(|error| error.to_string());
        let suspended = facts.leader.filter(|leader| leader.suspended());
        let suspended =
            suspended.map(|leader| format!("it is suspended; `kill -CONT {}` continues it", leader.pid));
        Self {
            phase,
            pid: facts.leader.map(|leader| leader.pid),
            run: facts.record.run,
            started: facts.record.started.and_then(timestamp),
            uptime: facts.leader.map(Ident::age),
            ready_since: facts
                .leader
                .and_then(|_| ready(&facts.folder, facts.record.run))
                .and_then(timestamp),
            restarts: facts.record.restarts,
            last_exit: if unseen { Some(Exit::Unknown) } else { last },
            supervisor: guardian(&facts),
            next_start: facts.record.next.filter(|_| phase == Phase::Waiting).and_then(timestamp),
            left: facts.left.iter().map(|left| left.pid).collect(),
            exits: facts.record.past.iter().filter_map(ended).collect(),
            remade,
            definition: facts.record.definition,
            ports: facts.record.ports,
            stop: facts.record.stop,
            unstarted: unstarted::unstarted(&facts.folder, facts.record.run)
                .filter(|_| matches!(phase, Phase::Stopped | Phase::Failed)),
            lost: facts.record.lost.filter(|_| matches!(phase, Phase::Waiting | Phase::Stopped)),
            notes: facts.record.notes.into_iter().chain(facts.doubt).chain(away).chain(suspended).collect(),
        }
    }
}

fn guardian(facts: &Facts) -> Guardian {
    match facts.supervisor() {
        None => Guardian::None,
        Some(process) if process.suspended() => Guardian::Suspended { pid: process.pid },
        Some(process) => Guardian::Alive { pid: process.pid },
    }
}

fn phase(facts: &Facts) -> Phase {
    let supervised = facts.supervisor().is_some();
    match facts.record.step {
        _ if !facts.left.is_empty() => Phase::Leaderless,
        Step::Running if facts.leader.is_some() || supervised => Phase::Running,
        Step::Intended if facts.leader.is_some() || supervised => Phase::Starting,
        Step::Intended if facts.record.leader.is_none() => Phase::Stopped,
        Step::Waiting if supervised => Phase::Waiting,
        Step::Stopping if supervised => Phase::Stopping,
        Step::Stopping if facts.leader.is_some() => Phase::Running,
        Step::Left if facts.record.past.last().is_some_and(|past| past.cause == Cause::Stopped) => {
            Phase::Stopped
        }
        Step::Stopped | Step::Waiting | Step::Stopping => Phase::Stopped,
        Step::Running | Step::Intended | Step::Failed | Step::Left => Phase::Failed,
    }
}

fn ended(past: &Past) -> Option<Ended> {
    let Past { run, time, ran, exit, cause } = *past;
    Some(Ended { run, time: timestamp(time)?, ran, exit, cause })
}

fn timestamp(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

/// When run `run` was first called ready, in microseconds after 1970.
fn ready(folder: &Folder, run: u64) -> Option<i64> {
    let text = String::from_utf8(folder.read("ready").ok()?).ok()?;
    let (number, time) = text.trim().split_once(' ')?;
    (number.parse() == Ok(run)).then(|| time.parse().ok())?
}
