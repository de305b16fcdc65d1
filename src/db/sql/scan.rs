//! psql's reading: lines go in, statements come out, variables are replaced on the way.

use super::statement::Depth;
use super::token::{Kind, Mode, token};
use super::{identifier, literal};

/// Where the values of psql variables come from.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn value(&self, name: &str) -> Option<String>;
}

/// What stopped the scan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A statement is complete.
    Semicolon,
    /// A psql command begins; [`Scanner::rest`] is what follows the backslash.
    Backslash,
    /// The line is used up.
    End,
}

/// What an incomplete statement waits for: the `%R` of the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waits {
    /// Nothing was begun.
    Ready,
    /// More of the statement.
    More,
    /// The end of a `'…'` text.
    Quote,
    /// The end of a `"…"` name.
    Name,
    /// The end of a `$$…$$` text.
    Dollar,
    /// The end of a comment.
    Comment,
    /// `)`
    Parenthesis,
}

struct Input {
    text: Vec<u8>,
    at: usize,
    /// The variable whose value this is.
    name: Option<String>,
}

/// The state of reading; it lives on from line to line.
#[derive(Default)]
pub struct Scanner {
    mode: Mode,
    depth: Depth,
    inputs: Vec<Input>,
    /// The server's `standard_conforming_strings` is off.
    pub backslashes: bool,
    /// Variables that were not replaced because they contain themselves.
    pub recursive: Vec<String>,
}

impl Scanner {
    /// Gives the next line, without its line end; what was left of the last is dropped.
    pub fn feed(&mut self, line: &[u8]) {
        self.inputs = vec![Input { text: line.to_vec(), at: 0, name: None }];
    }

    /// What of the line has not been read.
    pub fn rest(&mut self) -> &mut Vec<u8> {
        let joined: Vec<u8> =
            self.inputs.iter().rev().flat_map(|input| &input.text[input.at..]).copied().collect();
        self.inputs = vec![Input { text: joined, at: 0, name: None }];
        &mut self.inputs[0].text
    }

    /// Forgets an incomplete statement.
    pub fn reset(&mut self) {
        self.mode = Mode::Initial;
        self.depth = Depth::default();
    }

    /// How many parentheses are open.
    pub fn parentheses(&self) -> usize {
        self.depth.parentheses
    }

    /// Sets how many parentheses are open.
    pub fn set_parentheses(&mut self, count: usize) {
        self.depth.parentheses = count;
    }

    /// Whether a text, a name or a comment is open.
    pub fn inside(&self) -> bool {
        !matches!(self.mode, Mode::Initial | Mode::Stop(_))
    }

    /// Reads up to the next stop, adding to `statement`.
    pub fn scan(&mut self, statement: &mut Vec<u8>, variables: &dyn Variables) -> Stop {
        while let Some(input) = self.inputs.last_mut() {
            if input.at >= input.text.len() {
                if self.inputs.len() == 1 {
                    break;
                }
                self.inputs.pop();
                continue;
            }
            let at = input.at;
            let (kind, end) = token(&mut self.mode, !self.backslashes, &input.text, at);
            input.at = end;
            let text = input.text[at..end].to_vec();
            let ended = self.depth.ends(kind, &text);
            match kind {
                Kind::Space => self.blank(statement, &text),
                Kind::Comment if text.starts_with(b"--") && self.mode == Mode::Initial => {
                    self.blank(statement, &text);
                }
                Kind::Escaped => statement.push(text[1]),
                Kind::Backslash => return Stop::Backslash,
                Kind::Variable => self.replace(&text, statement, variables),
                _ => statement.extend_from_slice(&text),
            }
            if ended {
                return Stop::Semicolon;
            }
        }
        Stop::End
    }

    /// Blanks and line comments before a statement are dropped.
    #[expect(clippy::unused_self, reason = "it reads as a step of `scan`")]
    fn blank(&self, statement: &mut Vec<u8>, text: &[u8]) {
        if !statement.is_empty() {
            statement.extend_from_slice(text);
        }
    }

    fn replace(&mut self, text: &[u8], statement: &mut Vec<u8>, variables: &dyn Variables) {
        let trimmed = |before: usize, after: usize| {
            String::from_utf8_lossy(text.get(before..text.len() - after).unwrap_or_default()).into_owned()
        };
        let value = match text.get(1) {
            Some(b'\'') => variables.value(&trimmed(2, 1)).map(|value| literal(&value)),
            Some(b'"') => variables.value(&trimmed(2, 1)).map(|value| identifier(&value)),
            Some(b'{') => {
                let set = variables.value(&trimmed(3, 1)).is_some();
                Some(if set { "TRUE" } else { "FALSE" }.to_owned())
            }
            _ => return self.insert(trimmed(1, 0), text, statement, variables),
        };
        match value {
            Some(value) => statement.extend_from_slice(value.as_bytes()),
            None => statement.extend_from_slice(text),
        }
    }

    /// A plain `:name` is replaced by text that is read in turn, but never by itself.
    fn insert(&mut self, name: String, text: &[u8], statement: &mut Vec<u8>, variables: &dyn Variables) {
        let open = self.inputs.iter().any(|input| input.name.as_ref() == Some(&name));
        match variables.value(&name) {
            Some(_) if open => {
                self.recursive.push(name);
                statement.extend_from_slice(text);
            }
            Some(value) => self.inputs.push(Input { text: value.into_bytes(), at: 0, name: Some(name) }),
            None => statement.extend_from_slice(text),
        }
    }

    /// What an incomplete statement waits for.
    pub fn waits(&self, statement: &[u8]) -> Waits {
        match self.mode {
            Mode::Quote(_) => Waits::Quote,
            Mode::Name => Waits::Name,
            Mode::Dollar(_) => Waits::Dollar,
            Mode::Comment(_) => Waits::Comment,
            Mode::Initial | Mode::Stop(_) if self.depth.parentheses > 0 => Waits::Parenthesis,
            Mode::Initial | Mode::Stop(_) if !statement.is_empty() || self.depth.blocks > 0 => Waits::More,
            Mode::Initial | Mode::Stop(_) => Waits::Ready,
        }
    }
}

/// A text with its variables replaced; the error is the byte at which a psql command begins.
pub fn substitute(text: &str, variables: &dyn Variables) -> Result<String, usize> {
    let mut scanner = Scanner::default();
    scanner.feed(text.as_bytes());
    let mut result = Vec::new();
    loop {
        match scanner.scan(&mut result, variables) {
            Stop::Semicolon => {}
            Stop::End => return Ok(String::from_utf8_lossy(&result).into_owned()),
            Stop::Backslash => return Err(text.len() - scanner.rest().len() - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scanner, Stop, Variables, Waits, substitute};

    struct Set;

    impl Variables for Set {
        fn value(&self, name: &str) -> Option<String> {
            let values = [("t", "my table"), ("q", "it's"), ("n", "1 + :m"), ("m", "2"), ("loop", ":loop")];
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn variables_are_replaced_outside_of_texts() {
        let text = "select :n, :'q', ':q', :\"t\", a::m, :unset, :{?q}, :{?x}, x[1:m]";
        let expected = "select 1 + 2, 'it''s', ':q', \"my table\", a::m, :unset, TRUE, FALSE, x[12]";
        assert_eq!(substitute(text, &Set), Ok(expected.to_owned()));
        assert_eq!(substitute("select :loop", &Set), Ok("select :loop".to_owned()));
        assert_eq!(substitute("select 1 \\gx", &Set), Err(9));
    }

    #[test]
    fn a_statement_may_span_lines() {
        let (mut scanner, mut statement) = (Scanner::default(), Vec::new());
        scanner.feed(b"-- note");
        assert_eq!(scanner.scan(&mut statement, &Set), Stop::End);
        assert_eq!(scanner.waits(&statement), Waits::Ready);
        scanner.feed(b"select (';");
        assert_eq!(scanner.scan(&mut statement, &Set), Stop::End);
        assert_eq!(scanner.waits(&statement), Waits::Quote);
        statement.push(b'\n');
        scanner.feed(b"'); select 2\\;\\d x");
        assert_eq!(scanner.scan(&mut statement, &Set), Stop::Semicolon);
        assert_eq!(statement, b"select (';\n');");
        statement.clear();
        assert_eq!(scanner.scan(&mut statement, &Set), Stop::Backslash);
        assert_eq!(statement, b"select 2;");
        assert_eq!(scanner.rest(), b"d x");
    }
}
