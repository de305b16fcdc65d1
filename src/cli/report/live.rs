//! The two reporters of events: live progress on a terminal, plain lines in a pipe.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use super::lines::{self, Line};
use super::out;
use super::style::{Mark, Style};
use crate::event::{Event, Outcome, Sink, StepId};
use crate::plan::Plan;
use crate::text::{screen, unpainted, visible};

/// Shows events while they happen.
pub struct Reporter<'a> {
    plan: &'a Plan,
    several: bool,
    style: Style,
    verbose: bool,
    show: Show,
    width: usize,
    bars: MultiProgress,
    running: Mutex<HashMap<StepId, ProgressBar>>,
    results: Mutex<HashMap<StepId, Value>>,
    undone: Mutex<Vec<Line>>,
}

/// How wide the column of names is at most. A longer name, as that of a step for several services, stands by itself.
const NAMES: usize = 24;

/// Where lines go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Spinners and lines on the terminal of standard error.
    Live,
    /// Plain lines on standard output: the run has no other output.
    Stdout,
    /// Plain lines on standard error: standard output belongs to the verb.
    Stderr,
    /// Nothing.
    Nothing,
}

impl<'a> Reporter<'a> {
    /// A reporter of one run; of one of several it names the profile.
    pub fn new(plan: &'a Plan, several: bool, style: Style, show: Show, verbose: bool) -> Self {
        let reporter = Self {
            plan,
            several,
            style,
            verbose,
            show,
            width: 0,
            bars: MultiProgress::new(),
            running: Mutex::default(),
            results: Mutex::default(),
            undone: Mutex::default(),
        };
        let names = plan.steps.iter().map(lines::name);
        let widest = names.map(|name| reporter.named(name).chars().count()).max().unwrap_or(0);
        Self { width: widest.min(NAMES).min(style.width / 3), ..reporter }
    }

    /// A name, after its profile where there are several: as `logs` has it.
    fn named(&self, name: &str) -> String {
        if self.several { format!("{}/{name}", self.plan.profile) } else { name.to_owned() }
    }

    /// A line about the run as a whole.
    pub fn tell(&self, text: &str) {
        if self.several {
            self.print(&format!("{}: {text}", self.plan.profile));
        } else {
            self.print(text);
        }
    }

    /// One line, wherever lines go.
    fn print(&self, text: &str) {
        let text = screen(text, self.style.color);
        match self.show {
            Show::Live if self.bars.println(&text).is_ok() && !self.bars.is_hidden() => {}
            Show::Live | Show::Stderr => out::stderr(&format!("{text}\n")),
            Show::Stdout => out::stdout(&format!("{text}\n")),
            Show::Nothing => {}
        }
    }

    /// What the steps have said for programs.
    pub fn results(self) -> HashMap<StepId, Value> {
        self.results.into_inner().unwrap_or_default()
    }

    fn line(&self, line: &Line) {
        if self.show == Show::Live {
            let mark = self.style.paint(line.mark.color(), self.style.mark(line.mark));
            let text =
                if line.mark == Mark::Bad { self.style.paint("31", &line.text) } else { line.text.clone() };
            let width = self.width;
            self.print(&format!("{mark} {:<width$}  {text}", self.named(&line.name)));
        } else {
            self.print(&format!("{}: {}", self.named(&line.name), line.text));
        }
    }

    /// Whether a line says something new: several steps may be left undone for one service, for one cause.
    fn is_news(&self, line: &Line) -> bool {
        let Ok(mut undone) = self.undone.lock() else { return true };
        let known = undone.contains(line);
        if line.mark == Mark::Skipped && !known {
            undone.push(line.clone());
        }
        !known
    }

    fn begin(&self, step: StepId) {
        let Some(what) = self.plan.steps.get(step) else { return };
        if self.show != Show::Live || lines::is_output(&what.action) {
            return;
        }
        let width = self.width;
        let paint = |code, text| self.style.paint(code, text);
        let (spinner, rest) = (paint("36", "{spinner}"), paint("2", "{wide_msg} {elapsed}"));
        let template = format!("{spinner} {{prefix:<{width}!}}  {rest}");
        let ticks = if self.style.unicode { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ " } else { "|/-\\ " };
        let style = ProgressStyle::with_template(&template).map(|style| style.tick_chars(ticks));
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(self.named(lines::name(what)));
        bar.set_message(visible(&what.title).into_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        if let Ok(mut running) = self.running.lock() {
            running.insert(step, bar);
        }
    }

    fn message(&self, step: StepId, text: &str) {
        if let Ok(running) = self.running.lock()
            && let Some(bar) = running.get(&step)
        {
            bar.set_message(visible(&unpainted(text)).into_owned());
        }
    }

    fn end(&self, step: StepId) {
        if let Ok(mut running) = self.running.lock()
            && let Some(bar) = running.remove(&step)
        {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn output(&self, step: StepId, line: &str) {
        if self.verbose {
            let name = self.plan.steps.get(step).map(lines::name).unwrap_or_default();
            let shown = if self.style.color { line.to_owned() } else { unpainted(line) };
            self.print(&format!("{} | {shown}", self.named(name)));
        }
        self.message(step, line);
    }
}

impl Sink for Reporter<'_> {
    fn emit(&self, event: Event) {
        match event {
            Event::Started { step } => self.begin(step),
            Event::Progress { step, what } => self.message(step, &what),
            Event::Output { step, line } => self.output(step, &line),
            Event::Note { text } => match self.show {
                Show::Nothing => {}
                Show::Live => self.print(&text),
                Show::Stdout | Show::Stderr => out::stderr(&format!("{}\n", screen(&text, self.style.color))),
            },
            Event::Line { text } => self.tell(&text),
            Event::Result { step, document } => {
                if let Ok(mut results) = self.results.lock() {
                    results.insert(step, document);
                }
            }
            Event::Finished { step, outcome, elapsed } => {
                self.end(step);
                let spoken = matches!(outcome, Outcome::Failed | Outcome::Interrupted)
                    && step + 1 == self.plan.steps.len()
                    && lines::purpose(self.plan).is_some();
                let what = self.plan.steps.get(step).filter(|_| !spoken);
                let line = what.and_then(|step| lines::line(step, &outcome, elapsed, self.verbose));
                if let Some(line) = line.filter(|line| self.is_news(line)) {
                    self.line(&line);
                }
            }
        }
    }

    fn stdout(&self) -> Box<dyn Write + '_> {
        out::writer()
    }

    fn told_stdout(&self) -> Box<dyn Write + '_> {
        out::told_writer()
    }
}
