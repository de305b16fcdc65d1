//! psql: the shell. It behaves as psql 15 does, judged byte for byte by the server's own regression suite
//! (`tests/regress`).
//!
//! - [`reading`]: lines to statements and commands. [`slash`]: the words of a command. [`input`], [`output`].
//! - [`send`]: a statement, [`answer`]: its results, [`result`](mod@result): what becomes of them; [`own`]: the shell's own statements. [`copy`]: data of COPY. [`message`]: errors and notices.
//! - [`command`]: the table of commands; [`control`], [`connect`], [`mod@file`], [`edit`], [`source`], [`pset`], [`describe`]: what they do.
//! - [`variables`]: psql's variables. [`prompt`]: its prompts. [`help`]: its texts.
//! - [`person`], [`typed`]: who types, and what they type; [`told`]: settings in words; [`complete`]: what Tab completes; [`pager`]: long results; [`program`]: what else is run; [`password`].

mod answer;
mod command;
pub mod complete;
mod conditional;
mod connect;
mod control;
mod copy;
mod copy_words;
mod crosstab;
mod cursor;
mod describe;
mod edit;
mod file;
mod help;
mod input;
mod kind;
mod large_object;
mod message;
mod output;
mod own;
mod pager;
mod password;
pub mod person;
mod program;
mod prompt;
mod pset;
mod reading;
mod result;
mod send;
mod slash;
mod source;
mod start;
mod timing;
mod told;
mod typed;
mod variables;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::connection::server::ServerMessage;
use super::{Connection, Error, Settings, Target};
use complete::names::Reader;
use input::Source;
use output::Output;
use person::{Person, Screen};
use pset::Look;
pub use start::{Action, Start};
use variables::Variables;

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
    /// Whether both ends are terminals.
    asks: bool,
    /// What Tab completes, read in the background.
    reader: Option<Reader>,
    topics: Arc<Vec<String>>,
    /// Lines that were typed and are not in the history yet.
    typed: Vec<String>,
    variables: Variables,
    look: Look,
    once: Once,
    timing: bool,
    elapsed: Duration,
    last_error: Option<(ServerMessage, String)>,
    notifications: Vec<(i32, String, String)>,
    /// Where `\copy` reads from or writes to.
    copy_stream: Option<copy::Stream>,
    /// Blocks of data of a COPY that the server took from the statement that is being sent.
    blocks_taken: usize,
    /// `\restrict`: the key that ends it.
    restricted: Option<String>,
    /// The terminal that results go to.
    screen: Screen,
    json: bool,
}

impl<'a> Shell<'a> {
    /// Connects. `own` is the shell's output; `asks` says that it and the input are terminals, `screen` its size.
    pub fn open(
        target: &'a Target,
        settings: Settings,
        interrupted: &'a AtomicBool,
        own: Box<dyn Write + 'a>,
        (asks, screen): (bool, Screen),
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
            asks,
            reader: None,
            topics: Arc::default(),
            typed: Vec::new(),
            variables: Variables::new(),
            look: Look::default(),
            once: Once::default(),
            timing: false,
            elapsed: Duration::ZERO,
            last_error: None,
            notifications: Vec::new(),
            copy_stream: None,
            blocks_taken: 0,
            restricted: None,
            screen,
            json: false,
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
        let done = self.output.told || self.written("could not write to standard output", None);
        let results = std::mem::replace(&mut self.output.results, output::Target::Own);
        let written = results.close().is_ok() && done && !self.output.told;
        match exit {
            // As a program that SIGPIPE ends.
            _ if self.output.closed => 141,
            Exit::Success if !written => Exit::Failure as u8,
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
        self.json = start.json;
        if let Some(name) = &start.log
            && let Err(error) = self.output.keep_log(name)
        {
            self.error(&format!("could not open log file \"{name}\": {}", send::reason(&error)));
            return Err(Exit::Failure);
        }
        if start.rc && !start.list {
            self.startup_file();
        }
        if self.person.is_some() {
            self.meet();
        }
        Ok(())
    }

    /// Whether what is under way shall end: Ctrl-C was pressed.
    fn stopped(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
            || self.connection.as_ref().is_some_and(Connection::was_cancelled)
    }

    fn actions(&mut self, start: &Start) -> Exit {
        if start.list {
            let done = self.describe_databases();
            return if done { Exit::Success } else { Exit::Failure };
        }
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
}
