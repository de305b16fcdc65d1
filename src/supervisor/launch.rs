//! The client side of a start: nothing is started twice, nothing that runs is disturbed, no port of somebody else is fought for.

use std::time::Duration;

use super::error::Error;
use super::folder::Folder;
use super::lock::{away, refuse_moved};
use super::older::{Older, Present};
use super::port::refuse_taken;
use super::queue::Queue;
use super::spec::Spec;
use super::state::{Guardian, Phase, State, find};
use super::summon::summon;
use super::sweep::KILL_PATIENCE;
use super::wire::Report;

/// How long another command is waited for, beyond the grace of the service.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a launch found or did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Launched {
    /// The program was started now; it need not be ready.
    Started {
        /// Its pid.
        pid: u32,
    },
    /// It ran already, and was left alone.
    Already {
        /// Its pid.
        pid: u32,
        /// How it differs from what was to be launched.
        older: Option<Older>,
    },
    /// It ran without a supervisor (somebody killed that) and has a new one; it was not restarted and no output was lost.
    Adopted {
        /// Its pid.
        pid: u32,
        /// How it differs from what was to be launched.
        older: Option<Older>,
    },
}

/// Starts a service unless it runs, and returns as soon as its program runs.
///
/// Safe to call from several processes at once: one starts it, the others wait and find it running. A service that waits in
/// its back-off is started at once, with this spec and a new budget. What runs on other ports than the spec says is
/// [`Error::Older`].
pub fn launch(spec: &Spec) -> Result<Launched, Error> {
    let folder = Folder::new(&spec.dir);
    let mut queue = Queue::join(&folder, &spec.service, PATIENCE + spec.stop.grace + KILL_PATIENCE);
    loop {
        let state = find(&spec.dir)?;
        state.supervisor.process().and_then(|it| away(it, &folder)).map_or(Ok(()), Err)?;
        let older = Present::of(spec).differs(&state);
        if let Some(older) = older.clone().filter(|older| older.ports.is_some()) {
            return Err(Error::Older { difference: older.difference(), renew: older.renew });
        }
        if let Some(pid) = settled(&state) {
            return Ok(Launched::Already { pid, older });
        }
        if state.phase == Phase::Waiting {
            super::stop::cancel(&folder);
        }
        if state.supervisor == Guardian::None {
            folder.prepare()?;
            refuse_moved(&folder)?;
            refuse_taken(spec)?;
            if let Some(done) = attempt(spec, older, state.never_ran())? {
                return Ok(done);
            }
        }
        queue.wait(state.supervisor.process())?;
    }
}

/// The pid of a service that runs and is looked after.
fn settled(state: &State) -> Option<u32> {
    state.pid.filter(|_| state.phase == Phase::Running && state.supervisor != Guardian::None)
}

/// One try; `None` when somebody else was quicker.
fn attempt(spec: &Spec, older: Option<Older>, first: bool) -> Result<Option<Launched>, Error> {
    match summon(spec, first)? {
        Report::Started(pid) => Ok(Some(Launched::Started { pid })),
        Report::Adopted(pid) => Ok(Some(Launched::Adopted { pid, older })),
        Report::Busy => Ok(None),
        Report::NotExecutable(program, reason) => Err(Error::NotExecutable { program, reason }),
        Report::Broken(what, reason) => Err(Error::Supervisor { what, reason }),
        Report::Alive(left) => Err(Error::StillAlive { left }),
    }
}
