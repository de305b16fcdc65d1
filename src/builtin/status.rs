//! `status`: state, health, port, pid and uptime of every service.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches};
use jiff::Timestamp;
use serde::Serialize;

use super::{Context, Verdict};
use crate::probe::{self, Probe};
use crate::supervisor::{self, Guardian, Phase, PortOwner, State};
use crate::text;

/// What `status` is about.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The targets that were named.
    pub names: Vec<String>,
    /// The services they stand for, once the plan has resolved them.
    pub targets: Vec<Target>,
}

/// Two requests are the same when the same was asked; what it resolves to is the plan's business.
impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

/// One service to look at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub service: String,
    /// Its port.
    pub port: Option<u16>,
    /// How its health is found out.
    pub probe: Option<Probe>,
    /// How its state is found out.
    pub look: Look,
}

/// How a service's state is found out.
#[derive(Clone, Debug)]
pub enum Look {
    /// From its supervisor's state folder.
    Supervised(PathBuf),
    /// By its probe alone; it never counts in the exit code.
    External,
    /// By its probe alone.
    Probe,
}

/// Flags and arguments.
pub fn grammar(command: clap::Command) -> clap::Command {
    let targets = Arg::new("targets").value_name("TARGET").num_args(0..).action(ArgAction::Append);
    command.arg(targets.help("Services or groups; all services and external ones when none is named"))
}

/// What was typed.
pub fn parse(matches: &ArgMatches) -> Status {
    let names = matches.get_many::<String>("targets").unwrap_or_default().cloned().collect();
    Status { names, targets: Vec::new() }
}

/// One row, and its form for programs.
#[derive(Debug, Serialize)]
struct Row {
    service: String,
    state: &'static str,
    ready: bool,
    external: bool,
    health: Option<String>,
    ready_since: Option<String>,
    pid: Option<u32>,
    port: Option<u16>,
    started: Option<String>,
    uptime_ms: Option<i64>,
    restarts: u32,
    last_exit: Option<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    profile: &'a str,
    ready: bool,
    services: &'a [Row],
}

impl Status {
    /// Looks at every target, all at once, and prints what it finds. The code is 0 when every target that is not
    /// external is ready, else 1.
    pub fn run(&self, context: &Context<'_>) -> Verdict {
        let rows = self.rows();
        let ready = rows.iter().all(|row| row.ready || row.external);
        let mut out = context.sink.stdout();
        let text = if context.json {
            let document =
                Document { schema: "gladys.status/1", profile: context.profile, ready, services: &rows };
            serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
        } else {
            table(&rows, context)
        };
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        Verdict { code: u8::from(!ready), summary: None }
    }

    fn rows(&self) -> Vec<Row> {
        let states: Vec<Option<State>> = self.targets.iter().map(state).collect();
        let asked: Vec<bool> = self
            .targets
            .iter()
            .zip(&states)
            .map(|(target, state)| worth_asking(target, state.as_ref()))
            .collect();
        let probes = self.targets.iter().zip(&asked).filter(|(_, asked)| **asked);
        let probes: Vec<Probe> = probes.filter_map(|(target, _)| target.probe.clone()).collect();
        let mut answers = probe::check_all(probes).into_iter();
        let rows = self.targets.iter().zip(states).zip(asked);
        rows.map(|((target, state), asked)| {
            let answer = if asked && target.probe.is_some() { answers.next() } else { None };
            row(target, state.as_ref(), answer)
        })
        .collect()
    }
}

fn state(target: &Target) -> Option<State> {
    match &target.look {
        Look::Supervised(dir) => supervisor::find(dir).ok(),
        Look::External | Look::Probe => None,
    }
}

/// A service that does not run is not asked: whoever answers is not it.
fn worth_asking(target: &Target, state: Option<&State>) -> bool {
    match &target.look {
        Look::Supervised(_) => state.is_some_and(|state| state.phase == Phase::Running),
        Look::External | Look::Probe => true,
    }
}

fn row(
    target: &Target,
    state: Option<&State>,
    answer: Option<Result<std::time::Duration, probe::Error>>,
) -> Row {
    let external = matches!(target.look, Look::External);
    let running = state.is_some_and(|state| state.phase == Phase::Running);
    let stranger = stranger(target, running);
    let answered = answer.as_ref().is_none_or(Result::is_ok);
    let alive = state.is_none_or(|_| running) && (state.is_some() || target.probe.is_some());
    let ready = alive && answered && stranger.is_none();
    let health = stranger.or_else(|| answer.and_then(Result::err).map(|error| error.to_string()));
    let since = state.filter(|_| running).and_then(|state| state.started);
    Row {
        service: target.service.clone(),
        state: word(target, state, ready),
        ready,
        external,
        health,
        ready_since: state.filter(|_| ready).and_then(|state| state.ready_since).map(|time| time.to_string()),
        pid: state.and_then(|state| state.pid),
        port: target.port,
        started: since.map(|time| time.to_string()),
        uptime_ms: since.map(|time| Timestamp::now().as_millisecond() - time.as_millisecond()),
        restarts: state.map_or(0, |state| state.restarts),
        last_exit: state.and_then(|state| state.last_exit).map(|exit| exit.to_string()),
        notes: notes(state),
    }
}

/// Who answers on the port of a service that runs, if it is somebody else.
fn stranger(target: &Target, running: bool) -> Option<String> {
    let (Look::Supervised(dir), Some(port)) = (&target.look, target.port) else { return None };
    match supervisor::owns_port(dir, port) {
        PortOwner::Other { pid, command, service, .. } => {
            let who = match (service, pid) {
                (Some((profile, service)), _) => format!("`{service}` of profile `{profile}`"),
                (None, Some(pid)) => format!("process {pid} ({command})"),
                (None, None) => command,
            };
            Some(format!("port {port} is taken by {who}"))
        }
        PortOwner::Free if running && target.probe.is_some() => None,
        PortOwner::Free | PortOwner::Ours => None,
    }
}

fn word(target: &Target, state: Option<&State>, ready: bool) -> &'static str {
    let Some(state) = state else {
        return match (&target.look, ready) {
            (Look::External, true) => "reachable",
            (Look::External, false) => "unreachable",
            (_, true) => "ready",
            (_, false) => "not ready",
        };
    };
    match state.phase {
        Phase::Stopped => "stopped",
        Phase::Starting => "starting",
        Phase::Running if ready => "ready",
        Phase::Running => "not ready",
        Phase::Waiting => "restarting",
        Phase::Stopping => "stopping",
        Phase::Failed => "failed",
        Phase::Leaderless => "leaderless",
    }
}

fn notes(state: Option<&State>) -> Vec<String> {
    let Some(state) = state else { return Vec::new() };
    let guardian = match (state.phase, state.supervisor) {
        (Phase::Running, Guardian::None) => {
            Some("its supervisor is gone; `start` gives it a new one".to_owned())
        }
        (_, Guardian::Suspended { pid }) => Some(format!("its supervisor (pid {pid}) is suspended")),
        _ => None,
    };
    state.notes.iter().cloned().chain(guardian).collect()
}

fn table(rows: &[Row], context: &Context<'_>) -> String {
    let dash = || "-".to_owned();
    let mut lines =
        vec![["SERVICE", "STATE", "PORT", "PID", "UPTIME", "RESTARTS", "INFO"].map(str::to_owned).to_vec()];
    for row in rows {
        let uptime =
            row.uptime_ms.and_then(|ms| u64::try_from(ms).ok()).map(std::time::Duration::from_millis);
        let exit = row.last_exit.clone().filter(|_| row.state == "failed");
        let info: Vec<String> = row.health.iter().chain(&exit).chain(&row.notes).cloned().collect();
        lines.push(vec![
            row.service.clone(),
            row.state.to_owned(),
            row.port.map_or_else(dash, |port| port.to_string()),
            row.pid.map_or_else(dash, |pid| pid.to_string()),
            uptime.map_or_else(dash, text::duration),
            row.restarts.to_string(),
            info.join("; "),
        ]);
    }
    let aligned = text::align(&lines, "");
    aligned.lines().map(|line| paint(line, rows, context) + "\n").collect()
}

/// The state's colour: green for ready, red for failed, yellow between.
fn paint(line: &str, rows: &[Row], context: &Context<'_>) -> String {
    let row = rows.iter().find(|row| line.split(' ').next() == Some(row.service.as_str()));
    let Some(row) = row.filter(|_| context.color) else { return line.to_owned() };
    let color = match row.state {
        "ready" | "reachable" => "32",
        "failed" | "leaderless" => "31",
        "stopped" | "unreachable" => "2",
        _ => "33",
    };
    line.replacen(row.state, &format!("\x1b[{color}m{}\x1b[0m", row.state), 1)
}
