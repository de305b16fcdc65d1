//! `--dry-run`: the plan as it would run, secrets masked.

use serde_json::{Value, json};

use crate::builtin::logs::Source;
use crate::plan::{Action, Plan, Step};
use crate::process::Invocation;
use crate::text::duration;

/// The plan for people: one numbered line for each step, and below it what will be done.
pub fn text(plan: &Plan) -> String {
    let header = format!("{} in the profile {}: {}\n", plan.command, plan.profile, count(plan));
    let steps = plan.steps.iter().enumerate().map(|(id, step)| step_text(id, step));
    header + &steps.collect::<String>()
}

fn count(plan: &Plan) -> String {
    crate::text::count(plan.steps.len(), "step")
}

fn step_text(id: usize, step: &Step) -> String {
    let after: Vec<String> = step.after.iter().map(|other| (other + 1).to_string()).collect();
    let after = if after.is_empty() { String::new() } else { format!("  (after {})", after.join(", ")) };
    let details = details(&step.action);
    let mut text = format!("{:>4}. {}{after}\n", id + 1, step.title);
    for line in details {
        text.push_str("       ");
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn details(action: &Action) -> Vec<String> {
    match action {
        Action::Run { invocation, .. } => program(invocation),
        Action::Look(report) => vec![report.invocation().to_string()],
        Action::Ended(watch) => vec![format!("says whether `{}` ran until then", watch.unit)],
        Action::Spawn(spec) => program(&spec.invocation),
        Action::Terminate { stop, .. } => {
            vec![format!("{}, SIGKILL after {}", stop.signal, duration(stop.grace))]
        }
        Action::Wait(wait) => {
            vec![format!("until {}, at most {}", wait.probe.until(), duration(wait.probe.timeout))]
        }
        Action::Logs(logs) => logs.sources.iter().map(|source| source.service().to_owned()).collect(),
        Action::Tell(text) => vec![text.clone()],
        Action::Builtin(builtin) => builtin.what(),
    }
}

fn program(invocation: &Invocation) -> Vec<String> {
    let mut lines = vec![format!("cd {}", crate::text::shell_word(&invocation.cwd.to_string_lossy()))];
    lines.extend(invocation.env.iter().map(|(name, value)| format!("{name}={}", shell(value))));
    lines.push(invocation.to_string());
    lines
}

fn shell(value: &crate::masked::Masked) -> String {
    if value.is_secret() { value.to_string() } else { crate::text::shell_word(value.reveal()) }
}

/// The plan for programs.
pub fn json(plan: &Plan) -> Value {
    let steps = plan.steps.iter().enumerate().map(|(id, step)| {
        json!({
            "id": id,
            "service": step.service,
            "title": step.title,
            "after": step.after,
            "action": action_json(&step.action),
        })
    });
    json!({
        "schema": "gladys.plan/1",
        "command": plan.command,
        "profile": plan.profile,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn action_json(action: &Action) -> Value {
    match action {
        Action::Run { invocation, .. } => json!({ "kind": "run", "program": program_json(invocation) }),
        Action::Look(report) => json!({ "kind": "look", "program": program_json(report.invocation()) }),
        Action::Ended(watch) => json!({ "kind": "ended", "unit": watch.unit }),
        Action::Spawn(spec) => json!({
            "kind": "spawn",
            "program": program_json(&spec.invocation),
            "ports": spec.ports,
            "stop": { "signal": spec.stop.signal.to_string(), "grace_ms": millis(spec.stop.grace) },
        }),
        Action::Terminate { stop, .. } => {
            json!({ "kind": "terminate", "signal": stop.signal.to_string(), "grace_ms": millis(stop.grace) })
        }
        Action::Wait(wait) => json!({
            "kind": "wait",
            "for": wait.probe.describe(),
            "timeout_ms": millis(wait.probe.timeout),
            "external": wait.external,
        }),
        Action::Logs(logs) => {
            let services: Vec<&str> = logs.sources.iter().map(Source::service).collect();
            json!({ "kind": "logs", "services": services })
        }
        Action::Tell(text) => json!({ "kind": "tell", "text": text }),
        Action::Builtin(builtin) => {
            json!({ "kind": "builtin", "verb": builtin.name(), "what": builtin.what() })
        }
    }
}

fn program_json(invocation: &Invocation) -> Value {
    let env: serde_json::Map<String, Value> =
        invocation.env.iter().map(|(name, value)| (name.clone(), json!(value.to_string()))).collect();
    json!({
        "program": invocation.program.to_string_lossy(),
        "args": invocation.args,
        "cwd": invocation.cwd.to_string_lossy(),
        "env": env,
    })
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
