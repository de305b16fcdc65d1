//! Every way a database can fail, in words.

use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

use super::Target;
use super::server::ServerMessage;
use crate::text;

/// A failure of the database floor.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// No session came to be: nobody answers, the login fails, the database is missing.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Connect(Box<ConnectError>),
    /// The address in the manifest or in the environment cannot be understood.
    #[error("cannot use the address of database `{name}` ({origin}): {cause}")]
    #[diagnostic(code(gladys::db::address), help("write it as postgres://user@host:port/database"))]
    Address {
        /// The database's name in the manifest.
        name: String,
        /// Where the address was written.
        origin: String,
        /// What is wrong; never the address itself, which may hold a password.
        cause: String,
    },
    /// No database of this name is declared, or none at all.
    #[error("{message}")]
    #[diagnostic(code(gladys::db::unknown), help("{help}"))]
    Unknown {
        /// Which is missing.
        message: String,
        /// Which there are.
        help: String,
    },
    /// The server refused a statement.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sql(Box<SqlError>),
    /// A file cannot be run as it is.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(Box<FileError>),
    /// The connection ended while it was in use.
    #[error("the connection to the server was lost: {0}")]
    #[diagnostic(
        code(gladys::db::lost),
        help("the server ended or was restarted; what was not committed is undone")
    )]
    Lost(String),
    /// The server said something that the protocol does not allow.
    #[error("the server does not speak PostgreSQL's protocol: {0}")]
    #[diagnostic(code(gladys::db::protocol))]
    Protocol(String),
}

impl Error {
    /// None of these databases has this name.
    pub(super) fn unknown(targets: &[Target], name: Option<&str>) -> Self {
        let names = || targets.iter().map(|target| target.name.as_str());
        let (Some(name), false) = (name, targets.is_empty()) else {
            return Self::Unknown {
                message: "this profile has no database".to_owned(),
                help: "declare one in the manifest: database { url \"postgres://…\" }".to_owned(),
            };
        };
        let help = match text::closest(name, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there is {}", text::list(names())),
        };
        Self::Unknown { message: format!("there is no database `{name}`"), help }
    }

    /// Whether the command line is wrong: it names a database that there is not.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// The database, as the manifest names it, with which no session came to be.
    pub fn unreached(&self) -> Option<&str> {
        if let Self::Connect(error) = self { Some(&error.database) } else { None }
    }

    /// Whether the server asked for a password and none was given.
    pub fn wants_password(&self) -> bool {
        matches!(self, Self::Connect(error) if error.reason == Reason::Password)
    }

    /// Whether the same server may accept a session with TLS where this one had none, or without.
    pub fn is_about_encryption(&self) -> bool {
        matches!(self, Self::Connect(error) if error.reason == Reason::Encryption)
    }

    /// The SQLSTATE of the server's message, where the server sent one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Connect(error) => error.server.as_ref().map(|server| server.code.as_str()),
            Self::Sql(error) => Some(&error.server.code),
            _ => None,
        }
    }
}

impl Error {
    /// Adds to the help of a refused statement.
    pub fn with(mut self, more: &str) -> Self {
        if let Self::Sql(error) = &mut self {
            let before = error.more.take().map(|before| format!("{before}\n")).unwrap_or_default();
            error.more = Some(before + more);
        }
        self
    }
}

/// Why no session came to be, and where each part of the address came from.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct ConnectError {
    /// What happened, in one line: `no server answers at localhost:5433: connection refused`.
    pub message: String,
    /// The database's name in the manifest.
    pub database: String,
    /// What to do, and where host, port and user came from.
    pub help: String,
    /// What the server said, where one was reached.
    pub server: Option<ServerMessage>,
    /// What might help.
    pub reason: Reason,
}

/// What might help where no session came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A password: the server wants one and none is given.
    Password,
    /// TLS, or none: there is no agreement about it, or no line of `pg_hba.conf` for it.
    Encryption,
    /// Nothing of these.
    Other,
}

impl Diagnostic for ConnectError {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("gladys::db::connect"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }
}

/// A statement that the server refused, with the text it refused.
#[derive(Debug, Error)]
#[error("{}", server.message)]
pub struct SqlError {
    /// What the server said.
    pub server: ServerMessage,
    /// The name and text that was sent: a file, or the words of the command line.
    pub text: NamedSource<Arc<str>>,
    /// Byte offset and length of the place the server points at.
    pub place: Option<(usize, usize)>,
    /// What else helps, such as who holds the lock.
    pub more: Option<String>,
}

impl SqlError {
    /// The server's message about `text`, which starts at byte `start` of the whole `source`.
    pub fn new(server: ServerMessage, name: &str, source: &Arc<str>, start: usize) -> Self {
        let place = server.position.map(|characters| {
            let text = source.get(start..).unwrap_or_default();
            let (offset, len) = super::sql::place(text, characters);
            (start + offset, len)
        });
        Self { server, text: NamedSource::new(name, source.clone()).with_language("sql"), place, more: None }
    }
}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        Self::Sql(Box::new(error))
    }
}

impl Diagnostic for SqlError {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(format!("postgresql::{}", self.server.code)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let server = &self.server;
        let parts = [server.detail.clone(), server.hint.clone(), server.context(), self.more.clone()];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
        if text.is_empty() { None } else { Some(Box::new(text)) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.map(|_| &self.text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (offset, len) = self.place?;
        let label = LabeledSpan::new_primary_with_span(Some("here".to_owned()), (offset, len));
        Some(Box::new(std::iter::once(label)))
    }
}

/// A file that cannot be run as it is, with the place that is in the way.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(gladys::db::file))]
pub struct FileError {
    /// What is in the way.
    pub message: String,
    /// What to do about it.
    #[help]
    pub help: String,
    /// The file.
    #[source_code]
    pub text: NamedSource<Arc<str>>,
    /// Byte offset and length of the place.
    #[label("here")]
    pub place: (usize, usize),
}
