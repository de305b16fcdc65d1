//! `psql`: a shell for SQL, or the commands and files that were given.

use std::io::{self, IsTerminal, Read};

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use thiserror::Error;

use super::context::{Context, Verdict};
use super::query::show::{Format, Shown};
use super::query::{self, Stopped};
use crate::db::sql::scan::{Scanner, Stop, Unset, Waits};
use crate::db::{self, Connection, Settings};
use crate::event::Event;

type Failure = Box<dyn Diagnostic + Send + Sync>;

/// What to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Psql {
    /// Commands and files, in the order in which they were given; none means the shell, or standard input.
    pub actions: Vec<Action>,
    /// A database on the server, or an address, in place of the manifest's.
    pub over: Option<String>,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
}

/// One thing to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// `-c`
    Command(String),
    /// `-f`; `-` is standard input.
    File(String),
}

/// What can be wrong besides the database.
#[derive(Debug, Error, Diagnostic)]
enum PsqlError {
    #[error("cannot read `{0}`: {1}")]
    #[diagnostic(code(gladys::psql::input))]
    Input(String, io::Error),
    #[error("the terminal failed: {0}")]
    #[diagnostic(code(gladys::psql::terminal))]
    Terminal(ReadlineError),
    #[error("`\\{0}` is no command of this shell")]
    #[diagnostic(code(gladys::psql::command), help("leave with `\\q`; everything else is SQL"))]
    Command(String),
}

/// Adds the flags and arguments of `psql`.
pub fn grammar(command: Command) -> Command {
    let many = |name: &'static str, short: char, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).short(short).value_name(value).action(ArgAction::Append).help(help)
    };
    command
        .arg(many("command", 'c', "COMMAND", "Run a command and leave"))
        .arg(many("file", 'f', "FILE", "Run the commands of a file and leave; - is standard input"))
        .arg(
            Arg::new("over")
                .value_name("DB")
                .help("A database on the server, or an address, instead of the manifest's"),
        )
        .arg(
            Arg::new("database")
                .long("database")
                .value_name("NAME")
                .help("Which database of the manifest; the first by default"),
        )
}

/// The value that a command line stands for.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Psql, clap::Error> {
    let given = |name: &str, action: fn(String) -> Action| -> Vec<(usize, Action)> {
        let values = matches.get_many::<String>(name).unwrap_or_default().cloned().map(action);
        matches.indices_of(name).unwrap_or_default().zip(values).collect()
    };
    let mut actions = given("command", Action::Command);
    actions.extend(given("file", Action::File));
    actions.sort_by_key(|(index, _)| *index);
    Ok(Psql {
        actions: actions.into_iter().map(|(_, action)| action).collect(),
        over: matches.get_one("over").cloned(),
        database: matches.get_one("database").cloned(),
    })
}

impl Psql {
    /// Runs what was given, or the shell where standard input and output are a terminal.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let settings = match &self.over {
            Some(words) => Settings::over(target, words)?,
            None => Settings::of(target)?,
        };
        let connection = Connection::open(&settings.named("psql"), context.interrupted)?;
        let mut shell = Shell { context, connection, scanner: Scanner::default(), statement: Vec::new() };
        if self.actions.is_empty() && context.terminal {
            return shell.interactive();
        }
        let input = [Action::File("-".to_owned())];
        let actions = if self.actions.is_empty() { &input } else { self.actions.as_slice() };
        for action in actions {
            let done = match action {
                Action::Command(text) => shell.send("-c", text),
                Action::File(path) => {
                    read(path).map_err(Stopped::from).and_then(|text| shell.script(path, &text))
                }
            };
            match done {
                Ok(()) => {}
                Err(Stopped::Closed) => return Ok(Verdict { code: 141, summary: None }),
                Err(Stopped::Failed(failure)) => return Err(failure),
            }
        }
        Ok(Verdict { code: 0, summary: None })
    }
}

fn read(path: &str) -> Result<String, PsqlError> {
    let wrong = |error| PsqlError::Input(path.to_owned(), error);
    if path != "-" {
        return std::fs::read_to_string(path).map_err(wrong);
    }
    let mut text = String::new();
    if !io::stdin().is_terminal() {
        io::stdin().read_to_string(&mut text).map_err(wrong)?;
    }
    Ok(text)
}

struct Shell<'a> {
    context: &'a Context<'a>,
    connection: Connection<'a>,
    scanner: Scanner,
    statement: Vec<u8>,
}

impl Shell<'_> {
    fn send(&mut self, name: &str, text: &str) -> Result<(), Stopped> {
        let mut shown = Shown::new(Format::Table, self.context.sink.stdout());
        query::run(&mut self.connection, self.context, name, text, &mut shown).map(|_| ())
    }

    fn script(&mut self, name: &str, text: &str) -> Result<(), Stopped> {
        for line in text.lines() {
            if !self.line(name, line)? {
                return Ok(());
            }
        }
        self.flush(name)
    }

    /// Reads a line and runs what is complete; false for `\q`.
    fn line(&mut self, name: &str, line: &str) -> Result<bool, Stopped> {
        if !self.statement.is_empty() {
            self.statement.push(b'\n');
        }
        self.scanner.feed(line.as_bytes());
        loop {
            match self.scanner.scan(&mut self.statement, &Unset) {
                Stop::Semicolon => self.flush(name)?,
                Stop::End => return Ok(true),
                Stop::Backslash => {
                    let rest = String::from_utf8_lossy(self.scanner.rest()).into_owned();
                    if rest.trim() == "q" {
                        return Ok(false);
                    }
                    return Err(PsqlError::Command(rest).into());
                }
            }
        }
    }

    fn flush(&mut self, name: &str) -> Result<(), Stopped> {
        let statement = std::mem::take(&mut self.statement);
        let text = String::from_utf8_lossy(&statement);
        if text.trim().is_empty() { Ok(()) } else { self.send(name, &text) }
    }

    /// The shell: an error is shown, and the next line asked for.
    fn interactive(&mut self) -> Result<Verdict, Failure> {
        let mut editor = DefaultEditor::new().map_err(PsqlError::Terminal)?;
        loop {
            let prompt = self.prompt();
            match editor.readline(&prompt) {
                Ok(line) => {
                    let _ = editor.add_history_entry(&line);
                    match self.line("SQL", &line) {
                        Ok(true) => {}
                        Ok(false) | Err(Stopped::Closed) => break,
                        Err(Stopped::Failed(failure)) => self.show(&*failure),
                    }
                }
                Err(ReadlineError::Interrupted) => {
                    self.statement.clear();
                    self.scanner.reset();
                }
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(PsqlError::Terminal(error).into()),
            }
            self.context.interrupted.store(false, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(Verdict { code: 0, summary: None })
    }

    fn prompt(&self) -> String {
        let waits = match self.scanner.waits(&self.statement) {
            Waits::Ready => "=",
            Waits::More => "-",
            Waits::Quote => "'",
            Waits::Name => "\"",
            Waits::Dollar => "$",
            Waits::Comment => "*",
            Waits::Parenthesis => "(",
        };
        let transaction = match self.connection.status() {
            b'T' => "*",
            b'E' => "!",
            _ => "",
        };
        format!("{}{waits}{transaction}> ", self.connection.database())
    }

    fn show(&self, failure: &dyn Diagnostic) {
        let mut text = String::new();
        let _ = miette::GraphicalReportHandler::new().render_report(&mut text, failure);
        self.context.sink.emit(Event::Note { text });
    }
}
