//! Generated files correspond to their sources.
//!
//! For each output, the strongest that is there decides: generating again ([`verify`]); the descriptor it carries
//! (`stub`); the record of the last time it was known to be good. Without any of them it is unknown.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Context, Files};
use super::finding::{Finding, Severity};
use super::hash::{Contents, Digest};
use super::keep::keep;
use super::state::State;
use super::stub::{Carried, Stub};
use super::{Glob, Job, verify};
use crate::process::Invocation;

/// What is generated from what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fresh {
    /// What it is generated from.
    pub sources: Vec<Glob>,
    /// What is generated.
    pub outputs: Vec<Glob>,
    /// The generating command as it was written; a part of the record.
    pub command: Option<String>,
    /// The folders that protoc got with `-I`, absolute: `*_pb2.py` are compared with what the sources say.
    pub protobuf: Option<Vec<PathBuf>>,
    /// Generates everything into the folder that takes the place of `{out}` in its words and variables.
    pub verify: Option<Invocation>,
}

/// The check at work.
pub struct FreshJob<'a> {
    fresh: &'a Fresh,
    context: Context<'a>,
    sources: Files,
    outputs: Files,
}

/// Looks for the files.
pub fn job<'a>(fresh: &'a Fresh, context: Context<'a>) -> FreshJob<'a> {
    FreshJob {
        fresh,
        context,
        sources: context.expand(&fresh.sources),
        outputs: context.expand(&fresh.outputs),
    }
}

impl Job for FreshJob<'_> {
    fn files(&self) -> Vec<PathBuf> {
        self.sources.paths.union(&self.outputs.paths).cloned().collect()
    }

    fn sources(&self) -> Vec<PathBuf> {
        self.sources.paths.iter().cloned().collect()
    }

    fn judge(&self, contents: &Contents) -> Vec<Finding> {
        let mut found = self.troubles(contents);
        if let Some(call) = &self.fresh.verify {
            found.extend(verify::judge(
                call,
                &self.fresh.outputs,
                &self.outputs.paths,
                contents,
                self.context,
            ));
            return found;
        }
        let state = self.state(contents, &mut found);
        found.extend(self.command_changed(&state));
        for path in &self.outputs.paths {
            if let Ok(sum) = contents.get(path) {
                found.push(self.judge_output(path, sum, &state));
            }
        }
        found.extend(self.gone(&state));
        found
    }

    fn record(&self, contents: &Contents) -> Option<Vec<Finding>> {
        let mut found = self.troubles(contents);
        let state = self.state(contents, &mut Vec::new());
        let carried = self.outputs.paths.iter().filter_map(|path| self.judge_stub(path, &state));
        found.extend(carried.filter(|finding| finding.severity == Severity::Drift));
        if let Some(call) = &self.fresh.verify {
            found.extend(verify::judge(
                call,
                &self.fresh.outputs,
                &self.outputs.paths,
                contents,
                self.context,
            ));
        }
        found.retain(|finding| finding.severity > Severity::InStep);
        Some(keep(self.context, &state.sources, &state.outputs, self.fresh.command.as_deref(), found))
    }
}

impl FreshJob<'_> {
    /// Patterns without a match, and files that could not be read.
    fn troubles(&self, contents: &Contents) -> Vec<Finding> {
        let unread = self.files().into_iter().filter_map(|path| {
            let trouble = contents.get(&path).err()?;
            Some(self.context.trouble(&path, &trouble))
        });
        let globs = self.sources.findings.iter().chain(&self.outputs.findings).cloned();
        globs.chain(unread).collect()
    }

    fn state(&self, contents: &Contents, found: &mut Vec<Finding>) -> State {
        let includes = self.fresh.protobuf.as_deref();
        let paths = (&self.sources.paths, &self.outputs.paths);
        State::new(paths, includes, contents, self.context).unwrap_or_else(|(state, error)| {
            found.push(Finding::new(Severity::Unknown, &self.context.check.name, error.to_string()));
            *state
        })
    }

    fn command_changed(&self, state: &State) -> Option<Finding> {
        let record = state.record.as_ref()?;
        let now = self.fresh.command.as_ref().map(|words| Digest::of(words.as_bytes()));
        let name = &self.context.check.name;
        let message = format!("{name}: OUT OF SYNC, the generating command changed since it was recorded");
        let changed = Finding::new(Severity::Drift, name, message).span(self.context.check.span);
        (record.command != now).then(|| self.context.mended(changed))
    }

    /// Outputs that were recorded and are not there any more.
    fn gone(&self, state: &State) -> Vec<Finding> {
        let there: BTreeSet<String> =
            self.outputs.paths.iter().map(|path| self.context.shown(path)).collect();
        let recorded = state.record.iter().flat_map(|record| record.outputs.keys());
        let gone = recorded.filter(|name| !there.contains(*name));
        let finding = |name: &String| {
            let message = format!("{name}: OUT OF SYNC, it was generated and is not there any more");
            self.context.mended(Finding::new(Severity::Drift, name, message))
        };
        gone.map(finding).collect()
    }

    fn judge_output(&self, path: &Path, sum: Digest, state: &State) -> Finding {
        let carried = self.judge_stub(path, state);
        let recorded = state.record.as_ref().and_then(|record| record.outputs.get(&self.context.shown(path)));
        match (carried, recorded) {
            (Some(finding), None) => finding,
            (Some(finding), _) if finding.severity == Severity::Drift => finding,
            (Some(finding), Some(recorded)) if finding.severity == Severity::InStep => {
                let edited = *recorded != sum && state.changed_sources(path).is_empty();
                if edited { self.edited(path, *recorded, sum) } else { finding }
            }
            (_, Some(recorded)) => self.judge_recorded(path, *recorded, sum, state),
            (None, None) => self.unrecorded(path),
        }
    }

    /// What the descriptor in the output says, if it carries one.
    fn judge_stub(&self, path: &Path, state: &State) -> Option<Finding> {
        let Stub { source, carried, .. } = state.stubs.get(path)?;
        let place = self.context.shown(path);
        let drift = |what: String| {
            self.context.mended(Finding::new(
                Severity::Drift,
                place.clone(),
                format!("{place}: OUT OF SYNC{what}"),
            ))
        };
        Some(match carried {
            Carried::Same => {
                let message = format!("{place}: in sync (carries {source} as it is)");
                Finding::new(Severity::InStep, place, message)
            }
            Carried::Differs(lines) => drift(format!(" with {source}")).details(lines.clone()),
            Carried::Damaged => drift(", it carries no readable descriptor".to_owned()),
            Carried::Orphan => drift(format!(", its source {source} is not there")),
            Carried::Uncompiled(why) => {
                let message = format!("{place}: unknown, {source} does not compile");
                let lines = why.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
                Finding::new(Severity::Unknown, place, message).details(lines)
            }
        })
    }

    fn judge_recorded(&self, path: &Path, recorded: Digest, now: Digest, state: &State) -> Finding {
        let place = self.context.shown(path);
        let changed = state.changed_sources(path);
        let (severity, message) = match (changed.is_empty(), recorded == now) {
            (true, true) if state.depends_on_unread(path) => {
                (Severity::Unknown, "unknown, a source of it could not be read")
            }
            (true, true) => (Severity::InStep, "in sync (as recorded)"),
            (true, false) => return self.edited(path, recorded, now),
            (false, true) => (Severity::Drift, "OUT OF SYNC, its sources changed since it was generated"),
            (false, false) => {
                (Severity::Unknown, "unknown, it and its sources changed since they were recorded")
            }
        };
        let finding = Finding::new(severity, place.clone(), format!("{place}: {message}")).details(changed);
        if severity == Severity::InStep { finding } else { self.context.mended(finding) }
    }

    fn edited(&self, path: &Path, recorded: Digest, now: Digest) -> Finding {
        let place = self.context.shown(path);
        let message = format!("{place}: OUT OF SYNC, it was changed since it was generated");
        let lines = [format!("recorded: hash {recorded}"), format!("now: hash {now}")];
        self.context.mended(Finding::new(Severity::Drift, place, message).details(lines))
    }

    fn unrecorded(&self, path: &Path) -> Finding {
        let place = self.context.shown(path);
        let carries = if self.fresh.protobuf.is_some() { " and carries no descriptor" } else { "" };
        let message = format!("{place}: unknown, it was never recorded{carries}");
        Finding::new(Severity::Unknown, place, message).action([self.context.record_command()])
    }
}
