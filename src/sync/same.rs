//! Files that exist in several places agree, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::files::Context;
use super::finding::{Finding, Severity};
use super::hash::{Content, Contents, Digest, Trouble};
use super::walk::walk;
use super::{Glob, Job, place};

/// Digits of a sum that are shown, unless more are needed to tell two apart.
const SHORT: usize = 6;

/// Which files, where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Same {
    /// Relative to each place.
    pub patterns: Vec<Glob>,
    /// Absolute folders.
    pub places: Vec<PathBuf>,
    /// The one of them that is right when they differ; without it, the majority is.
    pub source: Option<PathBuf>,
    /// Whether every file must exist in every place.
    pub everywhere: bool,
}

/// The check at work: the names that exist in any of the places.
pub struct SameJob<'a> {
    same: &'a Same,
    context: Context<'a>,
    names: BTreeSet<OsString>,
    findings: Vec<Finding>,
}

/// Looks for the files.
pub fn job<'a>(same: &'a Same, context: Context<'a>) -> SameJob<'a> {
    let mut job = SameJob { same, context, names: BTreeSet::new(), findings: Vec::new() };
    for glob in &same.patterns {
        for place in &same.places {
            job.look(glob, place);
        }
    }
    job
}

/// One file's copies, in the order of the places.
type Copies<'a> = Vec<(&'a PathBuf, Content)>;

impl SameJob<'_> {
    /// A pattern that finds nothing in a place would compare nothing there, which must not look like agreement.
    fn look(&mut self, glob: &Glob, place: &Path) {
        let walked = walk(place, &glob.pattern);
        if walked.paths.is_empty() && walked.troubles.is_empty() {
            let shown = self.context.shown(place);
            let message = format!("no file matches `{}` in {shown}", glob.shown);
            self.findings.push(self.context.absent(shown, message).span(glob.span));
        }
        let troubles = walked.troubles.iter().map(|(path, trouble)| self.context.trouble(path, trouble));
        self.findings.extend(troubles);
        let names = walked.paths.iter().filter_map(|path| path.strip_prefix(place).ok());
        self.names.extend(names.map(|name| name.as_os_str().to_owned()));
    }

    fn judge_file(&self, name: &Path, contents: &Contents) -> Finding {
        let copies: Copies =
            self.same.places.iter().map(|place| (place, contents.get(&place.join(name)))).collect();
        let sums: BTreeSet<Digest> = copies.iter().filter_map(|(_, content)| content.clone().ok()).collect();
        let troubled = copies.iter().any(|(_, one)| matches!(one, Err(why) if *why != Trouble::Missing));
        let missing = self.same.everywhere && copies.iter().any(|(_, one)| *one == Err(Trouble::Missing));
        if sums.len() > 1 || (missing && !sums.is_empty()) {
            self.drift(name, &copies, &sums)
        } else if troubled || sums.is_empty() {
            let shown = place::shown(name, Path::new(""));
            let message = format!("{shown}: could not be compared");
            Finding::new(Severity::Unknown, shown, message).details(self.details(&copies, &sums))
        } else {
            self.in_step(name, &copies, &sums)
        }
    }

    fn in_step(&self, name: &Path, copies: &Copies, sums: &BTreeSet<Digest>) -> Finding {
        let shown = place::shown(name, Path::new(""));
        let short = sums.first().map(|sum| shorten(sum, sums)).unwrap_or_default();
        let there: Vec<_> = copies.iter().filter(|(_, content)| content.is_ok()).collect();
        let message = match there.as_slice() {
            [(only, _)] => format!("{shown}: only in {} (hash: {short})", self.context.shown(only)),
            _ => format!("{shown}: in sync (hash: {short})"),
        };
        Finding::new(Severity::InStep, shown, message)
    }

    fn drift(&self, name: &Path, copies: &Copies, sums: &BTreeSet<Digest>) -> Finding {
        let shown = place::shown(name, Path::new(""));
        let message = format!("{shown}: OUT OF SYNC");
        let finding = Finding::new(Severity::Drift, shown, message).details(self.details(copies, sums));
        if self.context.check.fix_shown.is_some() {
            return self.context.mended(finding);
        }
        finding.action(self.copying(name, copies))
    }

    /// Each place and its sum, and which is not as it should be.
    fn details(&self, copies: &Copies, sums: &BTreeSet<Digest>) -> Vec<String> {
        let right = self.right(copies);
        let wrong = if self.same.source.is_some() { "stale" } else { "differs from the majority" };
        let line = |(place, content): &(&PathBuf, Content)| {
            let place = self.context.shown(place);
            match content {
                Ok(sum) if right.is_some_and(|right| right != *sum) => {
                    format!("{place}: hash {} ({wrong})", shorten(sum, sums))
                }
                Ok(sum) => format!("{place}: hash {}", shorten(sum, sums)),
                Err(Trouble::Missing) => format!("{place}: missing"),
                Err(trouble) => format!("{place}: {trouble}"),
            }
        };
        copies.iter().map(line).collect()
    }

    /// The sum of the source, or the one that more than half of the copies have.
    fn right(&self, copies: &Copies) -> Option<Digest> {
        if let Some(source) = &self.same.source {
            return copies.iter().find(|(place, _)| *place == source)?.1.clone().ok();
        }
        let mut counts: BTreeMap<Digest, usize> = BTreeMap::new();
        for sum in copies.iter().filter_map(|(_, content)| content.as_ref().ok()) {
            *counts.entry(*sum).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        counts.into_iter().find(|(_, count)| count * 2 > all).map(|(sum, _)| sum)
    }

    /// Without a fix of its own: the copies from a declared source that would mend it.
    fn copying(&self, name: &Path, copies: &Copies) -> Vec<String> {
        let (Some(source), Some(right)) = (&self.same.source, self.right(copies)) else { return Vec::new() };
        let word = |place: &Path| place::quoted(&self.context.shown(&place.join(name)));
        let stale = copies.iter().filter(|(_, content)| match content {
            Ok(sum) => *sum != right,
            Err(trouble) => *trouble == Trouble::Missing && self.same.everywhere,
        });
        stale.map(|(place, _)| format!("cp {} {}", word(source), word(place))).collect()
    }
}

impl Job for SameJob<'_> {
    fn files(&self) -> Vec<PathBuf> {
        let names = self.names.iter();
        names.flat_map(|name| self.same.places.iter().map(move |place| place.join(name))).collect()
    }

    fn judge(&self, contents: &Contents) -> Vec<Finding> {
        let files = self.names.iter().map(|name| self.judge_file(Path::new(name), contents));
        self.findings.iter().cloned().chain(files).collect()
    }
}

/// The beginning of a sum, long enough to tell it from the others.
fn shorten(sum: &Digest, others: &BTreeSet<Digest>) -> String {
    let text = sum.to_string();
    let others: Vec<String> = others.iter().filter(|other| *other != sum).map(Digest::to_string).collect();
    let unique = |len: &usize| {
        let start = text.get(..*len).unwrap_or(&text);
        !others.iter().any(|other| other.starts_with(start))
    };
    let len = (SHORT..text.len()).find(unique).unwrap_or(text.len());
    text.get(..len).unwrap_or(&text).to_owned()
}
