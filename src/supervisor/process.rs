//! Identity of processes. A bare pid is never trusted: it is pid + start time (proc(5), field 22), valid for one boot and one
//! pid namespace, and signals go through a pidfd (`pidfd_open(2)`) whose process was compared after it was opened.

use std::fs;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::OnceLock;
use std::time::Duration;

use procfs::process::Stat;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// One process, for ever: no other process of this boot is equal to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Ident {
    /// Its pid.
    pub pid: u32,
    /// When it started, in clock ticks after boot.
    pub start: u64,
}

impl Ident {
    /// The process that has this pid now, if there is one.
    pub fn of(pid: u32) -> Option<Self> {
        stat(pid).map(|stat| Self { pid, start: stat.starttime })
    }

    /// This process.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whether it runs; a zombie does not.
    pub fn alive(self) -> bool {
        self.stat().is_some_and(|stat| !dead(&stat))
    }

    /// Whether it is stopped by a signal (SIGSTOP, or a debugger).
    pub fn suspended(self) -> bool {
        self.stat().is_some_and(|stat| matches!(stat.state, 'T' | 't'))
    }

    /// What the kernel says of it, if it is still there.
    pub fn stat(self) -> Option<Stat> {
        stat(self.pid).filter(|stat| stat.starttime == self.start)
    }

    /// How long ago it started, to 10 ms, whatever the clock of the wall was set to since.
    pub fn age(self) -> Duration {
        let second = procfs::ticks_per_second();
        let start = Duration::from_millis(self.start.saturating_mul(1000) / second.max(1));
        Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default().saturating_sub(start)
    }

    /// A descriptor of exactly this process, readable when it ends; `None` when it is gone.
    pub fn open(self) -> io::Result<Option<OwnedFd>> {
        let Some(pid) = pid(self.pid) else { return Ok(None) };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Ok(self.stat().map(|_| fd)),
            Err(rustix::io::Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a signal; `false` when the process is gone.
    pub fn signal(self, signal: Signal) -> io::Result<bool> {
        let Some(fd) = self.open()? else { return Ok(false) };
        match pidfd_send_signal(&fd, signal) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// `4711 (python)`.
    pub fn described(self) -> String {
        let name = self.stat().map_or_else(|| "gone".to_owned(), |stat| stat.comm);
        format!("{} ({name})", self.pid)
    }
}

/// A pid as rustix wants it; `None` for 0 and for what is no pid.
pub fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// `/proc/PID/stat`, if the process is there.
pub fn stat(pid: u32) -> Option<Stat> {
    look_at(pid).ok().flatten()
}

/// The same, with an error where the process may be there and only could not be looked at.
pub fn look_at(pid: u32) -> io::Result<Option<Stat>> {
    match whole(&format!("/proc/{pid}/stat")) {
        Ok(text) => Ok(<Stat as procfs::FromRead>::from_read(text.as_slice()).ok()),
        Err(error) if is_gone_or_hidden(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether this is what `/proc` says of a process that ended, or that is not for this user to see.
pub fn is_gone_or_hidden(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// Every process but this one.
pub fn pids() -> io::Result<Vec<u32>> {
    let own = std::process::id();
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let pid = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        all.extend(pid.filter(|pid| *pid != own));
    }
    Ok(all)
}

/// All that a file of `/proc` holds, in two reads: it has no size to go by, and `fs::read` would then ask for 32 bytes, and again.
pub fn whole(path: &str) -> io::Result<Vec<u8>> {
    let mut content = Vec::with_capacity(8 << 10);
    fs::File::open(path)?.take(u64::MAX).read_to_end(&mut content)?;
    Ok(content)
}

/// Whether a process is over: a zombie whose last thread ended (a leader thread may end before the others).
pub fn dead(stat: &Stat) -> bool {
    matches!(stat.state, 'Z' | 'X' | 'x') && stat.num_threads <= 1
}

/// The command line of a process, words joined by blanks and cut at 120 characters; its short name where there is none.
pub fn command(pid: u32) -> String {
    let raw = whole(&format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = raw.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let line = words.join(" ").trim().chars().take(120).collect::<String>();
    if line.is_empty() { stat(pid).map_or_else(|| "unknown".to_owned(), |stat| stat.comm) } else { line }
}

/// Where and since when pids mean what they mean: boot id and pid namespace.
pub fn world() -> &'static str {
    static WORLD: OnceLock<String> = OnceLock::new();
    WORLD.get_or_init(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        format!("{} {}", boot.trim(), space.display())
    })
}

#[cfg(test)]
mod tests {
    use super::Ident;
    use rustix::process::Signal;

    #[test]
    fn a_pid_with_another_start_time_is_never_signalled() {
        let own = Ident::own().expect("this process has an identity");
        let earlier = Ident { start: own.start - 1, ..own };
        assert!(own.alive());
        assert!(!earlier.alive());
        assert!(!earlier.signal(Signal::KILL).expect("a process that is gone is no error"));
    }
}
