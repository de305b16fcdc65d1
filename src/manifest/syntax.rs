//! From text to KDL nodes; the parser's complaints, told for people who write manifests.

use kdl::{KdlDiagnostic, KdlDocument};

use super::error::Problem;
use crate::span::Span;

/// Parses KDL v2 (<https://kdl.dev/spec/>). Returns the document, or every complaint about the text.
pub fn parse(text: &str, file: usize) -> Result<KdlDocument, Vec<Problem>> {
    let text_without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    KdlDocument::parse_v2(text_without_mark).map_err(|error| {
        let mut problems: Vec<Problem> = Vec::new();
        for diagnostic in &error.diagnostics {
            let problem = translate(diagnostic, text, file);
            if !problems.contains(&problem) && !is_echo(diagnostic) {
                problems.push(problem);
            }
        }
        problems
    })
}

/// The parser reports an unclosed block twice; the opening brace is the place to look at.
fn is_echo(diagnostic: &KdlDiagnostic) -> bool {
    diagnostic.message.as_deref() == Some("Closing '}' was not found after nodes")
}

fn translate(diagnostic: &KdlDiagnostic, text: &str, file: usize) -> Problem {
    let span = Span { file, offset: diagnostic.span.offset().min(text.len()), len: diagnostic.span.len() };
    let found = text.get(span.offset..(span.offset + span.len).min(text.len())).unwrap_or("");
    let message = diagnostic.message.as_deref().unwrap_or("unexpected text");
    let (message, label, help) = reword(message, found, diagnostic.help.as_deref());
    Problem::Syntax { span, message, label, help }
}

fn reword(message: &str, found: &str, help: Option<&str>) -> (String, String, Option<String>) {
    let words = |message: &str, label: &str, help: String| (message.to_owned(), label.to_owned(), Some(help));
    let quote = || format!("quote it: \"{}\"", found.replace('"', ""));
    match message {
        "No closing '}' for child block" => {
            words("this block is never closed", "opened here", "add the missing `}`".into())
        }
        "Expected identifier string" if matches!(found, "true" | "false" | "null") => words(
            &format!("a bare `{found}` is not a value in KDL"),
            "bare keyword",
            format!("write `#{found}` for the value, or \"{found}\" for the word"),
        ),
        "Expected identifier string" | "Expected integer" if !found.is_empty() && !found.contains('\n') => {
            words(&format!("`{found}` cannot stand without quotes"), "needs quotes", quote())
        }
        "Expected quoted string" if found.contains('\\') => words(
            "an unknown escape in a string",
            "this string",
            "`\\\\` is a backslash; in a raw string nothing is escaped: #\"C:\\folder\"#".into(),
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
