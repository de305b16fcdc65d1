//! A report as text: one section for each check, then what to do about it.

use std::fmt::Write;

use super::finding::{Finding, Report, Section, Severity, Verdict};
use crate::text;

/// More findings of one kind than this in one section are counted instead of listed, if they are in step.
const LISTED: usize = 12;
/// More lines than this of anything else in one place are cut; `--json` has them all.
const SHOWN: usize = 100;

/// What the place of output can show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Symbols beyond ASCII.
    pub unicode: bool,
    /// Colours (ECMA-48, SGR).
    pub color: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The mark and the blanks behind it; the warning sign is drawn wider than terminals count it.
    fn mark(self, severity: Severity) -> String {
        match (severity, self.unicode) {
            (Severity::InStep, true) => "✅ ".to_owned(),
            (Severity::Unknown, true) => "⚠️  ".to_owned(),
            (Severity::Drift, true) => "❌ ".to_owned(),
            (Severity::Note, true) => "ℹ️  ".to_owned(),
            (Severity::InStep, false) => self.paint("32", "[OK]") + " ",
            (Severity::Unknown, false) => self.paint("33", "[!]") + " ",
            (Severity::Drift, false) => self.paint("31", "[X]") + " ",
            (Severity::Note, false) => "[-] ".to_owned(),
        }
    }
}

/// The whole report, ending in a line end.
pub fn render(report: &Report, style: Style) -> String {
    let mut out = String::from("Checking environment sync status...\n");
    for part in &report.sections {
        section(&mut out, part, style);
    }
    out.push('\n');
    if report.verdict == Verdict::InStep {
        out.push_str("Everything is in sync.\n");
    } else if !report.actions.is_empty() {
        line(&mut out, &style.paint("1", "Action needed:"));
        for (number, action) in report.actions.iter().enumerate().take(SHOWN) {
            line(&mut out, &format!("  {}. Run: {action}", number + 1));
        }
        more(&mut out, "  ", report.actions.len().saturating_sub(SHOWN));
    } else if report.verdict == Verdict::Unknown {
        out.push_str("Not everything could be looked at.\n");
    } else {
        out.push_str("No command is known that mends this.\n");
    }
    out
}

fn section(out: &mut String, section: &Section, style: Style) {
    line(out, &format!("\n{}", style.paint("1", &format!("{}:", section.summary))));
    let in_step = section.findings.iter().filter(|finding| finding.severity == Severity::InStep).count();
    let counted = in_step > LISTED;
    if counted {
        line(out, &format!("  {}{in_step} in sync", style.mark(Severity::InStep)));
    }
    let listed: Vec<&Finding> =
        section.findings.iter().filter(|one| !(counted && one.severity == Severity::InStep)).collect();
    for found in listed.iter().take(SHOWN) {
        finding(out, found, style);
    }
    more(out, "  ", listed.len().saturating_sub(SHOWN));
}

fn finding(out: &mut String, finding: &Finding, style: Style) {
    let at = finding.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
    line(out, &format!("  {}{}{at}", style.mark(finding.severity), finding.message));
    for detail in finding.details.iter().take(SHOWN) {
        line(out, &format!("     - {detail}"));
    }
    more(out, "     ", finding.details.len().saturating_sub(SHOWN));
}

fn more(out: &mut String, indent: &str, left: usize) {
    if left > 0 {
        line(out, &format!("{indent}... and {}; `--json` has them all", text::count(left, "more line")));
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}
