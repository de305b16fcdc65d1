//! One run of `gladys`, and what it must have done.
//!
//! What a test does not say must be so: no output, no errors, exit code 0. Everything is compared when the run is
//! dropped, so that a failure shows all of it at once.

use std::fmt::Write;
use std::io::Write as _;
use std::panic::Location;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::normal::Normal;

/// No run takes this long; one that does hangs.
const LONGEST: Duration = Duration::from_secs(120);
const TICK: Duration = Duration::from_millis(2);

/// A run that is not over.
pub struct Running {
    pub child: Child,
    /// What was called.
    pub called: String,
    /// The files that take standard output and standard error.
    pub files: [PathBuf; 2],
    pub normal: Normal,
    pub place: &'static Location<'static>,
    /// How much of standard output [`Running::next`] has seen.
    pub seen: usize,
}

impl Running {
    /// What it has printed so far.
    pub fn printed(&self) -> String {
        let read =
            |file: &PathBuf| String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
        self.files.iter().map(read).collect()
    }

    /// Waits until it has printed a text.
    #[track_caller]
    pub fn until(self, text: &str) -> Self {
        crate::project::until(&format!("`{}` prints `{text}`", self.called), || {
            self.printed().contains(text)
        });
        self
    }

    /// Waits until it has printed a text behind the one that was waited for last.
    #[track_caller]
    pub fn next(mut self, text: &str) -> Self {
        let found = |run: &Self| {
            let shown = std::fs::read(&run.files[0]).unwrap_or_default();
            let shown = String::from_utf8_lossy(&shown).into_owned();
            shown.get(run.seen..)?.find(text).map(|at| run.seen + at + text.len())
        };
        crate::project::until(&format!("`{}` prints `{text}` next", self.called), || found(&self).is_some());
        self.seen = found(&self).unwrap_or(self.seen);
        self
    }

    /// Types on its terminal.
    pub fn types(mut self, text: &str) -> Self {
        let terminal = self.child.stdin.as_mut().expect("it was begun at a terminal");
        terminal.write_all(text.as_bytes()).expect("the terminal takes what is typed");
        self
    }

    /// Sends it a signal.
    pub fn signal(self, signal: Signal) -> Self {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, signal).expect("the run is still there");
        }
        self
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Run {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if begun.elapsed() > LONGEST {
                let _ = self.child.kill();
                panic!("`{}` hangs; so far it printed\n{}", self.called, self.printed());
            }
            std::thread::sleep(TICK);
        };
        let read =
            |file: &PathBuf| String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
        let [stdout, stderr] = self.files.each_ref().map(read);
        Run {
            called: self.called.clone(),
            place: self.place,
            time: begun.elapsed(),
            raw: stdout.clone(),
            found: [self.normal.apply(&stdout), self.normal.apply(&stderr)],
            code: status.code().unwrap_or(-1),
            expected: [Expected::default(), Expected::default()],
            expected_code: Some(0),
        }
    }
}

#[derive(Clone, Default)]
struct Expected {
    text: String,
    place: Option<&'static Location<'static>>,
    anything: bool,
}

/// A run that is over.
pub struct Run {
    called: String,
    place: &'static Location<'static>,
    time: Duration,
    raw: String,
    found: [String; 2],
    code: i32,
    expected: [Expected; 2],
    expected_code: Option<i32>,
}

impl Run {
    /// The whole of standard output. A text that begins with a line end stands below, indented.
    #[track_caller]
    pub fn stdout(self, text: &str) -> Self {
        self.expect(0, text, Location::caller())
    }

    /// The whole of standard error.
    #[track_caller]
    pub fn stderr(self, text: &str) -> Self {
        self.expect(1, text, Location::caller())
    }

    /// The exit code.
    pub fn code(mut self, code: i32) -> Self {
        self.expected_code = Some(code);
        self
    }

    /// The lines of standard output in order of the alphabet, for steps that run side by side.
    pub fn sorted(mut self) -> Self {
        let mut lines: Vec<&str> = self.found[0].lines().collect();
        lines.sort_unstable();
        self.found[0] = lines.into_iter().map(|line| format!("{line}\n")).collect();
        self
    }

    /// Whatever was printed on standard output.
    pub fn any_stdout(mut self) -> Self {
        self.expected[0].anything = true;
        self
    }

    /// Whatever was printed on standard error.
    pub fn any_stderr(mut self) -> Self {
        self.expected[1].anything = true;
        self
    }

    /// It failed, with the exit code of a program that differs from version to version.
    #[track_caller]
    pub fn fails(mut self) -> Self {
        assert_ne!(self.code, 0, "`{}` did not fail", self.called);
        self.expected_code = None;
        self
    }

    /// Whatever it did.
    pub fn anything(mut self) -> Self {
        self.expected_code = None;
        self.any_stdout().any_stderr()
    }

    /// Changes the found standard output before it is compared.
    pub fn map(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.found[0] = change(&self.found[0]);
        self
    }

    /// What it printed on standard output.
    pub fn found(&self) -> String {
        self.found[0].clone()
    }

    /// What it printed on standard error.
    pub fn errors(&self) -> String {
        self.found[1].clone()
    }

    /// It took less than this.
    #[track_caller]
    pub fn within(self, limit: Duration) -> Self {
        assert!(self.time < limit, "`{}` took {:?}, more than {limit:?}", self.called, self.time);
        self
    }

    /// Standard output, with what differs from run to run made the same; checks the rest.
    pub fn text(self) -> String {
        let text = self.found[0].clone();
        drop(self.any_stdout());
        text
    }

    /// Standard output as it was printed; checks the rest.
    pub fn raw(self) -> String {
        let text = self.raw.clone();
        drop(self.any_stdout());
        text
    }

    /// Standard error, made normal; checks the rest.
    pub fn stderr_text(self) -> String {
        self.found[1].clone()
    }

    /// Standard output as JSON; checks the rest.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let text = self.raw();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON ({error}):\n{text}"))
    }

    fn expect(mut self, stream: usize, text: &str, place: &'static Location<'static>) -> Self {
        self.expected[stream] = Expected { text: dedent(text), place: Some(place), anything: false };
        self
    }

    fn differences(&self) -> String {
        let mut text = String::new();
        for (index, name) in ["stdout", "stderr"].into_iter().enumerate() {
            let (found, expected) = (&self.found[index], &self.expected[index]);
            if !expected.anything && *found != expected.text {
                let place = expected.place.unwrap_or(self.place);
                let _ = write!(
                    text,
                    "{name} at {place} is\n<<<\n{found}>>>\nexpected\n<<<\n{}>>>\n",
                    expected.text
                );
            }
        }
        if let Some(code) = self.expected_code.filter(|code| *code != self.code) {
            let _ = writeln!(text, "the exit code is {}, expected {code}", self.code);
            let _ = write!(text, "stderr is\n{}", self.found[1]);
        }
        text
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let differences = self.differences();
        assert!(
            differences.is_empty() || std::thread::panicking(),
            "`{}` at {}\n{differences}",
            self.called,
            self.place
        );
    }
}

/// A text of one line as it stands; a text below without its indentation, four columns more than that of its end.
fn dedent(text: &str) -> String {
    let Some(below) = text.strip_prefix('\n') else {
        return if text.is_empty() { String::new() } else { format!("{text}\n") };
    };
    let (lines, end) = below.rsplit_once('\n').unwrap_or(("", below));
    assert!(end.trim().is_empty(), "an expected text of several lines ends with a line of its own");
    let indent = end.len() + 4;
    lines.split('\n').map(|line| format!("{}\n", line.get(indent..).unwrap_or(""))).collect()
}
