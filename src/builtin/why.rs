//! `why`: what a service is doing, what it waits for, and how it came to that; the first line names the cause.

use std::fmt::Write as _;

use std::path::Path;

use clap::{Arg, ArgMatches};
use jiff::Timestamp;
use serde_json::json;

use super::logs::Printed;
use super::status::{Look, Target};
use super::{Context, Verdict};
use crate::probe::report::{self, Report, State as Reported};
use crate::probe::{self, Kind, Probe};
use crate::supervisor::{self, Asked, Cause, Ended, Exit, Guardian, Phase, Probed, State, Tried, Unstarted};
use crate::text::{self, duration};

/// The service that is asked about.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// As it was typed.
    pub service: String,
    /// The service, once the plan has resolved it.
    pub target: Option<Target>,
    /// What it needs, in the order of starting.
    pub needs: Vec<Target>,
    /// The program that prints its log, where something else runs it.
    pub log: Option<Printed>,
}

/// Two requests are the same when the same was asked; what it resolves to is the plan's business.
impl PartialEq for Why {
    fn eq(&self, other: &Self) -> bool {
        self.service == other.service
    }
}

/// Flags and arguments.
pub fn grammar(command: clap::Command) -> clap::Command {
    command.arg(Arg::new("service").value_name("SERVICE").required(true).help("The service to explain"))
}

/// What was typed.
pub fn parse(matches: &ArgMatches) -> Why {
    let service = matches.get_one::<String>("service").cloned().unwrap_or_default();
    Why { service, ..Why::default() }
}

/// What was found out about a service.
#[derive(Default)]
struct Story {
    cause: String,
    facts: Vec<(&'static str, String)>,
    exits: Vec<Ended>,
    lines: Vec<String>,
    probes: Vec<Probed>,
    next_start: Option<Timestamp>,
    ready: bool,
}

impl Why {
    /// How many lines of the log are shown.
    pub const LINES: usize = 8;

    /// Prints the story of the service. The code is 0 when it is ready, else 1.
    pub fn run(&self, context: &Context<'_>) -> Verdict {
        let Some(target) = &self.target else { return Verdict { code: 2, summary: None } };
        let story = self.story(target);
        let text = if context.json { json_text(target, &story) } else { plain_text(target, &story) };
        context.print(&text);
        Verdict { code: u8::from(!story.ready), summary: None }
    }

    fn story(&self, target: &Target) -> Story {
        match &target.look {
            Look::Supervised(dir) => self.of_supervisor(target, dir),
            Look::Reported { report, unit } => self.of_report(target, report, unit),
            Look::External | Look::Probe => {
                let failed = failed(target);
                let ready = failed.is_none();
                Story { cause: failed.unwrap_or_else(|| "it answers".to_owned()), ready, ..Story::default() }
            }
        }
    }

    fn of_report(&self, target: &Target, report: &Report, unit: &str) -> Story {
        let rows = match report.ask() {
            Ok(rows) => rows,
            Err(cause) => return Story { cause, ..Story::default() },
        };
        let row = report::row_of(&rows, unit);
        let failed = failed(target).filter(|_| row.state == Reported::Ready);
        let ready = row.state == Reported::Ready && failed.is_none();
        let running = "it runs and is ready".to_owned();
        let cause = failed.unwrap_or_else(|| if ready { running } else { row.describe() });
        let lines = self.log.as_ref().filter(|_| !ready).map(|log| log.last_lines(Self::LINES));
        let mut facts = facts_of(&row);
        facts.extend(self.needs_down().filter(|_| !ready).map(|needs| ("needs", needs)));
        Story { cause, facts, lines: lines.unwrap_or_default(), ready, ..Story::default() }
    }

    /// What it needs and what is not ready, where a report tells.
    fn needs_down(&self) -> Option<String> {
        let down = self.needs.iter().filter_map(|need| {
            let Look::Reported { report, unit } = &need.look else { return None };
            let row = report::row_of(&report.ask().ok()?, unit);
            (row.state != Reported::Ready).then(|| format!("`{}`: {}", need.service, row.describe()))
        });
        let down: Vec<String> = down.collect();
        (!down.is_empty()).then(|| down.join("; "))
    }

    fn of_supervisor(&self, target: &Target, dir: &Path) -> Story {
        let failed = failed(target);
        let state = match supervisor::find(dir) {
            Ok(state) => state,
            Err(error) => return Story { cause: error.to_string(), ..Story::default() },
        };
        let running = state.phase == Phase::Running;
        let stranger = target.port.and_then(|port| supervisor::owns_port(dir, port).conflict(dir, port));
        let ready = running && failed.is_none() && stranger.is_none();
        let silent = ready || state.unstarted.as_ref().is_some_and(|start| start.tried == Tried::NotRun);
        let lines = if silent { Vec::new() } else { supervisor::last_lines(dir, None, Self::LINES) };
        let stopped = state.exits.last().is_some_and(|last| last.cause == Cause::Stopped);
        let missing = self.missing_need(running).filter(|_| !stopped);
        let lost = lost_need(&state);
        let older = target.present.as_ref().and_then(|present| present.differs(&state));
        let older = older.map(|older| older.to_string());
        let unstarted = state.unstarted.as_ref().map(came_to_nothing);
        let cause = stranger
            .or(unstarted)
            .or(lost)
            .or(missing)
            .unwrap_or_else(|| cause(&state, failed, older.as_deref()));
        let cause = target.stray.clone().unwrap_or(cause);
        let probes = supervisor::probes(dir);
        Story {
            cause,
            facts: facts(&state),
            exits: state.exits,
            lines,
            probes,
            next_start: state.next_start,
            ready,
        }
    }

    /// A service that is down while something it needs is down too is down because of that.
    fn missing_need(&self, running: bool) -> Option<String> {
        let down = self.needs.iter().filter(|_| !running).find(|need| match &need.look {
            Look::Supervised(dir) => supervisor::find(dir).is_ok_and(|state| state.phase != Phase::Running),
            Look::External | Look::Probe | Look::Reported { .. } => false,
        })?;
        Some(format!("it needs `{0}`, which does not run; `gladys why {0}` says more", down.service))
    }
}

/// Why its probe fails; a report that is asked anyway is not asked twice.
fn failed(target: &Target) -> Option<String> {
    let probe = target.probe.clone().filter(|probe| !matches!(probe, Probe { kind: Kind::Report(_), .. }))?;
    let answer = probe::check_all(vec![probe]).into_iter().next()?;
    answer.err().map(|error| error.to_string())
}

fn facts_of(row: &report::Row) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    fact("id", row.id.clone());
    fact("pid", row.pid.map(|pid| pid.to_string()));
    fact("started", row.since.map(|time| format!("{time}, {}", ago(time).0)));
    fact("restarts", (row.restarts > 0).then(|| row.restarts.to_string()));
    fact("replicas", row.replicas.map(|(running, wanted)| format!("{running} of {wanted} run")));
    facts
}

/// A service that is down because something it needs went away, as its `needs` says.
fn lost_need(state: &State) -> Option<String> {
    let need = state.lost.as_ref()?;
    let ended = state.exits.last().filter(|last| last.cause == Cause::NeedLost);
    let ended = ended.map_or_else(String::new, |last| {
        format!("it was ended because `{need}` went away, {}", ago(last.time).0)
    });
    Some(match (state.phase, ended.is_empty()) {
        (Phase::Waiting, true) => {
            format!("it is started again when `{need}` is ready; `gladys why {need}` says more")
        }
        (Phase::Waiting, false) => format!("{ended}; it is started again when `{need}` is ready"),
        _ => ended,
    })
}

fn cause(state: &State, failed: Option<String>, older: Option<&str>) -> String {
    let last = state.exits.last();
    match state.phase {
        Phase::Running => match (failed, older) {
            (None, None) => "it runs and is ready".to_owned(),
            (Some(failed), None) => format!("it runs, but {failed}"),
            (None, Some(older)) => format!("it is ready, but {older}"),
            (Some(failed), Some(older)) => format!("{older}; {failed}"),
        },
        Phase::Starting => "its program is being started".to_owned(),
        Phase::Stopping => "it is being stopped".to_owned(),
        Phase::Waiting => {
            let next = state.next_start.map(|time| ago(time).1);
            let next = next.map_or_else(String::new, |wait| format!("; the next start is {wait}"));
            format!("it ended ({}) and is started again{next}", last.map_or_else(String::new, ending))
        }
        // The last end that was noted is one of an earlier run: nobody saw this one.
        Phase::Failed | Phase::Stopped
            if state.last_exit == Some(Exit::Unknown) && last.is_some_and(|last| last.run < state.run) =>
        {
            format!("it ended with {}", Exit::Unknown)
        }
        Phase::Failed if last.is_some_and(|last| last.cause == Cause::NotExecuted) => {
            "its program could not be executed".to_owned()
        }
        Phase::Failed => last.map_or_else(|| "it ended with an unknown exit".to_owned(), ended),
        Phase::Leaderless => format!("it ended, but {}", state.leftovers().unwrap_or_default()),
        Phase::Stopped => match last {
            Some(last) if last.cause == Cause::Stopped => "it was stopped".to_owned(),
            Some(last) => ended(last),
            None => "it was never started".to_owned(),
        },
    }
}

fn came_to_nothing(start: &Unstarted) -> String {
    let how = match start.tried {
        Tried::NotRun => "it was not started",
        Tried::Ran => "it did not become ready and was stopped",
    };
    format!("{how}, {}: {}", ago(start.time).0, start.reason)
}

fn ended(last: &Ended) -> String {
    let verb = if matches!(last.exit, Exit::Signal(_)) { "was" } else { "ended with" };
    format!("it {verb} {}", ending(last))
}

fn ending(ended: &Ended) -> String {
    let cause = Some(ended.cause).filter(|cause| matches!(cause, Cause::Hung | Cause::Memory));
    format!("{}{}, {}", ended.exit, cause.map_or("", Cause::told), ago(ended.time).0)
}

/// How long ago a moment was, and how long it is until then.
fn ago(time: Timestamp) -> (String, String) {
    let millis = Timestamp::now().as_millisecond() - time.as_millisecond();
    let distance = duration(std::time::Duration::from_millis(millis.unsigned_abs()));
    if millis < 0 {
        return ("before the clock was set back".to_owned(), format!("in {distance}"));
    }
    (format!("{distance} ago"), "due".to_owned())
}

fn facts(state: &State) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    let running = state.phase == Phase::Running;
    fact("pid", state.pid.map(|pid| pid.to_string()));
    fact("run", (state.run > 0).then(|| state.run.to_string()));
    let started = state.started.zip(state.uptime).filter(|_| running);
    fact("started", started.map(|(time, uptime)| format!("{time}, {} ago", duration(uptime))));
    fact("ready since", state.ready_since.filter(|_| running).map(|time| format!("{time}, {}", ago(time).0)));
    fact("restarts", (state.restarts > 0).then(|| format!("{} in a row", state.restarts)));
    fact(
        "supervisor",
        match state.supervisor {
            Guardian::Alive { pid } => Some(format!("pid {pid}")),
            Guardian::Suspended { pid } => {
                Some(format!("pid {pid}, suspended: nothing is restarted until it is continued"))
            }
            Guardian::None if running => Some("gone; `gladys start` gives it a new one".to_owned()),
            Guardian::None => None,
        },
    );
    facts.extend(state.notes.iter().map(|note| ("note", note.clone())));
    facts
}

fn plain_text(target: &Target, story: &Story) -> String {
    let mut text = format!("{}: {}\n", target.service, story.cause);
    let rows: Vec<Vec<String>> =
        story.facts.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
    text.push_str(&text::align(&rows, "  "));
    let exits = story.exits.iter().rev().take(3);
    for ended in exits {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  run {} ended after {}: {}", ended.run, duration(ended.ran), ending(ended));
    }
    for probed in story.probes.iter().rev().take(5) {
        let answer = probed.failure.as_deref().unwrap_or("yes");
        let _ = writeln!(text, "  {}? {answer}, {}", asked(probed.asked), ago(probed.time).0);
    }
    if !story.lines.is_empty() {
        text.push_str("  the last lines it wrote:\n");
        for line in &story.lines {
            let _ = writeln!(text, "    | {line}");
        }
    }
    text
}

fn asked(asked: Asked) -> &'static str {
    match asked {
        Asked::Ready => "ready",
        Asked::Alive => "alive",
    }
}

fn json_text(target: &Target, story: &Story) -> String {
    let exits = story.exits.iter().map(|ended| {
        json!({
            "run": ended.run,
            "time": ended.time.to_string(),
            "ran_ms": u64::try_from(ended.ran.as_millis()).unwrap_or(u64::MAX),
            "exit": ended.exit.to_string(),
        })
    });
    let probes = story.probes.iter().map(|probed| {
        json!({ "time": probed.time.to_string(), "asked": asked(probed.asked), "failure": probed.failure })
    });
    let facts: serde_json::Map<String, serde_json::Value> =
        story.facts.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect();
    let value = json!({
        "schema": "gladys.why/1",
        "profile": target.profile,
        "service": target.service,
        "ready": story.ready,
        "cause": story.cause,
        "facts": facts,
        "next_start": story.next_start.map(|time| time.to_string()),
        "exits": exits.collect::<Vec<_>>(),
        "probes": probes.collect::<Vec<_>>(),
        "lines": story.lines,
    });
    format!("{value:#}\n")
}
