//! The wording of every way in which no session comes to be.

use std::io::{self, ErrorKind};

use super::attempt::Attempt;
use super::files;
use super::role::Role;
use super::server::ServerMessage;
use crate::db::Error;
use crate::db::error::{ConnectError, Reason};
use crate::text;

/// The name does not resolve.
pub(super) fn unknown_host(attempt: &Attempt<'_>, cause: &str) -> Error {
    let message =
        format!("the host `{}` of database `{}` is unknown: {cause}", attempt.server.name, name(attempt));
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
        attempt.settings.service.as_ref().map(|provider| format!("start it with `{}`", provider.start));
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
            Some(format!("check the password, which comes from {}", attempt.settings.password_origin())),
        ),
        code if code.starts_with("28") => {
            (format!("the server at {place} refuses user `{user}`: {said}"), None)
        }
        _ => (format!("the server at {place} accepts no session: {said}"), None),
    };
    let login = server.code.starts_with("28");
    let error = error(attempt, message, hint, Some(server));
    if login { reasoned(error, Reason::Encryption) } else { error }
}

/// The login cannot be completed.
pub(super) fn login(attempt: &Attempt<'_>, cause: &str) -> Error {
    let user = attempt.settings.user();
    error(attempt, format!("cannot log in as user `{user}` at {}: {cause}", place(attempt)), None, None)
}

/// The server wants a password that nobody has given.
pub(super) fn no_password(attempt: &Attempt<'_>) -> Error {
    let user = attempt.settings.user();
    let message = format!(
        "cannot log in as user `{user}` at {}: the server asks for a password and none is given",
        place(attempt)
    );
    let hint = match files::exposed(attempt.settings.text("passfile")) {
        Some(path) => format!("others can read `{0}`, so it is not used: chmod 600 {0}", path.display()),
        None => "give one with PGPASSWORD, in ~/.pgpass, or with `password` in the manifest".to_owned(),
    };
    reasoned(error(attempt, message, Some(hint), None), Reason::Password)
}

fn reasoned(mut error: Error, reason: Reason) -> Error {
    if let Error::Connect(error) = &mut error {
        error.reason = reason;
    }
    error
}

/// The server is not what is wanted.
pub(super) fn other_role(attempt: &Attempt<'_>, role: Role) -> Error {
    let wanted = attempt.settings.given.get("target_session_attrs");
    let hint =
        wanted.map(|given| format!("`target_session_attrs={}` comes from {}", given.value, given.origin));
    error(attempt, format!("the server at {} is not {}", place(attempt), role.name()), hint, None)
}

/// TLS cannot be agreed on.
pub(super) fn tls(attempt: &Attempt<'_>, cause: &str) -> Error {
    let message = format!("no TLS connection to {}: {cause}", place(attempt));
    let mode = attempt.settings.given.get("sslmode");
    let hint = mode.map(|given| format!("`sslmode={}` comes from {}", given.value, given.origin));
    reasoned(error(attempt, message, hint, None), Reason::Encryption)
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
    let (name, port) = (&attempt.server.name, &attempt.server.port);
    if name.starts_with('/') { format!("{name}/.s.PGSQL.{port}") } else { format!("{name}:{port}") }
}

fn error(
    attempt: &Attempt<'_>,
    message: String,
    hint: Option<String>,
    server: Option<ServerMessage>,
) -> Error {
    let help: Vec<String> = hint.into_iter().chain([attempt.settings.origins()]).collect();
    let database = attempt.settings.name.clone();
    Error::Connect(Box::new(ConnectError {
        message,
        database,
        help: help.join("\n"),
        server,
        reason: Reason::Other,
    }))
}
