//! What sources and outputs are now, what was recorded of them, and which source an output depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::Context;
use super::hash::Contents;
use super::record::{Record, RecordError, Sums, differences};
use super::stub::{Library, Stub, carries, sibling};

/// Changed sources that are listed for one output before the rest is only counted.
const LISTED: usize = 20;

/// One moment of a `fresh` check.
pub struct State {
    /// The sums of the readable sources.
    pub sources: Sums,
    /// The sums of the readable outputs.
    pub outputs: Sums,
    /// What was recorded.
    pub record: Option<Record>,
    /// The outputs that carry a descriptor.
    pub stubs: BTreeMap<PathBuf, Stub>,
    /// How each readable source differs from the record.
    changed: BTreeMap<String, &'static str>,
    /// The sources that could not be read, as they are shown.
    unread: BTreeSet<String>,
    /// For each stub, what it depends on, as it is shown.
    closures: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl State {
    /// The state of these sources and outputs. A record that cannot be read is an error beside the state without it.
    pub fn new(
        (sources, outputs): (&BTreeSet<PathBuf>, &BTreeSet<PathBuf>),
        includes: Option<&[PathBuf]>,
        contents: &Contents,
        context: Context,
    ) -> Result<Self, (Box<Self>, RecordError)> {
        let sums = |paths: &BTreeSet<PathBuf>| -> Sums {
            paths.iter().filter_map(|path| Some((context.shown(path), contents.get(path).ok()?))).collect()
        };
        let unread = sources.iter().filter(|path| contents.get(path).is_err());
        let stubs = stubs(outputs, includes, contents);
        let shown = |stub: &Stub| stub.closure.iter().map(|path| context.shown(path)).collect();
        let mut state = Self {
            sources: sums(sources),
            outputs: sums(outputs),
            record: None,
            changed: BTreeMap::new(),
            unread: unread.map(|path| context.shown(path)).collect(),
            closures: stubs.iter().map(|(path, stub)| (path.clone(), shown(stub))).collect(),
            stubs,
        };
        match Record::load(context.ground.records, &context.check.name) {
            Ok(record) => state.record = record,
            Err(error) => return Err((Box::new(state), error)),
        }
        if let Some(record) = &state.record {
            let read = |name: &str| !state.unread.contains(name);
            state.changed = differences(&record.sources, &state.sources, read).into_iter().collect();
        }
        Ok(state)
    }

    /// The sources of an output that differ from the record, as lines of a report.
    pub fn changed_sources(&self, output: &Path) -> Vec<String> {
        let closure = self.closure(output);
        let counts = |name: &String| closure.is_none_or(|closure| closure.contains(name));
        let mut changed = self.changed.iter().filter(|(name, _)| counts(name));
        let mut lines: Vec<String> =
            changed.by_ref().take(LISTED).map(|(name, how)| format!("{name}: {how}")).collect();
        let more = if lines.len() < LISTED { 0 } else { changed.count() };
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines
    }

    /// Whether a source that an output depends on could not be read.
    pub fn depends_on_unread(&self, output: &Path) -> bool {
        match self.closure(output) {
            Some(closure) => self.unread.iter().any(|name| closure.contains(name)),
            None => !self.unread.is_empty(),
        }
    }

    /// The files that an output depends on, if that is known; otherwise it is every source.
    fn closure(&self, output: &Path) -> Option<&BTreeSet<String>> {
        let closure = self.closures.get(output).or_else(|| self.closures.get(&sibling(output)?));
        closure.filter(|closure| !closure.is_empty())
    }
}

fn stubs(
    outputs: &BTreeSet<PathBuf>,
    includes: Option<&[PathBuf]>,
    contents: &Contents,
) -> BTreeMap<PathBuf, Stub> {
    let Some(includes) = includes else { return BTreeMap::new() };
    let library = Library::new(includes);
    let readable = |path: &&PathBuf| carries(path) && contents.get(path).is_ok();
    outputs.iter().filter(readable).map(|path| (path.clone(), library.stub(path))).collect()
}
