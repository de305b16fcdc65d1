//! Commands that say what becomes of the statement, branches, and odds and ends.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::command::Call;
use super::complete::Known;
use super::conditional::{Block, State};
use super::pager::undisturbed;
use super::person::Typed;
use super::program::sh;
use super::reading::After;
use super::slash::Word;
use super::variables::{Context, Verbosity, boolean};
use super::{Shell, message};

impl Shell<'_> {
    /// `\if`, `\elif`, `\else`, `\endif`
    pub(super) fn branch(&mut self, call: &mut Call<'_>) -> After {
        let state = call.reading.blocks.state();
        match (call.name, state) {
            ("if", _) => self.block_begins(call),
            (name, None) => self.misplaced(&format!("\\{name}: no matching \\if")),
            ("elif", Some(State::ElseTrue | State::ElseFalse)) => {
                self.misplaced("\\elif: cannot occur after \\else")
            }
            ("else", Some(State::ElseTrue | State::ElseFalse)) => {
                self.misplaced("\\else: cannot occur after \\else")
            }
            (name, Some(state)) => {
                if matches!(state, State::True) {
                    keep(call);
                } else if state != State::ElseTrue {
                    discard(call);
                }
                self.block_goes_on(call, name, state)
            }
        }
    }

    fn misplaced(&mut self, text: &str) -> After {
        self.error(text);
        After::Failed
    }

    fn block_begins(&mut self, call: &mut Call<'_>) -> After {
        let active = call.reading.blocks.active();
        let state = if active { State::True } else { State::Ignored };
        call.reading.blocks.0.push(Block { state, length: 0, parentheses: 0 });
        keep(call);
        if active {
            if !self.condition(call, "\\if expression") {
                call.reading.blocks.set(State::False);
            }
        } else {
            self.ignored_condition(call);
        }
        After::Next
    }

    fn block_goes_on(&mut self, call: &mut Call<'_>, name: &str, state: State) -> After {
        match (name, state) {
            ("endif", _) => drop(call.reading.blocks.0.pop()),
            ("elif", State::False) => {
                call.reading.blocks.set(State::True);
                call.slash.active = true;
                if !self.condition(call, "\\elif expression") {
                    call.reading.blocks.set(State::False);
                }
            }
            ("elif", _) => {
                call.reading.blocks.set(State::Ignored);
                self.ignored_condition(call);
            }
            (_, State::False) => call.reading.blocks.set(State::ElseTrue),
            _ => call.reading.blocks.set(State::ElseFalse),
        }
        After::Next
    }

    fn condition(&mut self, call: &mut Call<'_>, what: &str) -> bool {
        let mut words = Vec::new();
        while let Some(word) = self.word(call, Word::Normal) {
            words.push(word);
        }
        let text = words.join(" ");
        boolean(&text).unwrap_or_else(|| {
            self.error(&format!("unrecognized value \"{text}\" for \"{what}\": Boolean expected"));
            false
        })
    }

    fn ignored_condition(&mut self, call: &mut Call<'_>) {
        call.slash.active = false;
        while self.word(call, Word::Normal).is_some() {}
    }

    /// `\g`, `\gx`, `\gdesc`, `\gexec`, `\gset`
    pub(super) fn go(&mut self, call: &mut Call<'_>) -> After {
        match call.name {
            "gdesc" => self.once.describe = true,
            "gexec" => self.once.execute = true,
            "gset" => self.once.set = Some(self.word(call, Word::Normal).unwrap_or_default()),
            _ => {
                let mut file = self.word(call, Word::File);
                if let Some(first) = file.as_ref().and_then(|word| word.strip_prefix('(')) {
                    let first = first.to_owned();
                    if !self.look_once(call, first) {
                        return After::Failed;
                    }
                    file = self.word(call, Word::File);
                }
                self.once.file = file.map(|name| super::file::home(&name));
                if call.name == "gx" {
                    self.once.look.get_or_insert_with(|| self.look.clone());
                    self.look.options.expanded = crate::db::print::Expanded::On;
                }
            }
        }
        After::Send
    }

    /// `\g (name=value …)`: settings for this statement.
    fn look_once(&mut self, call: &mut Call<'_>, first: String) -> bool {
        let mut word = first;
        self.once.look.get_or_insert_with(|| self.look.clone());
        let mut success = true;
        loop {
            let last = word.ends_with(')');
            let setting = word.strip_suffix(')').unwrap_or(&word);
            if !setting.is_empty() {
                let (name, value) =
                    setting.split_once('=').map_or((setting, None), |(name, value)| (name, Some(value)));
                success &= self.pset(name, value, true);
            }
            if last {
                break;
            }
            let Some(next) = self.word(call, Word::Normal) else {
                self.error(&format!("\\{}: missing right parenthesis", call.name));
                success = false;
                break;
            };
            word = next;
        }
        if !success && let Some(look) = self.once.look.take() {
            self.look = look;
        }
        success
    }

    /// `\p`, `\r`
    pub(super) fn buffer(&mut self, call: &mut Call<'_>) -> After {
        let quiet = self.quiet();
        if call.name.starts_with('r') {
            call.reading.query.clear();
            call.reading.scanner.reset();
            if !quiet {
                self.output.line("Query buffer reset (cleared).");
            }
            return After::Next;
        }
        let shown = [&call.reading.query, &call.reading.previous].into_iter().find(|text| !text.is_empty());
        match shown {
            Some(text) => self.output.line(&String::from_utf8_lossy(text)),
            None if quiet => {}
            None => self.output.line("Query buffer is empty."),
        }
        After::Next
    }

    /// Everything else.
    pub(super) fn control(&mut self, call: &mut Call<'_>) -> After {
        match call.name {
            "timing" => return self.timed(call),
            "errverbose" => self.error_again(),
            "encoding" => return self.encoding(call),
            "copyright" => self.output.say(super::help::COPYRIGHT),
            "watch" => return self.watch(call),
            "!" => return self.escape(call),
            _ => return self.restriction(call),
        }
        After::Next
    }

    fn timed(&mut self, call: &mut Call<'_>) -> After {
        let value = self.word(call, Word::Normal);
        let wanted = value.as_deref().map_or(Some(!self.timing), boolean);
        if let Some(on) = wanted {
            self.timing = on;
        } else {
            let value = value.unwrap_or_default();
            self.error(&format!("unrecognized value \"{value}\" for \"\\timing\": Boolean expected"));
        }
        if !self.quiet() {
            self.output.line(if self.timing { "Timing is on." } else { "Timing is off." });
        }
        if wanted.is_some() { After::Next } else { After::Failed }
    }

    fn error_again(&mut self) {
        match self.last_error.clone() {
            None => self.output.line("There is no previous error."),
            Some((error, query)) => {
                let text = message::text(&error, &query, Verbosity::Verbose, Context::Always, true);
                self.log("error: ", &text);
            }
        }
    }

    fn encoding(&mut self, call: &mut Call<'_>) -> After {
        match self.clean_word(call, Word::Normal) {
            None => {
                let encoding = self.value("ENCODING").unwrap_or_default();
                self.output.line(&encoding);
                After::Next
            }
            Some(name) => {
                let sql = format!("SET client_encoding = {}", crate::db::sql::literal(&name));
                if self.quietly(&sql) { After::Next } else { After::Failed }
            }
        }
    }

    /// `\watch`: the statement again and again, until Ctrl-C or a failure.
    fn watch(&mut self, call: &mut Call<'_>) -> After {
        let seconds = self.clean_word(call, Word::Normal).map_or(2.0, |text| text.parse().unwrap_or(1.0));
        let pause = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
        let query = if call.reading.query.is_empty() { &call.reading.previous } else { &call.reading.query };
        let query = String::from_utf8_lossy(query).into_owned();
        if query.trim().is_empty() {
            self.error("\\watch cannot be used with an empty query");
            return After::Failed;
        }
        let (look, pause) = (self.look.clone(), pause.unwrap_or(Duration::from_secs(1)));
        let mut done = true;
        while done && !self.stopped() && !self.output.closed {
            let now = jiff::Zoned::now().strftime("%a %b %e %H:%M:%S %Y").to_string();
            let every = format!("{now} (every {seconds}s)\n");
            self.look.title =
                Some(look.title.as_ref().map_or(every.clone(), |title| format!("{title}\t{every}")));
            done = self.execute(&query, &mut false);
            self.output.flush();
            let begun = Instant::now();
            while begun.elapsed() < pause && !self.interrupted.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20).min(pause));
            }
        }
        self.look = look;
        call.reading.query.clear();
        call.reading.scanner.reset();
        if done { After::Next } else { After::Failed }
    }

    /// `\!`: a shell, or one of its commands.
    fn escape(&mut self, call: &mut Call<'_>) -> After {
        let line = self.word(call, Word::Line);
        self.output.flush();
        let mut command = match line.as_ref().filter(|line| !line.trim().is_empty()) {
            Some(line) => sh(line),
            None => Command::new(self.variables.environment("SHELL").unwrap_or_else(|| "/bin/sh".to_owned())),
        };
        let command = self.variables.surround(&mut command);
        let status =
            if self.asks { undisturbed(self.interrupted, || command.status()) } else { command.status() };
        let Ok(status) = status else {
            self.error("\\!: failed");
            return After::Failed;
        };
        let code = status.code().unwrap_or(-1).to_string();
        self.variables.put("SHELL_EXIT_CODE", &code);
        After::Next
    }

    /// `\restrict KEY` allows no command but `\unrestrict KEY`: data in a dump cannot smuggle one in.
    fn restriction(&mut self, call: &mut Call<'_>) -> After {
        let Some(key) = self.clean_word(call, Word::Normal) else { return self.missing(call) };
        match (call.name, self.restricted.take()) {
            ("restrict", _) => self.restricted = Some(key),
            (_, None) => return self.misplaced("\\unrestrict: not currently in restricted mode"),
            (_, Some(right)) if right == key => {}
            (_, right) => {
                self.restricted = right;
                return self.misplaced("\\unrestrict: wrong key");
            }
        }
        After::Next
    }

    /// A line from the person, or from standard input.
    pub(super) fn asked_for(&mut self, prompt: &str) -> String {
        if let Some(person) = &mut self.person {
            return match person.line(prompt, Known::default()) {
                Typed::Line(line) => line,
                Typed::Interrupt | Typed::End => String::new(),
            };
        }
        self.output.say(prompt);
        self.output.flush();
        let line = self.sources.first_mut().and_then(|source| source.next_line().ok().flatten());
        String::from_utf8_lossy(&line.unwrap_or_default()).into_owned()
    }
}

/// Remembers what was read before a branch.
fn keep(call: &mut Call<'_>) {
    let (length, parentheses) = (call.reading.query.len(), call.reading.scanner.parentheses());
    if let Some(block) = call.reading.blocks.0.last_mut() {
        (block.length, block.parentheses) = (length, parentheses);
    }
}

/// Forgets what was read in a branch that is not taken.
fn discard(call: &mut Call<'_>) {
    if let Some(block) = call.reading.blocks.0.last() {
        call.reading.query.truncate(block.length);
        let parentheses = block.parentheses;
        call.reading.scanner.set_parentheses(parentheses);
    }
}
