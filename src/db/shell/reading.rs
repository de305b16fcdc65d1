//! The main loop: lines become statements and commands, which are run as they are complete (psql's `mainloop.c`).

use std::sync::atomic::Ordering;

use super::conditional::Blocks;
use super::input::Source;
use super::slash::Slash;
use super::variables::{Echo, Variables};
use super::{Exit, Shell};
use crate::db::sql::scan::{self, Scanner, Stop, Waits};

/// The state of reading one input.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) scanner: Scanner,
    /// The statement so far.
    pub(super) query: Vec<u8>,
    /// The statement that was sent last.
    pub(super) previous: Vec<u8>,
    pub(super) blocks: Blocks,
    /// How often the input ended in a row (`IGNOREEOF`).
    pub(super) ended: usize,
}

/// What a command asks of the loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    /// Nothing.
    Next,
    /// Send the statement.
    Send,
    /// It failed.
    Failed,
    /// End this input.
    Quit,
    /// Read the statement again: it was edited.
    Edited,
    /// There is no such command.
    Unknown,
}

/// Variables, which are not replaced in a branch that is not taken.
struct Scoped<'v>(&'v Variables, bool);

impl scan::Variables for Scoped<'_> {
    fn value(&self, name: &str) -> Option<String> {
        if self.1 { self.0.value(name) } else { None }
    }
}

/// Whether to go on.
pub(super) enum Flow {
    Go,
    End(Exit),
}

impl Shell<'_> {
    /// Reads an input to its end and runs what it says.
    pub(super) fn read(&mut self, source: Source) -> Exit {
        self.sources.push(source);
        let mut reading = Reading::default();
        let exit = self.lines(&mut reading);
        let exit = self.rest(&mut reading, exit);
        self.sources.pop();
        exit
    }

    /// `-c`: one text sent as it is, or one command.
    pub(super) fn single(&mut self, text: &str) -> Exit {
        if self.variables.echo() == Echo::All {
            self.output.line(text);
        }
        self.sources.push(Source::text(""));
        let done = match text.strip_prefix('\\') {
            None => self.send(text),
            Some(command) => {
                let mut reading = Reading::default();
                let mut slash = Slash::new(command.as_bytes().to_vec(), true);
                match self.command(&mut slash, &mut reading) {
                    After::Send => self.send(&String::from_utf8_lossy(&reading.query)),
                    after => after != After::Failed,
                }
            }
        };
        self.sources.pop();
        match (done, &self.connection) {
            (_, None) => Exit::Lost,
            (true, _) => Exit::Success,
            (false, _) => Exit::Failure,
        }
    }

    fn lines(&mut self, reading: &mut Reading) -> Result<bool, Exit> {
        loop {
            if self.interrupted.swap(false, Ordering::Relaxed) && self.person.is_none() {
                return Err(Exit::Script);
            }
            let Some(line) = self.next_line(reading)? else { return Ok(false) };
            if line.is_empty() && !reading.scanner.inside() {
                continue;
            }
            let stop = self.variables.on("ON_ERROR_STOP");
            let flow = self.line(&line, reading, stop);
            if reading.query.is_empty() && !reading.scanner.inside() {
                self.remember();
            }
            match flow {
                Flow::End(Exit::Success) => return Ok(true),
                Flow::End(exit) => return Err(exit),
                Flow::Go if self.output.closed => return Err(Exit::Success),
                Flow::Go => {}
            }
            if self.connection.is_none() && !self.interactive() {
                return Err(Exit::Lost);
            }
        }
    }

    /// The next line, without its line end; nothing at the end of the input.
    fn next_line(&mut self, reading: &mut Reading) -> Result<Option<Vec<u8>>, Exit> {
        if self.interactive() {
            return Ok(self.asked(reading));
        }
        let Some(source) = self.sources.last_mut() else { return Ok(None) };
        match source.next_line() {
            Ok(Some(mut line)) => {
                source.line += 1;
                if source.line == 1 && line.starts_with(b"\xef\xbb\xbf") {
                    line.drain(..3);
                }
                if source.line == 1 && line.starts_with(b"PGDMP") {
                    let text = "The input is a PostgreSQL custom-format dump.\nUse the pg_restore command-line client \
                                to restore this dump to a database.\n\n";
                    self.output.say(text);
                    return Err(Exit::Failure);
                }
                Ok(Some(line))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                source.line += 1;
                self.error(&error.to_string());
                Err(Exit::Failure)
            }
        }
    }

    fn line(&mut self, line: &[u8], reading: &mut Reading, stop: bool) -> Flow {
        if self.interactive()
            && let Some(flow) = self.plain_word(line, reading)
        {
            return flow;
        }
        if self.variables.echo() == Echo::All && !self.interactive() {
            self.output.line(&String::from_utf8_lossy(line));
        }
        let mut added = None;
        if !reading.query.is_empty() {
            reading.query.push(b'\n');
            added = Some(reading.query.len());
        }
        reading.scanner.backslashes = self.backslashes();
        reading.scanner.feed(line);
        self.parts(reading, added, stop)
    }

    /// Whether the server takes backslashes in texts as escapes.
    fn backslashes(&self) -> bool {
        let value = self
            .connection
            .as_ref()
            .and_then(|connection| connection.parameter("standard_conforming_strings"));
        value == Some("off")
    }

    /// Runs what the line completes.
    fn parts(&mut self, reading: &mut Reading, mut added: Option<usize>, stop: bool) -> Flow {
        let mut success = true;
        while success || !stop {
            let scoped = Scoped(&self.variables, reading.blocks.active());
            let stopped = reading.scanner.scan(&mut reading.query, &scoped);
            for name in std::mem::take(&mut reading.scanner.recursive) {
                self.warning(&format!("skipping recursive expansion of variable \"{name}\""));
            }
            match stopped {
                Stop::End
                    if self.variables.on("SINGLELINE")
                        && reading.scanner.waits(&reading.query) == Waits::More =>
                {
                    return if self.complete(reading) || !stop { Flow::Go } else { Flow::End(Exit::Script) };
                }
                Stop::End => return Flow::Go,
                Stop::Semicolon => {
                    success = self.complete(reading);
                    if self.connection.is_none() && !self.interactive() {
                        return Flow::End(Exit::Lost);
                    }
                    added = None;
                }
                Stop::Backslash => {
                    if added.take() == Some(reading.query.len()) {
                        reading.query.pop();
                    }
                    match self.backslash(reading) {
                        After::Quit => return Flow::End(Exit::Success),
                        After::Failed => success = false,
                        _ => success = true,
                    }
                }
            }
        }
        if self.interactive() { Flow::Go } else { Flow::End(Exit::Script) }
    }

    /// Sends the statement, unless it stands in a branch that is not taken.
    fn complete(&mut self, reading: &mut Reading) -> bool {
        if !reading.blocks.active() {
            if self.interactive() {
                self.error("query ignored; use \\endif or Ctrl-C to exit current \\if block");
            }
            let data = self.data_behind(&String::from_utf8_lossy(&reading.query));
            self.pass_over(data);
            return true;
        }
        let success = self.send(&String::from_utf8_lossy(&reading.query));
        reading.previous = std::mem::take(&mut reading.query);
        success
    }

    /// Runs the command that begins here.
    fn backslash(&mut self, reading: &mut Reading) -> After {
        let text = std::mem::take(reading.scanner.rest());
        let mut slash = Slash::new(text, reading.blocks.active());
        let after = self.command(&mut slash, reading);
        let rest = slash.rest().to_vec();
        match after {
            After::Send => {
                let success = self.send(&String::from_utf8_lossy(&reading.query));
                reading.previous = std::mem::take(&mut reading.query);
                reading.scanner.reset();
                reading.scanner.feed(&rest);
                if success { After::Next } else { After::Failed }
            }
            After::Edited => {
                let text = std::mem::take(&mut reading.query);
                reading.scanner.reset();
                reading.scanner.feed(&text);
                After::Next
            }
            after => {
                reading.scanner.feed(&rest);
                after
            }
        }
    }

    /// What is left at the end of the input: a statement without its semicolon, a block without its end.
    fn rest(&mut self, reading: &mut Reading, read: Result<bool, Exit>) -> Exit {
        let (mut exit, quit) = match read {
            Ok(quit) => (Exit::Success, quit),
            Err(exit) => (exit, false),
        };
        let stop = self.variables.on("ON_ERROR_STOP");
        if !reading.query.is_empty() && !self.interactive() && exit == Exit::Success && !self.output.closed {
            let done = !reading.blocks.active() || self.send(&String::from_utf8_lossy(&reading.query));
            if !done && stop {
                exit = Exit::Script;
            } else if self.connection.is_none() {
                exit = Exit::Lost;
            }
        }
        if !quit && exit != Exit::Script && !reading.blocks.0.is_empty() {
            self.error("reached EOF without finding closing \\endif(s)");
            if stop && !self.interactive() {
                exit = Exit::Script;
            }
        }
        exit
    }
}
