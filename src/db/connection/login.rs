//! From an address to a session: transport, TLS, start-up, password (the manual's chapter 55.2.1).

use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres::fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};
use postgres_protocol::message::backend::{AuthenticationSaslBody, Message};
use postgres_protocol::message::frontend;

use super::attempt::Attempt;
use super::binding::server_end_point;
use super::role::Role;
use super::server::ServerMessage;
use super::settings::Settings;
use super::tls::{self, Mode};
use super::transport::{Transport, Unreached};
use super::{Connection, failure};
use crate::db::Error;

/// Tries each server in turn until one is what `target_session_attrs` asks for; the error is that of the last.
pub(super) fn open<'a>(settings: &Settings, interrupted: &'a AtomicBool) -> Result<Connection<'a>, Error> {
    let deadline = Instant::now() + settings.timeout;
    let mut last = None;
    let wanted = settings.given.get("target_session_attrs");
    let (first, second) = Role::of(wanted.map(|given| given.value.reveal()))
        .map_err(|cause| settings.refused(wanted.map_or("", |given| &given.origin), cause))?;
    for role in [Some(first), second].into_iter().flatten() {
        for server in settings.servers() {
            let attempt = Attempt { settings, server: &server, mode: Mode::Disable, deadline };
            match attempt.agree(interrupted) {
                Ok(connection) if role.suits(&connection) => return Ok(connection),
                Ok(_) => last = Some(failure::other_role(&attempt, role)),
                Err(error) => last = Some(error),
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::Protocol("the address names no host".to_owned())))
}

impl Attempt<'_> {
    /// Tries with TLS and without, as `sslmode` has it; if both fail, the first failure counts.
    fn agree<'a>(&self, interrupted: &'a AtomicBool) -> Result<Connection<'a>, Error> {
        let mode = Mode::of(self.settings).map_err(|cause| failure::tls(self, &cause))?;
        let (first, second) = mode.tries();
        let with = |mode| Self { mode, ..*self }.open(interrupted);
        with(first).or_else(|error| match second {
            Some(second) if error.is_about_encryption() => with(second).map_err(|_| error),
            _ => Err(error),
        })
    }

    fn open<'a>(&self, interrupted: &'a AtomicBool) -> Result<Connection<'a>, Error> {
        let transport = self.transport()?;
        let mut connection = Connection::over(transport, self, interrupted);
        self.start(&mut connection)?;
        self.authenticate(&mut connection)?;
        connection.deadline = None;
        connection.transport.read_timeout(Some(super::GRAIN)).map_err(|error| failure::io(self, &error))?;
        Ok(connection)
    }

    /// An open transport, under TLS where settings and server agree on it.
    fn transport(&self) -> Result<Transport, Error> {
        let mode = self.mode;
        let mut transport = self.reach()?;
        let Transport::Tcp(stream) = &mut transport else { return Ok(transport) };
        if mode == Mode::Disable {
            return Ok(transport);
        }
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        let mut answer = [0];
        stream.write_all(&request).map_err(|error| failure::io(self, &error))?;
        stream.read_exact(&mut answer).map_err(|error| failure::io(self, &error))?;
        match (answer[0], transport) {
            (b'S', Transport::Tcp(stream)) => tls::wrap(stream, &self.server.name, mode, self.settings)
                .map(|stream| Transport::Tls(Box::new(stream)))
                .map_err(|cause| failure::tls(self, &cause)),
            (b'N', transport) if mode == Mode::Prefer => Ok(transport),
            (b'N', _) => Err(failure::tls(self, "the server does not offer TLS")),
            _ => Err(failure::stranger(self)),
        }
    }

    fn reach(&self) -> Result<Transport, Error> {
        let transport =
            Transport::open(&self.server.address, &self.server.port, self.deadline).map_err(|error| {
                match error {
                    Unreached::UnknownHost(cause) => failure::unknown_host(self, &cause),
                    Unreached::Io(error) => failure::io(self, &error),
                }
            })?;
        let left = self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        transport.read_timeout(Some(left)).map_err(|error| failure::io(self, &error))?;
        Ok(transport)
    }

    fn start(&self, connection: &mut Connection<'_>) -> Result<(), Error> {
        let settings = self.settings;
        let mut parameters = vec![("user", settings.user()), ("database", settings.database())];
        for key in ["application_name", "client_encoding", "options"] {
            parameters.extend(settings.text(key).map(|value| (key, value)));
        }
        parameters.extend(settings.session.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        frontend::startup_message(parameters, &mut connection.outgoing)
            .map_err(|error| Error::Protocol(error.to_string()))?;
        connection.flush().map_err(|error| self.explain(error))
    }

    /// Answers what the server asks until it is ready for queries.
    fn authenticate(&self, connection: &mut Connection<'_>) -> Result<(), Error> {
        let mut bound = self.settings.text("channel_binding") != Some("require");
        loop {
            match connection.message().map_err(|error| self.explain(error))? {
                Message::AuthenticationOk if !bound => return Err(self.unbound()),
                Message::AuthenticationCleartextPassword | Message::AuthenticationMd5Password(_)
                    if !bound =>
                {
                    return Err(self.unbound());
                }
                Message::AuthenticationOk | Message::NoticeResponse(_) => {}
                Message::AuthenticationCleartextPassword => self.send_password(connection, None)?,
                Message::AuthenticationMd5Password(body) => {
                    self.send_password(connection, Some(body.salt()))?;
                }
                Message::AuthenticationSasl(body) => {
                    self.scram(connection, &body)?;
                    bound = true;
                }
                Message::BackendKeyData(body) => connection.key = (body.process_id(), body.secret_key()),
                Message::ReadyForQuery(body) => {
                    connection.status = body.status();
                    return Ok(());
                }
                Message::ErrorResponse(body) => {
                    return Err(failure::refused(self, ServerMessage::read(body.fields())));
                }
                _ => {
                    return Err(failure::login(
                        self,
                        "it asks for a kind of login that gladys does not have",
                    ));
                }
            }
        }
    }

    fn password(&self) -> Result<crate::masked::Masked, Error> {
        self.settings.password(&self.server.name, &self.server.port).ok_or_else(|| failure::no_password(self))
    }

    fn send_password(&self, connection: &mut Connection<'_>, salt: Option<[u8; 4]>) -> Result<(), Error> {
        let password = self.password()?;
        let clear = password.reveal().as_bytes();
        let answer = match salt {
            Some(salt) => md5_hash(self.settings.user().as_bytes(), clear, salt).into_bytes(),
            None => clear.to_vec(),
        };
        frontend::password_message(&answer, &mut connection.outgoing)
            .map_err(|error| Error::Protocol(error.to_string()))?;
        connection.flush().map_err(|error| self.explain(error))
    }

    /// SCRAM-SHA-256 (RFC 7677), bound to the TLS session where both sides can.
    fn scram(&self, connection: &mut Connection<'_>, offer: &AuthenticationSaslBody) -> Result<(), Error> {
        let offered = |name: &str| offer.mechanisms().any(|mechanism| Ok(mechanism == name)).unwrap_or(false);
        let wanted = self.settings.text("channel_binding").unwrap_or("prefer");
        let point = connection.transport.certificate().and_then(|certificate| server_end_point(&certificate));
        let (mechanism, binding) = match point {
            Some(point) if offered(SCRAM_SHA_256_PLUS) && wanted != "disable" => {
                (SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(point))
            }
            _ if wanted == "require" => return Err(self.unbound()),
            // Had the server's offer been tampered with, this tells the server that a binding was possible.
            Some(_) if wanted != "disable" => (SCRAM_SHA_256, ChannelBinding::unrequested()),
            _ => (SCRAM_SHA_256, ChannelBinding::unsupported()),
        };
        if !offered(mechanism) {
            return Err(failure::login(self, "it asks for a kind of login that gladys does not have"));
        }
        let protocol = |error: std::io::Error| Error::Protocol(error.to_string());
        let mut scram = ScramSha256::new(self.password()?.reveal().as_bytes(), binding);
        frontend::sasl_initial_response(mechanism, scram.message(), &mut connection.outgoing)
            .map_err(protocol)?;
        loop {
            connection.flush().map_err(|error| self.explain(error))?;
            match connection.message().map_err(|error| self.explain(error))? {
                Message::AuthenticationSaslContinue(body) => scram.update(body.data()).map_err(protocol)?,
                Message::AuthenticationSaslFinal(body) => {
                    return scram.finish(body.data()).map_err(|_| {
                        failure::login(
                            self,
                            "the server does not know the password either: it is not the one it claims to be",
                        )
                    });
                }
                Message::ErrorResponse(body) => {
                    return Err(failure::refused(self, ServerMessage::read(body.fields())));
                }
                _ => return Err(failure::stranger(self)),
            }
            frontend::sasl_response(scram.message(), &mut connection.outgoing).map_err(protocol)?;
        }
    }

    fn unbound(&self) -> Error {
        failure::login(self, "`channel_binding=require`, and the server does not offer it on this connection")
    }

    /// A loss during the login is a failure to reach the server.
    fn explain(&self, error: Error) -> Error {
        match error {
            Error::Lost(cause) => {
                if let Some(alert) = tls::alert(&cause, self.settings) {
                    return failure::tls(self, &alert);
                }
                failure::io(self, &std::io::Error::new(ErrorKind::ConnectionAborted, cause))
            }
            Error::Protocol(_) => failure::stranger(self),
            other => other,
        }
    }
}
