//! The beginning of one run: spawn the held child, record it, let it go, and see whether its program could be executed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use super::badge::{COOKIE, GUARDIAN};
use super::process::Ident;
use super::sweep::timespec;
use super::wire::{Go, Order};

/// How long an `exec` may take; a folder on a network drive can hang.
const EXEC_PATIENCE: Duration = Duration::from_secs(30);

/// A child that waits for its word.
pub struct Held {
    /// Its identity, which stays the same when it becomes the service.
    pub process: Ident,
    socket: UnixStream,
}

/// How letting go went.
pub enum Let {
    /// The program runs.
    Runs,
    /// It does not, for this reason.
    Refused(String),
}

/// Spawns the held child, with the log as its standard output and error.
pub fn spawn(order: &Order, log: &File) -> io::Result<Held> {
    let (socket, theirs) = UnixStream::pair()?;
    let child = Command::new("/proc/self/exe")
        .arg0(format!("gladys[{}/{}]", order.profile, order.service))
        .args(["internal", "hold"])
        .env(COOKIE, &order.dir)
        .env_remove(GUARDIAN)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .spawn()?;
    let process = Ident::of(child.id()).ok_or_else(|| io::Error::other("the new process is not in /proc"))?;
    Ok(Held { process, socket })
}

impl Held {
    /// Lets it go and waits until its program runs, cannot run, or `interrupt` becomes readable.
    pub fn release(mut self, order: &Order, interrupt: &UnixStream) -> io::Result<Let> {
        let mortal = order.restart.orphan == super::spec::Orphan::Kill;
        let mut line = serde_json::to_vec(&Go { words: order.words.clone(), limits: order.limits, mortal })?;
        line.push(b'\n');
        if let Err(error) = self.socket.write_all(&line) {
            return Ok(Let::Refused(format!(
                "the new process ended before it could be told what to run: {error}"
            )));
        }
        super::fail::point("released");
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN), PollFd::new(interrupt, PollFlags::IN)];
        while let Err(rustix::io::Errno::INTR) = poll(&mut fds, timespec(EXEC_PATIENCE).as_ref()) {}
        if fds[0].revents().is_empty() {
            return Ok(Let::Runs);
        }
        let mut reason = String::new();
        let _ = self.socket.read_to_string(&mut reason);
        Ok(if reason.is_empty() { Let::Runs } else { Let::Refused(reason) })
    }
}
