//! A server's message as psql shows it (libpq's `pqBuildErrorMessage3`).

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use super::Shell;
use super::variables::{Context, Verbosity};
use crate::db::connection::server::ServerMessage;

/// Columns of the line that is shown with a caret.
const DISPLAY: usize = 60;
/// How far from the right edge the caret stays.
const RIGHT_CUT: usize = 10;

/// The lines of a message, with a line end each. `query` is what was sent; `error` is false for a notice.
pub(super) fn text(
    message: &ServerMessage,
    query: &str,
    verbosity: Verbosity,
    context: Context,
    error: bool,
) -> String {
    let mut text = format!("{}:  ", message.severity);
    if verbosity == Verbosity::Sqlstate {
        return text + &message.code + "\n";
    }
    if verbosity == Verbosity::Verbose {
        let _ = write!(text, "{}: ", message.code);
    }
    text += &message.message;
    let cursor = position(message, query);
    if let (Some((_, at)), Verbosity::Terse) = (cursor, verbosity) {
        let _ = write!(text, " at character {at}");
    }
    text.push('\n');
    if verbosity == Verbosity::Terse {
        return text;
    }
    if let Some((source, at)) = cursor {
        caret(source, at, &mut text);
    }
    let stack = message
        .stack
        .as_ref()
        .filter(|_| context == Context::Always || (context == Context::Errors && error));
    let parts = [
        ("DETAIL", message.detail.as_ref()),
        ("HINT", message.hint.as_ref()),
        ("QUERY", message.internal_query.as_ref()),
        ("CONTEXT", stack),
    ];
    for (label, part) in parts {
        if let Some(part) = part {
            let _ = writeln!(text, "{label}:  {part}");
        }
    }
    if verbosity == Verbosity::Verbose {
        verbose(message, &mut text);
    }
    text
}

/// The text that the message points into, and where, in characters from 1.
fn position<'a>(message: &'a ServerMessage, query: &'a str) -> Option<(&'a str, usize)> {
    match (message.position, message.internal_position) {
        (Some(at), _) => Some((query, at)),
        (None, Some(at)) => message.internal_query.as_deref().map(|query| (query, at)),
        (None, None) => None,
    }
}

fn verbose(message: &ServerMessage, text: &mut String) {
    let fields = [
        (b's', "SCHEMA NAME"),
        (b't', "TABLE NAME"),
        (b'c', "COLUMN NAME"),
        (b'd', "DATATYPE NAME"),
        (b'n', "CONSTRAINT NAME"),
    ];
    for (letter, label) in fields {
        if let Some(value) = message.field(letter) {
            let _ = writeln!(text, "{label}:  {value}");
        }
    }
    let [function, file, line] = [b'R', b'F', b'L'].map(|letter| message.field(letter));
    if function.or(file).or(line).is_some() {
        text.push_str("LOCATION:  ");
        let _ = function.map(|function| write!(text, "{function}, "));
        if let (Some(file), Some(line)) = (file, line) {
            let _ = write!(text, "{file}:{line}");
        }
        text.push('\n');
    }
}

/// The line of `query` that holds the character `at`, shortened, and a caret below it (`reportErrorPosition`).
fn caret(query: &str, at: usize, text: &mut String) {
    let characters: Vec<char> = query.chars().collect();
    let Some(at) = at.checked_sub(1).filter(|at| *at <= characters.len()) else { return };
    let (mut line, mut begin) = (1, 0);
    for (index, c) in characters[..at].iter().enumerate() {
        if matches!(c, '\r' | '\n') {
            let second_half = *c == '\n' && index > 0 && characters[index - 1] == '\r';
            line += usize::from(!second_half);
            begin = index + 1;
        }
    }
    let rest = &characters[at..];
    let mut end = at + rest.iter().position(|c| matches!(c, '\r' | '\n')).unwrap_or(rest.len());
    let width = |from: usize, to: usize| -> usize { characters[from..to].iter().copied().map(columns).sum() };
    let (mut cut_left, mut cut_right) = (false, false);
    if width(begin, end) > DISPLAY {
        if DISPLAY >= width(begin, at) + RIGHT_CUT {
            while width(begin, end) > DISPLAY {
                end -= 1;
            }
            cut_right = true;
        } else {
            while width(begin, at) + RIGHT_CUT < width(begin, end) {
                end -= 1;
                cut_right = true;
            }
            while width(begin, end) > DISPLAY {
                begin += 1;
                cut_left = true;
            }
        }
    }
    let shown: String = characters[begin..end].iter().map(|c| if *c == '\t' { ' ' } else { *c }).collect();
    let head = format!("LINE {line}: {}", if cut_left { "..." } else { "" });
    let blanks = " ".repeat(head.len() + width(begin, at));
    let _ = writeln!(text, "{head}{shown}{}\n{blanks}^", if cut_right { "..." } else { "" });
}

/// How many columns a character takes; control characters take one.
fn columns(c: char) -> usize {
    c.width().unwrap_or(1).max(1)
}

impl Shell<'_> {
    /// Tells an error of the shell itself.
    pub(super) fn error(&mut self, text: &str) {
        self.log("error: ", text);
    }

    /// Tells a warning of the shell itself.
    pub(super) fn warning(&mut self, text: &str) {
        self.log("warning: ", text);
    }

    /// Tells something; from a file, its place comes first, as in `psql:init.sql:3: error: …`.
    pub(super) fn log(&mut self, label: &str, text: &str) {
        let place =
            self.sources.last().and_then(|source| source.name.as_ref().map(|name| (name, source.line)));
        let head = place.map_or_else(String::new, |(name, line)| format!("psql:{name}:{line}: {label}"));
        let text = format!("{head}{}\n", text.strip_suffix('\n').unwrap_or(text));
        self.output.message(&text);
    }

    /// Tells what the server said about `query`.
    pub(super) fn server(&mut self, message: &ServerMessage, query: &str, error: bool) {
        let (verbosity, context) = (self.variables.verbosity(), self.variables.context());
        let text = self::text(message, query, verbosity, context, error);
        self.log("", &text);
    }
}
