//! What can go wrong with a local service, each with the edit or command that helps.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::text;

/// A failure of launching, finding, ending or reading a service.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// The state folder cannot be made or written.
    #[error("the state folder `{}` cannot be written: {source}", path.display())]
    #[diagnostic(
        code(gladys::supervisor::folder),
        help("nothing was started; free some space or fix the permissions of that folder")
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The state folder, one it is in, or a file in it is a symbolic link or a pipe, somebody else's, or writable by
    /// others.
    #[error("`{}` {why}", path.display())]
    #[diagnostic(
        code(gladys::supervisor::foreign),
        help("nothing was started, ended or written; if what it holds is not needed, `{remedy}` mends it")
    )]
    Foreign {
        /// The folder or file.
        path: PathBuf,
        /// `belongs to user 65534, not to user 0`.
        why: String,
        /// The command line that mends it.
        remedy: String,
    },
    /// A file of the state folder cannot be read or written.
    #[error("cannot {what}: {source}")]
    #[diagnostic(code(gladys::supervisor::io))]
    Io {
        /// What was being done, with the path.
        what: String,
        /// The system's word.
        source: io::Error,
    },
    /// The supervisor could not be spawned, or failed before the service ran.
    #[error("cannot {what}: {reason}")]
    #[diagnostic(
        code(gladys::supervisor::supervisor),
        help(
            "nothing was left running; is the disk full (`df`), or a process or file limit reached (`ulimit -a`)?"
        )
    )]
    Supervisor {
        /// What was being done.
        what: String,
        /// The system's words.
        reason: String,
    },
    /// The program of the service could not be executed.
    #[error("`{}` cannot be executed: {reason}", program.display())]
    #[diagnostic(
        code(gladys::supervisor::not_executable),
        help("check the program and the `cwd` of the service in the manifest")
    )]
    NotExecutable {
        /// Path of the program.
        program: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A process that is none of ours listens on a port of the service.
    #[error("port {port} is taken by {holder}")]
    #[diagnostic(
        code(gladys::supervisor::port_taken),
        help("stop that program, or give `{service}` another port")
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// `process 4711 (python3 -m http.server)`.
        holder: String,
        /// The service that wanted it.
        service: String,
    },
    /// Another service of ours listens on a port of the service.
    #[error("port {port} is taken by service `{other}` of profile `{profile}`, process {pid}")]
    #[diagnostic(code(gladys::supervisor::port_ours), help("`{command}` frees it"))]
    PortOurs {
        /// The port.
        port: u16,
        /// The profile of the other service.
        profile: String,
        /// The other service.
        other: String,
        /// The process that listens.
        pid: u32,
        /// The command line that ends the other service.
        command: String,
    },
    /// It runs, on other ports than the manifest says now.
    #[error("{difference}")]
    #[diagnostic(
        code(gladys::supervisor::older),
        help("`{renew}` starts it as the manifest says now; nothing was changed")
    )]
    Older {
        /// How it differs.
        difference: String,
        /// The command that starts it anew.
        renew: String,
    },
    /// Another command works on the same service and did not finish in time.
    #[error("`{service}` is held by {holder} since before this command, and was not free within {waited}")]
    #[diagnostic(code(gladys::supervisor::held), help("wait for that command to end, then repeat this one"))]
    Held {
        /// The service.
        service: String,
        /// `process 4711`.
        holder: String,
        /// How long was waited, as text.
        waited: String,
    },
    /// Whoever works on the service is suspended (SIGSTOP).
    #[error("`{service}` is held by process {holder}, which is suspended")]
    #[diagnostic(
        code(gladys::supervisor::suspended),
        help("`kill -CONT {pid}` continues it; then repeat this command")
    )]
    Suspended {
        /// The service.
        service: String,
        /// `4711 (gladys)`.
        holder: String,
        /// Its pid.
        pid: u32,
    },
    /// The folder of the state was moved while the service ran.
    #[error("it was moved while it ran: process {supervisor} looks after it as `{}`", was.display())]
    #[diagnostic(
        code(gladys::supervisor::moved),
        help("`kill {supervisor}` stops it with everything it started; or move the folder back")
    )]
    Moved {
        /// The state folder as its supervisor knows it.
        was: PathBuf,
        /// Its supervisor.
        supervisor: u32,
    },
    /// The folder of the state was moved away while the service ran, and another one is in its place.
    #[error("what runs was moved away: process {supervisor} looks after it in `{}`", to.display())]
    #[diagnostic(
        code(gladys::supervisor::away),
        help("`kill {supervisor}` stops it with everything it started; or move that folder back")
    )]
    Away {
        /// Where its state is now.
        to: PathBuf,
        /// Its supervisor.
        supervisor: u32,
    },
    /// Something survived SIGKILL, or cannot be signalled.
    #[error("{} still alive after SIGKILL: {}", text::count(left.len(), "process"), left.join(", "))]
    #[diagnostic(
        code(gladys::supervisor::still_alive),
        help(
            "a process in state D waits for a disk or a network drive, or its control group is frozen; one of another user needs that user or root"
        )
    )]
    StillAlive {
        /// `4711 (python)` each.
        left: Vec<String>,
    },
    /// None of the logs has such a run.
    #[error("there is no run {run} of {}", text::either(services))]
    #[diagnostic(
        code(gladys::supervisor::no_run),
        help("1 is the first run ever, 0 the latest, -1 the one before; the log keeps the newest runs")
    )]
    NoRun {
        /// The number that was asked for.
        run: i64,
        /// The services.
        services: Vec<String>,
    },
    /// The reader of the log lines failed.
    #[error("cannot show the log: {0}")]
    #[diagnostic(code(gladys::supervisor::output))]
    Output(#[source] io::Error),
}

impl Error {
    pub(super) fn folder(path: &Path, source: io::Error) -> Self {
        Self::Folder { path: path.to_path_buf(), source }
    }

    /// The system refused what was being done.
    pub fn io(what: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::Io { what: what.into(), source: source.into() }
    }
}
