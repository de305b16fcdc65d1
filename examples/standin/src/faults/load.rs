//! What it takes from the machine: processor, memory, files; or it stops itself.

use std::fs::File;
use std::thread;

use clap::{Arg, ArgMatches};
use rustix::process::{Signal, getpid, kill_process};

use super::flag;
use crate::log;

/// What is taken, and whether the process stops itself.
pub(crate) struct Load {
    spin: bool,
    memory: Option<u64>,
    files: Option<u64>,
    stop_self: bool,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        flag::switch("spin", "Keep one processor busy"),
        flag::number("memory", "MB", "Hold MB megabytes of touched memory"),
        flag::number("open-files", "N", "Open N files once it listens, and say how many it got"),
        flag::switch("stop-self", "Send itself SIGSTOP once it listens"),
    ]
}

impl Load {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        Self {
            spin: matches.get_flag("spin"),
            memory: flag::count(matches, "memory"),
            files: flag::count(matches, "open-files"),
            stop_self: matches.get_flag("stop-self"),
        }
    }

    /// Takes processor and memory.
    pub(crate) fn before_listening(&self) {
        if self.spin {
            thread::spawn(|| {
                loop {
                    std::hint::spin_loop();
                }
            });
        }
        if let Some(megabytes) = self.memory.and_then(|megabytes| usize::try_from(megabytes).ok()) {
            // Ones, not zeroes: zeroed pages would not be touched.
            vec![1_u8; megabytes << 20].leak();
            log::info(format!("holds {megabytes} MB"));
        }
    }

    /// Takes files, then stops itself; another process has to continue it.
    pub(crate) fn once_listening(&self) {
        if let Some(wanted) = self.files {
            open(wanted);
        }
        if self.stop_self
            && let Err(error) = kill_process(getpid(), Signal::STOP)
        {
            log::error(format!("cannot stop itself: {error}"));
        }
    }
}

/// Opens this program's own file, the one file that is always there, and keeps it open.
fn open(wanted: u64) {
    let mut held = 0;
    for _ in 0..wanted {
        match File::open("/proc/self/exe") {
            Ok(file) => std::mem::forget(file),
            Err(error) => return log::warn(format!("opened {held} of {wanted} files: {error}")),
        }
        held += 1;
    }
    log::info(format!("opened {held} of {wanted} files"));
}
