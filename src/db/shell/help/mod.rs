//! `\?` and `\h`. The texts are those of psql 15 (`help.c`, `sql_help.c`), written by `psql -c '\?'`, `'\? variables'` and
//! `'\h *'`; their licence is `copyright.txt`, written by `\copyright`.

use super::Shell;
use super::command::Call;
use super::reading::After;
use super::slash::Word;
use crate::db::print::{Expanded, Format};

const SQL: &str = include_str!("sql.txt");
const COMMANDS: &str = include_str!("commands.txt");
const VARIABLES: &str = include_str!("variables.txt");
/// What `\copyright` shows.
pub(super) const COPYRIGHT: &str = include_str!("copyright.txt");
const BEGIN: &str = "Command:     ";

/// The texts about SQL commands: the name of the command, and the whole text.
fn texts() -> impl Iterator<Item = (&'static str, String)> {
    let parts = SQL.split(BEGIN).skip(1);
    parts.map(|part| (part.lines().next().unwrap_or_default(), format!("{BEGIN}{part}")))
}

/// The SQL commands that there is help about.
pub(super) fn topics() -> Vec<String> {
    texts().map(|(name, _)| name.to_owned()).collect()
}

impl Shell<'_> {
    /// `\?` and `\h`
    pub(super) fn helped(&mut self, call: &mut Call<'_>) -> After {
        let text = if call.name == "?" {
            match self.clean_word(call, Word::Normal).as_deref() {
                Some("variables") => VARIABLES.to_owned(),
                Some("options") => "The options are listed by `gladys psql --help`.\n".to_owned(),
                _ => self.commands(),
            }
        } else {
            let topic = self.word(call, Word::Line).unwrap_or_default();
            let topic = topic.trim_end_matches([';', ' ', '\t', '\n', '\r']);
            if topic.is_empty() { self.contents() } else { about(topic) }
        };
        self.page(text.as_bytes());
        After::Next
    }

    fn commands(&self) -> String {
        let options = &self.look.options;
        let on = |on: bool| if on { "on" } else { "off" };
        let expanded = match options.expanded {
            Expanded::Auto => "auto",
            other => on(other == Expanded::On),
        };
        let database = self.connection.as_ref();
        let database = database.map_or_else(
            || "no connection".to_owned(),
            |connection| format!("\"{}\"", connection.database()),
        );
        [
            ("{html}", on(options.format == Format::Html)),
            ("{tuples}", on(options.tuples_only)),
            ("{expanded}", expanded),
            ("{timing}", on(self.timing)),
            ("{database}", &database),
        ]
        .iter()
        .fold(COMMANDS.to_owned(), |text, (name, value)| text.replacen(name, value, 1))
    }

    /// The commands that there is help about, in columns.
    fn contents(&self) -> String {
        let names = topics();
        let longest = names.iter().map(String::len).max().unwrap_or(0);
        let width = match (self.screen)().0 {
            0 => 80,
            width => width,
        };
        let columns = (width.saturating_sub(3) / (longest + 1)).max(1);
        let rows = names.len().div_ceil(columns);
        let mut text = "Available help:\n".to_owned();
        for row in 0..rows {
            text.push_str("  ");
            for column in 0..columns {
                let name = names.get(row + column * rows).map_or("", String::as_str);
                let end = if column + 1 < columns { " " } else { "" };
                text.push_str(&format!("{name:<longest$}{end}"));
            }
            text.push('\n');
        }
        text
    }
}

/// The help about a topic: that of the command, else of all that begin with its first two words, else with its first
/// (`helpSQL`).
fn about(topic: &str) -> String {
    let first = topic.find(' ').unwrap_or(topic.len());
    let second = topic.get(first + 1..).map_or(first, |rest| first + rest.find(' ').unwrap_or(rest.len()));
    for length in [topic.len(), second, first] {
        let wanted = topic.get(..length).unwrap_or(topic);
        let begins = |name: &str| {
            topic == "*" || name.get(..wanted.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(wanted))
        };
        let mut found = String::new();
        for (name, text) in texts().filter(|(name, _)| begins(name)) {
            found.push_str(&text);
            if name.eq_ignore_ascii_case(topic) {
                break;
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    format!("No help available for \"{topic}\".\nTry \\h with no arguments to see available help.\n")
}
