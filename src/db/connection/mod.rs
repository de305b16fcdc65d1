//! A blocking connection that shows everything the server says, in its order: what psql's behaviour rests on and
//! the usual clients hide (type OIDs of simple queries, command tags, the transaction's state, COPY in a script).
//!
//! - [`settings`], [`address`], [`files`]: where to, and who says so.
//! - [`transport`], [`tls`], [`certificates`], [`binding`], [`login`], [`role`], [`failure`]: from there to a session, or to one clear message.
//! - [`wire`], [`incoming`]: messages in, bytes out. [`reply`]: what the server answers; [`server`]: its errors and notices.

mod address;
mod attempt;
mod binding;
mod certificates;
mod failure;
mod files;
mod incoming;
mod login;
pub mod reply;
mod role;
pub mod settings;
mod tls;
mod transport;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::backend::{COPY_DATA_TAG, DATA_ROW_TAG, Message};
use postgres_protocol::message::frontend;

pub use super::server;
use incoming::Incoming;
pub use reply::{Cells, Column, Reply};
use settings::Settings;
use transport::Transport;

use super::Error;

/// How often a blocked read looks whether it was interrupted.
const GRAIN: Duration = Duration::from_millis(50);
/// What is read from or written to the server at a time.
const CHUNK: usize = 64 * 1024;

/// A session with the server.
pub struct Connection<'a> {
    transport: Transport,
    incoming: Incoming,
    outgoing: BytesMut,
    parameters: BTreeMap<String, String>,
    key: (i32, i32),
    status: u8,
    /// While the login is under way: when it must be done.
    deadline: Option<Instant>,
    interrupted: &'a AtomicBool,
    /// Whether an interruption is over when the command is cancelled.
    goes_on: bool,
    /// When the running command was cancelled.
    cancelled: Option<Instant>,
    watch: Option<Watch<'a>>,
    /// Why the server is about to close the connection.
    fatal: Option<String>,
    host: String,
    address: String,
    port: String,
    user: String,
    database: String,
}

/// Somebody who wants to know when an answer takes long.
struct Watch<'a> {
    after: Duration,
    sent: Instant,
    looked: bool,
    look: Box<dyn FnMut(i32) + 'a>,
}

impl<'a> Connection<'a> {
    /// Logs in. While `interrupted` is set, the running command is cancelled.
    pub fn open(settings: &Settings, interrupted: &'a AtomicBool) -> Result<Self, Error> {
        login::open(settings, interrupted)
    }

    fn over(transport: Transport, attempt: &attempt::Attempt<'_>, interrupted: &'a AtomicBool) -> Self {
        Self {
            transport,
            incoming: Incoming::new(),
            outgoing: BytesMut::new(),
            parameters: BTreeMap::new(),
            key: (0, 0),
            status: b'I',
            deadline: Some(attempt.deadline),
            interrupted,
            goes_on: false,
            cancelled: None,
            watch: None,
            fatal: None,
            host: attempt.server.name.clone(),
            address: attempt.server.address.clone(),
            port: attempt.server.port.clone(),
            user: attempt.settings.user().to_owned(),
            database: attempt.settings.database().to_owned(),
        }
    }

    /// The host, or the folder of the socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Who logged in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The name of the database on the server.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// `host:port/database`, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}/{}", self.host, self.port, self.database)
    }

    /// Process id of the server's side.
    pub fn backend(&self) -> i32 {
        self.key.0
    }

    /// `I` idle, `T` in a transaction, `E` in a failed transaction (the manual's chapter 55.7, `ReadyForQuery`).
    pub fn status(&self) -> u8 {
        self.status
    }

    /// A parameter that the server reports (`server_version`).
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// From now on an interruption cancels the running command and is then over: somebody types the next one.
    pub fn go_on(&mut self) {
        self.goes_on = true;
    }

    /// Whether the command that was sent last was cancelled.
    pub fn was_cancelled(&self) -> bool {
        self.cancelled.is_some()
    }

    /// Version and cipher of the TLS session, where there is one, as `OpenSSL` names them.
    pub fn encryption(&self) -> Option<(&'static str, String, usize)> {
        self.transport.encryption()
    }

    /// Calls `look` with the server's process id, once for each text sent, when its answer takes longer than `after`.
    pub fn watch(&mut self, after: Duration, look: impl FnMut(i32) + 'a) {
        self.watch = Some(Watch { after, sent: Instant::now(), looked: false, look: Box::new(look) });
    }

    /// Sends a text of one or several statements; [`Connection::reply`] then tells what happens, up to `Ready`.
    pub fn send(&mut self, sql: &[u8]) -> Result<(), Error> {
        self.cancelled = None;
        if let Some(watch) = &mut self.watch {
            (watch.sent, watch.looked) = (Instant::now(), false);
        }
        let length = i32::try_from(sql.len() + 5)
            .map_err(|_| Error::Protocol("a statement of more than 2 GB cannot be sent".to_owned()))?;
        self.outgoing.put_u8(b'Q');
        self.outgoing.put_i32(length);
        self.outgoing.put_slice(sql);
        self.outgoing.put_u8(0);
        self.flush()
    }

    /// Asks how a statement's result would look, without running it.
    pub fn describe(&mut self, sql: &str) -> Result<(), Error> {
        self.cancelled = None;
        let wrong = |error: std::io::Error| Error::Protocol(error.to_string());
        frontend::parse("", sql, std::iter::empty(), &mut self.outgoing).map_err(wrong)?;
        frontend::describe(b'S', "", &mut self.outgoing).map_err(wrong)?;
        frontend::sync(&mut self.outgoing);
        self.flush()
    }

    /// The next thing the server says.
    pub fn reply(&mut self) -> Result<Reply<'_>, Error> {
        loop {
            let frame = self.frame()?;
            match frame.kind {
                DATA_ROW_TAG => return Ok(Reply::Row(Cells::of(self.incoming.content(&frame)))),
                COPY_DATA_TAG => return Ok(Reply::CopyData(self.incoming.content(&frame))),
                _ => {}
            }
            let message = self.incoming.message(&frame)?;
            if let Message::ReadyForQuery(body) = &message {
                self.status = body.status();
            }
            let Some(reply) = Reply::of(message)? else { continue };
            if let Reply::Error(error) = &reply
                && error.is_fatal()
            {
                self.fatal = Some(error.message.clone());
            }
            return Ok(reply);
        }
    }

    /// One part of the data of a COPY FROM STDIN; parts need not end with lines.
    pub fn copy_data(&mut self, data: &[u8]) -> Result<(), Error> {
        for part in data.chunks(CHUNK) {
            self.outgoing.put_u8(b'd');
            self.outgoing.put_u32(u32::try_from(part.len() + 4).unwrap_or(u32::MAX));
            self.outgoing.put_slice(part);
            if self.outgoing.len() >= CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends a COPY FROM STDIN: its data is complete, or it fails with this cause.
    pub fn copy_end(&mut self, failed: Option<&str>) -> Result<(), Error> {
        match failed {
            None => frontend::copy_done(&mut self.outgoing),
            Some(cause) => frontend::copy_fail(cause, &mut self.outgoing)
                .map_err(|error| Error::Protocol(error.to_string()))?,
        }
        self.flush()
    }

    /// The rows of one trusted statement, as text; `None` is NULL. Notices are dropped.
    pub fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
        self.send(sql.as_bytes())?;
        let mut rows = Vec::new();
        let mut failed = None;
        loop {
            match self.reply()? {
                Reply::Row(cells) => rows.push(cells.strings()),
                Reply::Error(error) => failed = failed.or(Some(error)),
                Reply::CopyIn => self.copy_end(Some("no data"))?,
                Reply::Ready => break,
                _ => {}
            }
        }
        match failed {
            Some(error) => Err(super::error::SqlError::new(error, "SQL", &sql.into(), 0).into()),
            None => Ok(rows),
        }
    }

    /// The first cell of [`Connection::rows`].
    pub fn value(&mut self, sql: &str) -> Result<Option<String>, Error> {
        Ok(self.rows(sql)?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }
}
