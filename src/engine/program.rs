//! A program in the foreground: with the terminal for itself, or with its lines collected.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use duct::{Expression, ReaderHandle};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::failure::StepFailure;
use super::{Done, Settings, alone};
use crate::event::{Event, Outcome, StepId};
use crate::plan::{Hint, Stdio, Step};
use crate::process::{Invocation, ProgramError};

/// How often an interruption is looked for while a program runs.
const TICK: Duration = Duration::from_millis(50);
/// How many lines of output are kept for the message of a failure.
const KEPT: usize = 20;
/// How long a program may take to say what helps.
const HINT: Duration = Duration::from_secs(10);

/// Runs a program to its end.
pub fn run(
    id: StepId,
    step: &Step,
    invocation: &Invocation,
    stdio: Stdio,
    alone: Option<&Path>,
    settings: Settings<'_>,
) -> Result<Done, Box<StepFailure>> {
    let expression = invocation.expression();
    let waits = || settings.sink.emit(Event::Progress { step: id, what: "waiting for its turn".to_owned() });
    let turn = alone.map(|path| alone::turn(path, settings.interrupted, waits)).transpose();
    let turn = turn.map_err(|error| failure(step, invocation.not_run(&error)))?;
    if stdio == Stdio::Inherit {
        // Standard input is the terminal's, so the turn is over when gladys is.
        return inherit(step, invocation, &expression, settings);
    }
    let expression = match turn {
        None => expression.stdin_null(),
        Some(turn) => expression.stdin_file(turn),
    };
    capture(id, step, invocation, &expression, settings)
}

/// On Ctrl-C the terminal signals the program itself; gladys waits for what it makes of it. Where only gladys was
/// signalled, the program is told once.
fn inherit(
    step: &Step,
    invocation: &Invocation,
    expression: &Expression,
    settings: Settings<'_>,
) -> Result<Done, Box<StepFailure>> {
    let not_run = |error: std::io::Error| failure(step, invocation.not_run(&error));
    let handle = expression.start().map_err(not_run)?;
    let mut told = false;
    let status = loop {
        match handle.wait_timeout(TICK).map_err(not_run)? {
            Some(output) => break output.status,
            None if settings.interrupted.load(Ordering::Relaxed) && !told => {
                told = true;
                if !settings.terminal {
                    tell(&handle.pids());
                }
            }
            None => {}
        }
    };
    finish(step, invocation, status, Vec::new())
}

fn capture(
    id: StepId,
    step: &Step,
    invocation: &Invocation,
    expression: &Expression,
    settings: Settings<'_>,
) -> Result<Done, Box<StepFailure>> {
    let not_run = |error: std::io::Error| failure(step, invocation.not_run(&error));
    let handle = expression.stderr_to_stdout().reader().map_err(not_run)?;
    let (finished, watch) = channel();
    let kept = std::thread::scope(|scope| {
        let handle = &handle;
        // Where the system gives no thread, an interruption is not passed on: the terminal signals the program itself.
        let _ = std::thread::Builder::new()
            .spawn_scoped(scope, move || tell_when_interrupted(handle, &watch, settings));
        let kept = collect(id, handle, settings);
        drop(finished);
        kept
    });
    let status = handle.try_wait().map_err(not_run)?.map(|output| output.status).unwrap_or_default();
    // Its exit code is a detail: gladys was not asked for this program, but for what it is a part of.
    finish(step, invocation, status, kept.into())
        .map_err(|failure| Box::new(StepFailure { code: 1, ..*failure }))
}

/// Passes on every line as it comes; returns the last ones.
fn collect(id: StepId, handle: &ReaderHandle, settings: Settings<'_>) -> VecDeque<String> {
    let mut kept = VecDeque::new();
    for line in BufReader::new(handle).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        settings.sink.emit(Event::Output { step: id, line: line.clone() });
        kept.push_back(line);
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }
    kept
}

/// A captured program does not have the terminal, so gladys passes the interruption on.
fn tell_when_interrupted(handle: &ReaderHandle, finished: &Receiver<()>, settings: Settings<'_>) {
    while finished.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        if settings.interrupted.load(Ordering::Relaxed) {
            return tell(&handle.pids());
        }
    }
}

/// What helps where a program failed; nothing where whoever is asked for it says nothing, or not soon.
pub fn hint(hint: &Hint) -> Option<String> {
    let invocation = match hint {
        Hint::Text(text) => return Some(text.clone()),
        Hint::From(invocation) => invocation,
    };
    let alone = |command: &mut Command| {
        command.process_group(0);
        Ok(())
    };
    let call = invocation.expression().before_spawn(alone).stdin_null().stderr_null().stdout_capture();
    let handle = call.start().ok()?;
    let output = handle.wait_timeout(HINT).ok()?;
    if output.is_none() {
        let group = handle.pids().first().and_then(|pid| Pid::from_raw(i32::try_from(*pid).ok()?));
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    }
    let text = String::from_utf8_lossy(&output?.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn tell(pids: &[u32]) {
    let pids = pids.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?));
    for pid in pids {
        let _ = kill_process(pid, Signal::INT);
    }
}

fn finish(
    step: &Step,
    invocation: &Invocation,
    status: ExitStatus,
    lines: Vec<String>,
) -> Result<Done, Box<StepFailure>> {
    match ProgramError::of(invocation, status) {
        None => Ok(Done { outcome: Outcome::Done(None), code: 0 }),
        Some(error) => Err(Box::new(StepFailure { lines, ..*failure(step, error) })),
    }
}

fn failure(step: &Step, error: ProgramError) -> Box<StepFailure> {
    let code = error.exit_code();
    Box::new(StepFailure { code, ..StepFailure::new(step, Box::new(error) as crate::builtin::Failure) })
}
