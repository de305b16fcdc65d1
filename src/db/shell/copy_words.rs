//! The words of `\copy` (`parse_slash_copy`).

use super::slash;

/// What `\copy` was asked for.
pub(super) struct Request {
    /// The table or the statement, as written.
    pub(super) before: String,
    /// From the file into the table.
    pub(super) from: bool,
    pub(super) place: Place,
    /// The options, as written.
    pub(super) after: String,
}

/// Where the data is, or goes.
pub(super) enum Place {
    /// `stdin`, `stdout`: the input, where results go.
    Shell,
    /// `pstdin`, `pstdout`: the program's own.
    Program,
    File(String),
    Command(String),
}

/// Reads `table (columns) from file options` or `(statement) to file options` (`parse_slash_copy`).
pub(super) fn parse(text: &str) -> Result<Request, String> {
    if text.trim().is_empty() {
        return Err("\\copy: arguments required".to_owned());
    }
    let mut words = Words { text, at: 0 };
    let end = || "\\copy: parse error at end of line".to_owned();
    let mut before = String::new();
    let mut word = words.next(".,()", "\"").ok_or_else(end)?;
    if word.eq_ignore_ascii_case("binary") {
        before.push_str(&word);
        word = words.next(".,()", "\"").ok_or_else(end)?;
    }
    if word == "(" {
        let mut open = 1;
        while open > 0 {
            before.push(' ');
            before.push_str(&word);
            word = words.next("()", "\"'").ok_or_else(end)?;
            open = match word.as_str() {
                "(" => open + 1,
                ")" => open - 1,
                _ => open,
            };
        }
    }
    before.push(' ');
    before.push_str(&word);
    word = words.next(".,()", "\"").ok_or_else(end)?;
    if word == "." {
        before.push('.');
        before.push_str(&words.next(".,()", "\"").ok_or_else(end)?);
        word = words.next(".,()", "\"").ok_or_else(end)?;
    }
    if word == "(" {
        while word != ")" {
            before.push(' ');
            before.push_str(&word);
            word = words.next("()", "\"").ok_or_else(end)?;
        }
        before.push_str(" )");
        word = words.next(".,()", "\"").ok_or_else(end)?;
    }
    let from = match word.to_ascii_lowercase().as_str() {
        "from" => true,
        "to" => false,
        _ => return Err(format!("\\copy: parse error at \"{word}\"")),
    };
    let place = place(&mut words)?;
    Ok(Request { before, from, place, after: words.rest().to_owned() })
}

fn place(words: &mut Words<'_>) -> Result<Place, String> {
    let end = || "\\copy: parse error at end of line".to_owned();
    let word = words.next(";", "'").ok_or_else(end)?;
    Ok(match word.to_ascii_lowercase().as_str() {
        "stdin" | "stdout" => Place::Shell,
        "pstdin" | "pstdout" => Place::Program,
        "program" => {
            let command = words.next(";", "'").ok_or_else(end)?;
            if command.len() < 2 || !command.starts_with('\'') || !command.ends_with('\'') {
                return Err(format!("\\copy: parse error at \"{command}\""));
            }
            Place::Command(unquoted(&command))
        }
        _ => Place::File(super::file::home(&unquoted(&word))),
    })
}

fn unquoted(word: &str) -> String {
    let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    inner.map_or_else(|| word.to_owned(), |inner| inner.replace("''", "'"))
}

/// Words of a text, with delimiters and quotes that may change from word to word (`strtokx`).
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self, delimiters: &str, quotes: &str) -> Option<String> {
        let bytes = self.text.as_bytes();
        self.at += bytes[self.at..].iter().take_while(|byte| slash::is_space(**byte)).count();
        let first = *bytes.get(self.at)?;
        let start = self.at;
        self.at += 1;
        if delimiters.as_bytes().contains(&first) {
            return Some(self.text[start..self.at].to_owned());
        }
        if quotes.as_bytes().contains(&first) {
            while let Some(byte) = bytes.get(self.at) {
                self.at += 1;
                if *byte == first {
                    if bytes.get(self.at) != Some(&first) {
                        break;
                    }
                    self.at += 1;
                }
            }
            return Some(self.text[start..self.at].to_owned());
        }
        let ends = |byte: &u8| {
            slash::is_space(*byte) || delimiters.as_bytes().contains(byte) || quotes.as_bytes().contains(byte)
        };
        self.at += bytes[self.at..].iter().take_while(|byte| !ends(byte)).count();
        Some(self.text[start..self.at].to_owned())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}
