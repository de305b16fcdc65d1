//! The log that a program prints: each line behind the time it was written at (RFC 3339).
//!
//! A line without a time is the program's own word; the last of them is the cause if it fails.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};

use super::stamped::Timed;
use crate::probe::report::{State, Watch};
use crate::process::Invocation;
use crate::supervisor::LogOptions;
use crate::text;

/// A follower looks again this long after its program ended: the service may be started again.
const AGAIN: Duration = Duration::from_millis(500);
/// For so long it may fail in a row.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(50);
/// How many of the program's own words are kept.
const STRAY: usize = 5;
/// What [`Printed::again`] says in place of the time of the last line that was shown: before any line.
pub const EVER: Timestamp = Timestamp::UNIX_EPOCH;

/// A service whose log a program prints.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The name it is shown under.
    pub service: String,
    /// The program.
    pub invocation: Invocation,
    /// What is run when it has ended while following: without a limit to the last lines, which need not reach back to the
    /// line that was shown last, and since [`EVER`].
    pub again: Invocation,
    /// What knows whether there is such a service at all: one that never ran has no log, and that is no failure.
    pub watch: Option<Watch>,
}

/// Why a log could not be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// The program did not exit with 0.
    #[error("the log of `{service}` cannot be read: {cause}")]
    #[diagnostic(code(gladys::logs::program))]
    Program {
        /// Whose log.
        service: String,
        /// The program's last words.
        cause: String,
    },
    /// `--run` where nobody keeps runs apart.
    #[error("`--run` does not work for `{service}`: its runs are not kept apart")]
    #[diagnostic(code(gladys::logs::run), help("say from when with `--since`, such as `--since 10m`"))]
    Runs {
        /// Whose log.
        service: String,
    },
}

/// The programs under way, so that they can be ended.
pub type Running = Mutex<Vec<Pid>>;

impl Printed {
    /// Hands every line that the options ask for to `each`, until it says that nobody wants more. While following, the
    /// program is run again when it ends, and when it fails after it had worked: what it asks may be started again.
    pub fn read(
        &self,
        options: &LogOptions,
        running: &Running,
        stop: &AtomicBool,
        each: &mut dyn FnMut(Timed) -> bool,
    ) -> Result<(), Error> {
        if options.run.is_some() {
            return Err(Error::Runs { service: self.service.clone() });
        }
        // The program may wait for ever where nobody answers; the report has a limit.
        self.absent().map_err(|cause| self.failed(cause))?;
        let mut filter = Filter { options, after: None, latest: None, tail: VecDeque::new() };
        let over = || stop.load(Ordering::Relaxed);
        let mut failing: Option<Instant> = None;
        let mut program = self.invocation.clone();
        // Who wants none of the last lines has seen all that was said until now.
        let begun = options.tail.filter(|count| *count == 0).map(|_| Timestamp::now());
        loop {
            match self.once(&program, &mut filter, running, stop, each) {
                Ok(wanted) if !wanted || !options.follow || over() => return Ok(()),
                Ok(_) => failing = None,
                Err(error) => {
                    let since = *failing.get_or_insert_with(Instant::now);
                    let hope = options.follow && filter.latest.is_some() && since.elapsed() < PATIENCE;
                    if !hope || over() {
                        return Err(error);
                    }
                }
            }
            (0..AGAIN.as_millis() / TICK.as_millis())
                .take_while(|_| !over())
                .for_each(|_| std::thread::sleep(TICK));
            filter.after = filter.latest.or(begun);
            program = self.again_from(filter.after.or(options.since));
        }
    }

    /// What is run again, for what was written at this time or later.
    fn again_from(&self, time: Option<Timestamp>) -> Invocation {
        let mut program = self.again.clone();
        let (ever, time) = (EVER.to_string(), time.unwrap_or(EVER).to_string());
        program.args.iter_mut().for_each(|arg| *arg = arg.replace(&ever, &time));
        program
    }

    /// The last lines, for an error message; fewer where there are fewer, or where they cannot be read.
    pub fn last_lines(&self, n: usize) -> Vec<String> {
        let options = LogOptions { tail: Some(n), ..LogOptions::default() };
        let mut lines = Vec::new();
        let _ = self.read(&options, &Running::default(), &AtomicBool::new(false), &mut |line| {
            lines.push(String::from_utf8_lossy(&line.text).into_owned());
            true
        });
        lines
    }

    /// One run of the program; whether more is wanted.
    fn once(
        &self,
        program: &Invocation,
        filter: &mut Filter<'_>,
        running: &Running,
        stop: &AtomicBool,
        each: &mut dyn FnMut(Timed) -> bool,
    ) -> Result<bool, Error> {
        let failed = |error: io::Error| self.failed(text::io_reason(&error));
        let (mut child, output) = start(program).map_err(failed)?;
        let leader = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        running.lock().map(|mut running| running.extend(leader)).unwrap_or_default();
        let mut stray = VecDeque::new();
        // Whoever ends all programs says so first: one that began meanwhile is ended here.
        let wanted = stop.load(Ordering::Relaxed) || lines(output, filter, &mut stray, each);
        if !wanted || stop.load(Ordering::Relaxed) {
            end(leader);
        }
        let status = child.wait().map_err(failed)?;
        running.lock().map(|mut running| running.retain(|pid| Some(*pid) != leader)).unwrap_or_default();
        if status.success() || !wanted || stop.load(Ordering::Relaxed) {
            return Ok(wanted && filter.flush(each));
        }
        match self.absent() {
            Ok(true) => Ok(true),
            Ok(false) => {
                Err(self
                    .failed(stray.pop_back().unwrap_or_else(|| format!("its program ended with {status}"))))
            }
            Err(cause) => Err(self.failed(cause)),
        }
    }

    fn failed(&self, cause: String) -> Error {
        Error::Program { service: self.service.clone(), cause }
    }

    /// Whether there is no such service; an error if nobody can tell.
    fn absent(&self) -> Result<bool, String> {
        let Some(watch) = &self.watch else { return Ok(false) };
        Ok(watch.row()?.state == State::Missing)
    }
}

fn start(program: &Invocation) -> io::Result<(Child, PipeReader)> {
    let Invocation { program, args, cwd, env } = program;
    let (output, input) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(args).current_dir(cwd).envs(env.iter().map(|(name, value)| (name, value.reveal())));
    command.stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input).process_group(0);
    Ok((command.spawn()?, output))
}

/// Ends a program with everything it started.
pub fn end(leader: Option<Pid>) {
    // An error means that it has ended already.
    let _ = leader.map(|leader| kill_process_group(leader, Signal::TERM));
}

fn lines(
    output: PipeReader,
    filter: &mut Filter<'_>,
    stray: &mut VecDeque<String>,
    each: &mut dyn FnMut(Timed) -> bool,
) -> bool {
    for line in BufReader::new(output).split(b'\n') {
        let Ok(line) = line else { break };
        match Timed::of(&line).map(|timed| filter.take(timed, each)) {
            Some(false) => return false,
            Some(true) => {}
            None => {
                stray.extend(
                    Some(String::from_utf8_lossy(&line).trim().to_owned()).filter(|line| !line.is_empty()),
                );
                stray.drain(..stray.len().saturating_sub(STRAY));
            }
        }
    }
    true
}

/// The options again: a program need not know all of them.
struct Filter<'a> {
    options: &'a LogOptions,
    /// What was shown by an earlier run of the program.
    after: Option<Timestamp>,
    latest: Option<Timestamp>,
    tail: VecDeque<Timed>,
}

impl Filter<'_> {
    fn wants(&self, line: &Timed) -> bool {
        let LogOptions { since, until, grep, .. } = self.options;
        let has = |text: &String| memchr::memmem::find(&line.text, text.as_bytes()).is_some();
        self.after.is_none_or(|after| line.time > after)
            && since.is_none_or(|since| line.time >= since)
            && until.is_none_or(|until| line.time <= until)
            && grep.as_ref().is_none_or(has)
    }

    /// Takes a line; a tail is held back until the end, unless there is none.
    fn take(&mut self, line: Timed, each: &mut dyn FnMut(Timed) -> bool) -> bool {
        if !self.wants(&line) {
            return true;
        }
        self.latest = self.latest.max(Some(line.time));
        match self.options.tail.filter(|_| !self.options.follow) {
            None => each(line),
            Some(tail) => {
                self.tail.push_back(line);
                self.tail.drain(..self.tail.len().saturating_sub(tail));
                true
            }
        }
    }

    fn flush(&mut self, each: &mut dyn FnMut(Timed) -> bool) -> bool {
        self.tail.drain(..).all(each)
    }
}
