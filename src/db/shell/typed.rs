//! Who types: what is made ready for them, their lines, the history (psql's `input.c` and `mainloop.c`).

use std::sync::Arc;

use super::complete::Known;
use super::complete::names::Reader;
use super::person::Typed;
use super::reading::{Flow, Reading};
use super::{Exit, Shell, file, help};
use crate::db::sql::scan::Variables as _;

impl Shell<'_> {
    /// Makes ready for the person: history, completion, greeting.
    pub(super) fn meet(&mut self) {
        self.sync_variables();
        self.reader = Some(Reader::new(&self.settings));
        self.topics = Arc::new(help::topics());
        let named = self.variables.value("HISTFILE").or_else(|| self.variables.environment("PSQL_HISTORY"));
        let history = named.map(|name| file::home(&name));
        let usual = || Some(std::env::home_dir()?.join(".psql_history").display().to_string());
        let (history, size) = (history.or_else(usual), self.variables.number("HISTSIZE"));
        if let Some(person) = &mut self.person {
            person.begin(history.as_deref(), size);
        }
        if !self.quiet() {
            self.output.line("psql of gladys. Type \"help\" for help.\n");
        }
    }

    /// What Tab completes now; `before` are the lines of the statement so far.
    pub(super) fn known(&self, before: &[u8]) -> Known {
        Known {
            before: String::from_utf8_lossy(before).into_owned(),
            variables: self.variables.all().map(|(name, _)| name.to_owned()).collect(),
            names: self.reader.as_ref().map(Reader::names).unwrap_or_default(),
            case: self.variables.text("COMP_KEYWORD_CASE").to_owned(),
            topics: Arc::clone(&self.topics),
        }
    }

    /// Reads again what Tab completes.
    pub(super) fn reread(&self) {
        if let Some(reader) = &self.reader {
            reader.refresh(&self.settings);
        }
    }

    /// The next line of the person; nothing if that was the last.
    pub(super) fn asked(&mut self, reading: &mut Reading) -> Option<Vec<u8>> {
        loop {
            self.output.flush();
            let prompt = self.prompt(reading);
            let known = self.known(&reading.query);
            let person = self.person.as_mut()?;
            match person.line(&prompt, known) {
                Typed::Line(line) => {
                    reading.ended = 0;
                    self.typed.push(line.clone());
                    return Some(line.into_bytes());
                }
                Typed::Interrupt => {
                    self.typed.clear();
                    reading.scanner.reset();
                    reading.query.clear();
                    if reading.blocks.0.pop().is_some() {
                        self.error("\\if: escaped");
                    }
                }
                Typed::End => {
                    reading.ended += 1;
                    if reading.ended >= self.variables.number("IGNOREEOF") {
                        self.output.line(if self.quiet() { "" } else { "\\q" });
                        return None;
                    }
                    self.output.line("Use \"\\q\" to leave psql.");
                }
            }
        }
    }

    /// Puts the lines of what was typed into the history, as one entry (`pg_send_history`).
    pub(super) fn remember(&mut self) {
        let entry = std::mem::take(&mut self.typed).join("\n");
        let entry = entry.trim_end();
        let control = self.variables.text("HISTCONTROL").to_ascii_lowercase();
        let both = control == "ignoreboth";
        if entry.is_empty() || entry.starts_with(' ') && (both || control == "ignorespace") {
            return;
        }
        let Some(person) = &mut self.person else { return };
        let again = person.history().last().is_some_and(|last| last == entry);
        if !again || !(both || control == "ignoredups") {
            person.remember(entry);
        }
    }

    /// `help`, `exit` and `quit` without a backslash.
    pub(super) fn plain_word(&mut self, line: &[u8], reading: &Reading) -> Option<Flow> {
        let (begun, leaves) = (!reading.query.is_empty(), is_word(line, &["exit", "quit"]));
        if begun || reading.scanner.inside() {
            // In the middle of a statement it may be a part of it.
            let hint = match reading.scanner.inside() {
                false if is_word(line, &["help"]) => {
                    "Use \\? for help or press control-C to clear the input buffer."
                }
                false if leaves => "Use \\q to quit.",
                true if leaves => "Use control-D to quit.",
                _ => return None,
            };
            self.output.line(hint);
            return None;
        }
        if leaves {
            return Some(Flow::End(Exit::Success));
        }
        is_word(line, &["help"]).then(|| {
            self.output.say(
                "You are using psql, the command-line interface to PostgreSQL.\n\
                 Type:  \\copyright for distribution terms\n       \\h for help with SQL commands\n       \
                 \\? for help with psql commands\n       \\g or terminate with semicolon to execute query\n       \
                 \\q to quit\n",
            );
            Flow::Go
        })
    }
}

/// Whether a line is one of these words, alone or with a semicolon.
fn is_word(line: &[u8], words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    let text = text.strip_suffix(';').unwrap_or(text).trim_end();
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
