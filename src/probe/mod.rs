//! Waiting until services are ready: many at once, each with a deadline, on one thread.
//!
//! The only asynchronous code of a run. [`Waiter`] (`waiter.rs`, with `ears.rs`) is a thread with a current-thread tokio runtime;
//! `attempt.rs` makes one attempt of any kind; each kind is a file: `tcp.rs`, `http.rs` (with `tls.rs`), `grpc.rs`,
//! `exec.rs` (with `escaped.rs`), `log.rs`, `database.rs`. A new kind is one such file, one variant of [`Kind`], and one arm in
//! [`Probe::describe`] and in `attempt.rs`.

mod attempt;
mod check;
mod database;
mod ears;
mod error;
mod escaped;
mod exec;
mod grpc;
mod http;
mod log;
pub mod report;
mod tcp;
#[cfg(test)]
mod tests;
mod tls;
mod waiter;

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::Runtime;

pub use check::check_all;
pub use error::Error;
pub use waiter::{Gate, Waiter};

use crate::db;
use crate::process::Invocation;

/// How long one attempt may take unless it is said otherwise.
pub const ATTEMPT: Duration = Duration::from_secs(3);

/// The variable in which `gladys tool probe postgres` finds its database: a `postgres://` address may hold a secret.
pub const PROBED: &str = "GLADYS_PROBED_DATABASE";

/// Ends a runtime. Its helper threads are waited for, but not for long: one may wait for an answer of the name service. Where they
/// are joined none is detached, which reads memory that may be gone while a thread ends (glibc bug 19951).
fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// What shows that a service is ready.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A port accepts a connection on any of the host's addresses, IPv4 or IPv6.
    Tcp {
        /// A name or an address; `localhost` is `127.0.0.1` and `::1`.
        host: String,
        /// The port.
        port: u16,
    },
    /// `GET` is answered with a status of 200 to 399; redirects are not followed.
    Http {
        /// An absolute `http://` or `https://` address.
        url: String,
    },
    /// The standard health service answers `SERVING`.
    Grpc {
        /// A name or an address, as for [`Kind::Tcp`].
        host: String,
        /// The port.
        port: u16,
        /// Full name of the gRPC service asked about; empty for the server as a whole.
        service: String,
    },
    /// A program exits with 0. It and everything it started is killed when the attempt ends.
    Exec(Invocation),
    /// A text appears in a file.
    Log {
        /// The file; it need not exist yet.
        path: PathBuf,
        /// Offset of the first byte that counts.
        from: u64,
        /// The text, looked for as it is.
        pattern: String,
    },
    /// PostgreSQL lets us in.
    Postgres(db::Target),
    /// A program that tells the state of many says so of this one.
    Report(report::Watch),
}

/// What to wait for, and how long.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What shows that the service is ready.
    pub kind: Kind,
    /// Limit of the whole wait.
    pub timeout: Duration,
    /// Limit of one attempt.
    pub attempt: Duration,
}

impl Probe {
    /// A probe that waits for `timeout` at most, with [`ATTEMPT`] for each attempt.
    pub fn new(kind: Kind, timeout: Duration) -> Self {
        Self { kind, timeout, attempt: ATTEMPT }
    }

    /// What ends the wait: `port 50051 answers`, ``a log line with `worker up` appears``.
    pub fn until(&self) -> String {
        let verb = match self.kind {
            Kind::Log { .. } => "appears",
            Kind::Exec(_) => "exits with 0",
            _ => "answers",
        };
        format!("{} {verb}", self.describe())
    }

    /// What is waited for, in a few words: `port 50051`, `http://localhost:8502/health`.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Tcp { host, port } => place(host, *port),
            Kind::Http { url } => http::shown(url),
            Kind::Grpc { host, port, service } if service.is_empty() => {
                format!("grpc health on {}", place(host, *port))
            }
            Kind::Grpc { host, port, service } => {
                format!("grpc health of `{service}` on {}", place(host, *port))
            }
            Kind::Exec(invocation) => format!("`{}`", exec::name(invocation)),
            Kind::Log { pattern, .. } => format!("a log line with `{pattern}`"),
            Kind::Postgres(target) => database::shown(target),
            Kind::Report(watch) => format!("the health of `{}`", watch.unit),
        }
    }
}

/// `port 50051`, with the host where it is not this machine.
fn place(host: &str, port: u16) -> String {
    match host {
        "localhost" | "127.0.0.1" | "::1" => format!("port {port}"),
        _ => format!("port {port} of {host}"),
    }
}
