//! The wording of every way in which no session comes to be.

use std::io::{self, ErrorKind};

use super::login::Attempt;
use super::server::ServerMessage;
use crate::db::Error;
use crate::db::error::ConnectError;
use crate::text;

/// The name does not resolve.
pub(super) fn unknown_host(attempt: &Attempt<'_>, cause: &str) -> Error {
    let message = format!("the host `{}` of database `{}` is unknown: {cause}", attempt.host, name(attempt));
    error(attempt, message, None, None)
}

/// Nothing answers, or it stops answering.
pub(super) fn io(attempt: &Attempt<'_>, cause: &io::Error) -> Error {
    let why = match cause.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            format!("no answer within {}", text::duration(attempt.settings.timeout))
        }
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::NotFound => "there is no such socket".to_owned(),
        ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => cause.to_string(),
    };
    let message = format!("cannot reach database `{}` at {}: {why}", name(attempt), place(attempt));
    let hint =
        attempt.settings.service.as_ref().map(|service| format!("start it with `gladys start {service}`"));
    error(attempt, message, hint, None)
}

/// The server said no.
pub(super) fn refused(attempt: &Attempt<'_>, server: ServerMessage) -> Error {
    let (place, user, database) = (place(attempt), attempt.settings.user(), attempt.settings.database());
    let said = &server.message;
    let (message, hint) = match server.code.as_str() {
        "3D000" => (
            format!("the server at {place} has no database `{database}`"),
            Some(format!("create it: gladys psql -c 'create database \"{database}\"' postgres")),
        ),
        "28P01" => (
            format!("the server at {place} refuses user `{user}`: {said}"),
            Some("check the password".to_owned()),
        ),
        code if code.starts_with("28") => {
            (format!("the server at {place} refuses user `{user}`: {said}"), None)
        }
        _ => (format!("the server at {place} accepts no session: {said}"), None),
    };
    error(attempt, message, hint, Some(server))
}

/// The login cannot be completed.
pub(super) fn login(attempt: &Attempt<'_>, cause: &str) -> Error {
    let user = attempt.settings.user();
    error(attempt, format!("cannot log in as user `{user}` at {}: {cause}", place(attempt)), None, None)
}

/// TLS cannot be agreed on.
pub(super) fn tls(attempt: &Attempt<'_>, cause: &str) -> Error {
    error(attempt, format!("no TLS connection to {}: {cause}", place(attempt)), None, None)
}

/// Something answers that is no database server.
pub(super) fn stranger(attempt: &Attempt<'_>) -> Error {
    error(attempt, format!("what answers at {} is not a PostgreSQL server", place(attempt)), None, None)
}

fn name<'a>(attempt: &Attempt<'a>) -> &'a str {
    &attempt.settings.name
}

/// `localhost:5433`, or the path of the socket.
fn place(attempt: &Attempt<'_>) -> String {
    if attempt.host.starts_with('/') {
        return format!("{}/.s.PGSQL.{}", attempt.host, attempt.port);
    }
    format!("{}:{}", attempt.host, attempt.port)
}

fn error(
    attempt: &Attempt<'_>,
    message: String,
    hint: Option<String>,
    server: Option<ServerMessage>,
) -> Error {
    let help: Vec<String> = hint.into_iter().chain([attempt.settings.origins()]).collect();
    Error::Connect(Box::new(ConnectError { message, help: help.join("\n"), server }))
}
