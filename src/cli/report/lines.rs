//! What is said about a step that ended: one line, the same words on a terminal and in a pipe.

use std::collections::HashSet;
use std::time::Duration;

use super::style::Mark;
use crate::event::Outcome;
use crate::plan::{Action, PREPARE, Plan, Stdio, Step};
use crate::text::duration;

/// One line about one step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// At a glance.
    pub mark: Mark,
    /// The service, or what was done.
    pub name: String,
    /// How it went.
    pub text: String,
}

/// The line of a step that ended; nothing for a step whose end another one tells, unless everything is wanted.
pub fn line(step: &Step, outcome: &Outcome, elapsed: Duration, verbose: bool) -> Option<Line> {
    let name = name(step).to_owned();
    let say = |mark: Mark, text: String| Some(Line { mark, name: name.clone(), text });
    let told = step.silent || is_output(&step.action);
    if !verbose && told && !matches!(outcome, Outcome::Failed | Outcome::Interrupted | Outcome::Noted(_)) {
        return None;
    }
    match outcome {
        Outcome::Done(Some(text)) => say(Mark::Good, format!("{text} in {}", duration(elapsed))),
        Outcome::Done(None) => say(Mark::Good, format!("{} in {}", done(step), duration(elapsed))),
        Outcome::Unchanged(text) => say(Mark::Same, text.clone()),
        Outcome::Noted(text) => say(Mark::Skipped, text.clone()),
        // What comes after its own failure need not be told.
        Outcome::Skipped(cause) if *cause == format!("{name} failed") => None,
        Outcome::Failed => say(Mark::Bad, format!("failed after {}", duration(elapsed))),
        Outcome::Interrupted => say(Mark::Skipped, format!("interrupted after {}", duration(elapsed))),
        // A wait after a failed start of the same service says nothing new.
        Outcome::Skipped(cause) if cause.strip_suffix(" failed") == Some(&name) => None,
        Outcome::Skipped(cause) => say(Mark::Skipped, format!("not done: {cause}")),
    }
}

/// The service, or what is done where it is not about one.
pub fn name(step: &Step) -> &str {
    named(step.service.as_deref(), &step.title)
}

/// The same for a step of which only these are known.
pub fn named<'a>(service: Option<&'a str>, title: &'a str) -> &'a str {
    service.unwrap_or_else(|| title.strip_prefix(PREPARE).unwrap_or(title))
}

fn done(step: &Step) -> &'static str {
    if step.is_preparation() { "prepared" } else { "done" }
}

/// The program that a command is for, as the tests of `test`: its last step, with the terminal for itself. What is wrong it says
/// itself, and nothing waits for it.
pub fn purpose(plan: &Plan) -> Option<&Step> {
    let alone = |step: &&Step| matches!(&step.action, Action::Run { stdio: Stdio::Inherit, .. });
    plan.steps.last().filter(alone).filter(|step| step.service.is_none())
}

/// Whether the step prints on standard output itself, or has the terminal for itself.
pub fn is_output(action: &Action) -> bool {
    match action {
        Action::Run { stdio, .. } => *stdio == Stdio::Inherit,
        Action::Logs(_) => true,
        Action::Builtin(builtin) => builtin.prints(),
        Action::Look(_) | Action::Spawn(_) | Action::Terminate { .. } => false,
        Action::Ended(_) | Action::Wait(_) | Action::Tell(_) => false,
    }
}

/// `5 services ready in 6.1s`, for a run that waited for some; `1 service ready, 2 more started in 6.1s` where it did not wait
/// for all that it started.
pub fn summary(plan: &Plan, outcomes: &[(Outcome, Duration)], elapsed: Duration) -> Option<String> {
    let ended = plan.steps.iter().zip(outcomes);
    let well = ended.filter(|(_, (outcome, _))| {
        matches!(outcome, Outcome::Done(_) | Outcome::Unchanged(_) | Outcome::Noted(_))
    });
    let well: Vec<_> = well.map(|(step, _)| step).collect();
    // A command that starts a service twice still has one service.
    let names = |counts: fn(&Action) -> bool| -> HashSet<&str> {
        well.iter().filter(|step| counts(&step.action)).map(|step| name(step)).collect()
    };
    let ready = names(|action| matches!(action, Action::Wait(wait) if !wait.external));
    let waits = plan.steps.iter().filter(|step| matches!(step.action, Action::Wait(_)));
    let awaited = waits.map(name).collect();
    let started = names(|action| matches!(action, Action::Spawn(_))).difference(&awaited).count();
    let more = if started > 0 { format!(", {started} more started") } else { String::new() };
    let count = crate::text::count(ready.len(), "service");
    (!ready.is_empty()).then(|| format!("{count} ready{more} in {}", duration(elapsed)))
}
