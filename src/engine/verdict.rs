//! Which step may begin, and which never will.

use super::{Progress, Walk};
use crate::event::{Outcome, StepId};
use crate::plan::{Action, Step};

/// What becomes of a step that has not begun.
pub(super) enum Verdict {
    /// What it comes after has not ended.
    Wait,
    /// It can begin.
    Begin,
    /// It is left out, for this reason.
    Skip(String),
}

impl Walk<'_> {
    /// What becomes of a step, as things stand.
    pub(super) fn verdict(&self, step: &Step) -> Verdict {
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
            // A start that is being made can be undone when it is made.
            let goes_on = !all_ended && self.is_under_way(step);
            return if goes_on { Verdict::Wait } else { Verdict::Skip("interrupted".to_owned()) };
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
}
