//! Messages in and bytes out, with an eye on deadlines and on whoever interrupts.

use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use postgres_protocol::message::backend::{Message, PARAMETER_STATUS_TAG};
use postgres_protocol::message::frontend;

use super::Connection;
use super::incoming::Frame;
use super::server::ServerMessage;
use super::transport::Transport;
use crate::db::Error;

/// How long the server may take to end what was cancelled.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

impl Connection<'_> {
    /// The next message.
    pub(super) fn message(&mut self) -> Result<Message, Error> {
        let frame = self.frame()?;
        self.incoming.message(&frame)
    }

    /// The next message that is not about a parameter.
    pub(super) fn frame(&mut self) -> Result<Frame, Error> {
        loop {
            match self.incoming.next()? {
                Some(frame) if frame.kind == PARAMETER_STATUS_TAG => {
                    if let Message::ParameterStatus(body) = self.incoming.message(&frame)?
                        && let (Ok(name), Ok(value)) = (body.name(), body.value())
                    {
                        self.parameters.insert(name.to_owned(), value.to_owned());
                    }
                }
                Some(frame) => return Ok(frame),
                None => self.fill()?,
            }
        }
    }

    /// Reads some more bytes, looking now and then whether the wait was interrupted or is over.
    pub(super) fn fill(&mut self) -> Result<(), Error> {
        let read = loop {
            match self.transport.read(self.incoming.room()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if let Err(error) = self.waited() {
                        break Err(error);
                    }
                }
                other => break other,
            }
        };
        match read {
            Ok(0) => Err(Error::Lost(self.fatal.take().unwrap_or_else(|| "the server closed it".to_owned()))),
            Ok(length) => {
                self.incoming.filled(length);
                Ok(())
            }
            Err(error) => Err(Error::Lost(error.to_string())),
        }
    }

    /// After a while without an answer: has the login taken too long, must the command be cancelled?
    pub(super) fn waited(&mut self) -> std::io::Result<()> {
        let late = || std::io::Error::from(ErrorKind::TimedOut);
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(late());
        }
        if let Some(watch) =
            self.watch.as_mut().filter(|watch| !watch.looked && watch.sent.elapsed() > watch.after)
        {
            watch.looked = true;
            (watch.look)(self.key.0);
        }
        match self.cancelled {
            Some(since) if since.elapsed() > CANCEL_PATIENCE => Err(late()),
            None if self.deadline.is_none() && self.interrupted.load(Ordering::Relaxed) => {
                self.cancelled = Some(Instant::now());
                if self.goes_on {
                    self.interrupted.store(false, Ordering::Relaxed);
                }
                self.cancel();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Asks the server to cancel the running command, on a connection of its own; the answer comes as an error of
    /// the command. A request that cannot be sent is tried no further: [`CANCEL_PATIENCE`] ends the wait.
    pub(super) fn cancel(&self) {
        let deadline = Instant::now() + CANCEL_PATIENCE;
        let mut request = BytesMut::new();
        frontend::cancel_request(self.key.0, self.key.1, &mut request);
        if let Ok(mut transport) = Transport::open(&self.address, &self.port, deadline) {
            let _ = transport.write_all(&request);
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let sent = self.transport.write_all(&self.outgoing).and_then(|()| self.transport.flush());
        self.outgoing.clear();
        sent.map_err(|error| match self.last_words() {
            Some(words) => Error::Lost(words),
            None => Error::Lost(error.to_string()),
        })
    }

    /// What the server said before it closed the connection (`terminating connection due to …`).
    pub(super) fn last_words(&mut self) -> Option<String> {
        loop {
            if let Message::ErrorResponse(body) = self.message().ok()? {
                return Some(ServerMessage::read(body.fields()).message);
            }
        }
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.outgoing.clear();
        frontend::terminate(&mut self.outgoing);
        while self.outgoing.has_remaining() {
            match self.transport.write(&self.outgoing) {
                Ok(written) if written > 0 => self.outgoing.advance(written),
                _ => break,
            }
        }
    }
}
