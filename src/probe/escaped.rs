//! What a program has started and that has left its process group, as daemons do: found by a variable that it inherited.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::time::{Duration, Instant};

use procfs::process::{Process, StatFlags};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// How long it is looked for at most. The waiting thread does that, and others wait on it.
const PATIENCE: Duration = Duration::from_millis(250);
/// Between two looks: who was killed needs a moment to go.
const PAUSE: Duration = Duration::from_millis(1);

/// Who a process is.
enum Seen {
    /// None of ours, or gone.
    Stranger,
    /// Ours, and killed just now.
    Killed,
    /// Nobody can tell yet: it is about to execute a program, when it has no variables for a moment (execve(2)).
    BetweenPrograms,
}

/// Kills every process with this value of the variable. `first` is the pid of the program itself, whose status nobody has taken yet.
///
/// It looks until a list of all processes has only strangers in it: one that is made while the others are looked at, by another
/// that has gone meanwhile, is in the next list.
pub(super) fn kill(variable: &str, value: &str, first: Pid) {
    let begun = Instant::now();
    let first = Process::new(first.as_raw_nonzero().get()).and_then(|process| process.stat());
    let since = first.map_or(0, |stat| stat.starttime);
    let mut strangers = HashSet::new();
    loop {
        let unknown: Vec<i32> = pids().filter(|pid| !strangers.contains(pid)).collect();
        if unknown.is_empty() || begun.elapsed() > PATIENCE {
            return;
        }
        let is_stranger = |pid: &i32| matches!(look(*pid, variable, value, since), Seen::Stranger);
        let before = strangers.len();
        strangers.extend(unknown.iter().copied().filter(is_stranger));
        if strangers.len() - before < unknown.len() {
            std::thread::sleep(PAUSE);
        }
    }
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Looks at a process, and kills it if it is ours. The descriptor comes first, so that it is of the process that was looked at.
fn look(pid: i32, variable: &str, value: &str, since: u64) -> Seen {
    let fd = Pid::from_raw(pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    let (Some(fd), Ok(process)) = (fd, Process::new(pid)) else { return Seen::Stranger };
    let Ok(environ) = process.environ() else { return Seen::Stranger };
    if environ.get(OsStr::new(variable)).is_some_and(|found| found == value) {
        return pidfd_send_signal(&fd, Signal::KILL).map_or(Seen::Stranger, |()| Seen::Killed);
    }
    if environ.is_empty() && may_execute(&process, since) { Seen::BetweenPrograms } else { Seen::Stranger }
}

/// Whether a process without variables may be ours: it is as young, has not ended, and is not the kernel's own.
fn may_execute(process: &Process, since: u64) -> bool {
    process.stat().is_ok_and(|stat| {
        let kernel = StatFlags::from_bits_truncate(stat.flags).contains(StatFlags::PF_KTHREAD);
        stat.starttime >= since && !kernel && !matches!(stat.state, 'Z' | 'X')
    })
}
