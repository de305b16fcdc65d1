//! Everything that is printed.
//!
//! - [`out`]: the two streams, the only file that writes to them; [`style`]: what the terminal can show.
//! - [`diagnostic`]: problems and failures, with an [`excerpt`] of their text; [`lines`], [`live`]: the events of a run; [`mod@plan`]: `--dry-run`.

mod diagnostic;
mod excerpt;
mod lines;
mod live;
mod out;
mod plan;
mod style;

use std::collections::HashMap;
use std::io::Write;
use std::time::Instant;

use miette::Diagnostic;
use serde_json::{Value, json};

use super::exit::Exit;
use super::globals::Globals;
use crate::engine::Report;
use crate::engine::failure::StepFailure;
use crate::event::{Outcome, Sink, StepId};
use crate::manifest::Manifest;
use crate::manifest::error::Told;
use crate::plan::Plan;
use crate::process::ProgramError;
use crate::span::Sources;
use crate::text::screen;
use live::{Reporter, Show};
pub use style::Style;

/// Prints text on standard output.
pub fn text(text: &str, style: Style) {
    out::stdout(&screen(text, style.color));
}

/// Prints what a program reads on standard output, as it is.
pub fn raw(text: &str) {
    out::stdout(text);
}

/// Prints text on standard error, beside what is printed on standard output.
pub fn note(text: &str, style: Style) {
    out::stderr(&screen(text, style.color));
}

/// Prints a document for programs on standard output.
pub fn document(value: &Value) {
    out::stdout(&format!("{value:#}\n"));
}

/// How many problems are drawn; `--json` has them all.
const SHOWN: usize = 50;

/// Prints every problem: drawn on standard error, or as one document on standard output.
pub fn problems<T: Told>(sources: &Sources, problems: &[T], style: Style, json: bool) {
    if json {
        let all: Vec<Value> =
            problems.iter().map(|problem| diagnostic::problem_json(problem, sources)).collect();
        return document(&json!({ "schema": "gladys.problems/1", "problems": all }));
    }
    for problem in problems.iter().take(SHOWN) {
        out::stderr(&format!("{}\n", diagnostic::problem(problem, sources, style)));
    }
    if problems.len() > 1 {
        let found = crate::text::count(problems.len(), "problem");
        let shown =
            if problems.len() > SHOWN { format!(", the first {SHOWN} are shown") } else { String::new() };
        out::stderr(&format!("{found} found{shown}; nothing was run\n"));
    }
}

/// Prints one error.
pub fn error(error: &dyn Diagnostic, style: Style) {
    out::stderr(&diagnostic::draw(error, style));
}

/// Prints help or a usage error as clap words it.
pub fn clap(error: &clap::Error, style: Style) {
    let rendered = error.render();
    let text = if style.color { rendered.ansi().to_string() } else { rendered.to_string() };
    let text = screen(&text, style.color);
    if error.use_stderr() { out::stderr(&text) } else { out::stdout(&text) }
}

/// Prints a plan.
pub fn plan(plan: &Plan, json: bool, style: Style) -> Exit {
    if json {
        document(&self::plan::json(plan));
    } else {
        text(&self::plan::text(plan), style);
    }
    Exit::Ok
}

/// Runs a tool with standard output for what it says.
pub fn tool<E: Diagnostic>(work: impl FnOnce(&mut dyn Write) -> Result<(), E>, style: Style) -> Exit {
    let mut out = std::io::LineWriter::new(out::writer());
    match work(&mut out) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            let _ = out.flush();
            error(&failure, style);
            Exit::Failed
        }
    }
}

/// What the exit code is where standard output took everything; else that is told, and a success is none.
pub fn close(exit: Exit, style: Style) -> Exit {
    match out::written() {
        Ok(()) => exit,
        Err(unwritten) => {
            error(unwritten, style);
            if exit == Exit::Ok { Exit::Failed } else { exit }
        }
    }
}

/// Whether a plan has output of its own on standard output.
pub fn prints(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| lines::is_output(&step.action))
}

/// Runs a plan with the reporter that fits, and reports its end. One of several names its profile in every line and failure.
pub fn run(
    manifest: &Manifest,
    plan: &Plan,
    several: bool,
    globals: &Globals,
    style: Style,
    work: impl FnOnce(&dyn Sink) -> Report,
) -> Exit {
    let prints = prints(plan);
    let show = match (globals.json || globals.quiet, style.live, prints) {
        (true, ..) => Show::Nothing,
        (false, true, _) => Show::Live,
        (false, false, true) => Show::Stderr,
        (false, false, false) => Show::Stdout,
    };
    let begun = Instant::now();
    let reporter = Reporter::new(plan, several, style, show, globals.verbose);
    let mut report = work(&reporter);
    report.failures.iter_mut().for_each(|failure| failure.profile = several.then(|| plan.profile.clone()));
    if globals.json && !prints {
        document(&run_json(manifest, plan, &report, &reporter.results()));
    } else {
        let waited = lines::summary(plan, &report.outcomes, begun.elapsed()).filter(|_| report.code == 0);
        if let Some(line) = waited {
            reporter.tell(&line);
        }
        if show == Show::Live && !report.failures.is_empty() {
            // The last line above the spinners is left open.
            out::stderr("\n");
        }
        failures(manifest, plan, &report, style);
    }
    Exit::from(report.code)
}

/// First what the interruption ended, in a line each, then what is wrong.
fn failures(manifest: &Manifest, plan: &Plan, report: &Report, style: Style) {
    let (interrupted, failed): (Vec<_>, Vec<_>) =
        report.failures.iter().partition(|failure| failure.interrupted);
    for failure in interrupted {
        out::stderr(&format!("{}\n", screen(&interruption(plan, failure), false)));
    }
    for failure in failed {
        if has_spoken(plan, failure) {
            let line = screen(&format!("{}: {failure}", plan.command), false).into_owned();
            out::stderr(&format!("{}\n", style.paint("31", &line)));
        } else {
            out::stderr(&format!("\n{}", diagnostic::failure(failure, &manifest.sources, style)));
        }
    }
}

/// What the interruption ended, and what was done about it: nothing in the manifest is wrong.
fn interruption(plan: &Plan, failure: &StepFailure) -> String {
    let step = lines::named(failure.service.as_deref(), &failure.title);
    let name = if is_of_purpose(plan, failure) { &plan.command } else { step };
    let profile = failure.profile.iter().map(|profile| format!("{profile}/"));
    let note = failure.note.iter().map(|note| format!("; {note}"));
    format!("{}{name}: {}{}", profile.collect::<String>(), failure.cause, note.collect::<String>())
}

fn is_of_purpose(plan: &Plan, failure: &StepFailure) -> bool {
    lines::purpose(plan).is_some_and(|step| step.span == failure.span)
}

/// Whether it is of the program that the command is for, which has written itself what is wrong: nothing in the manifest is.
fn has_spoken(plan: &Plan, failure: &StepFailure) -> bool {
    let error: &(dyn std::error::Error + 'static) = failure.cause.as_ref();
    let ended =
        matches!(error.downcast_ref(), Some(ProgramError::Exited { .. } | ProgramError::Signalled { .. }));
    ended && failure.help().is_none() && is_of_purpose(plan, failure)
}

fn run_json(manifest: &Manifest, plan: &Plan, report: &Report, results: &HashMap<StepId, Value>) -> Value {
    let steps =
        plan.steps.iter().zip(&report.outcomes).enumerate().map(|(id, (step, (outcome, elapsed)))| {
            let (word, text) = match outcome {
                Outcome::Done(text) => ("done", text.clone()),
                Outcome::Unchanged(text) | Outcome::Noted(text) => ("unchanged", Some(text.clone())),
                Outcome::Failed | Outcome::Interrupted => ("failed", None),
                Outcome::Skipped(cause) => ("skipped", Some(cause.clone())),
            };
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            let mut told = json!({
                "service": step.service,
                "title": step.title,
                "outcome": word,
                "text": text,
                "elapsed_ms": millis,
            });
            if let Some(result) = results.get(&id) {
                told["result"] = result.clone();
            }
            told
        });
    let failures = report.failures.iter().map(|failure| diagnostic::failure_json(failure, &manifest.sources));
    json!({
        "schema": "gladys.run/1",
        "command": plan.command,
        "profile": plan.profile,
        "ok": report.code == 0,
        "exit_code": report.code,
        "steps": steps.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}
