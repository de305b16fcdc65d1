//! What the end of a step means: its outcome as people see it, its time, and what is kept of it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::failure::StepFailure;
use super::{Done, Progress, Walk, step};
use crate::event::{Event, Outcome, StepId};
use crate::plan::{Action, Step, Wait};
use crate::probe::Kind;
use crate::supervisor::{self, Tried};

impl Walk<'_> {
    /// Takes what a worker sent back.
    pub(super) fn ended(&mut self, id: StepId, result: Result<Done, Box<StepFailure>>) {
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
                let interrupted = self.is_interrupted(&failure);
                self.code = self.code.max(failure.code);
                self.failures.push(StepFailure { interrupted, ..*failure });
                self.end(id, if interrupted { Outcome::Interrupted } else { Outcome::Failed }, elapsed);
            }
        }
    }

    /// Whether a step has failed because of the interruption. SIGINT may end a program before its worker knows of it.
    fn is_interrupted(&self, failure: &StepFailure) -> bool {
        let interrupted = self.settings.interrupted.load(Ordering::Relaxed);
        failure.interrupted || (interrupted && failure.is_cut_short())
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

    /// When the first of the preparations began that are told with this one.
    fn begun_with(&self, id: StepId) -> Instant {
        let steps = &self.plan.steps;
        let told = (0..id).filter(|other| steps[*other].silent && steps[*other].title == steps[id].title);
        told.map(|other| self.begun[other]).min().unwrap_or(self.begun[id])
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
            _ if step.is_preparation() => self.begun_with(id).elapsed(),
            _ => self.begun[id].elapsed(),
        }
    }

    /// Notes that a step is over, and tells it.
    pub(super) fn end(&mut self, id: StepId, outcome: Outcome, elapsed: Duration) {
        self.note_unstarted(id, &outcome);
        self.stakes.remove(&id);
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
}
