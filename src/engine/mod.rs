//! Walks a plan: every step begins as soon as what it waits for has ended, so independent steps run side by side.
//!
//! - this file: the order, interruption. [`verdict`]: failures that cancel what depends on them. [`ended`]: what an end means.
//! - [`step`]: doing one step. [`program`]: a program in the foreground, [`alone`] where it bears no company. [`failure`]: a
//!   step's error with its place.
//!
//! A failed step cancels what comes after it, or with `fail_fast` everything that has not begun; what is under way is
//! finished, and what is ready is left running. A
//! service that was started here and did not become ready is ended again, so nothing is left half-way.

mod alone;
mod ended;
pub mod failure;
mod program;
mod step;
mod verdict;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use crate::event::{Event, Outcome, Sink, StepId};
use crate::plan::{Action, Plan, Step, Wait};
use crate::probe::{self, Kind, Probe, Waiter};
use crate::supervisor::Stake;
use failure::StepFailure;
use step::Ours;
use verdict::Verdict;

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
    /// Those in services that something else runs, until the wait for them has ended.
    stakes: HashMap<StepId, Stake>,
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
            stakes: plan.steps.iter().enumerate().filter_map(stake).collect(),
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
            self.look_for_interruption();
            self.begin_ready(scope);
            if !self.steps.contains(&Progress::Running) {
                break;
            }
            match receiver.recv_timeout(TICK) {
                Ok(message) => self.take(message, scope),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
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
                let shared = self.stakes.remove(&step).is_some_and(|stake| !stake.give_up());
                let ours = Ours { started: self.started_here(step), shared };
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

/// The stake of a step that waits for a service of something else, and would undo its start.
fn stake((id, step): (StepId, &Step)) -> Option<(StepId, Stake)> {
    let Action::Wait(Wait { undo: Some(undo), .. }) = &step.action else { return None };
    Some((id, Stake::take(&undo.dir)))
}
