//! Why a wait ended without the service being ready.

use std::io;
use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use crate::text;

/// Why a service is not ready.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// The whole time of a wait went by.
    #[error("{what} was not ready within {}: {last}", text::duration(*.timeout))]
    #[diagnostic(
        code(gladys::probe::timeout),
        help("the service's log may say why; if it only needs longer, give its `ready` a longer `timeout`")
    )]
    Timeout {
        /// What was waited for, see [`super::Probe::describe`].
        what: String,
        /// The limit.
        timeout: Duration,
        /// How the last attempt failed.
        last: String,
    },
    /// The only attempt of a check failed.
    #[error("{what} is not ready: {last}")]
    #[diagnostic(code(gladys::probe::not_ready))]
    NotReady {
        /// What was asked.
        what: String,
        /// How it failed.
        last: String,
    },
    /// The caller said that there is nothing left to wait for.
    #[error("{cause}, before {what} was ready")]
    #[diagnostic(code(gladys::probe::gone))]
    Gone {
        /// What was waited for.
        what: String,
        /// What became of the service.
        cause: String,
    },
    /// The service answers, and refuses us.
    #[error("{what} refuses the login: {cause}")]
    #[diagnostic(
        code(gladys::probe::refused),
        help(
            "correct the user or the password of that address, on either side: to wait longer does not help"
        )
    )]
    Refused {
        /// What was waited for.
        what: String,
        /// The server's words.
        cause: String,
    },
    /// The run was interrupted.
    #[error("stopped waiting for {what}: interrupted")]
    #[diagnostic(code(gladys::probe::cancelled))]
    Cancelled {
        /// What was waited for.
        what: String,
    },
    /// The system refused a thread, or the file descriptors to wait with.
    #[error("could not begin to wait for services: {0}")]
    #[diagnostic(
        code(gladys::probe::resources),
        help("a limit on processes or open files may be reached; see `ulimit -a`")
    )]
    Resources(io::Error),
}

/// Why an attempt did not succeed: the cause without its subject, `connection refused`, `it answered 503 Service Unavailable`.
pub(super) enum Failed {
    /// Another attempt may.
    NotYet(String),
    /// No other attempt will.
    ForGood(String),
}

impl From<String> for Failed {
    fn from(cause: String) -> Self {
        Self::NotYet(cause)
    }
}

impl Failed {
    /// The cause.
    pub(super) fn cause(self) -> String {
        match self {
            Self::NotYet(cause) | Self::ForGood(cause) => cause,
        }
    }
}

/// An error of the system in lower case and without its number: `connection refused`.
pub(super) fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::Other | io::ErrorKind::InvalidData => error.to_string(),
        kind => kind.to_string(),
    }
}
