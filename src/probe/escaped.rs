//! What a program has started and that has left its process group, as daemons do: found by a variable that it inherited.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::time::Duration;

use procfs::process::{Process, Stat, StatFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// How often it is looked for while others wait: for a quarter of a second. Looks are counted, and no clock is asked: where the machine
/// stands still, nobody got further meanwhile.
pub(super) const SOON: usize = 250;
/// How often it is looked for when nobody waits. A program that comes from a slow disk takes that long to be executed.
pub(super) const LATER: usize = 20_000;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// What is known of a process after a look.
#[derive(Debug, PartialEq)]
enum Seen {
    /// None of ours, or it is killed: it gets no children any more, even where it needs a moment to go (fork(2) fails once the signal is
    /// there).
    Settled,
    /// Nobody can tell yet, or we have no descriptor left to look with.
    Open,
}

/// The hunt for every process with this value of a variable.
pub(super) struct Hunt {
    /// `NAME=VALUE`.
    mark: Vec<u8>,
    /// When the program itself started; nobody else of it is older.
    since: u64,
    settled: HashSet<i32>,
}

impl Hunt {
    /// `first` is the pid of the program itself, whose status nobody has taken yet.
    pub(super) fn new(variable: &str, value: &str, first: Pid) -> Self {
        let since = stat(first.as_raw_nonzero().get()).map_or(0, |stat| stat.starttime);
        Self { mark: format!("{variable}={value}").into_bytes(), since, settled: HashSet::new() }
    }

    /// Kills whom it finds in so many looks; whether nobody can be left.
    ///
    /// That is so when a list of all processes has nobody in it who is not settled: one that is made while the others are looked at, by
    /// another that has gone meanwhile, is in the next list.
    pub(super) fn kill(&mut self, looks: usize) -> bool {
        (0..looks).any(|_| {
            let unknown: Vec<i32> = pids().filter(|pid| !self.settled.contains(pid)).collect();
            let before = self.settled.len();
            let settled = |pid: &i32| self.look(*pid).unwrap_or_else(|error| failed(&error)) == Seen::Settled;
            let settled: Vec<i32> = unknown.iter().copied().filter(settled).collect();
            self.settled.extend(settled);
            if self.settled.len() - before < unknown.len() {
                std::thread::sleep(PAUSE);
            }
            unknown.is_empty()
        })
    }

    /// Looks at a process, and kills it if it is ours. The descriptor comes first, so that it is of the process that was looked at.
    fn look(&self, pid: i32) -> io::Result<Seen> {
        let Some(number) = Pid::from_raw(pid) else { return Ok(Seen::Settled) };
        let fd = pidfd_open(number, PidfdFlags::empty())?;
        let environ = fs::read(format!("/proc/{pid}/environ"))?;
        if environ.split(|byte| *byte == 0).any(|pair| pair == self.mark) {
            // An error means that it has gone, or became another user's, out of our reach.
            let _ = pidfd_send_signal(&fd, Signal::KILL);
            return Ok(Seen::Settled);
        }
        let open = environ.is_empty() && stat(pid).is_some_and(|stat| is_between_programs(&stat, self.since));
        Ok(if open { Seen::Open } else { Seen::Settled })
    }
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(pid: i32) -> Option<Stat> {
    Process::new(pid).and_then(|process| process.stat()).ok()
}

/// Who is gone or hidden is settled; whatever else stood in the way may be over at the next look.
fn failed(error: &io::Error) -> Seen {
    let hidden = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
    let gone = error.raw_os_error() == Some(Errno::SRCH.raw_os_error());
    if hidden || gone { Seen::Settled } else { Seen::Open }
}

/// Whether a process whose environment was empty just now may be ours: it is about to execute a program, when it has none for a moment
/// (execve(2)), or has done so since. One that really has none says where that begins and ends (proc(5), fields 50 and 51).
fn is_between_programs(stat: &Stat, since: u64) -> bool {
    let kernel = StatFlags::from_bits_truncate(stat.flags).contains(StatFlags::PF_KTHREAD);
    let ended = matches!(stat.state, 'Z' | 'X');
    let bare = stat.env_end.is_some_and(|end| end != 0 && stat.env_start == Some(end));
    stat.starttime >= since && !kernel && !ended && !bare
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::process::{Child, Command, Stdio};

    use super::{Hunt, Seen, failed, is_between_programs, stat};

    fn hunt() -> Hunt {
        Hunt { mark: b"MARK=1".to_vec(), since: 0, settled: HashSet::new() }
    }

    fn sleep(variables: &[(&str, &str)]) -> Child {
        let mut command = Command::new("/bin/sleep");
        command.arg("600").env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
        command.spawn().expect("`sleep` starts")
    }

    #[test]
    fn who_really_has_no_variables_is_settled_once_its_program_runs() {
        let mut bare = sleep(&[]);
        let pid = i32::try_from(bare.id()).expect("a pid");
        while hunt().look(pid).expect("it is there") == Seen::Open {
            std::thread::yield_now();
        }
        assert!(!is_between_programs(&stat(pid).expect("it runs"), 0));
        bare.kill().and_then(|()| bare.wait()).expect("it ends");
    }

    #[test]
    fn a_value_that_only_begins_alike_is_left_alone() {
        let (mut ours, mut other) = (sleep(&[("MARK", "1")]), sleep(&[("MARK", "10")]));
        for child in [&ours, &other] {
            let pid = i32::try_from(child.id()).expect("a pid");
            while hunt().look(pid).expect("it is there") == Seen::Open {
                std::thread::yield_now();
            }
        }
        assert_eq!(ours.wait().expect("it was killed").code(), None);
        assert_eq!(other.try_wait().expect("its status can be asked"), None);
        other.kill().and_then(|()| other.wait()).expect("it ends");
    }

    #[test]
    fn who_is_gone_is_settled_and_who_cannot_be_looked_at_for_now_is_not() {
        let errno = |number| std::io::Error::from_raw_os_error(number);
        let gone = hunt().look(i32::MAX).expect_err("there is no such process");
        assert_eq!(failed(&gone), Seen::Settled);
        assert_eq!(failed(&errno(13)), Seen::Settled, "EACCES");
        assert_eq!(failed(&errno(24)), Seen::Open, "EMFILE");
    }
}
