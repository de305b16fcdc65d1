//! What a service needs, watched by its own supervisor: the run of it that the service was started beside, by its first process.
//!
//! That run's end is told by a pidfd (`pidfd_open(2)`), the next one's beginning by an inotify(7) watch on its state folder; so nothing
//! is polled while nothing happens. Which runs these are is kept in the record: a supervisor that adopts a service misses nothing.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::inotify::WatchFlags;

use super::exit::Exit;
use super::folder::Folder;
use super::process::Ident;
use super::pulse::Pulse;
use super::record::{Beside, Found, Record, Step};
use super::spec::Lost;
use super::watch::{drained, watch};
use super::wire::{Check, Required};

/// How often readiness is asked for, once what was lost runs again.
const EVERY: Duration = Duration::from_millis(200);
/// How often the record of what is lost is read where no inotify watch is to be had.
const UNWATCHED: Duration = Duration::from_millis(500);

/// Everything that a service needs and does not keep running without.
pub struct Needs(Vec<Need>);

struct Need {
    required: Required,
    tie: Tie,
    /// What says that it is ready again; nothing where it counts as ready when it runs.
    pulse: Option<Pulse>,
    ready: bool,
}

enum Tie {
    /// Its run goes on; the descriptor is readable when that ends.
    Fast(Ident, OwnedFd),
    /// It does not run; the descriptor is readable when that may have changed.
    Loose(Option<OwnedFd>),
    /// The run ended while nobody looked: the service had no supervisor, or was just about to start.
    Over,
}

impl Needs {
    /// Nothing is looked at yet.
    pub fn new(required: Vec<Required>) -> Self {
        let need = |mut required: Required| {
            let check = required.ready.take();
            let check =
                check.map(|(words, timeout)| Check { words, every: EVERY, timeout, failures: u32::MAX });
            Need { required, tie: Tie::Loose(None), pulse: check.map(Pulse::new), ready: true }
        };
        Self(required.into_iter().map(need).collect())
    }

    /// Ties the service that is about to start to what runs now. Whoever starts it has waited for that: what does not run has gone
    /// away in between.
    pub fn tie(&mut self) -> Vec<Beside> {
        for need in &mut self.0 {
            let tie = Tie::to(&need.required.dir);
            let gone = matches!(tie, Tie::Loose(_)) && recorded(&need.required.dir).is_some();
            (need.tie, need.ready) = (if gone { Tie::Over } else { tie }, true);
        }
        self.beside()
    }

    /// Ties a service that runs to the runs it was started beside, even when they are over.
    pub fn tie_again(&mut self, recorded: &[Beside]) -> Vec<Beside> {
        for need in &mut self.0 {
            let known = recorded.iter().find(|beside| beside.service == need.required.service);
            need.tie = known.map_or_else(
                || Tie::to(&need.required.dir),
                |beside| match beside.process.open() {
                    Ok(Some(end)) => Tie::Fast(beside.process, end),
                    _ => Tie::Over,
                },
            );
        }
        self.beside()
    }

    fn beside(&self) -> Vec<Beside> {
        let tied = self.0.iter().filter_map(|need| match need.tie {
            Tie::Fast(process, _) => Some(Beside { service: need.required.service.clone(), process }),
            Tie::Loose(_) | Tie::Over => None,
        });
        tied.collect()
    }

    /// What went away since the last look, and the policy for that; what came is tied to.
    pub fn lost(&mut self) -> Option<(String, Lost)> {
        for need in &mut self.0 {
            if need.tie.over() {
                (need.tie, need.ready) = (Tie::to(&need.required.dir), false);
                need.pulse.iter_mut().for_each(Pulse::begin);
                return Some((need.required.service.clone(), need.required.lost));
            }
            need.tie.look(&need.required.dir);
        }
        None
    }

    /// The first of those that a restart waits for which is not ready (again).
    pub fn awaited(&mut self, dir: &Path) -> Option<String> {
        for need in self.0.iter_mut().filter(|need| need.required.lost == Lost::Restart) {
            let runs = matches!(need.tie, Tie::Fast(..));
            if runs && !need.ready {
                need.ready = need.pulse.as_mut().is_none_or(|pulse| {
                    pulse.turn(dir);
                    pulse.seen()
                });
            }
            if !(runs && need.ready) {
                return Some(need.required.service.clone());
            }
        }
        None
    }

    /// A child ended, which may be a question about readiness.
    pub fn reaped(&mut self, pid: u32, exit: Exit) {
        self.0.iter_mut().filter_map(|need| need.pulse.as_mut()).for_each(|pulse| pulse.reaped(pid, exit));
    }

    /// What becomes readable when there is something to look at.
    pub fn fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        let fds = self.0.iter().filter_map(|need| match &need.tie {
            Tie::Fast(_, fd) | Tie::Loose(Some(fd)) => Some(fd),
            Tie::Loose(None) | Tie::Over => None,
        });
        fds.map(|fd| PollFd::new(fd, PollFlags::IN))
    }

    /// How long there is nothing to do; `waiting` says that the service is down until all are ready.
    pub fn quiet(&self, waiting: bool) -> Option<Duration> {
        let quiet = self.0.iter().filter_map(|need| match (&need.tie, &need.pulse) {
            (Tie::Loose(None), _) => Some(UNWATCHED),
            (Tie::Fast(..), Some(pulse)) if waiting && !need.ready => Some(pulse.quiet()),
            _ => None,
        });
        quiet.min()
    }
}

impl Tie {
    /// To what runs in a state folder now; else its next run is watched for.
    fn to(dir: &Path) -> Self {
        // A record is replaced by a rename.
        let watch = watch(dir, WatchFlags::MOVED_TO).ok();
        running(dir).unwrap_or(Self::Loose(watch))
    }

    fn over(&self) -> bool {
        match self {
            Self::Fast(process, _) => !process.alive(),
            Self::Loose(_) => false,
            Self::Over => true,
        }
    }

    /// Looks whether what is loose runs, if that may have changed.
    fn look(&mut self, dir: &Path) {
        let Self::Loose(watch) = self else { return };
        if watch.as_ref().is_none_or(drained) {
            *self = running(dir).unwrap_or(Self::Loose(watch.take()));
        }
    }
}

fn recorded(dir: &Path) -> Option<Record> {
    match Record::load(&Folder::new(dir)) {
        Ok(Found::Record(record)) => Some(*record),
        _ => None,
    }
}

fn running(dir: &Path) -> Option<Tie> {
    let record = recorded(dir)?;
    let leader = record.leader.filter(|_| record.step == Step::Running)?;
    leader.open().ok().flatten().map(|end| Tie::Fast(leader, end))
}
