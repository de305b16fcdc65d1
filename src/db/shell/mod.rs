//! psql: the shell. It behaves as psql 15 does, judged byte for byte by the server's own regression suite
//! (`tests/regress`).
//!
//! - [`reading`]: lines to statements and commands. [`slash`]: the words of a command. [`input`], [`output`].
//! - [`send`]: a statement and its results. [`copy`]: data of COPY. [`message`]: errors and notices.
//! - [`command`]: the table of commands; [`control`], [`connect`], [`mod@file`], [`pset`], [`describe`]: what they do.
//! - [`variables`]: psql's variables. [`prompt`]: its prompts.

mod command;
mod conditional;
mod connect;
mod control;
mod copy;
mod crosstab;
mod cursor;
mod describe;
mod file;
mod input;
mod large_object;
mod message;
mod output;
mod prompt;
mod pset;
mod reading;
mod send;
mod slash;
mod source;
mod variables;

use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::connection::server::ServerMessage;
use super::{Connection, Error, Settings, Target, print};
use input::Source;
use output::Output;
use pset::Look;
use variables::Variables;

/// Gives the lines that a person types.
pub trait Person {
    /// The next line; the prompt says what is waited for.
    fn line(&mut self, prompt: &str) -> Typed;
}

/// What a person did at the prompt.
pub enum Typed {
    /// A line.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// One thing to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// `-c`: SQL, or one command with a backslash.
    Command(String),
    /// `-f`; `-` is standard input.
    File(String),
}

/// How the shell begins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Start {
    /// What to run; nothing means standard input or a person.
    pub actions: Vec<Action>,
    /// `-v NAME=VALUE`: variables.
    pub variables: Vec<(String, String)>,
    /// `-P NAME=VALUE`, and what the short forms stand for.
    pub looks: Vec<(String, Option<String>)>,
    /// `-o FILE`
    pub output: Option<String>,
    /// `-1`: everything in one transaction.
    pub single: bool,
    /// Read `~/.psqlrc`.
    pub rc: bool,
}

/// psql's exit codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    Success = 0,
    Failure = 1,
    Lost = 2,
    Script = 3,
}

/// What the next statement is sent for, besides showing its result.
#[derive(Default)]
struct Once {
    /// `\g FILE`
    file: Option<String>,
    /// The look before `\g (…)` or `\gx` changed it.
    look: Option<Look>,
    /// `\gset PREFIX`
    set: Option<String>,
    /// `\gdesc`
    describe: bool,
    /// `\gexec`
    execute: bool,
    /// `\crosstabview` and its arguments.
    crosstab: Option<[Option<String>; 4]>,
}

/// The shell.
pub struct Shell<'a> {
    target: &'a Target,
    settings: Settings,
    connection: Option<Connection<'a>>,
    interrupted: &'a AtomicBool,
    output: Output<'a>,
    /// Nested inputs; the last is being read.
    sources: Vec<Source>,
    person: Option<Box<dyn Person + 'a>>,
    variables: Variables,
    look: Look,
    once: Once,
    timing: bool,
    elapsed: Duration,
    last_error: Option<(ServerMessage, String)>,
    notifications: Vec<(i32, String, String)>,
    /// Where `\copy` reads from or writes to.
    copy_stream: Option<copy::Stream>,
    /// `\restrict`: the key that ends it.
    restricted: Option<String>,
    /// Width of the terminal; 0 for none.
    terminal: usize,
}

impl<'a> Shell<'a> {
    /// Connects. `own` is the shell's output, `terminal` its width where it is a terminal.
    pub fn open(
        target: &'a Target,
        settings: Settings,
        interrupted: &'a AtomicBool,
        own: Box<dyn Write + 'a>,
        terminal: usize,
    ) -> Result<Self, Error> {
        let connection = Connection::open(&settings, interrupted)?;
        let mut shell = Self {
            target,
            settings,
            connection: Some(connection),
            interrupted,
            output: Output::new(own),
            sources: Vec::new(),
            person: None,
            variables: Variables::new(),
            look: Look::default(),
            once: Once::default(),
            timing: false,
            elapsed: Duration::ZERO,
            last_error: None,
            notifications: Vec::new(),
            copy_stream: None,
            restricted: None,
            terminal,
        };
        shell.sync_variables();
        Ok(shell)
    }

    /// Runs what is given, or what standard input or the person gives; psql's exit code.
    pub fn run(mut self, start: &Start, person: Option<Box<dyn Person + 'a>>) -> u8 {
        self.person = person;
        let exit = match self.prepare(start) {
            Ok(()) => self.actions(start),
            Err(exit) => exit,
        };
        self.output.flush();
        let results = std::mem::replace(&mut self.output.results, output::Target::Own);
        let written = results.close().unwrap_or(false);
        match exit {
            Exit::Success if !written => Exit::Failure as u8,
            // As a program that SIGPIPE ends.
            _ if self.output.closed => 141,
            exit => exit as u8,
        }
    }

    fn prepare(&mut self, start: &Start) -> Result<(), Exit> {
        for (name, value) in &start.variables {
            if let Err(error) = self.variables.set(name, Some(value)) {
                self.error(&error);
                return Err(Exit::Failure);
            }
        }
        for (name, value) in &start.looks {
            if !self.pset(name, value.as_deref(), true) {
                return Err(Exit::Failure);
            }
        }
        if let Some(name) = &start.output
            && !self.redirect(Some(name))
        {
            return Err(Exit::Failure);
        }
        if start.rc {
            self.startup_file();
        }
        Ok(())
    }

    fn actions(&mut self, start: &Start) -> Exit {
        if start.actions.is_empty() {
            let source = if self.person.is_some() { Source::person() } else { Source::stdin(None) };
            return self.transaction(start.single, |shell| shell.read(source));
        }
        self.transaction(start.single, |shell| {
            let mut exit = Exit::Success;
            for action in &start.actions {
                exit = match action {
                    Action::Command(text) => shell.single(text),
                    Action::File(path) => shell.file(path, false),
                };
                if exit != Exit::Success && (shell.variables.on("ON_ERROR_STOP") || exit == Exit::Lost) {
                    break;
                }
            }
            exit
        })
    }

    fn transaction(&mut self, single: bool, run: impl FnOnce(&mut Self) -> Exit) -> Exit {
        if !single {
            return run(self);
        }
        if !self.quietly("BEGIN") && self.variables.on("ON_ERROR_STOP") {
            return Exit::Script;
        }
        let exit = run(self);
        let failed = exit != Exit::Success && self.variables.on("ON_ERROR_STOP");
        if !self.quietly(if failed { "ROLLBACK" } else { "COMMIT" }) && self.variables.on("ON_ERROR_STOP") {
            return Exit::Script;
        }
        exit
    }

    /// Whether a person gives the lines that are being read.
    fn interactive(&self) -> bool {
        self.sources.last().is_some_and(|source| source.interactive)
    }

    fn quiet(&self) -> bool {
        self.variables.on("QUIET")
    }

    /// Tells an error of the shell itself.
    fn error(&mut self, text: &str) {
        self.log("error: ", text);
    }

    /// Tells a warning of the shell itself.
    fn warning(&mut self, text: &str) {
        self.log("warning: ", text);
    }

    /// Tells something; from a file, its place comes first, as in `psql:init.sql:3: error: …`.
    fn log(&mut self, label: &str, text: &str) {
        let place =
            self.sources.last().and_then(|source| source.name.as_ref().map(|name| (name, source.line)));
        let head = place.map_or_else(String::new, |(name, line)| format!("psql:{name}:{line}: {label}"));
        let text = format!("{head}{}\n", text.strip_suffix('\n').unwrap_or(text));
        self.output.message(&text);
    }

    /// Tells what the server said about `query`.
    fn server(&mut self, message: &ServerMessage, query: &str, error: bool) {
        let (verbosity, context) = (self.variables.verbosity(), self.variables.context());
        let text = message::text(message, query, verbosity, context, error);
        self.log("", &text);
    }

    /// Sets the variables that the connection gives a value.
    fn sync_variables(&mut self) {
        let Some(connection) = &self.connection else { return };
        let version = connection.parameter("server_version").unwrap_or_default().to_owned();
        let number = version_number(&version);
        let values = [
            ("DBNAME", connection.database().to_owned()),
            ("USER", connection.user().to_owned()),
            ("HOST", connection.host().to_owned()),
            ("PORT", connection.port().to_owned()),
            ("ENCODING", connection.parameter("client_encoding").unwrap_or_default().to_owned()),
            ("SERVER_VERSION_NAME", version.split(' ').next().unwrap_or_default().to_owned()),
            ("SERVER_VERSION_NUM", number.to_string()),
        ];
        for (name, value) in values {
            self.variables.put(name, &value);
        }
    }

    /// Prints a table to where results go.
    fn show(&mut self, table: &print::Table, options: &print::Options) {
        let terminal = if matches!(self.output.results, output::Target::Own) { self.terminal } else { 0 };
        self.output.result(|out| print::table(table, options, terminal, out));
    }
}

/// `15.18 (Debian …)` is 150018.
fn version_number(version: &str) -> u32 {
    let digits =
        |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let mut parts = version.split('.').map(digits);
    let major: u32 = parts.next().unwrap_or(0);
    major * 10_000 + parts.next().unwrap_or(0)
}
