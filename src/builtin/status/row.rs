//! What is found out about each service.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Target};
use crate::probe::report::{self, Report, Rows, State as Reported};
use crate::probe::{self, Probe};
use crate::supervisor::{self, Guardian, Phase, PortOwner, State};

/// One row, and its form for programs.
#[derive(Debug, Serialize)]
pub struct Row {
    pub profile: String,
    pub service: String,
    pub state: String,
    pub ready: bool,
    pub external: bool,
    pub health: Option<String>,
    pub ready_since: Option<String>,
    pub pid: Option<u32>,
    pub id: Option<String>,
    pub port: Option<u16>,
    pub started: Option<String>,
    pub uptime_ms: Option<i64>,
    pub restarts: u32,
    pub last_exit: Option<String>,
    pub notes: Vec<String>,
}

/// What is known beside the answer of a probe.
enum Seen {
    Nothing,
    Supervised(Result<State, String>),
    Reported(Result<report::Row, String>),
}

type Answer = Option<Result<Duration, probe::Error>>;
/// The answers, by the address of the report.
type Reports = HashMap<usize, Rows>;

/// Looks at every target, all at once.
pub fn rows(targets: &[Target]) -> Vec<Row> {
    let states: Vec<_> = targets.iter().map(state).collect();
    let asked: Vec<Option<Probe>> =
        targets.iter().zip(&states).map(|(target, state)| worth_asking(target, state.as_ref())).collect();
    let (reports, answers) = std::thread::scope(|scope| {
        let reports = std::thread::Builder::new().spawn_scoped(scope, || ask_reports(targets));
        let answers = probe::check_all(asked.iter().flatten().cloned().collect());
        (reports.map_or_else(|_| ask_reports(targets), |reports| reports.join().unwrap_or_default()), answers)
    });
    let mut answers = answers.into_iter();
    let all = targets.iter().zip(states).zip(asked);
    all.map(|((target, state), asked)| {
        let answer = asked.and_then(|_| answers.next());
        row(target, seen(target, state, &reports), answer)
    })
    .collect()
}

fn state(target: &Target) -> Option<Result<State, String>> {
    match &target.look {
        Look::Supervised(dir) => Some(supervisor::find(dir).map_err(|error| error.to_string())),
        Look::External | Look::Probe | Look::Reported { .. } => None,
    }
}

/// A service that does not run is not asked: whoever answers is not it. What a report says is not asked twice.
fn worth_asking(target: &Target, state: Option<&Result<State, String>>) -> Option<Probe> {
    let worth = match (&target.look, &target.probe) {
        (Look::Supervised(_), _) => {
            state.is_some_and(|state| state.as_ref().is_ok_and(|state| state.phase == Phase::Running))
        }
        (Look::Reported { .. }, Some(Probe { kind: probe::Kind::Report(_), .. })) => false,
        (Look::External | Look::Probe | Look::Reported { .. }, _) => true,
    };
    target.probe.clone().filter(|_| worth)
}

/// Asks each report once, however many services it tells of; several at a time.
fn ask_reports<'r>(targets: &'r [Target]) -> Reports {
    let all = targets.iter().filter_map(|target| match &target.look {
        Look::Reported { report, .. } => Some((place(report), report)),
        _ => None,
    });
    let distinct: HashMap<usize, &Arc<Report>> = all.collect();
    std::thread::scope(|scope| {
        let begin = |(place, report): (usize, &'r Arc<Report>)| {
            let ask = move || (place, report.ask());
            std::thread::Builder::new().spawn_scoped(scope, ask).map_err(|_| ask())
        };
        let asked: Vec<_> = distinct.into_iter().map(begin).collect();
        asked.into_iter().filter_map(|begun| begun.map_or_else(Some, |thread| thread.join().ok())).collect()
    })
}

fn place(report: &Arc<Report>) -> usize {
    Arc::as_ptr(report).addr()
}

fn seen(target: &Target, state: Option<Result<State, String>>, reports: &Reports) -> Seen {
    match (&target.look, state) {
        (_, Some(state)) => Seen::Supervised(state),
        (Look::Reported { report, unit }, None) => match reports.get(&place(report)) {
            Some(Ok(rows)) => Seen::Reported(Ok(report::row_of(rows, unit))),
            Some(Err(cause)) => Seen::Reported(Err(cause.clone())),
            None => Seen::Nothing,
        },
        _ => Seen::Nothing,
    }
}

fn row(target: &Target, seen: Seen, answer: Answer) -> Row {
    match seen {
        Seen::Reported(reported) => of_report(target, reported, answer),
        Seen::Supervised(Ok(state)) => of_supervisor(target, &state, answer),
        Seen::Supervised(Err(cause)) => Row { health: Some(cause), ..Row::blank(target) },
        Seen::Nothing => of_probe(target, answer),
    }
}

impl Row {
    /// What does not depend on how it was found out, and nothing else.
    fn blank(target: &Target) -> Self {
        Self {
            profile: target.profile.clone(),
            service: target.service.clone(),
            state: "unknown".to_owned(),
            ready: false,
            external: matches!(target.look, Look::External),
            health: None,
            ready_since: None,
            pid: None,
            id: None,
            port: target.port,
            started: None,
            uptime_ms: None,
            restarts: 0,
            last_exit: None,
            notes: Vec::new(),
        }
    }

    fn since(self, since: Option<Timestamp>) -> Self {
        Self {
            started: since.map(|time| time.to_string()),
            uptime_ms: since.map(|time| Timestamp::now().as_millisecond() - time.as_millisecond()),
            ..self
        }
    }
}

fn failure(answer: Answer) -> Option<String> {
    answer.and_then(Result::err).map(|error| error.to_string())
}

fn of_report(target: &Target, reported: Result<report::Row, String>, answer: Answer) -> Row {
    let row = match reported {
        Ok(row) => row,
        Err(cause) => return Row { health: Some(cause), ..Row::blank(target) },
    };
    let unanswered = failure(answer).filter(|_| row.state == Reported::Ready);
    let ready = row.state == Reported::Ready && unanswered.is_none();
    let told = (!ready && row.state != Reported::Missing).then(|| row.message.clone()).flatten();
    let replicas = row.replicas.filter(|(_, wanted)| *wanted > 1 || (*wanted > 0 && !ready));
    let blank = Row {
        state: if unanswered.is_some() { "not ready".to_owned() } else { row.word().to_owned() },
        ready,
        health: unanswered.or(told),
        pid: row.pid,
        id: row.id.clone(),
        restarts: row.restarts,
        last_exit: row.exit.map(|code| format!("exit code {code}")),
        notes: replicas.map(|(running, wanted)| format!("{running} of {wanted} run")).into_iter().collect(),
        ..Row::blank(target)
    };
    blank.since(row.since)
}

fn of_probe(target: &Target, answer: Answer) -> Row {
    let ready = target.probe.is_some() && answer.as_ref().is_none_or(Result::is_ok);
    let state = match (&target.look, ready) {
        (Look::External, true) => "reachable",
        (Look::External, false) => "unreachable",
        (_, true) => "ready",
        (_, false) => "not ready",
    };
    Row { state: state.to_owned(), ready, health: failure(answer), ..Row::blank(target) }
}

fn of_supervisor(target: &Target, state: &State, answer: Answer) -> Row {
    let running = state.phase == Phase::Running;
    let stranger = stranger(target);
    let ready = running && answer.as_ref().is_none_or(Result::is_ok) && stranger.is_none();
    let row = Row {
        state: word(state, ready).to_owned(),
        ready,
        health: stranger.or_else(|| failure(answer)),
        ready_since: state.ready_since.filter(|_| ready).map(|time| time.to_string()),
        pid: state.pid,
        restarts: state.restarts,
        last_exit: state.last_exit.map(|exit| exit.to_string()),
        notes: target
            .stray
            .clone()
            .or_else(|| older(target, state))
            .into_iter()
            .chain(notes(state))
            .collect(),
        ..Row::blank(target)
    };
    Row {
        started: state.started.filter(|_| running).map(|time| time.to_string()),
        uptime_ms: state.uptime.filter(|_| running).and_then(|time| i64::try_from(time.as_millis()).ok()),
        ..row
    }
}

/// Who answers on the port of a service that runs, if it is somebody else.
fn stranger(target: &Target) -> Option<String> {
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
        PortOwner::Free | PortOwner::Ours => None,
    }
}

fn word(state: &State, ready: bool) -> &'static str {
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

fn older(target: &Target, state: &State) -> Option<String> {
    target.present.as_ref()?.differs(state).map(|older| older.to_string())
}

fn notes(state: &State) -> Vec<String> {
    let guardian = match (state.phase, state.supervisor) {
        (Phase::Running, Guardian::None) => {
            Some("its supervisor is gone; `start` gives it a new one".to_owned())
        }
        (Phase::Leaderless, _) => state.leftovers(),
        (_, Guardian::Suspended { pid }) => {
            Some(format!("its supervisor (pid {pid}) is suspended; `kill -CONT {pid}` continues it"))
        }
        _ => None,
    };
    state.notes.iter().cloned().chain(guardian).collect()
}
