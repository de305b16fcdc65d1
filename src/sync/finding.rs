//! What a check found, as values: findings in sections in a report, and the verdict over all.

use serde::Serialize;

use crate::span::Span;

/// How much a finding weighs; the order is that of the section's mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Looked at, and in step.
    InStep,
    /// Could not be looked at, so nothing is known.
    Unknown,
    /// Looked at, and out of step.
    Drift,
}

/// One thing that a check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The file, database, service or lock it is about, as it is shown.
    pub place: String,
    /// The whole sentence, with the place in it.
    pub message: String,
    /// What stands behind the sentence, one line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The commands that mend it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The check's `fix` would refuse it: a person has to decide which of the actions is right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// Where in the manifest the cause is, for a diagnostic.
    #[serde(skip)]
    pub span: Option<Span>,
    /// The same as `file:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl Finding {
    /// A finding without details.
    pub fn new(severity: Severity, place: impl Into<String>, message: impl Into<String>) -> Self {
        let (place, message) = (place.into(), message.into());
        let (details, actions) = (Vec::new(), Vec::new());
        Self { severity, place, message, details, actions, by_hand: false, span: None, at: None }
    }

    /// With what stands behind it.
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With the command that mends it.
    pub fn action(mut self, action: impl IntoIterator<Item = String>) -> Self {
        self.actions.extend(action);
        self
    }

    /// What the check's `fix` is known to refuse: a person has to decide.
    pub fn by_hand(mut self) -> Self {
        self.by_hand = true;
        self
    }

    /// With its place in the manifest.
    pub fn span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
}

/// What one check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Section {
    /// The check's name.
    pub check: String,
    /// Its one-line summary.
    pub summary: String,
    /// The heaviest of its findings.
    pub status: Severity,
    /// In the order of their places.
    pub findings: Vec<Finding>,
}

impl Section {
    /// The section of a check; having found nothing at all is not being in step.
    pub fn new(check: &str, summary: &str, mut findings: Vec<Finding>) -> Self {
        if findings.is_empty() {
            findings.push(Finding::new(Severity::Unknown, check, format!("{check}: nothing was compared")));
        }
        let status = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Unknown);
        Self { check: check.to_owned(), summary: summary.to_owned(), status, findings }
    }
}

/// The answer to "is everything in step?", and the exit code that says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that was asked for was looked at and is in step.
    InStep,
    /// Something is out of step.
    Drift,
    /// Nothing is known to be out of step, but not everything could be looked at.
    Unknown,
}

impl Verdict {
    /// 0 in step, 1 drift, 2 could not check.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InStep => 0,
            Self::Drift => 1,
            Self::Unknown => 2,
        }
    }
}

/// Everything that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// The version of this form, for programs that read it: [`Report::SCHEMA`].
    pub schema: &'static str,
    /// Over all sections.
    pub verdict: Verdict,
    /// One for each check, in their order.
    pub sections: Vec<Section>,
    /// The commands that mend what was found, in order and each once.
    pub actions: Vec<String>,
}

impl Report {
    /// What `schema` says.
    pub const SCHEMA: &'static str = "gladys.sync-check/1";

    /// The report of these sections.
    pub fn new(sections: Vec<Section>) -> Self {
        let worst = sections.iter().map(|section| section.status).max().unwrap_or(Severity::InStep);
        let verdict = match worst {
            Severity::Note | Severity::InStep => Verdict::InStep,
            Severity::Unknown => Verdict::Unknown,
            Severity::Drift => Verdict::Drift,
        };
        let findings = sections.iter().flat_map(|section| &section.findings);
        let actions: indexmap::IndexSet<String> =
            findings.flat_map(|finding| finding.actions.iter().cloned()).collect();
        Self { schema: Self::SCHEMA, verdict, sections, actions: actions.into_iter().collect() }
    }

    /// 0 in step, 1 drift, 2 could not check.
    pub fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }

    /// As one JSON document, indented, with a line end.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_else(|error| format!("{{\"schema\": \"{}\", \"error\": \"{error}\"}}", Self::SCHEMA))
            + "\n"
    }
}
