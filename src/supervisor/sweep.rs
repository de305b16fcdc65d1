//! Ending a tree of processes: a signal to all of it, a grace, SIGKILL, and then looking again until nothing is left.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::process::Ident;
use super::spec::{Signal, Stop};

/// How long a process may take to go after SIGKILL, before it counts as unkillable.
pub const KILL_PATIENCE: Duration = Duration::from_secs(3);
/// How often the tree is looked at again although none of its known processes ended.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How many descriptors are waited on at once; more processes than these are only looked at.
const WATCHED: usize = 200;

/// How it went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Swept {
    /// Whether there was anything to end.
    pub any: bool,
    /// The strongest signal that was needed.
    pub signal: Signal,
    /// How long it took.
    pub took: Duration,
    /// What is still alive.
    pub left: Vec<Ident>,
}

/// Ends every process that `members` returns, now and when asked again; `between` is called at every turn (to reap children).
pub fn sweep(stop: &Stop, members: &mut dyn FnMut() -> Vec<Ident>, between: &mut dyn FnMut()) -> Swept {
    let begun = Instant::now();
    let (any, mut left) = ask(stop.signal, stop.grace, members, between);
    let mut signal = stop.signal;
    if !left.is_empty() {
        signal = Signal::Kill;
        (_, left) = ask(signal, KILL_PATIENCE, members, between);
    }
    Swept { any, signal, took: begun.elapsed(), left }
}

/// Signals every member once (with SIGKILL: at every turn) and waits; returns whether there was any, and who is alive when the time is over.
fn ask(
    signal: Signal,
    patience: Duration,
    members: &mut dyn FnMut() -> Vec<Ident>,
    between: &mut dyn FnMut(),
) -> (bool, Vec<Ident>) {
    let deadline = Instant::now() + patience;
    let mut asked = HashSet::new();
    loop {
        between();
        let alive = members();
        let rest = deadline.saturating_duration_since(Instant::now());
        if alive.is_empty() || rest.is_zero() {
            return (!alive.is_empty() || !asked.is_empty(), alive);
        }
        for member in &alive {
            if asked.insert(*member) || signal == Signal::Kill {
                send(*member, signal);
            }
        }
        wait_for_any(&alive, rest.min(LOOK_AGAIN));
    }
}

/// A stopped process sees no signal but SIGKILL until it is continued. What cannot be signalled stays alive, and is reported as that.
fn send(member: Ident, signal: Signal) {
    let _ = member.signal(signal.raw());
    if signal != Signal::Kill {
        let _ = member.signal(rustix::process::Signal::CONT);
    }
}

/// Returns when one of the processes ended, or the time is over.
pub fn wait_for_any(processes: &[Ident], patience: Duration) {
    let open: Vec<_> =
        processes.iter().take(WATCHED).filter_map(|process| process.open().ok().flatten()).collect();
    if open.len() < processes.len().min(WATCHED) {
        return;
    }
    let mut fds: Vec<_> = open.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let _ = poll(&mut fds, timespec(patience).as_ref());
}

/// A duration as poll(2) wants it.
pub fn timespec(time: Duration) -> Option<Timespec> {
    Timespec::try_from(time).ok()
}
