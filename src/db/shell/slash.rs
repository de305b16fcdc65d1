//! The words of a psql command (`src/bin/psql/psqlscanslash.l`).

use super::program::output;
use super::variables::Variables;
use crate::db::sql::scan::Variables as _;
use crate::db::sql::token::{Kind, Mode, token};
use crate::db::sql::{identifier, literal};

/// How a word is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// Quotes are taken away.
    Normal,
    /// A name: what is not quoted becomes lower case.
    Name,
    /// A name whose letters stay as they are.
    NameHack,
    /// A file, or `|` and a command up to the end of the line.
    File,
    /// Everything up to the end of the line.
    Line,
}

/// What follows the backslash on a line.
pub(super) struct Slash {
    text: Vec<u8>,
    at: usize,
    /// Whether variables and backquotes are looked at: not in an inactive branch.
    pub(super) active: bool,
}

/// A word, and the last kind of quote in it.
pub(super) struct Argument {
    pub(super) text: String,
    pub(super) quote: Option<u8>,
}

/// A quote has no end.
pub(super) struct Unterminated;

impl Slash {
    pub(super) fn new(text: Vec<u8>, active: bool) -> Self {
        Self { text, at: 0, active }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &[u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    /// The name of the command.
    pub(super) fn command(&mut self) -> String {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_space(*byte) || *byte == b'\\').unwrap_or(rest.len());
        let name = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        name
    }

    /// Eats the `\\` that may end a command.
    pub(super) fn end(&mut self) {
        if self.rest().starts_with(b"\\\\") {
            self.at += 2;
        }
    }

    /// The next word; nothing at the end of the command. `semicolon`: one at the word's end does not belong to it.
    pub(super) fn word(
        &mut self,
        word: Word,
        semicolon: bool,
        variables: &Variables,
    ) -> Result<Option<Argument>, Unterminated> {
        self.skip_blanks();
        if word == Word::Line || (word == Word::File && self.rest().starts_with(b"|")) {
            return Ok(self.line());
        }
        let mut reader = Reader { slash: self, variables, out: Vec::new(), quote: None, unquoted: 0 };
        reader.read()?;
        let Reader { mut out, quote, unquoted, .. } = reader;
        if semicolon {
            let stripped = out.iter().rev().take(unquoted).take_while(|byte| **byte == b';').count();
            out.truncate(out.len() - stripped);
        }
        // A text of C ends at a zero byte.
        let end = out.iter().position(|byte| *byte == 0).unwrap_or(out.len());
        let mut text = String::from_utf8_lossy(&out[..end]).into_owned();
        if matches!(word, Word::Name | Word::NameHack) {
            text = plain_name(&text, word == Word::Name);
        }
        Ok((!text.is_empty() || quote.is_some()).then_some(Argument { text, quote }))
    }

    fn line(&mut self) -> Option<Argument> {
        let text = String::from_utf8_lossy(self.rest()).into_owned();
        self.at = self.text.len();
        (!text.is_empty()).then_some(Argument { text, quote: None })
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| is_space(**byte)).count();
    }
}

struct Reader<'a> {
    slash: &'a mut Slash,
    variables: &'a Variables,
    out: Vec<u8>,
    quote: Option<u8>,
    /// How many bytes at the end were not quoted in any way.
    unquoted: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Unterminated> {
        while let Some(byte) = self.slash.rest().first().copied() {
            match byte {
                byte if is_space(byte) || byte == b'\\' => break,
                b'\'' => self.single()?,
                b'`' => self.backquoted()?,
                b'"' => self.double()?,
                b':' => self.colon(),
                byte => {
                    self.out.push(byte);
                    self.slash.at += 1;
                    self.unquoted += 1;
                }
            }
        }
        Ok(())
    }

    fn quoted(&mut self, by: u8) {
        self.quote = Some(by);
        self.unquoted = 0;
        self.slash.at += 1;
    }

    fn single(&mut self) -> Result<(), Unterminated> {
        self.quoted(b'\'');
        loop {
            let rest = self.slash.rest();
            let (byte, length) = match rest {
                [] => return Err(Unterminated),
                [b'\'', b'\'', ..] => (b'\'', 2),
                [b'\'', ..] => {
                    self.slash.at += 1;
                    return Ok(());
                }
                [b'\\', escaped @ ..] if !escaped.is_empty() => escape(escaped),
                [byte, ..] => (*byte, 1),
            };
            self.out.push(byte);
            self.slash.at += length;
        }
    }

    fn double(&mut self) -> Result<(), Unterminated> {
        self.quoted(b'"');
        self.out.push(b'"');
        let rest = self.slash.rest();
        let end = rest.iter().position(|byte| *byte == b'"').ok_or(Unterminated);
        let length = match end {
            Ok(end) => end + 1,
            Err(unterminated) => {
                self.slash.at = self.slash.text.len();
                return Err(unterminated);
            }
        };
        self.out.extend_from_slice(&self.slash.text[self.slash.at..self.slash.at + length]);
        self.slash.at += length;
        Ok(())
    }

    fn backquoted(&mut self) -> Result<(), Unterminated> {
        self.quoted(b'`');
        let mut command = Vec::new();
        loop {
            match self.slash.rest() {
                [] => return Err(Unterminated),
                [b'`', ..] => break,
                [b':', ..] => {
                    let (value, length) = self.variable();
                    command.extend_from_slice(&value);
                    self.slash.at += length;
                }
                [byte, ..] => {
                    command.push(*byte);
                    self.slash.at += 1;
                }
            }
        }
        self.slash.at += 1;
        if self.slash.active {
            command = output(&String::from_utf8_lossy(&command), self.variables);
        }
        self.out.extend_from_slice(&command);
        Ok(())
    }

    fn colon(&mut self) {
        let before = self.slash.at;
        let (value, length) = self.variable();
        let plain = value == self.slash.text[before..before + length];
        self.out.extend_from_slice(&value);
        self.slash.at += length;
        if length == 1 {
            self.unquoted += 1;
        } else {
            self.unquoted = 0;
            if !plain || length > 1 {
                self.quote = Some(b':');
            }
        }
    }

    /// The text that stands for what begins with a colon here, and how many bytes that is.
    fn variable(&self) -> (Vec<u8>, usize) {
        let rest = self.slash.rest();
        let doubled = matches!(rest.get(1), Some(b':' | b'='));
        let (kind, length) = token(&mut Mode::default(), true, rest, 0);
        if kind != Kind::Variable || doubled {
            return (b":".to_vec(), 1);
        }
        let text = &rest[..length];
        let name =
            |from: usize, until: usize| String::from_utf8_lossy(&text[from..length - until]).into_owned();
        let value = |name: String| if self.slash.active { self.variables.value(&name) } else { None };
        let found = match text[1] {
            b'\'' => value(name(2, 1)).map(|value| literal(&value)),
            b'"' => value(name(2, 1)).map(|value| identifier(&value)),
            b'{' => Some(if value(name(3, 1)).is_some() { "TRUE" } else { "FALSE" }.to_owned()),
            _ => value(name(1, 0)),
        };
        (found.map_or_else(|| text.to_vec(), String::into_bytes), length)
    }
}

/// What a backslash and these bytes stand for, and how many bytes that is with the backslash.
fn escape(escaped: &[u8]) -> (u8, usize) {
    let digits = |base: u32, most: usize, skip: usize| {
        let bytes = escaped.get(skip..).unwrap_or_default();
        let length = bytes.iter().take(most).take_while(|byte| char::from(**byte).is_digit(base)).count();
        let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
        u32::from_str_radix(text, base).ok().map(|value| (value.to_le_bytes()[0], length + skip + 1))
    };
    match escaped[0] {
        b'n' => (b'\n', 2),
        b't' => (b'\t', 2),
        b'b' => (8, 2),
        b'r' => (b'\r', 2),
        b'f' => (12, 2),
        b'0'..=b'7' => digits(8, 3, 0).unwrap_or((escaped[0], 2)),
        b'x' => digits(16, 2, 1).unwrap_or((b'x', 2)),
        byte => (byte, 2),
    }
}

/// A name without its quotes; letters outside of them become lower case (`dequote_downcase_identifier`).
pub(super) fn plain_name(text: &str, lower: bool) -> String {
    let mut name = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => name.extend(chars.next()),
            '"' => quoted = !quoted,
            c if lower && !quoted => name.push(c.to_ascii_lowercase()),
            c => name.push(c),
        }
    }
    name
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}
