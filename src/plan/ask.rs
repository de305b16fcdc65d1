//! `from PROGRAM…` of a value: what a program prints, such as a password manager.

use std::time::Duration;

use super::world::World;
use crate::manifest::Problem;
use crate::manifest::value::Value;
use crate::masked::{MASK, Masked};

/// How long the program may take: a person may have to unlock what it reads from.
const LIMIT: Duration = Duration::from_secs(60);

/// What the program `words` prints, without the line end; asked once, however often the value is used. Nothing where it
/// gives no answer, which is noted, and a mask where plans are only shown.
pub fn text(world: &World<'_>, value: &Value, words: &[Masked]) -> Masked {
    let Some(answers) = world.variables.answers() else { return Masked::plain(MASK) };
    if let Some(known) = answers.borrow().get(&value.name.span) {
        return known.clone();
    }
    let answer = ask(world, words).unwrap_or_else(|reason| {
        let program = words.first().map(ToString::to_string).unwrap_or_default();
        let (name, span) =
            (value.name.value.clone(), value.from.first().map_or(value.name.span, |word| word.span));
        world.complain(Problem::NoAnswer { name, program, reason, span });
        Masked::default()
    });
    answers.borrow_mut().insert(value.name.span, answer.clone());
    answer
}

fn ask(world: &World<'_>, words: &[Masked]) -> Result<Masked, String> {
    let program = words.first().map(Masked::reveal).unwrap_or_default();
    let path = world.variables.get("PATH");
    let found =
        which::which_in(program, path, &world.root).map_err(|_| "it is not on this machine".to_owned())?;
    let args = words.iter().skip(1).map(Masked::reveal);
    let call = duct::cmd(found, args).dir(&world.root).stdin_null().stdout_capture().unchecked();
    let unstarted = |error: std::io::Error| crate::text::io_reason(&error);
    let handle = call.start().map_err(unstarted)?;
    let Some(output) = handle.wait_timeout(LIMIT).map_err(unstarted)? else {
        let _ = handle.kill();
        return Err(format!("it gave no answer within {}", crate::text::duration(LIMIT)));
    };
    if !output.status.success() {
        let how =
            output.status.code().map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        return Err(format!("it ended with {how}"));
    }
    let text = String::from_utf8(output.stdout.clone()).map_err(|_| "its answer is not UTF-8".to_owned())?;
    Ok(Masked::plain(text.trim_end_matches(['\n', '\r'])))
}
