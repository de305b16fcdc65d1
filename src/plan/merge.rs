//! Several profiles at once: what only looks becomes one look; anything else is done in one profile after another.

use std::sync::Arc;

use super::{Action, Plan, Step};
use crate::builtin::Builtin;
use crate::builtin::logs::{Logs, Source};
use crate::builtin::status::{Status, Target};

/// One plan for those of several profiles, where each does nothing but show states, show logs, or compare. Otherwise the
/// plans as they were.
pub fn merge(plans: Vec<Plan>) -> Result<Plan, Vec<Plan>> {
    if plans.len() == 1 {
        return Err(plans);
    }
    let only = |plan: &Plan| match plan.steps.as_slice() {
        [step] => Some(step.action.clone()),
        _ => None,
    };
    let Some(actions) = plans.iter().map(only).collect::<Option<Vec<Action>>>() else { return Err(plans) };
    let action = statuses(&actions).or_else(|| all_logs(&plans, &actions)).or_else(|| comparison(&actions));
    let Some(action) = action else { return Err(plans) };
    let profiles: Vec<&str> = plans.iter().map(|plan| plan.profile.as_str()).collect();
    let profile = profiles.join(",");
    let Some(mut plan) = plans.into_iter().next() else { return Err(Vec::new()) };
    plan.steps[0].action = action;
    Ok(Plan { profile, ..plan })
}

/// Makes the steps from `first` on one step, where each of them shows logs; says whether it did.
pub fn one_log(steps: &mut Vec<Step>, first: usize) -> bool {
    let logs = |step: &Step| match &step.action {
        Action::Logs(logs) => Some(Arc::clone(logs)),
        _ => None,
    };
    let Some(all) = steps[first..].iter().map(logs).collect::<Option<Vec<Arc<Logs>>>>() else { return false };
    let Some(one) = all.first() else { return false };
    let sources = all.iter().flat_map(|logs| logs.sources.iter().cloned()).collect();
    steps[first].action = Action::Logs(Logs { sources, ..Logs::clone(one) }.into());
    steps.truncate(first + 1);
    true
}

/// What runs outside of every profile is looked at once.
fn statuses(actions: &[Action]) -> Option<Action> {
    let mut all = Status::default();
    for action in actions {
        let Action::Builtin(builtin) = action else { return None };
        let Builtin::Status(status) = builtin.as_ref() else { return None };
        all.names.clone_from(&status.names);
        for target in &status.targets {
            let mut external = all.targets.iter().filter(|other| other.is_external());
            let known = target.is_external() && external.any(|other| same(other, target));
            all.targets.extend((!known).then(|| target.clone()));
        }
    }
    Some(Action::Builtin(Arc::new(Builtin::Status(all))))
}

/// A comparison looks at all the profiles that were asked for, whichever of them it is planned in.
fn comparison(actions: &[Action]) -> Option<Action> {
    let compares = |action: &Action| match action {
        Action::Builtin(builtin) => matches!(builtin.as_ref(), Builtin::SyncCheck(_)),
        _ => false,
    };
    actions.iter().all(compares).then(|| actions.first().cloned())?
}

/// One thing, however many profiles it is seen from.
fn same(one: &Target, other: &Target) -> bool {
    (&one.service, one.port) == (&other.service, other.port)
}

/// Each service is called after its profile too.
fn all_logs(plans: &[Plan], actions: &[Action]) -> Option<Action> {
    let mut all: Option<Logs> = None;
    for (plan, action) in plans.iter().zip(actions) {
        let Action::Logs(logs) = action else { return None };
        let sources = logs.sources.iter().cloned();
        let sources: Vec<Source> = sources.map(|source| source.within(&plan.profile)).collect();
        match &mut all {
            Some(all) => all.sources.extend(sources),
            None => all = Some(Logs { sources, ..Logs::clone(logs) }),
        }
    }
    all.map(|logs| Action::Logs(logs.into()))
}
