//! The client side of an end. The supervisor does the work while it can; where it is dead, suspended or hangs, this command does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal as Raw;

use super::cgroup;
use super::error::Error;
use super::exit::{Cause, Exit};
use super::facts::Facts;
use super::folder::{Folder, Sync};
use super::lock::{Lock, away, holder, refuse_moved};
use super::process::Ident;
use super::queue::Queue;
use super::record::{Found, Record, Step};
use super::spec::{Signal, Stop};
use super::sweep::{KILL_PATIENCE, Swept, sweep, wait_for_any};

/// Name of the file in which a client leaves signal and grace for the supervisor.
const REQUEST: &str = "stop";
/// How much longer than signal, grace and SIGKILL a supervisor may take before it counts as hung.
const MARGIN: Duration = Duration::from_secs(2);

/// How an end went; there is nothing left in either case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terminated {
    /// There was nothing to end.
    NotRunning,
    /// It was ended, or its next start was cancelled.
    Stopped {
        /// The strongest signal that was needed: SIGKILL if the grace was not enough.
        signal_used: Signal,
        /// How long it took.
        took: Duration,
    },
}

/// Ends a service with everything that belongs to it, and verifies that. Cancels a back-off.
///
/// Returns when nothing is left; [`Error::StillAlive`] names what is, after the grace and SIGKILL.
pub fn terminate(dir: &Path, stop: &Stop) -> Result<Terminated, Error> {
    let folder = Folder::new(dir);
    let service = dir.file_name().unwrap_or_default().to_string_lossy();
    let patience = stop.grace + KILL_PATIENCE + MARGIN;
    let mut queue = Queue::join(&folder, &service, 2 * patience);
    let mut known = Vec::new();
    let mut obeyed = false;
    loop {
        let facts = Facts::gather(&folder)?;
        match facts.supervisor() {
            Some(supervisor) => {
                away(supervisor, &folder).map_or(Ok(()), Err)?;
                obeyed = !supervisor.suspended() && obeys(&folder, supervisor, stop, patience)?;
                if !obeyed {
                    known.extend(facts.look(&known)?.members);
                    overrule(supervisor)?;
                } else if let Some(done) = verdict(&folder)? {
                    return done;
                }
            }
            None if known.is_empty() && clean(&folder, &facts) => {
                let done = Terminated::Stopped { signal_used: stop.signal, took: queue.waited() };
                return Ok(if obeyed { done } else { Terminated::NotRunning });
            }
            None => {
                if let Some(done) = do_it(&folder, stop, &known)? {
                    return Ok(done);
                }
                refuse_moved(&folder)?;
            }
        }
        queue.wait(facts.supervisor())?;
    }
}

/// Asks the supervisor and waits for it to be gone; `false` when it does not obey in time.
fn obeys(folder: &Folder, supervisor: Ident, stop: &Stop, patience: Duration) -> Result<bool, Error> {
    if let Ok(text) = serde_json::to_vec(stop) {
        let _ = folder.replace(REQUEST, &text, Sync::No);
    }
    signal(supervisor, Raw::TERM)?;
    let deadline = Instant::now() + patience;
    while supervisor.alive() {
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() || supervisor.suspended() {
            return Ok(false);
        }
        wait_for_any(&[supervisor], rest.min(Duration::from_millis(500)));
    }
    Ok(true)
}

/// What a supervisor that is gone has left on disk; `None` when it went without finishing.
fn verdict(folder: &Folder) -> Result<Option<Result<Terminated, Error>>, Error> {
    let found = Record::load(folder).map_err(|source| Error::io("read the record of the service", source))?;
    let Found::Record(record) = found else { return Ok(None) };
    Ok(match (record.step, record.stopped) {
        (Step::Stopped, Some((signal_used, took))) => Some(Ok(Terminated::Stopped { signal_used, took })),
        (Step::Stopped | Step::Failed, _) => Some(Ok(Terminated::NotRunning)),
        (Step::Left, _) => still_alive(&record.left).map(Err),
        _ => None,
    })
}

/// A supervisor that cannot act is ended, so that it cannot act later; while it lives it holds the lock.
fn overrule(supervisor: Ident) -> Result<(), Error> {
    signal(supervisor, Raw::KILL)?;
    wait_for_any(&[supervisor], KILL_PATIENCE);
    still_alive(&[supervisor]).map_or(Ok(()), Err)
}

fn signal(process: Ident, signal: Raw) -> Result<bool, Error> {
    process
        .signal(signal)
        .map_err(|source| Error::io(format!("signal process {}", process.described()), source))
}

/// Whether the record, one that can be trusted, says that everything was verified to be gone.
fn clean(folder: &Folder, facts: &Facts) -> bool {
    let nothing = facts.leader.is_none() && facts.left.is_empty();
    let down = |step| matches!(step, Step::Stopped | Step::Failed);
    let said = match Record::load(folder) {
        Ok(Found::Nothing) => true,
        // Where its pids mean something, it may still run; the lock tells.
        Ok(Found::Foreign(record)) => down(record.step),
        _ => down(facts.record.step),
    };
    nothing && said && folder.foreign("record.json").is_none()
}

/// Does a supervisor's work under its lock; `None` when somebody else holds that.
fn do_it(folder: &Folder, stop: &Stop, known: &[Ident]) -> Result<Option<Terminated>, Error> {
    folder.claim()?;
    let lock = Lock::take(folder, false).map_err(|source| Error::folder(folder.path(), source))?;
    let Some(_lock) = lock else { return Ok(None) };
    let facts = Facts::gather(folder)?;
    let swept = outlived(end_all(stop, &facts, known), &facts)?;
    let mut record = facts.record;
    if record.end_of(record.run).is_none() && record.run > 0 {
        let cause = if swept.any { Cause::Stopped } else { Cause::Lost };
        record.note_end(Exit::Unknown, cause);
        super::log::note_end(folder, record.run, Exit::Unknown, cause);
    }
    record.step = if swept.left.is_empty() { Step::Stopped } else { Step::Left };
    record.left.clone_from(&swept.left);
    record.stopped = Some((swept.signal, swept.took));
    let _ = record.save(folder, Sync::No);
    if !swept.any {
        return Ok(Some(Terminated::NotRunning));
    }
    let done = Terminated::Stopped { signal_used: swept.signal, took: swept.took };
    if swept.left.is_empty() {
        return Ok(Some(done));
    }
    Err(Error::StillAlive { left: swept.left.iter().map(|left| left.described()).collect() })
}

/// The same with what is really left: those that were may have ended since, and their children live on.
fn outlived(swept: Swept, facts: &Facts) -> Result<Swept, Error> {
    let gone = !swept.left.iter().any(|process| process.alive());
    let left =
        if gone && !swept.left.is_empty() { facts.look_closely(&swept.left)?.members } else { swept.left };
    Ok(Swept { left, ..swept })
}

/// The error of what outlived SIGKILL; nothing where it has ended in the meantime.
fn still_alive(left: &[Ident]) -> Option<Error> {
    let left: Vec<_> = left.iter().filter(|left| left.alive()).map(|left| left.described()).collect();
    (!left.is_empty()).then_some(Error::StillAlive { left })
}

fn end_all(stop: &Stop, facts: &Facts, known: &[Ident]) -> Swept {
    let mut known: Vec<Ident> = known.to_vec();
    known.extend(&facts.left);
    known.extend(&facts.record.left);
    let mut members = || {
        match facts.look_closely(&known) {
            Ok(tree) => known = tree.members,
            Err(_) => known.retain(|process| process.alive()),
        }
        known.clone()
    };
    let groups: BTreeSet<_> = members().iter().filter_map(|process| cgroup::of(process.pid)).collect();
    let swept = sweep(stop, &mut members, &mut || {});
    for group in groups {
        cgroup::close(&group);
    }
    swept
}

/// Ends what an earlier run left behind, before a new one begins; returns what is still alive.
pub fn end_leftovers(stop: &Stop, facts: &Facts) -> Vec<Ident> {
    let nothing = facts.left.is_empty() && facts.record.left.is_empty();
    if nothing { Vec::new() } else { end_all(stop, facts, &[]).left }
}

/// Ends a supervisor that waits in its back-off; it has nothing else to end.
pub fn cancel(folder: &Folder) {
    if let Some(holder) = holder(folder).filter(|holder| holder.supervisor) {
        let _ = holder.process.signal(Raw::TERM);
        let _ = holder.process.signal(Raw::CONT);
        wait_for_any(&[holder.process], MARGIN);
    }
}

/// What the client that asked for the end left for the supervisor; taken away, so that it is not followed twice.
pub fn requested(folder: &Folder) -> Option<Stop> {
    let text = folder.read(REQUEST).ok()?;
    let _ = fs::remove_file(folder.file(REQUEST));
    serde_json::from_slice(&text).ok()
}
