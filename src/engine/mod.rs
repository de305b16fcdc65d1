//! Walks a plan: every step begins as soon as what it waits for has ended, so independent steps run side by side.
//!
//! - this file: the order, failures that cancel what depends on them, interruption.
//! - [`step`]: doing one step. [`program`]: a program in the foreground, [`alone`] where it bears no company. [`failure`]: a
//!   step's error with its place.
//!
//! A failed step cancels what comes after it, or with `fail_fast` everything that has not begun; what is under way is
//! finished, and what is ready is left running. A
//! service that was started here and did not become ready is ended again, so nothing is left half-way.

mod alone;
pub mod failure;
mod program;
mod step;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use crate::event::{Event, Outcome, Sink, StepId};
use crate::plan::{Action, Plan, Step, Wait};
use crate::probe::{self, Kind, Probe, Waiter};
use crate::supervisor::{self, Tried};
use failure::StepFailure;

/// How often an interruption is looked for.
const TICK: Duration = Duration::from_millis(50);
/// The exit code of an interrupted run: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// What a run is done with.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings<'a> {
    /// Whether the output is for a program.
    pub json: bool,
    /// Whether colour may be used.
    pub color: bool,
    /// Whether standard input and output are terminals.
    pub terminal: bool,
    /// Whether nothing new begins after a failure, whatever it depends on.
    pub fail_fast: bool,
    /// Where events and output go.
    pub sink: &'a dyn Sink,
    /// Set by Ctrl-C.
    pub interrupted: &'a AtomicBool,
}

/// How a run went.
#[derive(Debug, Default)]
pub struct Report {
    /// How each step ended, with its time.
    pub outcomes: Vec<(Outcome, Duration)>,
    /// Every failure, in the order of happening.
    pub failures: Vec<StepFailure>,
    /// The exit code.
    pub code: u8,
}

/// What a worker sends back.
pub(crate) enum Message {
    /// A step ended.
    Ended { step: StepId, result: Result<Done, Box<StepFailure>> },
    /// A wait says what it waits for.
    Progress { step: StepId, what: String },
    /// A wait failed; what it waited for may have to be ended.
    NotReady { step: StepId, error: probe::Error },
}

/// A step that did what it should.
pub(crate) struct Done {
    /// What is said about it.
    pub outcome: Outcome,
    /// Its exit code.
    pub code: u8,
}

/// Runs a plan to its end.
pub fn execute(plan: &Plan, settings: Settings<'_>) -> Report {
    let (sender, receiver) = channel();
    let mut walk = Walk::new(plan, settings, sender);
    std::thread::scope(|scope| walk.run(scope, &receiver));
    walk.report()
}

/// Where a step stands.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Progress {
    Pending,
    Running,
    Ended(Outcome, Duration),
}

pub(crate) struct Walk<'a> {
    plan: &'a Plan,
    settings: Settings<'a>,
    sender: Sender<Message>,
    steps: Vec<Progress>,
    begun: Vec<Instant>,
    /// When the start of a service began, and whether it was this run that started it.
    services: HashMap<&'a str, (Instant, bool)>,
    failures: Vec<StepFailure>,
    waiter: Option<Waiter>,
    code: u8,
    interrupted: bool,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan, settings: Settings<'a>, sender: Sender<Message>) -> Self {
        let count = plan.steps.len();
        Self {
            plan,
            settings,
            sender,
            steps: vec![Progress::Pending; count],
            begun: vec![Instant::now(); count],
            services: HashMap::new(),
            failures: Vec::new(),
            waiter: None,
            code: 0,
            interrupted: false,
        }
    }

    fn run<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, receiver: &Receiver<Message>)
    where
        'a: 'scope,
    {
        loop {
            self.begin_ready(scope);
            if !self.steps.contains(&Progress::Running) {
                break;
            }
            match receiver.recv_timeout(TICK) {
                Ok(message) => self.take(message, scope),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.look_for_interruption();
        }
    }

    /// Begins every step that can, and skips every step that cannot any more, until nothing changes.
    fn begin_ready<'scope>(&mut self, scope: &'scope Scope<'scope, '_>)
    where
        'a: 'scope,
    {
        for id in 0..self.plan.steps.len() {
            let step = &self.plan.steps[id];
            if self.steps[id] != Progress::Pending {
                continue;
            }
            match self.verdict(step) {
                Verdict::Wait => {}
                Verdict::Skip(_) if self.is_half_way(id) => self.give_up(id),
                Verdict::Skip(cause) => self.end(id, Outcome::Skipped(cause), Duration::ZERO),
                Verdict::Begin => {
                    self.steps[id] = Progress::Running;
                    self.begun[id] = Instant::now();
                    if let (Some(service), Action::Spawn(_)) = (&step.service, &step.action) {
                        self.services.insert(service, (self.begun[id], false));
                    }
                    self.settings.sink.emit(Event::Started { step: id });
                    self.begin(id, scope);
                }
            }
        }
    }

    /// Whether this is the wait for a service that this run has started: left out, it would leave the service behind.
    fn is_half_way(&self, id: StepId) -> bool {
        matches!(self.plan.steps[id].action, Action::Wait(_)) && self.started_here(id)
    }

    fn give_up(&mut self, id: StepId) {
        let Action::Wait(wait) = &self.plan.steps[id].action else { return };
        self.steps[id] = Progress::Running;
        let error = probe::Error::Cancelled { what: wait.probe.describe() };
        let _ = self.sender.send(Message::NotReady { step: id, error });
    }

    fn verdict(&self, step: &Step) -> Verdict {
        let mut all_ended = true;
        for before in &step.after {
            match &self.steps[*before] {
                Progress::Ended(Outcome::Failed, _) if !self.tolerates(step, *before) => {
                    return Verdict::Skip(format!("{} failed", self.name(*before)));
                }
                Progress::Ended(Outcome::Skipped(cause), _) => return Verdict::Skip(cause.clone()),
                Progress::Ended(..) => {}
                Progress::Pending | Progress::Running => all_ended = false,
            }
        }
        if self.interrupted {
            return Verdict::Skip("interrupted".to_owned());
        }
        if let Some(failed) = self.first_failed().filter(|_| !self.is_under_way(step)) {
            return Verdict::Skip(format!("{failed} failed"));
        }
        if all_ended { Verdict::Begin } else { Verdict::Wait }
    }

    /// Whether this is the wait for a service whose start has begun.
    fn is_under_way(&self, step: &Step) -> bool {
        let begun = |before: &StepId| self.steps[*before] != Progress::Pending;
        matches!(&step.action, Action::Wait(wait) if !wait.external) && step.after.iter().all(begun)
    }

    /// The step that keeps all others from beginning, where the first failure does.
    fn first_failed(&self) -> Option<String> {
        let failed = |progress: &Progress| matches!(progress, Progress::Ended(Outcome::Failed, _));
        self.steps.iter().position(failed).filter(|_| self.settings.fail_fast).map(|step| self.name(step))
    }

    /// A stop goes on where another one failed, not where what came before all of them did: then that one is skipped,
    /// and so is what comes after it.
    fn tolerates(&self, step: &Step, before: StepId) -> bool {
        step.tolerant && self.plan.steps[before].tolerant
    }

    fn name(&self, step: StepId) -> String {
        let step = &self.plan.steps[step];
        step.service.clone().unwrap_or_else(|| step.title.clone())
    }

    fn begin<'scope>(&mut self, id: StepId, scope: &'scope Scope<'scope, '_>)
    where
        'a: 'scope,
    {
        let step = &self.plan.steps[id];
        if let Action::Wait(wait) = &step.action {
            if let Err(error) = step::begin_wait(&mut self.waiter, id, wait, &self.sender) {
                let _ = self.sender.send(Message::NotReady { step: id, error });
            }
            return;
        }
        let (plan, settings, sender) = (self.plan, self.settings, self.sender.clone());
        let work = move || {
            let result = step::perform(plan, id, settings);
            let _ = sender.send(Message::Ended { step: id, result });
        };
        // What only tells takes no time, and is told in order. Where the system gives no thread (RLIMIT_NPROC, setrlimit(2)) a
        // step is done here too.
        let tells = matches!(step.action, Action::Ended(_));
        if tells || std::thread::Builder::new().spawn_scoped(scope, work.clone()).is_err() {
            work();
        }
    }

    fn take<'scope>(&mut self, message: Message, scope: &'scope Scope<'scope, '_>)
    where
        'a: 'scope,
    {
        match message {
            Message::Progress { step, what } => self.settings.sink.emit(Event::Progress { step, what }),
            Message::NotReady { step, error } => {
                let ours = self.started_here(step);
                let (plan, sender) = (self.plan, self.sender.clone());
                let error = Arc::new(Mutex::new(Some(error)));
                let work = move || {
                    let error = error.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let Some(error) = error else { return };
                    let failure = step::give_up(plan, step, error, ours);
                    let _ = sender.send(Message::Ended { step, result: Err(failure.into()) });
                };
                if std::thread::Builder::new().spawn_scoped(scope, work.clone()).is_err() {
                    work();
                }
            }
            Message::Ended { step, result } => self.ended(step, result),
        }
    }

    fn started_here(&self, id: StepId) -> bool {
        let step = &self.plan.steps[id];
        if let Action::Wait(Wait { probe: Probe { kind: Kind::Report(watch), .. }, .. }) = &step.action {
            return watch.is_new() && step.after.iter().all(|before| self.is_done(*before));
        }
        let service = step.service.as_deref();
        service.and_then(|service| self.services.get(service)).is_some_and(|(_, started)| *started)
    }

    fn is_done(&self, id: StepId) -> bool {
        matches!(
            self.steps[id],
            Progress::Ended(Outcome::Done(_) | Outcome::Unchanged(_) | Outcome::Noted(_), _)
        )
    }

    fn ended(&mut self, id: StepId, result: Result<Done, Box<StepFailure>>) {
        let step = &self.plan.steps[id];
        let elapsed = self.elapsed(id, step);
        match result {
            Ok(done) => {
                if matches!(step.action, Action::Spawn(_)) && matches!(done.outcome, Outcome::Done(_)) {
                    let service = step.service.as_deref().and_then(|service| self.services.get_mut(service));
                    if let Some((_, started)) = service {
                        *started = true;
                    }
                }
                self.code = self.code.max(done.code);
                let outcome = self.as_seen(id, step, done.outcome);
                self.end(id, outcome, elapsed);
            }
            Err(failure) => {
                self.code = self.code.max(failure.code);
                self.failures.push(*failure);
                self.end(id, Outcome::Failed, elapsed);
            }
        }
    }

    /// A service that ran already was not made ready by this run.
    fn as_seen(&self, id: StepId, step: &Step, outcome: Outcome) -> Outcome {
        match (&step.action, outcome) {
            (Action::Wait(wait), Outcome::Done(what)) if self.was_ready(id, wait) => {
                Outcome::Unchanged(what.map_or_else(String::new, |what| format!("already {what}")))
            }
            (Action::Ended(watch), _) if !watch.ran_at(self.begun_before(id)) => {
                Outcome::Unchanged(step::NOT_RUNNING.to_owned())
            }
            (_, outcome) => outcome,
        }
    }

    /// When the steps that a step comes after began.
    fn begun_before(&self, id: StepId) -> Instant {
        let before = self.plan.steps[id].after.iter().map(|before| self.begun[*before]);
        before.min().unwrap_or(self.begun[id])
    }

    fn was_ready(&self, id: StepId, wait: &Wait) -> bool {
        match &wait.probe.kind {
            Kind::Report(watch) => watch.was_ready(),
            _ => wait.supervised.is_some() && !self.started_here(id),
        }
    }

    /// The time of a wait counts from when the service was started, not from when somebody began to look; that of an end
    /// from when it was begun.
    fn elapsed(&self, id: StepId, step: &Step) -> Duration {
        let service = step.service.as_deref().and_then(|service| self.services.get(service));
        match (&step.action, service) {
            (Action::Wait(_), Some((begun, _))) => begun.elapsed(),
            (Action::Ended(_), _) => self.begun_before(id).elapsed(),
            _ => self.begun[id].elapsed(),
        }
    }

    fn end(&mut self, id: StepId, outcome: Outcome, elapsed: Duration) {
        self.note_unstarted(id, &outcome);
        self.settings.sink.emit(Event::Finished { step: id, outcome: outcome.clone(), elapsed });
        self.steps[id] = Progress::Ended(outcome, elapsed);
    }

    /// Keeps for `why` what a service that was to be started is not started for.
    fn note_unstarted(&self, id: StepId, outcome: &Outcome) {
        let (Action::Spawn(spec), Outcome::Skipped(cause)) = (&self.plan.steps[id].action, outcome) else {
            return;
        };
        let of = |failure: &&StepFailure| {
            cause.strip_suffix(" failed") == Some(failure.service.as_ref().unwrap_or(&failure.title))
        };
        if let Some(failure) = self.failures.iter().find(of) {
            let reason = format!("`{}` failed: {}", failure.title, failure.cause);
            supervisor::note_unstarted(&spec.dir, Tried::NotRun, &reason);
        }
    }

    fn look_for_interruption(&mut self) {
        if !self.interrupted && self.settings.interrupted.load(Ordering::Relaxed) {
            self.interrupted = true;
            self.waiter.iter().for_each(Waiter::cancel_all);
        }
    }

    fn report(self) -> Report {
        let outcomes = self.steps.into_iter().map(|progress| match progress {
            Progress::Ended(outcome, elapsed) => (outcome, elapsed),
            Progress::Pending | Progress::Running => {
                (Outcome::Skipped("never begun".to_owned()), Duration::ZERO)
            }
        });
        let outcomes: Vec<_> = outcomes.collect();
        let skipped = outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::Skipped(_)));
        let code = match (self.interrupted && (skipped || !self.failures.is_empty()), self.code) {
            (true, _) => INTERRUPTED,
            (false, 0) if !self.failures.is_empty() => 1,
            (false, code) => code,
        };
        Report { outcomes, failures: self.failures, code }
    }
}

enum Verdict {
    Wait,
    Begin,
    Skip(String),
}
