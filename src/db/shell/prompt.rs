//! The prompt (`PROMPT1`, `PROMPT2`; psql's `prompt.c`).

use unicode_width::UnicodeWidthStr;

use super::conditional::State;
use super::reading::Reading;
use super::{Shell, program};
use crate::db::sql::scan::Waits;

impl Shell<'_> {
    /// The prompt for the next line.
    pub(super) fn prompt(&self, reading: &Reading) -> String {
        let waits = reading.scanner.waits(&reading.query);
        let name = if waits == Waits::Ready { "PROMPT1" } else { "PROMPT2" };
        self.rendered(name, waits, reading)
    }

    fn rendered(&self, name: &str, waits: Waits, reading: &Reading) -> String {
        let mut prompt = String::new();
        let mut pattern = self.variables.text(name).chars().peekable();
        while let Some(c) = pattern.next() {
            match c {
                '%' => match pattern.next() {
                    Some('[' | ']') | None => {}
                    Some('`') => {
                        let command: String = pattern.by_ref().take_while(|c| *c != '`').collect();
                        let said = program::output(&command, &self.variables);
                        prompt.push_str(&String::from_utf8_lossy(&said));
                    }
                    Some('w') => {
                        let first = if name == "PROMPT1" {
                            String::new()
                        } else {
                            self.rendered("PROMPT1", waits, reading)
                        };
                        let width = first.rsplit('\n').next().map_or(0, UnicodeWidthStr::width);
                        prompt.push_str(&" ".repeat(width));
                    }
                    Some(digit @ '0'..='7') => {
                        let mut code = digit.to_digit(8).unwrap_or(0);
                        while let Some(next) =
                            pattern.peek().and_then(|c| c.to_digit(8)).filter(|_| code < 32)
                        {
                            code = code * 8 + next;
                            pattern.next();
                        }
                        prompt.extend(char::from_u32(code));
                    }
                    Some(':') => {
                        let name: String = pattern.by_ref().take_while(|c| *c != ':').collect();
                        prompt.push_str(self.variables.text(&name));
                    }
                    Some(letter) => prompt.push_str(&self.part(letter, waits, reading)),
                },
                c => prompt.push(c),
            }
        }
        prompt
    }

    fn part(&self, letter: char, waits: Waits, reading: &Reading) -> String {
        let Some(connection) = &self.connection else {
            return if letter == 'R' { "!".to_owned() } else { String::new() };
        };
        match letter {
            '~' if connection.database() == connection.user() => "~".to_owned(),
            '/' | '~' => connection.database().to_owned(),
            'n' => connection.user().to_owned(),
            'm' | 'M' if connection.host().starts_with('/') => "[local]".to_owned(),
            'm' => connection.host().split('.').next().unwrap_or_default().to_owned(),
            'M' => connection.host().to_owned(),
            '>' => connection.port().to_owned(),
            'p' => connection.backend().to_string(),
            'l' => self.sources.last().map(|source| source.line.to_string()).unwrap_or_default(),
            '#' => if connection.parameter("is_superuser") == Some("on") { "#" } else { ">" }.to_owned(),
            'x' => match connection.status() {
                b'T' => "*".to_owned(),
                b'E' => "!".to_owned(),
                _ => String::new(),
            },
            'R' => match waits {
                Waits::Ready => match reading.blocks.state() {
                    Some(State::False | State::Ignored | State::ElseFalse) => "@",
                    _ if self.variables.on("SINGLELINE") => "^",
                    _ => "=",
                },
                Waits::More => "-",
                Waits::Quote => "'",
                Waits::Name => "\"",
                Waits::Dollar => "$",
                Waits::Comment => "*",
                Waits::Parenthesis => "(",
            }
            .to_owned(),
            letter => letter.to_string(),
        }
    }
}
