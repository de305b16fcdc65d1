//! Problems and failures, drawn with their place or written as JSON.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource};
use serde_json::{Value, json};

use super::excerpt::Brief;
use super::style::Style;
use crate::builtin;
use crate::db::migration::difference;
use crate::engine::failure::StepFailure;
use crate::manifest::error::Told;
use crate::span::{Sources, Span};
use crate::text::{screen, unpainted};

/// A diagnostic with its source text.
#[derive(Debug)]
pub struct Drawn {
    message: String,
    code: Option<String>,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<NamedSource<Arc<str>>>,
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }
}

impl Drawn {
    /// A problem of the manifest: one diagnostic for each file that has labels, the first with everything else.
    fn problem(problem: &impl Told, sources: &Sources) -> Vec<Self> {
        let wording = problem.wording();
        let mut files: Vec<usize> = wording.labels.iter().map(|(span, _)| span.file).collect();
        files.dedup();
        let first = Self {
            code: Some(problem.code().to_owned()),
            labels: files.first().map(|file| wording.labels_in(*file)).unwrap_or_default(),
            source: files.first().map(|file| sources.named(*file)),
            message: wording.message.clone(),
            help: wording.help.clone(),
        };
        let other = |file: &usize| {
            let (message, source) = ("and in another file".to_owned(), Some(sources.named(*file)));
            Self { message, code: None, help: None, labels: wording.labels_in(*file), source }
        };
        std::iter::once(first).chain(files.iter().skip(1).map(other)).collect()
    }

    /// A failed step, at its place in the manifest unless the worker's error has a text of its own.
    fn failure(failure: &StepFailure, sources: &Sources) -> Self {
        let own = failure.labels().and_then(|mut labels| labels.next()?.label().map(str::to_owned));
        let text = own.unwrap_or_else(|| "this failed".to_owned());
        let label = LabeledSpan::new_with_span(Some(text), failure.span);
        let named = sources.get(failure.span.file).is_some() && failure.span != Span::default();
        Self {
            message: failure.to_string(),
            code: failure.code().map(|code| code.to_string()),
            help: failure.help().map(|help| help.to_string()),
            labels: if named { vec![label] } else { Vec::new() },
            source: named.then(|| sources.named(failure.span.file)),
        }
    }
}

/// A problem of the manifest as text.
pub fn problem(problem: &impl Told, sources: &Sources, style: Style) -> String {
    Drawn::problem(problem, sources).iter().map(|drawn| draw(drawn, style)).collect()
}

/// A failed step as text.
pub fn failure(failure: &StepFailure, sources: &Sources, style: Style) -> String {
    let drawn = match failure.source_code() {
        Some(_) => draw(failure, style),
        None => draw(&Drawn::failure(failure, sources), style),
    };
    let drawn = drawn + &difference::text(builtin::differences(&failure.cause), style.color);
    if failure.lines.is_empty() {
        return drawn;
    }
    let bar = if style.unicode { "│" } else { "|" };
    let lines = failure.lines.iter().map(|line| {
        let line = if style.color { line.clone() } else { unpainted(line) };
        format!("    {} {}\n", style.paint("2", bar), screen(&line, style.color))
    });
    format!("{drawn}  the last lines it wrote:\n{}", lines.collect::<String>())
}

/// Any diagnostic as text.
pub fn draw(diagnostic: &dyn Diagnostic, style: Style) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail; an empty text is still better than none of the other diagnostics.
    let _ = style.handler().render_report(&mut text, &Brief::new(diagnostic));
    screen(&text, style.color).into_owned()
}

/// A problem for programs.
pub fn problem_json(problem: &impl Told, sources: &Sources) -> Value {
    let wording = problem.wording();
    let labels = wording.labels.iter().map(|(span, text)| place_json(*span, text, sources));
    json!({
        "code": problem.code(),
        "message": wording.message,
        "help": wording.help,
        "labels": labels.collect::<Vec<_>>(),
    })
}

fn place_json(span: Span, text: &str, sources: &Sources) -> Value {
    let (line, column) = sources.line_and_column(span);
    let file = sources.get(span.file).map(|source| source.path.to_string_lossy().into_owned());
    json!({ "file": file, "line": line, "column": column, "text": text })
}

/// A failed step for programs.
pub fn failure_json(failure: &StepFailure, sources: &Sources) -> Value {
    let differences = builtin::differences(&failure.cause);
    let mut told = json!({
        "service": failure.service,
        "step": failure.title,
        "code": failure.code().map(|code| code.to_string()),
        "message": failure.cause.to_string(),
        "note": failure.note,
        "help": failure.advice(),
        "lines": failure.lines,
        "place": (failure.span != Span::default()).then(|| place_json(failure.span, "", sources)),
    });
    if !differences.is_empty() {
        told["differences"] = json!(differences);
    }
    told
}
