//! The error of a step: the worker's own error, the place in the manifest it comes from, and what the log says.

use std::fmt;

use miette::{Diagnostic, LabeledSpan};
use signal_hook::consts::SIGINT;

use crate::builtin::{Failure, logs};
use crate::plan::Step;
use crate::probe;
use crate::process::ProgramError;
use crate::span::Span;
use crate::supervisor;

/// A step that failed.
#[derive(Debug)]
pub struct StepFailure {
    /// The profile it happened in, where a run is one of several.
    pub profile: Option<String>,
    /// The service it was about.
    pub service: Option<String>,
    /// Its title.
    pub title: String,
    /// Where it stands in the manifest.
    pub span: Span,
    /// The worker's own error.
    pub cause: Failure,
    /// The last lines of the service's log, or of the program's output.
    pub lines: Vec<String>,
    /// What was done about it (`it was stopped`).
    pub note: Option<String>,
    /// What helps, as the manifest says it.
    pub hint: Option<String>,
    /// The exit code it asks for.
    pub code: u8,
    /// Whether nothing is wrong: somebody has interrupted the run.
    pub interrupted: bool,
}

impl StepFailure {
    /// A failure of a step.
    pub fn new(step: &Step, cause: impl Into<Failure>) -> Self {
        Self {
            profile: None,
            service: step.service.clone(),
            title: step.title.clone(),
            span: step.span,
            cause: cause.into(),
            lines: Vec::new(),
            note: None,
            hint: None,
            code: 1,
            interrupted: false,
        }
    }

    /// With lines of a log.
    pub fn with_lines(self, lines: Vec<String>) -> Self {
        Self { lines, ..self }
    }

    /// Whether the worker's error names the service itself, as it does where it read the logs of several.
    fn says_whose(&self) -> bool {
        let error: &(dyn std::error::Error + 'static) = self.cause.as_ref();
        error.is::<logs::Error>() || matches!(error.downcast_ref(), Some(supervisor::Error::NoRun { .. }))
    }

    /// Whether it is what an interruption makes of a step: a wait that was given up, a program that SIGINT has ended.
    pub fn is_cut_short(&self) -> bool {
        let error: &(dyn std::error::Error + 'static) = self.cause.as_ref();
        matches!(error.downcast_ref(), Some(probe::Error::Cancelled { .. }))
            || matches!(error.downcast_ref(), Some(ProgramError::Signalled { number: SIGINT, .. }))
    }

    /// What helps: what the worker knows, and what the manifest says.
    pub fn advice(&self) -> Option<String> {
        let known = self.cause.help().map(|help| help.to_string());
        let parts: Vec<String> = known.into_iter().chain(self.hint.clone()).collect();
        (!parts.is_empty()).then(|| parts.join("\n"))
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.profile, self.service.as_ref().filter(|_| !self.says_whose())) {
            (Some(profile), Some(service)) => write!(f, "`{profile}/{service}`: {}", self.cause),
            (Some(profile), None) => write!(f, "`{profile}`: {}", self.cause),
            (None, Some(service)) => write!(f, "`{service}`: {}", self.cause),
            (None, None) => write!(f, "{}", self.cause),
        }
    }
}

impl std::error::Error for StepFailure {}

impl Diagnostic for StepFailure {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.cause.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let parts: Vec<String> = self.note.iter().cloned().chain(self.advice()).collect();
        if parts.is_empty() { None } else { Some(Box::new(parts.join("\n"))) }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.cause.labels()
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.cause.source_code()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.cause.related()
    }
}

/// Nobody tells the state of the services of a profile.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("what runs the services of the profile `{profile}` cannot be reached: {cause}")]
#[diagnostic(code(gladys::unreachable), help("nothing was begun"))]
pub struct Unreachable {
    /// The profile.
    pub profile: String,
    /// The last words of its `recipe status`.
    pub cause: String,
}
