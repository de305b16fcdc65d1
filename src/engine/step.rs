//! Doing one step.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

use super::failure::{StepFailure, Unreachable};
use super::{Done, Message, Settings, program};
use crate::builtin::{Context, Failure, exit_code};
use crate::db;
use crate::event::{Outcome, StepId};
use crate::plan::{Action, Plan, Step, Supervised, Undo, Wait};
use crate::probe::report::Watch;
use crate::probe::{self, Gate, Kind, Probe, Waiter};
use crate::span::Sources;
use crate::supervisor::{self, Asked, Launched, Phase, PortOwner, Terminated, Tried};
use crate::sync::{self, Ground, Making};

/// How many lines of a service's log a failure shows.
const LINES: usize = 12;
/// What is said of a service that was ended, and of one that was to be ended and did not run.
const STOPPED: &str = "stopped";
pub const NOT_RUNNING: &str = "not running";
/// What is said of a service that was started here and did not become ready.
const STOPPED_LATE: &str = "it was stopped";
/// What is said of one that another command waits for too.
const LEFT: &str = "it was not stopped, for another command waits for it too";

/// Does a step that is not a wait.
pub fn perform(plan: &Plan, id: StepId, settings: Settings<'_>) -> Result<Done, Box<StepFailure>> {
    let step = &plan.steps[id];
    let failed = |cause: Failure| Box::new(StepFailure::new(step, cause));
    let context = Context {
        databases: &plan.databases,
        root: &plan.root,
        profile: &plan.profile,
        json: settings.json,
        color: settings.color,
        terminal: settings.terminal,
        step: id,
        sink: settings.sink,
        interrupted: settings.interrupted,
    };
    let verdict = match &step.action {
        Action::Run { invocation, stdio, ports, hint, alone } => {
            let run = || program::run(id, step, invocation, *stdio, alone.as_deref(), settings);
            let ran = making(plan, step, settings, run);
            return ran.map_err(|failure| {
                // Whatever a program makes of the interruption, it is no defect of its own.
                if settings.interrupted.load(Ordering::Relaxed) {
                    return Box::new(StepFailure { interrupted: true, ..*failure });
                }
                let failure = taken_ports(*failure, ports);
                Box::new(StepFailure { hint: hint.as_deref().and_then(program::hint), ..failure })
            });
        }
        Action::Look(report) => {
            report
                .ask()
                .map_err(|cause| failed(Box::new(Unreachable { profile: plan.profile.clone(), cause })))?;
            return Ok(Done { outcome: Outcome::Done(None), code: 0 });
        }
        Action::Spawn(spec) => {
            let launched = supervisor::launch(spec).map_err(|error| {
                supervisor::note_unstarted(&spec.dir, Tried::NotRun, &error.to_string());
                let lines = supervisor::last_lines(&spec.dir, None, LINES);
                let lines = if ran(&error) { lines } else { Vec::new() };
                Box::new(StepFailure::new(step, Box::new(error) as Failure).with_lines(lines))
            })?;
            return Ok(Done { outcome: launched_outcome(launched), code: 0 });
        }
        Action::Terminate { dir, stop } => {
            let ended = supervisor::terminate(dir, stop).map_err(|error| failed(Box::new(error)))?;
            return Ok(Done { outcome: terminated_outcome(ended), code: 0 });
        }
        Action::Ended(_) => {
            return Ok(Done { outcome: Outcome::Done(Some(STOPPED.to_owned())), code: 0 });
        }
        Action::Wait(_) => return Ok(Done { outcome: Outcome::Done(None), code: 0 }),
        Action::Tell(text) => return Ok(Done { outcome: Outcome::Noted(text.clone()), code: 0 }),
        Action::Logs(logs) => logs.run(&context).map_err(failed),
        Action::Builtin(builtin) => builtin.run(&context).map_err(|cause| {
            let code = exit_code(&cause);
            Box::new(placed(plan, StepFailure { code, ..*failed(cause) }))
        }),
    }?;
    Ok(Done { outcome: Outcome::Done(verdict.summary), code: verdict.code })
}

/// Runs a step's program and records the checks that it makes good.
fn making<E>(
    plan: &Plan,
    step: &Step,
    settings: Settings<'_>,
    run: impl FnOnce() -> Result<Done, E>,
) -> Result<Done, E> {
    if step.makes.is_empty() {
        return run();
    }
    let (records, sources) = (sync::records(&plan.root), Sources::default());
    let ground =
        Ground { root: &plan.root, records: &records, sources: &sources, interrupted: settings.interrupted };
    let making = Making::begin(&step.makes, &ground);
    let ran = run();
    if ran.as_ref().is_ok_and(|done| done.code == 0) {
        making.keep();
    }
    ran
}

/// A port that one of our own services holds explains why a program could not start another one on it; a stranger's
/// does if the program named it.
fn taken_ports(failure: StepFailure, ports: &[u16]) -> StepFailure {
    let note = ports.iter().find_map(|port| match supervisor::owns_port(Path::new(""), *port) {
        PortOwner::Other { service: Some((profile, service)), .. } => Some(format!(
            "port {port} is taken by `{service}` of profile `{profile}`: free it with `gladys stop {service} --profile {profile}`"
        )),
        PortOwner::Other { pid: Some(pid), command, .. } => {
            let named = failure.lines.iter().any(|line| line.contains(&port.to_string()));
            named.then(|| format!("port {port} is taken by process {pid} ({command})"))
        }
        _ => None,
    });
    StepFailure { note: note.or(failure.note), ..failure }
}

/// What a native verb says is rarely about its word in the manifest: an error about the migrations of a database points
/// at the pattern that names them, one about reaching it at its address, any other nowhere.
fn placed(plan: &Plan, failure: StepFailure) -> StepFailure {
    let error: &(dyn std::error::Error + 'static) = failure.cause.as_ref();
    if let Some(name) = error.downcast_ref().and_then(db::Error::unreached) {
        let target = plan.databases.iter().find(|target| target.name == name);
        return StepFailure { span: target.map(|target| target.span).unwrap_or_default(), ..failure };
    }
    let label = failure.cause.labels().and_then(|mut labels| labels.next());
    let spans = plan.databases.iter().filter_map(|target| target.migrations.as_ref()).map(|all| all.span);
    let named = label.filter(|_| failure.cause.source_code().is_none()).and_then(|label| {
        spans.into_iter().find(|span| (span.offset, span.len) == (label.offset(), label.len()))
    });
    StepFailure { span: named.unwrap_or_default(), ..failure }
}

/// Whether the log can say anything about the failure.
fn ran(error: &supervisor::Error) -> bool {
    matches!(error, supervisor::Error::Supervisor { .. })
}

fn launched_outcome(launched: Launched) -> Outcome {
    match launched {
        Launched::Started { pid } => Outcome::Done(Some(format!("started, pid {pid}"))),
        Launched::Already { older: Some(older), .. } | Launched::Adopted { older: Some(older), .. } => {
            Outcome::Noted(older.to_string())
        }
        Launched::Already { pid, .. } => Outcome::Unchanged(format!("already running, pid {pid}")),
        Launched::Adopted { pid, .. } => {
            Outcome::Unchanged(format!("running, pid {pid}, with a new supervisor"))
        }
    }
}

fn terminated_outcome(ended: Terminated) -> Outcome {
    match ended {
        Terminated::NotRunning => Outcome::Unchanged(NOT_RUNNING.to_owned()),
        Terminated::Stopped { signal_used: supervisor::Signal::Kill, .. } => {
            Outcome::Done(Some("stopped with SIGKILL".to_owned()))
        }
        Terminated::Stopped { .. } => Outcome::Done(Some(STOPPED.to_owned())),
    }
}

/// Begins to wait; the waiter is made with the first wait.
pub fn begin_wait(
    waiter: &mut Option<Waiter>,
    id: StepId,
    wait: &Wait,
    sender: &Sender<Message>,
) -> Result<(), probe::Error> {
    let waiter = match waiter {
        Some(waiter) => waiter,
        None => waiter.insert(Waiter::new(supervisor::heard_ports)?),
    };
    let probe = as_of_now(wait);
    let what = format!("{}{}", ready_word(wait), reason(&probe));
    let gate = gate(wait.supervised.clone(), watched(&probe));
    let (progress, done) = (sender.clone(), sender.clone());
    let supervised = wait.supervised.clone();
    let dir = supervised.as_ref().map(|supervised| supervised.dir.clone());
    let known = Mutex::new(None);
    waiter.wait(
        probe,
        gate,
        Box::new(move |what| {
            let last = known.lock().map(|mut known| known.replace(what.clone())).ok().flatten();
            // The first of them only says what is waited for.
            if let Some(dir) = dir.as_ref().filter(|_| last.is_some_and(|last| last != what)) {
                supervisor::note_probe(dir, Asked::Ready, Some(&what));
            }
            let _ = progress.send(Message::Progress { step: id, what });
        }),
        Box::new(move |result| {
            supervised.iter().filter(|_| result.is_ok()).for_each(note_ready);
            let failure = result.as_ref().err().map(ToString::to_string);
            let _ = done.send(match result {
                Ok(_) => Message::Ended {
                    step: id,
                    result: Ok(Done { outcome: Outcome::Done(Some(what)), code: 0 }),
                },
                Err(error) => Message::NotReady { step: id, error },
            });
            // Nobody waits for this.
            if let Some(supervised) = &supervised {
                supervisor::note_probe(&supervised.dir, Asked::Ready, failure.as_deref());
            }
        }),
    );
    Ok(())
}

/// Keeps when the service became ready, for `status`. That it is ready does not depend on the note.
fn note_ready(supervised: &Supervised) {
    if let Ok(state) = supervisor::find(&supervised.dir)
        && state.ready_since.is_none()
    {
        let _ = supervisor::mark_ready(&supervised.dir, state.run);
    }
}

fn ready_word(wait: &Wait) -> &'static str {
    if wait.external { "reachable" } else { "ready" }
}

fn reason(probe: &Probe) -> String {
    format!(" ({})", probe.describe())
}

/// A log probe looks at the present run only; a report counts from now on only.
fn as_of_now(wait: &Wait) -> Probe {
    let mut probe = wait.probe.clone();
    if let Kind::Report(watch) = &mut probe.kind {
        *watch = watch.anew();
    }
    if let (Kind::Log { from, .. }, Some(supervised)) = (&mut probe.kind, &wait.supervised) {
        *from = supervisor::run_position(&supervised.dir);
    }
    probe
}

/// What the state of the service says between two attempts: a dead one is not waited for, and an answer counts only if
/// the service's own process tree gave it.
fn gate(supervised: Option<Supervised>, watch: Option<Watch>) -> Box<dyn Fn() -> Gate + Send> {
    let Some(Supervised { dir, port, .. }) = supervised else {
        let hopeless = move || watch.as_ref().and_then(Watch::hopeless);
        return Box::new(move || hopeless().map_or(Gate::Open, Gate::Abort));
    };
    Box::new(move || match supervisor::find(&dir) {
        Err(error) => Gate::Hold(error.to_string()),
        Ok(state) => match state.phase {
            Phase::Running => port.map_or(Gate::Open, |port| owner_gate(&dir, port)),
            Phase::Starting => Gate::Hold("its program does not run yet".to_owned()),
            Phase::Waiting => {
                Gate::Hold(format!("it ended and is started again ({} so far)", state.restarts))
            }
            Phase::Stopping => Gate::Abort("it is being stopped".to_owned()),
            Phase::Stopped | Phase::Failed | Phase::Leaderless => Gate::Abort(match state.last_exit {
                Some(exit) => {
                    let cause = state.exits.last().map_or("", |last| last.cause.told());
                    format!("its program ended: {exit}{cause}")
                }
                None => "its program ended".to_owned(),
            }),
        },
    })
}

fn watched(probe: &Probe) -> Option<Watch> {
    match &probe.kind {
        Kind::Report(watch) => Some(watch.clone()),
        _ => None,
    }
}

fn owner_gate(dir: &Path, port: u16) -> Gate {
    match supervisor::owns_port(dir, port) {
        PortOwner::Ours => Gate::Open,
        PortOwner::Free => Gate::Silent(port),
        other @ PortOwner::Other { .. } => Gate::Hold(other.conflict(dir, port).unwrap_or_default()),
    }
}

/// Whose the start of a service is that is given up.
#[derive(Clone, Copy)]
pub struct Ours {
    /// This run started it.
    pub started: bool,
    /// Another one waits for it too.
    pub shared: bool,
}

/// A wait that failed: a service that this run started is ended again, and its last lines are shown.
pub fn give_up(plan: &Plan, id: StepId, error: probe::Error, ours: Ours) -> StepFailure {
    let step = &plan.steps[id];
    let late = matches!(error, probe::Error::Timeout { .. } | probe::Error::Refused { .. })
        .then(|| error.to_string());
    let failure = StepFailure::new(step, Box::new(error) as Failure);
    let Action::Wait(wait) = &step.action else { return failure };
    let Some(supervised) = &wait.supervised else { return give_up_elsewhere(failure, wait, ours) };
    let failure = failure.with_lines(supervisor::last_lines(&supervised.dir, None, LINES));
    if !ours.started {
        return failure;
    }
    let busy = supervised.port.and_then(|port| supervisor::connected_from(&supervised.dir, port));
    let ended = match supervisor::terminate(&supervised.dir, &supervised.stop) {
        Ok(Terminated::NotRunning) => None,
        Ok(Terminated::Stopped { .. }) => Some(STOPPED_LATE.to_owned()),
        Err(error) => Some(format!("it could not be stopped: {error}")),
    };
    let notes: Vec<String> = busy.into_iter().chain(ended).collect();
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    if let Some(reason) = late {
        supervisor::note_unstarted(&supervised.dir, Tried::Ran, &reason);
    }
    StepFailure { note, ..failure }
}

/// The same for a service that something else runs: programs print its log, and end it.
fn give_up_elsewhere(failure: StepFailure, wait: &Wait, ours: Ours) -> StepFailure {
    let lines = wait.log.as_ref().map(|log| log.last_lines(LINES)).unwrap_or_default();
    let undo = wait.undo.as_ref().filter(|_| ours.started);
    let stop = |undo: &Undo| match undo.invocation.run_quietly() {
        Ok(()) => STOPPED_LATE.to_owned(),
        Err(error) => format!("it could not be stopped: {error}"),
    };
    let note = undo.map(|undo| if ours.shared { LEFT.to_owned() } else { stop(undo) });
    StepFailure { note, ..failure.with_lines(lines) }
}
