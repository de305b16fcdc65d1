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
    let gone = open.len() < processes.len().min(WATCHED);
    let patience = if gone { patience.min(Duration::from_millis(1)) } else { patience };
    let mut fds: Vec<_> = open.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let _ = poll(&mut fds, timespec(patience).as_ref());
}

/// A duration as poll(2) wants it.
pub fn timespec(time: Duration) -> Option<Timespec> {
    Timespec::try_from(time).ok()
}

#[cfg(test)]
mod tests {
    use super::sweep;
    use crate::supervisor::badge::{COOKIE, GUARDIAN};
    use crate::supervisor::process::Ident;
    use crate::supervisor::spec::{Signal, Stop};
    use crate::supervisor::tree::{Roots, look};
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    /// A shell that has said that it is there, with these variables.
    fn shell(script: &str, variables: &[(&str, &Path)]) -> Child {
        let mut child = Command::new("/bin/sh")
            .args(["-c", script])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell is spawned");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("it says something");
        child
    }

    fn members(dir: &Path) -> Vec<Ident> {
        let roots = Roots { dir, leader: None, supervisor: None, known: &[] };
        look(roots).expect("processes can be looked at").members
    }

    #[test]
    fn whoever_carries_the_cookie_is_ended_and_nobody_else() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let dir = place.path();
        let escaped = "setsid sleep 60 & echo up; wait";
        let mut ours = shell(escaped, &[(COOKIE, dir)]);
        let mut deaf = shell("trap '' TERM; echo up; while :; do sleep 0.1; done", &[(COOKIE, dir)]);
        let mut other = shell("echo up; sleep 60", &[(COOKIE, Path::new("/elsewhere"))]);
        let mut supervisor =
            shell("echo up; sleep 60", &[(COOKIE, dir), (GUARDIAN, Path::new("/elsewhere"))]);
        let stop = Stop { signal: Signal::Term, grace: Duration::from_millis(200) };
        let swept = sweep(&stop, &mut || members(dir), &mut || {});
        assert!(swept.any && swept.left.is_empty(), "{swept:?}");
        assert_eq!(swept.signal, Signal::Kill);
        for child in [&mut ours, &mut deaf] {
            assert!(!child.wait().expect("it ended").success());
        }
        for child in [&mut other, &mut supervisor] {
            assert!(child.try_wait().expect("it can be asked").is_none(), "a stranger was ended");
            child.kill().expect("it can be ended");
            child.wait().expect("it ended");
        }
    }
}
