//! What really is, put together from the record, the holder of the lock, and the processes themselves.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::badge::belongs;
use super::error::Error;
use super::exit::{Cause, Exit};
use super::folder::{Folder, Sync};
use super::guard::Foreign;
use super::lock::{Holder, Home, away, holder, home, moved};
use super::process::{Ident, world};
use super::record::{Found, Past, Record, Step, now};
use super::spec::Stop;
use super::tree::{Roots, Tree, look, look_closely};
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
    Ok(Facts::gather(&Folder::new(dir))?.told())
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

/// Everything that is known, before it is put into words.
#[derive(Debug)]
pub struct Facts {
    folder: Folder,
    /// The record, or what could be rebuilt of it.
    pub record: Record,
    /// Who holds the lock, if that is not this process.
    pub holder: Option<Holder>,
    /// The leader, while it is alive.
    pub leader: Option<Ident>,
    /// What was found by its cookie, where the record is not to be trusted or names a dead leader.
    pub left: Vec<Ident>,
    /// Why the record is not believed.
    doubt: Option<String>,
}

impl Facts {
    /// Those of a service that never ran.
    pub fn none(folder: &Folder) -> Self {
        Self {
            folder: folder.clone(),
            record: Record::default().anew(),
            holder: None,
            leader: None,
            left: Vec::new(),
            doubt: None,
        }
    }

    /// Looks at the folder and the processes.
    pub fn gather(folder: &Folder) -> Result<Self, Error> {
        let foreign = folder.foreign("record.json");
        let found = if foreign.is_some() { Ok(Found::Nothing) } else { Record::load(folder) };
        let holder = holder(folder).filter(|holder| Some(holder.process) != Ident::own());
        let elsewhere = if let Ok(Found::Foreign(record)) = &found { elsewhere(record) } else { None };
        let found = found.map_err(|source| {
            Error::io(format!("read `{}`", folder.file("record.json").display()), source)
        })?;
        let (mut record, whole) = match found {
            Found::Record(record) => (*record, true),
            Found::Foreign(record) => (record.anew(), false),
            Found::Nothing | Found::Corrupt => (Record::default().anew(), false),
        };
        let doubt = foreign.as_ref().map(unbelieved).or(elsewhere);
        let doubt = doubt.or_else(|| drop_strangers(&mut record, folder));
        let trusted = whole && doubt.is_none();
        let mut facts =
            Self { folder: folder.clone(), leader: None, left: Vec::new(), record, holder, doubt };
        // What survived its end is left over, even if it is the first process: that run is over.
        let over = facts.record.step == Step::Left;
        facts.leader = facts.record.leader.filter(|leader| !over && leader.alive());
        if !trusted || facts.doubtful() {
            facts.rebuild(trusted)?;
        }
        Ok(facts)
    }

    /// Whether the record speaks of something that should be alive, and is not, with nobody there to deal with it.
    fn doubtful(&self) -> bool {
        let down = matches!(self.record.step, Step::Stopped | Step::Failed);
        self.leader.is_none() && self.supervisor().is_none() && !down
    }

    fn rebuild(&mut self, trusted: bool) -> Result<(), Error> {
        let known = std::mem::take(&mut self.record.left);
        let tree = self.look(&known)?;
        if self.holder.is_none() {
            self.holder = tree.supervisors.first().map(|process| Holder {
                process: *process,
                world: self.record.world.clone(),
                supervisor: true,
            });
        }
        self.leader = self.leader.or(tree.oldest.filter(|_| !trusted));
        if self.leader.is_some() {
            self.record.step = Step::Running;
            self.record.leader = self.leader;
        } else {
            self.left = tree.members;
        }
        Ok(())
    }

    /// Looks at every process for the tree of this service.
    pub fn look(&self, known: &[Ident]) -> Result<Tree, Error> {
        look(self.roots(known)).map_err(unseen)
    }

    /// The same, and whoever comes to be meanwhile is not overlooked.
    pub fn look_closely(&self, known: &[Ident]) -> Result<Tree, Error> {
        look_closely(self.roots(known)).map_err(unseen)
    }

    fn roots<'a>(&'a self, known: &'a [Ident]) -> Roots<'a> {
        let (leader, supervisor) = (self.record.leader, self.supervisor());
        Roots { dir: self.folder.path(), leader, supervisor, known }
    }

    /// The supervisor, while it is alive.
    pub fn supervisor(&self) -> Option<Ident> {
        self.holder.as_ref().filter(|holder| holder.supervisor).map(|holder| holder.process)
    }

    fn guardian(&self) -> Guardian {
        match self.supervisor() {
            None => Guardian::None,
            Some(process) if process.suspended() => Guardian::Suspended { pid: process.pid },
            Some(process) => Guardian::Alive { pid: process.pid },
        }
    }

    fn phase(&self) -> Phase {
        let supervised = self.supervisor().is_some();
        match self.record.step {
            _ if !self.left.is_empty() => Phase::Leaderless,
            Step::Running if self.leader.is_some() || supervised => Phase::Running,
            Step::Intended if self.leader.is_some() || supervised => Phase::Starting,
            Step::Intended if self.record.leader.is_none() => Phase::Stopped,
            Step::Waiting if supervised => Phase::Waiting,
            Step::Stopping if supervised => Phase::Stopping,
            Step::Stopping if self.leader.is_some() => Phase::Running,
            Step::Left if self.record.past.last().is_some_and(|past| past.cause == Cause::Stopped) => {
                Phase::Stopped
            }
            Step::Stopped | Step::Waiting | Step::Stopping => Phase::Stopped,
            Step::Running | Step::Intended | Step::Failed | Step::Left => Phase::Failed,
        }
    }

    fn told(self) -> State {
        let phase = self.phase();
        let unseen = phase == Phase::Failed && self.record.end_of(self.record.run).is_none();
        let last = self.record.past.last().map(|past| past.exit);
        let remade = self.supervisor().is_some_and(|it| home(it, &self.folder) == Some(Home::Deleted));
        let away = self.supervisor().and_then(|it| away(it, &self.folder)).map(|error| error.to_string());
        let suspended = self.leader.filter(|leader| leader.suspended());
        let suspended =
            suspended.map(|leader| format!("it is suspended; `kill -CONT {}` continues it", leader.pid));
        State {
            phase,
            pid: self.leader.map(|leader| leader.pid),
            run: self.record.run,
            started: self.record.started.and_then(timestamp),
            uptime: self.leader.map(Ident::age),
            ready_since: self.leader.and_then(|_| ready(&self.folder, self.record.run)).and_then(timestamp),
            restarts: self.record.restarts,
            last_exit: if unseen { Some(Exit::Unknown) } else { last },
            supervisor: self.guardian(),
            next_start: self.record.next.filter(|_| phase == Phase::Waiting).and_then(timestamp),
            left: self.left.iter().map(|left| left.pid).collect(),
            exits: self.record.past.iter().filter_map(ended).collect(),
            remade,
            definition: self.record.definition,
            ports: self.record.ports,
            stop: self.record.stop,
            unstarted: unstarted::unstarted(&self.folder, self.record.run)
                .filter(|_| matches!(phase, Phase::Stopped | Phase::Failed)),
            lost: self.record.lost.filter(|_| matches!(phase, Phase::Waiting | Phase::Stopped)),
            notes: self.record.notes.into_iter().chain(self.doubt).chain(away).chain(suspended).collect(),
        }
    }
}

fn unseen(source: std::io::Error) -> Error {
    Error::io("look at the processes of this machine", source)
}

/// Takes the living processes that are none of this service's out of a record; says so where its leader is one.
fn drop_strangers(record: &mut Record, folder: &Folder) -> Option<String> {
    let stranger = |process: &Ident| process.alive() && !belongs(*process, folder);
    record.left.retain(|process| !stranger(process));
    let leader = record.leader.take_if(|leader| stranger(leader))?;
    if let Some(moved) = moved(folder) {
        return Some(moved.to_string());
    }
    let leader = leader.described();
    Some(format!("its record names process {leader}, which is none of this service's and is left alone"))
}

/// What a record says that runs where pids mean something else; nothing after a reboot, for then it runs nowhere.
fn elsewhere(record: &Record) -> Option<String> {
    let boot = |world: &str| world.split(' ').next().map(str::to_owned);
    let runs = boot(&record.world) == boot(world()) && !matches!(record.step, Step::Stopped | Step::Failed);
    runs.then(|| "it was started in another pid namespace (a container, or the machine around it), whose processes cannot be seen from here".to_owned())
}

fn unbelieved(Foreign { path, why, remedy }: &Foreign) -> String {
    format!("its record is not believed: `{}` {why}; `{remedy}` mends it", path.display())
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
