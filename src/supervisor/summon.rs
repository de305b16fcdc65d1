//! How a command comes to a supervisor: it spawns one, tells it what to run, and hears what became of that.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::badge::{CHECK, COOKIE, GUARDIAN};
use super::error::Error;
use super::process::Ident;
use super::queue::Suspense;
use super::spec::Spec;
use super::wire::{Order, Report};

/// How long a supervisor may take to report, beyond the grace for what an earlier run left.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(200);

/// Spawns a supervisor for this service and returns its report; `first` says that nothing of the service was found.
///
/// [`Error::Suspended`] where it was suspended before it had one.
pub fn summon(spec: &Spec, first: bool) -> Result<Report, Error> {
    let (ours, theirs) =
        UnixStream::pair().map_err(|error| broken("make a pipe for the supervisor", &error))?;
    let supervisor = spawn(spec, theirs).map_err(|error| broken("spawn the supervisor", &error))?;
    let order = serde_json::to_vec(&Order::new(spec, first))
        .map_err(|error| broken("write the order", &error.into()))?;
    let patience = PATIENCE + spec.stop.grace;
    Talk {
        socket: ours,
        supervisor,
        until: Instant::now() + patience,
        suspense: Suspense::new(&spec.service),
    }
    .report(&order)
}

fn broken(what: &str, error: &io::Error) -> Error {
    Error::Supervisor { what: what.to_owned(), reason: error.to_string() }
}

/// `/proc/self/exe` is this very program, even when its file was replaced (proc(5)).
fn spawn(spec: &Spec, socket: UnixStream) -> io::Result<Option<Ident>> {
    let child = Command::new("/proc/self/exe")
        .arg0(format!("gladys[{}/{}]", spec.profile, spec.service))
        .args(["internal", "supervise"])
        .env(GUARDIAN, &spec.dir)
        .env_remove(COOKIE)
        .env_remove(CHECK)
        .stdin(Stdio::from(OwnedFd::from(socket.try_clone()?)))
        .stdout(Stdio::from(OwnedFd::from(socket)))
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Ident::of(child.id()))
}

/// A talk with a supervisor that begins, and may be suspended at any moment of it.
struct Talk<'a> {
    socket: UnixStream,
    supervisor: Option<Ident>,
    until: Instant,
    suspense: Suspense<'a>,
}

impl Talk<'_> {
    /// Gives it the order, and returns its report.
    fn report(&mut self, order: &[u8]) -> Result<Report, Error> {
        let _ = self.socket.set_read_timeout(Some(LOOK));
        let _ = self.socket.set_write_timeout(Some(LOOK));
        let sent = self.send(order)?;
        let line = self.hear()?;
        serde_json::from_slice(&line).map_err(|_| {
            let silent = || "it ended without a word".to_owned();
            let reason = sent.err().map_or_else(silent, |error| error.to_string());
            Error::Supervisor { what: "start the supervisor".to_owned(), reason }
        })
    }

    /// What went wrong with the order is told when there is no report.
    fn send(&mut self, order: &[u8]) -> Result<io::Result<()>, Error> {
        let mut rest = order;
        while !rest.is_empty() {
            match self.patiently(|socket| socket.write(rest))? {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(self.socket.shutdown(Shutdown::Write))
    }

    /// One line, or what there is of it when the other end is closed or the time is over.
    fn hear(&mut self) -> Result<Vec<u8>, Error> {
        let (mut line, mut part) = (Vec::new(), [0; 1024]);
        while !line.ends_with(b"\n") {
            match self.patiently(|socket| socket.read(&mut part))? {
                Ok(0) | Err(_) => break,
                Ok(count) => line.extend(part.iter().take(count)),
            }
        }
        Ok(line)
    }

    /// Repeats what takes longer than [`LOOK`], as long as there is hope.
    fn patiently<T>(
        &mut self,
        mut one: impl FnMut(&mut UnixStream) -> io::Result<T>,
    ) -> Result<io::Result<T>, Error> {
        loop {
            let done = one(&mut self.socket);
            let late = |error: &io::Error| {
                matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
            };
            if !done.as_ref().is_err_and(late) || Instant::now() > self.until {
                return Ok(done);
            }
            self.suspense.bear(self.supervisor)?;
        }
    }
}
