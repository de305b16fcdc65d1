//! The properties of the SQL lexer and splitter, for any text.

#![no_main]

#[path = "../../src/db/sql/mod.rs"]
#[allow(dead_code, reason = "the crate uses more of it than this")]
mod sql;

use libfuzzer_sys::fuzz_target;
use sql::normal::normal;
use sql::scan::{Scanner, Stop, Variables};
use sql::statement::{Statement, statements};
use sql::token::{Kind, Mode, token};

fuzz_target!(|text: &str| {
    tokens_are_the_text(text);
    let _ = normal(text);
    for character in 0..text.chars().count() + 2 {
        let (start, length) = sql::place(text, character);
        assert!(text.get(start..start + length).is_some(), "a place is a part of the text");
    }
    let Ok(found) = statements(text) else { return };
    gaps_are_nothing(text, &found);
    psql_reads_the_same(text, &found);
});

fn tokens_are_the_text(text: &str) {
    let (mut mode, mut at) = (Mode::default(), 0);
    while at < text.len() {
        let (_, end) = token(&mut mode, true, text.as_bytes(), at);
        assert!(end > at && end <= text.len(), "a token has a length and an end");
        at = end;
    }
}

fn gaps_are_nothing(text: &str, found: &[Statement]) {
    let mut from = 0;
    for statement in found {
        assert!(statement.range.start >= from && !statement.range.is_empty(), "statements follow each other");
        assert!(text.get(statement.range.clone()).is_some(), "a statement is a part of the text");
        is_nothing(&text[from..statement.range.start]);
        from = statement.range.end;
        if let Some(data) = &statement.data {
            assert!(data.start >= from && data.end <= text.len(), "data follows its statement");
            let rest = &text[data.end..];
            let end = rest.find('\n').map_or(rest.len(), |line| line + 1);
            from = data.end + if rest.starts_with("\\.") { end } else { 0 };
        }
    }
    is_nothing(&text[from..]);
}

/// Blanks, comments, and statements without a word.
fn is_nothing(gap: &str) {
    let (mut mode, mut at) = (Mode::default(), 0);
    while at < gap.len() {
        let (kind, end) = token(&mut mode, true, gap.as_bytes(), at);
        assert!(matches!(kind, Kind::Space | Kind::Comment | Kind::Semicolon), "{gap:?} is something");
        at = end;
    }
}

struct Unset;

impl Variables for Unset {
    fn value(&self, _: &str) -> Option<String> {
        None
    }
}

fn psql_reads_the_same(text: &str, found: &[Statement]) {
    // Lines end with LF for psql; data of a COPY is read by somebody else; `\;` joins statements and `:{?name}` is replaced
    // for psql only.
    // A byte order mark is nothing where a text begins, so that a statement cut out of a text may say something else.
    if text.contains(['\r', '\\', '\u{feff}']) || text.contains(":{?") || found.iter().any(|statement| statement.data.is_some()) {
        return;
    }
    let mut scanner = Scanner::default();
    let mut read = Vec::new();
    let mut statement = Vec::new();
    for line in text.split('\n') {
        if !statement.is_empty() {
            statement.push(b'\n');
        }
        scanner.feed(line.as_bytes());
        while scanner.scan(&mut statement, &Unset) == Stop::Semicolon {
            read.push(std::mem::take(&mut statement));
        }
    }
    read.push(statement);
    let says = |bytes: &[u8]| normal(&String::from_utf8_lossy(bytes));
    let something = |text: &String| !matches!(text.as_str(), "" | "; ");
    let read: Vec<_> = read.iter().map(|bytes| says(bytes)).filter(something).collect();
    let split = found.iter().map(|statement| says(text[statement.range.clone()].as_bytes()));
    let split: Vec<_> = split.filter(something).collect();
    assert_eq!(split, read, "read as a whole, and line by line");
}
