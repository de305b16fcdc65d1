//! Databases: reaching one, speaking to it, splitting SQL, showing rows, applying migrations.
//!
//! - [`connection`]: settings, transport, login and the simple query protocol, with everything psql needs to see.
//! - [`server`]: errors and notices of the server.
//! - [`sql`]: tokens, statements, psql variables. No parser: the server is the parser.
//! - [`print`](mod@print): tables as text. [`shell`]: psql.
//! - [`migration`]: files, ledger, lock. [`blockers`]: who holds a lock.
//! - [`error`]: every failure of this module, in words.

pub mod blockers;
pub mod connection;
pub mod error;
pub mod migration;
pub mod print;
pub mod server;
pub mod shell;
pub mod sql;
#[cfg(test)]
pub mod testing;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use connection::settings::Settings;
pub use connection::{Connection, Reply};
pub use error::Error;

use crate::masked::Masked;
use crate::span::Span;

/// A database of the manifest, resolved for one profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its name in the manifest (`main`).
    pub name: String,
    /// `postgres://` URI or `key=value` words, as the manifest resolved it.
    pub url: Masked,
    /// The password, where the manifest gives one outside the URL.
    pub password: Option<Masked>,
    /// Where the manifest says so (`environments/local.kdl:12`), for messages.
    pub origin: String,
    /// The place of its address in the manifest.
    pub span: Span,
    /// The service that provides it.
    pub service: Option<Provider>,
    /// Its migrations, where it has some.
    pub migrations: Option<Migrations>,
}

/// The service that a database is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provider {
    /// Its name.
    pub service: String,
    /// The command that starts it (`gladys start db`).
    pub start: String,
}

/// The migration files of a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migrations {
    /// Absolute glob.
    pub pattern: PathBuf,
    /// As it was written.
    pub shown: String,
    /// Where it was written.
    pub span: Span,
}

/// The database with this name; the first where none is named.
pub fn pick<'t>(targets: &'t [Target], name: Option<&str>) -> Result<&'t Target, Error> {
    let found = match name {
        None => targets.first(),
        Some(name) => targets.iter().find(|target| target.name == name),
    };
    found.ok_or_else(|| Error::unknown(targets, name))
}

/// Whether a login works and `select 1` answers, within a time.
pub fn ping(target: &Target, within: Duration) -> Result<(), Error> {
    let never = AtomicBool::new(false);
    let mut settings = Settings::of(target)?;
    settings.timeout = within;
    let mut connection = Connection::open(&settings, &never)?;
    connection.rows("select 1").map(|_| ())
}
