//! A program that exits with 0, run in a process group of its own so that nothing of it stays behind.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe::Receiver;

use super::error::cause;
use super::escaped::{Hunt, LATER, SOON};
use crate::process::Invocation;

/// The variable by which what a given-up attempt started is found, wherever it went.
const BADGE: &str = "GLADYS_PROBE";
/// How much of the end of stderr is kept to find its last line in.
const KEPT: usize = 4096;

/// Runs the program and waits for its exit; dropping this kills it with everything it started.
pub(super) async fn attempt(invocation: &Invocation) -> Result<(), String> {
    let started = start(invocation).map_err(|error| format!("it did not start: {}", cause(&error)));
    let (mut group, exit, mut stderr) = started?;
    let mut last = Vec::new();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            read = more(&mut stderr, &mut last), if open => open = read,
            _ = exit.readable() => break,
        }
    }
    let status = group.end().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(failure(status, &last)) }
}

/// The program's name without its folder; its words may hold secrets.
pub(super) fn name(invocation: &Invocation) -> String {
    let program = &invocation.program;
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

/// A running program that leads a process group.
struct Group {
    leader: Option<Child>,
    id: Pid,
    badge: String,
}

impl Group {
    /// Kills what is left of the group, then takes the leader's status. In this order: as long as nobody has taken its
    /// status its number belongs to nobody else (`setpgid(2)`, `waitpid(2)`).
    fn end(&mut self) -> io::Result<ExitStatus> {
        let Some(mut leader) = self.leader.take() else { return Err(io::ErrorKind::NotFound.into()) };
        // An error means that nobody else is left in the group.
        let _ = kill_process_group(self.id, Signal::KILL);
        leader.wait()
    }
}

impl Drop for Group {
    /// Ends an attempt that was given up. A thread of its own hunts on for what is being executed just now, and takes the leader's
    /// status, since a program that runs as somebody else (`sudo`) is out of our reach and may take its time.
    fn drop(&mut self) {
        let Some(mut leader) = self.leader.take() else { return };
        let _ = kill_process_group(self.id, Signal::KILL);
        let mut hunt = Hunt::new(BADGE, &self.badge, self.id);
        let done = hunt.kill(SOON);
        // Without a thread the status stays untaken until we end.
        let _ = std::thread::Builder::new().spawn(move || {
            let _ = done || hunt.kill(LATER);
            leader.wait()
        });
    }
}

fn start(invocation: &Invocation) -> io::Result<(Group, AsyncFd<OwnedFd>, Receiver)> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let badge = format!("{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut leader = Command::new(&invocation.program)
        .args(&invocation.args)
        .current_dir(&invocation.cwd)
        .envs(invocation.env.iter().map(|(name, value)| (name, value.reveal())))
        .env(BADGE, &badge)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let stderr = leader.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let id = Pid::from_child(&leader);
    let group = Group { leader: Some(leader), id, badge };
    Ok((group, watch(id)?, Receiver::from_owned_fd(stderr.into())?))
}

/// A descriptor that becomes readable when the process exits (`pidfd_open(2)`).
#[expect(
    deprecated,
    reason = "its successor is unsafe, for descriptors that may be closed meanwhile; an `OwnedFd` is not"
)]
fn watch(id: Pid) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(pidfd_open(id, PidfdFlags::NONBLOCK)?)
}

/// Waits for more of stderr and keeps its end; false when there will be no more.
async fn more(stderr: &mut Receiver, last: &mut Vec<u8>) -> bool {
    let mut chunk = [0; KEPT];
    match tokio::io::AsyncReadExt::read(stderr, &mut chunk).await {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            last.extend_from_slice(&chunk[..count]);
            last.drain(..last.len().saturating_sub(KEPT));
            true
        }
    }
}

fn failure(status: ExitStatus, stderr: &[u8]) -> String {
    let end = match (status.code(), status.signal()) {
        (Some(code), _) => format!("it exited with {code}"),
        (None, signal) => format!("it was killed by signal {}", signal.unwrap_or_default()),
    };
    let text = String::from_utf8_lossy(stderr);
    match text.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => format!("{end}: {line}"),
        None => end,
    }
}
