//! `query`: runs SQL and prints the result, for people and for programs.

mod show;

use std::io::{self, IsTerminal, Read};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;
use thiserror::Error;

use super::context::{Context, Verdict};
use crate::db::connection::server::ServerMessage;
use crate::db::error::SqlError;
use crate::db::sql::scan::{Variables, substitute};
use crate::db::sql::statement::statements;
use crate::db::{self, Connection, Reply, Settings};
use crate::event::Event;
use crate::text;
use show::{Format, Shown};

type Failure = Box<dyn Diagnostic + Send + Sync>;

/// The code of `read_only_sql_transaction` (the manual's appendix A).
const READ_ONLY: &str = "25006";

/// No server takes a longer text (`MaxAllocSize`).
const LONGEST: u64 = (1 << 30) - 1;

/// SQL to run and how to show what comes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// Each is sent as a whole; none means standard input.
    pub statements: Vec<String>,
    /// The format; none means the table, or JSON where that is asked for.
    pub format: Option<Format>,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
    /// Values of psql variables.
    pub variables: Vec<(String, String)>,
}

/// What can be wrong besides the database.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum QueryError {
    #[error("there is no SQL to run")]
    #[diagnostic(code(gladys::query::nothing), help("give it as an argument, or on standard input"))]
    Nothing,
    #[error("`{0}` is a command of psql, not SQL")]
    #[diagnostic(code(gladys::query::psql), help("run it with `gladys psql -c '{0}'`"))]
    PsqlCommand(String),
    #[error("cannot read standard input: {}", text::io_reason(.0))]
    #[diagnostic(code(gladys::query::input))]
    Input(io::Error),
    #[error("cannot write the result: {}", text::io_reason(.0))]
    #[diagnostic(code(gladys::query::output))]
    Output(io::Error),
}

impl QueryError {
    /// Whether the command line is wrong.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Nothing | Self::PsqlCommand(_))
    }
}

/// Adds the flags and arguments of `query`.
pub fn grammar(command: Command) -> Command {
    command
        .arg(
            Arg::new("sql")
                .value_name("SQL")
                .num_args(0..)
                .help("Statements to run; without any, they are read from standard input")
                .long_help(
                    "Statements to run; without any, they are read from standard input. The statements of one \
                     argument are one transaction, unless they begin one themselves",
                ),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(Format::NAMES))
                .help("How to show rows"),
        )
        .arg(database_arg())
        .arg(
            Arg::new("variable")
                .short('v')
                .long("variable")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .value_parser(variable)
                .help("Set a variable, used as :NAME, :'NAME' (text) or :\"NAME\" (name)"),
        )
}

fn database_arg() -> Arg {
    Arg::new("database")
        .long("database")
        .value_name("NAME")
        .help("Which database of the manifest; the first by default")
}

/// Reads `NAME=VALUE`.
fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err("a name has letters, digits and `_`".to_owned())
    }
}

/// The value that a command line stands for.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Query, clap::Error> {
    Ok(Query {
        statements: matches.get_many("sql").unwrap_or_default().cloned().collect(),
        format: matches.get_one::<String>("format").and_then(|name| Format::named(name)),
        database: matches.get_one("database").cloned(),
        variables: matches.get_many("variable").unwrap_or_default().cloned().collect(),
    })
}

impl Variables for Query {
    fn value(&self, name: &str) -> Option<String> {
        let set = self.variables.iter().rev().find(|(known, _)| known == name);
        set.map(|(_, value)| value.clone())
    }
}

impl Query {
    /// Runs the statements in order and stops at the first failure; success means that all of them succeeded.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let texts = self.texts()?;
        let mut connection = Connection::open(&Settings::of(target)?, context.interrupted)?;
        let format = self.format.unwrap_or(if context.json { Format::Json } else { Format::Table });
        let mut tag = None;
        let mut shown = Shown::new(format, context.sink.told_stdout());
        for (name, text) in texts {
            match run(&mut connection, context, &name, &text, &mut shown) {
                Ok(last) => tag = last.or(tag),
                Err(Stopped::Closed) => return Ok(Verdict { code: 141, summary: None }),
                Err(Stopped::Failed(failure)) => return Err(failure),
            }
        }
        Ok(Verdict { code: 0, summary: tag })
    }

    /// Each text with its name for messages, its variables replaced.
    fn texts(&self) -> Result<Vec<(String, String)>, QueryError> {
        let texts = if self.statements.is_empty() {
            vec![("standard input".to_owned(), standard_input()?)]
        } else {
            self.statements.iter().map(|text| ("SQL".to_owned(), text.clone())).collect()
        };
        if texts.iter().all(|(_, text)| text.trim().is_empty()) {
            return Err(QueryError::Nothing);
        }
        let replaced = texts.into_iter().map(|(name, text)| match substitute(&text, self) {
            Ok(replaced) => Ok((name, replaced)),
            Err(at) => Err(QueryError::PsqlCommand(text[at..].lines().next().unwrap_or_default().to_owned())),
        });
        replaced.collect()
    }
}

fn standard_input() -> Result<String, QueryError> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(QueryError::Nothing);
    }
    let mut text = String::new();
    stdin.take(LONGEST + 1).read_to_string(&mut text).map_err(QueryError::Input)?;
    if text.len() as u64 > LONGEST {
        return Err(QueryError::Input(io::Error::other("it is longer than the 1 GB that a server takes")));
    }
    Ok(text)
}

/// Why a text was not run to its end.
enum Stopped {
    /// Nobody reads the output any more.
    Closed,
    /// It failed.
    Failed(Failure),
}

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(error))
    }
}

fn output(error: io::Error) -> Stopped {
    if error.kind() == io::ErrorKind::BrokenPipe { Stopped::Closed } else { QueryError::Output(error).into() }
}

/// Sends one text and shows every result; gives the last command tag that is not about rows shown.
fn run(
    connection: &mut Connection<'_>,
    context: &Context<'_>,
    name: &str,
    text: &str,
    shown: &mut Shown<'_>,
) -> Result<Option<String>, Stopped> {
    connection.send(text.as_bytes())?;
    let mut failed: Option<ServerMessage> = None;
    let (mut last, mut done) = (None, 0);
    loop {
        match connection.reply()? {
            Reply::Columns(columns) => shown.columns(columns).map_err(output)?,
            Reply::Row(cells) => shown.row(&cells).map_err(output)?,
            Reply::Done(tag) => {
                shown.done(&tag).map_err(output)?;
                last = Some(tag);
                done += 1;
            }
            Reply::CopyData(data) => shown.raw(data).map_err(output)?,
            Reply::CopyIn => copy_in(connection, name)?,
            Reply::Notice(notice) => context.sink.emit(Event::Note { text: notice.line() }),
            Reply::Error(error) => failed = failed.or(Some(error)),
            Reply::Ready => break,
            _ => {}
        }
    }
    shown.flush().map_err(output)?;
    match failed {
        Some(error) => {
            let mut failed = failure(error, name, text, done);
            if failed.server.code == READ_ONLY && connection.parameter("in_hot_standby") == Some("on") {
                failed.more = Some(format!(
                    "{} is a standby: name the primary, or all servers with `target_session_attrs=read-write`",
                    connection.place()
                ));
            }
            Err(db::Error::from(failed).into())
        }
        None => Ok(last.filter(|tag| !tag.starts_with("SELECT"))),
    }
}

/// The server's message about a text of which `done` statements succeeded: where the server names no place, it is about
/// the next one.
fn failure(message: ServerMessage, name: &str, text: &str, done: usize) -> SqlError {
    let mut error = SqlError::new(message, name, &text.into(), 0);
    if error.place.is_none() {
        let statement = statements(text).ok().and_then(|all| all.into_iter().nth(done));
        error.place = statement.map(|statement| {
            let first = text[statement.range.clone()].lines().next().unwrap_or_default();
            (statement.range.start, first.len())
        });
    }
    error
}

/// `COPY … FROM STDIN` takes standard input, unless that holds the SQL or is a terminal.
fn copy_in(connection: &mut Connection<'_>, name: &str) -> Result<(), db::Error> {
    let mut stdin = io::stdin().lock();
    if name == "standard input" || io::stdin().is_terminal() {
        return connection
            .copy_end(Some("there is no data: give it on standard input, and the SQL as an argument"));
    }
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stdin.read(&mut buffer) {
            Ok(0) => return connection.copy_end(None),
            Ok(length) => connection.copy_data(&buffer[..length])?,
            Err(error) => return connection.copy_end(Some(&error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
