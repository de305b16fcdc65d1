//! From text to KDL nodes; the parser's complaints, told for people who write manifests.

use kdl::{KdlDiagnostic, KdlDocument};

use super::bare::{self, Bare, Fault};
use super::error::Problem;
use crate::span::Span;

/// Parses KDL v2 (<https://kdl.dev/spec/>). Returns the document, or every complaint about the text: first what can
/// be told exactly, then what the parser says about the other lines, one complaint for each.
pub fn parse(text: &str, file: usize) -> Result<KdlDocument, Vec<Problem>> {
    if let Some(offset) = bare::too_deep(text) {
        let (message, label) = ("this is nested deeper than any manifest".to_owned(), "too deep".to_owned());
        let help = Some("a `}` or a `*/` is missing further up, or this is not a manifest".to_owned());
        return Err(vec![Problem::Syntax { span: Span { file, offset, len: 1 }, message, label, help }]);
    }
    KdlDocument::parse_v2(text).map_err(|error| {
        let line = |offset: usize| text[..offset].matches('\n').count();
        let bare = bare::find(text);
        let mut lines: Vec<usize> = bare.iter().map(|bare| line(bare.offset)).collect();
        let mut problems: Vec<Problem> = bare.into_iter().map(|bare| misplaced(bare, text, file)).collect();
        for diagnostic in error.diagnostics.iter().filter(|diagnostic| !is_echo(diagnostic)) {
            let line = line(floor(text, diagnostic.span.offset()));
            let vague = !lines.is_empty() && diagnostic.message.as_deref() == Some("Expected property value");
            if !vague && !lines.contains(&line) {
                lines.push(line);
                problems.push(translate(diagnostic, text, file));
            }
        }
        problems
    })
}

/// Where the `include`s of a text that is not KDL seem to stand, so that the other files are looked at all the same:
/// offset and text of each quoted word behind `include`.
pub fn includes(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices("include") {
        let mut at = at + word.len();
        while let Some(rest) = text[at..].trim_start_matches(' ').strip_prefix('"') {
            let Some(len) = rest.find(['"', '\n']) else { break };
            at = text.len() - rest.len();
            found.push((at, &rest[..len]));
            at = (at + len + 1).min(text.len());
        }
    }
    found
}

/// The parser reports an unclosed block twice; the opening brace is the place to look at.
fn is_echo(diagnostic: &KdlDiagnostic) -> bool {
    diagnostic.message.as_deref() == Some("Closing '}' was not found after nodes")
}

/// The nearest place at or before an offset where a character begins.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|offset| text.is_char_boundary(*offset)).unwrap_or(0)
}

fn misplaced(bare: Bare, text: &str, file: usize) -> Problem {
    let span = Span { file, offset: bare.offset, len: bare.len };
    let word = &text[bare.offset..bare.offset + bare.len];
    let (message, label, help) = match bare.fault {
        Fault::NeedsQuotes if names(&text[..bare.offset]) => (
            format!("`{word}` cannot be a name"),
            "not a name",
            "a name starts with a letter and has letters, digits, `-` and `_`".to_owned(),
        ),
        Fault::NeedsQuotes => needs_quotes(word),
        Fault::Keyword => (
            format!("a bare `{word}` is not a value in KDL"),
            "bare keyword",
            format!("write `#{word}` for the value, or \"{word}\" for the word"),
        ),
        Fault::NoValue => (
            "this property has no value".to_owned(),
            "nothing stands behind it",
            "write its value right behind the `=`: `name=value`".to_owned(),
        ),
    };
    Problem::Syntax { span, message, label: label.to_owned(), help: Some(help) }
}

/// Whether a text ends where the name of something is to be written, for which quotes would be of no use.
fn names(before: &str) -> bool {
    const NAMED: [&str; 5] = ["service", "job", "group", "command", "profile"];
    let line = before.rsplit(['\n', ';', '{', '}']).next().unwrap_or_default();
    NAMED.contains(&line.trim())
}

fn needs_quotes(word: &str) -> (String, &'static str, String) {
    let help = if word.contains('\\') {
        format!("quote it, raw because of its backslash: #\"{word}\"#")
    } else {
        format!("quote it: \"{word}\"")
    };
    (format!("`{word}` cannot stand without quotes"), "needs quotes", help)
}

fn translate(diagnostic: &KdlDiagnostic, text: &str, file: usize) -> Problem {
    let offset = floor(text, diagnostic.span.offset());
    let end = floor(text, offset + diagnostic.span.len());
    let (span, found) = (Span { file, offset, len: end - offset }, &text[offset..end]);
    let message = diagnostic.message.as_deref().unwrap_or("unexpected text");
    let (message, label, help) = reword(message, found, diagnostic.help.as_deref());
    Problem::Syntax { span, message, label, help }
}

fn reword(message: &str, found: &str, help: Option<&str>) -> (String, String, Option<String>) {
    let words = |message: &str, label: &str, help: String| (message.to_owned(), label.to_owned(), Some(help));
    match message {
        "No closing '}' for child block" => {
            words("this block is never closed", "opened here", "add the missing `}`".into())
        }
        "Expected quoted string" if found.contains('\\') => words(
            "an unknown escape in a string",
            "this string",
            "`\\\\` is a backslash; in a raw string nothing is escaped: #\"C:\\folder\"#".into(),
        ),
        "Unexpected newline in single-line quoted string" => words(
            "this string is never closed",
            "opened here",
            "add the closing `\"`; a text of several lines stands between `\"\"\"` and `\"\"\"`".into(),
        ),
        "Expected end of document" if found == "}" => words(
            "a `}` that closes nothing",
            "one too many",
            "remove it, or add the `{` it belongs to".into(),
        ),
        "Expected end of document" if found == "=" => words(
            "a property cannot stand where a declaration begins",
            "unexpected `=`",
            "a declaration is `kind name { … }`; a value is `kind value`, without `=`".into(),
        ),
        "Expected property value" => words(
            "a property has no valid value",
            "somewhere in here",
            "after `name=` comes a word, a number, `#true`, or a \"quoted text\" such as \"30s\"".into(),
        ),
        other => (lower_first(other), "here".to_owned(), help.map(lower_first)),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
