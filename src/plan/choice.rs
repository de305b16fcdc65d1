//! `let NAME { words …; words … }`: the first of several ways to say a thing that works on this machine.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::world::World;
use crate::manifest::Problem;
use crate::manifest::template::Template;
use crate::manifest::value::{Choice, Value};
use crate::masked::Masked;

/// How long a `try` may take.
const LIMIT: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(2);

/// The words of the first choice that works, expanded by `expand`; it is looked for once, however often the value is used.
pub fn words(world: &World<'_>, value: &Value, expand: impl Fn(&Template) -> Masked) -> Vec<Masked> {
    let found = world.variables.choices();
    let known = found.borrow().get(&value.name.span).copied();
    let index = known.unwrap_or_else(|| {
        let index = value.choices.iter().position(|choice| works(world, choice, &expand));
        found.borrow_mut().insert(value.name.span, index);
        index
    });
    let Some(choice) = index.and_then(|index| value.choices.get(index)) else {
        world.complain(Problem::NoChoice {
            name: value.name.value.clone(),
            tried: value.choices.iter().map(|choice| said(&choice.words)).collect(),
            span: value.name.span,
        });
        return Vec::new();
    };
    choice.words.iter().map(expand).collect()
}

fn said(words: &[Template]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn works(world: &World<'_>, choice: &Choice, expand: &impl Fn(&Template) -> Masked) -> bool {
    let words = if choice.check.is_empty() { &choice.words } else { &choice.check };
    let words: Vec<Masked> = words.iter().map(expand).collect();
    let path = world.variables.get("PATH");
    let program = words.first().map(Masked::reveal).unwrap_or_default();
    let Ok(program) = which::which_in(program, path, &world.root) else { return false };
    if choice.check.is_empty() {
        return true;
    }
    let mut command = Command::new(program);
    command.args(words.iter().skip(1).map(Masked::reveal)).current_dir(&world.root);
    command.envs(world.variables.filed());
    exits_well(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
}

fn exits_well(command: &mut Command) -> bool {
    let Ok(mut child) = command.spawn() else { return false };
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if begun.elapsed() < LIMIT => std::thread::sleep(TICK),
            Ok(None) | Err(_) => {
                let _ = child.kill().and_then(|()| child.wait());
                return false;
            }
        }
    }
}
