//! The commands with a backslash: which there are, and what becomes of their words (psql's `command.c`).

use super::Shell;
use super::complete::commands::COMMANDS;
use super::reading::{After, Reading};
use super::slash::{Argument, Slash, Word};
use crate::db::sql::scan::Variables as _;

/// A command's words while it runs.
pub(super) struct Call<'c> {
    /// Its name, with the letters behind it (`d+`).
    pub(super) name: &'c str,
    pub(super) slash: &'c mut Slash,
    pub(super) reading: &'c mut Reading,
}

impl Shell<'_> {
    /// Runs the command that `slash` begins with.
    pub(super) fn command(&mut self, slash: &mut Slash, reading: &mut Reading) -> After {
        let name = slash.command();
        let active = reading.blocks.active();
        if self.interactive() && !active && !matches!(name.as_str(), "if" | "elif" | "else" | "endif") {
            self.warning(&format!(
                "\\{name} command ignored; use \\endif or Ctrl-C to exit current \\if block"
            ));
        }
        let mut call = Call { name: &name, slash, reading };
        let mut after = if self.restricted.is_some() && name != "unrestrict" {
            self.error("backslash commands are restricted; only \\unrestrict is allowed");
            After::Failed
        } else {
            self.dispatch(&mut call, active)
        };
        if after == After::Send && call.reading.query.is_empty() {
            call.reading.query.clone_from(&call.reading.previous);
        }
        if after == After::Unknown {
            self.error(&format!("invalid command \\{name}"));
            if self.interactive() {
                self.log("hint: ", "Try \\? for help.");
            }
            after = After::Failed;
        }
        // In the branch that `\else` begins, or that `\endif` goes back to.
        let active = call.reading.blocks.active();
        if after == After::Failed {
            // The rest of the line belongs to what failed.
            while self.word_of(slash, Word::Line, false).is_some() {}
        } else {
            slash.active = false;
            while let Some(extra) = self.word_of(slash, Word::Normal, false) {
                if active {
                    self.warning(&format!("\\{name}: extra argument \"{}\" ignored", extra.text));
                }
            }
        }
        slash.end();
        self.output.flush();
        after
    }

    fn dispatch(&mut self, call: &mut Call<'_>, active: bool) -> After {
        if let "if" | "elif" | "else" | "endif" = call.name {
            return self.branch(call);
        }
        if !active {
            return self.passed_over(call);
        }
        match call.name {
            "a" | "C" | "f" | "H" | "html" | "pset" | "t" | "T" | "x" => self.looks(call),
            "c" | "connect" => self.connect(call),
            "conninfo" => self.conninfo(),
            name if name.eq_ignore_ascii_case("copy") => {
                let words = self.word(call, Word::Line).unwrap_or_default();
                if self.copy_command(&words) { After::Next } else { After::Failed }
            }
            "crosstabview" => {
                self.once.crosstab = Some(std::array::from_fn(|_| self.word(call, Word::Normal)));
                After::Send
            }
            "echo" | "qecho" | "warn" => self.echo(call),
            "set" | "unset" | "setenv" | "getenv" | "prompt" => self.variable(call),
            "g" | "gx" | "gdesc" | "gexec" | "gset" => self.go(call),
            "i" | "include" | "ir" | "include_relative" | "o" | "out" | "w" | "write" | "cd" => {
                self.files(call)
            }
            "e" | "edit" | "ef" | "ev" => self.edit(call),
            "sf" | "sf+" | "sv" | "sv+" => self.source(call),
            "p" | "print" | "r" | "reset" => self.buffer(call),
            "q" | "quit" => After::Quit,
            "?" | "h" | "help" => self.helped(call),
            "password" => self.password(call),
            "s" => self.history(call),
            "timing" | "errverbose" | "encoding" | "copyright" | "watch" | "!" | "restrict"
            | "unrestrict" => self.control(call),
            "lo_import" | "lo_export" | "lo_unlink" => self.large_object(call),
            name if name.starts_with('d') || name.starts_with('l') || name == "z" => self.describe(call),
            _ => After::Unknown,
        }
    }

    /// A command in a branch that is not taken: its words are read and dropped.
    fn passed_over(&mut self, call: &mut Call<'_>) -> After {
        let known = COMMANDS.contains(&call.name)
            || call.name.starts_with('d')
            || call.name.starts_with("lo_")
            || matches!(call.name, "l+" | "list+" | "sf+" | "sv+")
            || call.name.eq_ignore_ascii_case("copy");
        if !known {
            return After::Unknown;
        }
        let kind = match call.name {
            "copy" | "!" | "h" | "help" | "sf" | "sf+" | "sv" | "sv+" | "ef" | "ev" => Word::Line,
            "g" | "gx" | "o" | "out" | "w" | "write" => Word::File,
            _ => Word::Normal,
        };
        while self.word_of(call.slash, kind, false).is_some() {}
        After::Next
    }

    /// The next word of a command; a quote without an end is told.
    fn word_of(&mut self, slash: &mut Slash, word: Word, semicolon: bool) -> Option<Argument> {
        if let Ok(argument) = slash.word(word, semicolon, &self.variables) {
            return argument;
        }
        self.error("unterminated quoted string");
        None
    }

    /// The next word.
    pub(super) fn word(&mut self, call: &mut Call<'_>, word: Word) -> Option<String> {
        self.word_of(call.slash, word, false).map(|argument| argument.text)
    }

    /// The next word, without a semicolon at its end.
    pub(super) fn clean_word(&mut self, call: &mut Call<'_>, word: Word) -> Option<String> {
        self.word_of(call.slash, word, true).map(|argument| argument.text)
    }

    /// The next word with its quote.
    pub(super) fn quoted_word(&mut self, call: &mut Call<'_>) -> Option<Argument> {
        self.word_of(call.slash, Word::Normal, false)
    }

    /// Tells that a word is missing.
    pub(super) fn missing(&mut self, call: &Call<'_>) -> After {
        self.error(&format!("\\{}: missing required argument", call.name));
        After::Failed
    }

    /// `\pset` and its short forms.
    fn looks(&mut self, call: &mut Call<'_>) -> After {
        let quiet = self.quiet();
        let done = match call.name {
            "a" => {
                let aligned = self.look.options.format == crate::db::print::Format::Aligned;
                self.pset("format", Some(if aligned { "unaligned" } else { "aligned" }), quiet)
            }
            "H" | "html" => {
                let html = self.look.options.format == crate::db::print::Format::Html;
                self.pset("format", Some(if html { "aligned" } else { "html" }), quiet)
            }
            "pset" => match self.word(call, Word::Normal) {
                None => {
                    self.pset_all();
                    true
                }
                Some(name) => {
                    let value = self.word(call, Word::Normal);
                    self.pset(&name, value.as_deref(), quiet)
                }
            },
            name => {
                let setting = match name {
                    "C" => "title",
                    "f" => "fieldsep",
                    "t" => "tuples_only",
                    "T" => "tableattr",
                    _ => "expanded",
                };
                let value = match name {
                    "t" | "x" => self.clean_word(call, Word::Normal),
                    _ => self.word(call, Word::Normal),
                };
                self.pset(setting, value.as_deref(), quiet)
            }
        };
        if done { After::Next } else { After::Failed }
    }

    fn echo(&mut self, call: &mut Call<'_>) -> After {
        let mut words = Vec::new();
        let mut newline = "\n";
        while let Some(word) = self.quoted_word(call) {
            if words.is_empty() && newline == "\n" && word.quote.is_none() && word.text == "-n" {
                newline = "";
            } else {
                words.push(word.text);
            }
        }
        let text = words.join(" ") + newline;
        match call.name {
            "qecho" => self.output.result(|out| out.write_all(text.as_bytes())),
            "warn" => self.output.message(&text),
            _ => self.output.say(&text),
        }
        After::Next
    }

    /// `\set`, `\unset`, `\getenv`, `\setenv`, `\prompt`
    fn variable(&mut self, call: &mut Call<'_>) -> After {
        let Some(name) = self.word(call, Word::Normal) else {
            if call.name != "set" {
                return self.missing(call);
            }
            let all: Vec<String> =
                self.variables.all().map(|(name, value)| format!("{name} = '{value}'\n")).collect();
            self.output.say(&all.concat());
            return After::Next;
        };
        let set = match call.name {
            "unset" => self.variables.set(&name, None),
            "getenv" => match self.word(call, Word::Normal) {
                None => return self.missing(call),
                Some(variable) => match self.variables.environment(&variable) {
                    Some(value) => self.variables.set(&name, Some(&value)),
                    None => Ok(()),
                },
            },
            "prompt" => {
                let second = self.word(call, Word::Normal);
                let (prompt, name) = second.map_or((String::new(), name.clone()), |second| (name, second));
                let line = self.asked_for(&prompt);
                self.variables.set(&name, Some(&line))
            }
            "setenv" if name.contains('=') => {
                Err("\\setenv: environment variable name must not contain \"=\"".to_owned())
            }
            "setenv" => {
                let value = self.word(call, Word::Normal);
                self.variables.environment.insert(name.clone(), value);
                Ok(())
            }
            _ => {
                let mut value = String::new();
                while let Some(word) = self.word(call, Word::Normal) {
                    value.push_str(&word);
                }
                self.variables.set(&name, Some(&value))
            }
        };
        match set {
            Ok(()) => After::Next,
            Err(error) => {
                self.error(&error);
                After::Failed
            }
        }
    }

    /// The value of a variable, for other parts of the shell.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.variables.value(name)
    }
}
