//! The liveness check: a program that is run again and again, and whose failures in a row mean that the service hangs.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::badge::{CHECK, COOKIE, GUARDIAN, is_of_check};
use super::exit::Exit;
use super::tree::descendants;
use super::wire::Check;
use crate::text::duration;

/// A check between two looks at it.
pub struct Pulse {
    check: Check,
    /// When the next one begins, or the present one is too late.
    due: Instant,
    running: Option<u32>,
    /// Whether it ever succeeded in this run of the service.
    seen: bool,
    failed: u32,
    /// The last answer, until somebody takes it; the error is what was wrong.
    pub told: Option<Result<(), String>>,
}

impl Pulse {
    /// A check that has not begun.
    pub fn new(check: Check) -> Self {
        let due = Instant::now() + check.every;
        Self { check, due, running: None, seen: false, failed: 0, told: None }
    }

    /// The service was started: everything is forgotten.
    pub fn begin(&mut self) {
        self.due = Instant::now() + self.check.every;
        (self.running, self.seen, self.failed) = (None, false, 0);
    }

    /// Whether it ever succeeded.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// How long there is nothing to do.
    pub fn quiet(&self) -> Duration {
        self.due.saturating_duration_since(Instant::now())
    }

    /// A child ended: counts it if it was the check.
    pub fn reaped(&mut self, pid: u32, exit: Exit) {
        if self.running == Some(pid) {
            self.ended((exit != Exit::Code(0)).then(|| exit.to_string()));
        }
    }

    fn ended(&mut self, failure: Option<String>) {
        let well = failure.is_none();
        self.told = Some(failure.map_or(Ok(()), Err));
        self.running = None;
        self.due = Instant::now() + self.check.every;
        self.seen |= well;
        self.failed = if well { 0 } else { self.failed + u32::from(self.seen) };
    }

    /// Begins a check that is due, ends one that takes too long; whether the service hangs.
    pub fn turn(&mut self, dir: &Path) -> bool {
        if self.quiet().is_zero() {
            match self.running {
                Some(_) => {
                    kill(dir);
                    let timeout = duration(self.check.timeout);
                    self.ended(Some(format!("no answer within {timeout}")));
                }
                None => self.start(dir),
            }
        }
        self.failed >= self.check.failures.max(1)
    }

    /// A check that cannot be executed has failed. What the one before left behind goes first.
    fn start(&mut self, dir: &Path) {
        kill(dir);
        let words = &self.check.words;
        let child = Command::new(&words.program)
            .args(&words.args)
            .current_dir(&words.cwd)
            .envs(words.env.iter().map(|(name, value)| (name, value)))
            .env(COOKIE, dir)
            .env(CHECK, "1")
            .env_remove(GUARDIAN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match child {
            Ok(child) => {
                self.running = Some(child.id());
                self.due = Instant::now() + self.check.timeout;
            }
            Err(error) => self.ended(Some(format!("it cannot be executed: {error}"))),
        }
    }
}

/// Kills a check with everything it started, a daemon of it too: a supervisor is the parent of all orphans, and what a check
/// started carries its variable. Looks again, for a fork may have been under way.
fn kill(dir: &Path) {
    for _ in 0..5 {
        let mut found = descendants(std::process::id(), dir).unwrap_or_default();
        found.retain(is_of_check);
        if found.is_empty() {
            return;
        }
        for process in found {
            let _ = process.signal(Signal::KILL);
        }
    }
}
