//! The migrations and the schema of every profile's database.
//!
//! This module knows no connection: a [`Reader`] brings what a database and its migration files say, and sums
//! are compared as they come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::thread;

use super::Job;
use super::files::Context;
use super::finding::{Finding, Severity};
use super::hash::Contents;
use crate::text;

/// Looks at one database; the error is the end of the sentence "cannot be checked: …".
pub struct Reader<T>(Arc<dyn Fn() -> Result<T, String> + Send + Sync>);

impl<T> Reader<T> {
    /// A reader that calls `read`, on a thread of its own, once for each run.
    pub fn new(read: impl Fn() -> Result<T, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// One migration, in a folder or in a ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its version; versions are compared as a whole.
    pub version: String,
    /// The sum of its content, however the ledger makes it.
    pub sum: String,
}

/// What a database and its migration files say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LedgerView {
    /// The files, in the order in which they are applied.
    pub files: Vec<Row>,
    /// What the ledger holds; `None` if the database has no ledger.
    pub applied: Option<Vec<Row>>,
    /// Tables of which no ledger tells the origin: with some, migrating is refused until they are adopted.
    pub tables: usize,
}

/// Which database: one of a profile. Databases of one name hold the same in every profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whose {
    /// The profile.
    pub profile: String,
    /// The database's name in the manifest; `None` where there is only one.
    pub database: Option<String>,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.database {
            None => write!(f, "{} DB", self.profile),
            Some(name) => write!(f, "{} DB `{name}`", self.profile),
        }
    }
}

impl Whose {
    fn finding(&self, severity: Severity, text: &str) -> Finding {
        let place = match &self.database {
            None => self.profile.clone(),
            Some(name) => format!("{}/{name}", self.profile),
        };
        Finding::new(severity, place, format!("{self}: {text}"))
    }

    fn unreachable(&self, why: &str) -> Finding {
        self.finding(Severity::Unknown, &format!("unknown, it cannot be checked: {why}"))
    }
}

/// One profile's database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Which one.
    pub whose: Whose,
    /// The flags that name it to `gladys migrate`, a blank before each.
    pub flags: String,
    /// Looks at it.
    pub read: Reader<LedgerView>,
}

impl Database {
    /// The command that applies what is pending; with a `task`, that one.
    fn migrate(&self, task: &str) -> String {
        let blank = if task.is_empty() { "" } else { " " };
        format!("gladys migrate{blank}{task}{}", self.flags)
    }
}

/// One profile's database and the fingerprint of its catalog: now, and as the last migrate left it.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Which one.
    pub whose: Whose,
    /// Looks at it: now, then (`None` if none was recorded).
    pub read: Reader<(String, Option<String>)>,
}

/// The migrations of all databases, at work.
pub struct Migrations<'a> {
    pub databases: &'a [Database],
    pub context: Context<'a>,
}

impl Job for Migrations<'_> {
    fn judge(&self, _contents: &Contents) -> Vec<Finding> {
        let views = read_all(self.databases.iter().map(|database| &database.read));
        let pairs = || self.databases.iter().zip(&views);
        let each = pairs().flat_map(|(database, view)| match view {
            Ok(view) => self.judge_one(database, view),
            Err(why) => vec![database.whose.unreachable(why)],
        });
        let known: Vec<_> =
            pairs().filter_map(|(database, view)| Some((database, view.as_ref().ok()?))).collect();
        let mut by_name: BTreeMap<&Option<String>, Vec<_>> = BTreeMap::new();
        for (database, view) in known {
            by_name.entry(&database.whose.database).or_default().push((database, view));
        }
        each.chain(by_name.into_values().filter_map(|known| compare(&known))).collect()
    }
}

/// Reads all databases at once; one after another where the system gives no threads.
fn read_all<'a, T: Send + 'static>(readers: impl Iterator<Item = &'a Reader<T>>) -> Vec<Result<T, String>> {
    thread::scope(|scope| {
        let begin = |reader: &'a Reader<T>| {
            let read = || (reader.0)();
            thread::Builder::new().spawn_scoped(scope, read).map_err(|_| read())
        };
        let threads: Vec<_> = readers.map(begin).collect();
        let end =
            |begun: Result<thread::ScopedJoinHandle<'_, Result<T, String>>, Result<T, String>>| match begun {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err("looking at it failed".to_owned())),
                Err(read_here) => read_here,
            };
        threads.into_iter().map(end).collect()
    })
}

impl Migrations<'_> {
    fn judge_one(&self, database: &Database, view: &LedgerView) -> Vec<Finding> {
        let whose = &database.whose;
        if view.files.is_empty() {
            let message = format!("{whose}: unknown, there are no migration files");
            return vec![self.context.absent(whose.profile.clone(), message).span(self.context.check.span)];
        }
        let Some(applied) = &view.applied else { return vec![without_ledger(database, view)] };
        let drifts = drifts(&view.files, applied);
        if drifts.is_empty() {
            let count = text::count(applied.len(), "migration");
            return vec![whose.finding(Severity::InStep, &format!("{count} applied"))];
        }
        let found = drifts.into_iter().map(|(kind, versions)| {
            let count = text::count(versions.len(), "migration");
            let text = format!("OUT OF SYNC, {count} {}", kind.words());
            let finding = whose.finding(Severity::Drift, &text).details(versions);
            let finding = finding.action([database.migrate(kind.task())]);
            if kind == Drift::Pending { finding } else { finding.by_hand() }
        });
        found.collect()
    }
}

/// An empty database is migrated; one with tables is asked first which files made them.
fn without_ledger(database: &Database, view: &LedgerView) -> Finding {
    let all = text::count(view.files.len(), "migration");
    let drift = |text: &str| database.whose.finding(Severity::Drift, text);
    if view.tables == 0 {
        return drift(&format!("OUT OF SYNC, it is empty: {all} pending")).action([database.migrate("")]);
    }
    let tables = text::count(view.tables, "table");
    drift(&format!("OUT OF SYNC, it has {tables} and no ledger of its {all}"))
        .action([database.migrate("adopt")])
        .by_hand()
}

/// How a database's migrations can differ from the files; while there is one of the others, what is pending has to wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Drift {
    OutOfOrder,
    Modified,
    Missing,
    Pending,
}

impl Drift {
    fn words(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::OutOfOrder => {
                "out of order, older than one that is applied: renumber, or apply out of order"
            }
            Self::Modified => "modified after being applied: restore the file, or repair",
            Self::Missing => "applied of which the file is missing: restore the file, or repair",
        }
    }

    /// The task of `migrate` for it. A check's `fix` applies what is pending, which is refused for all others.
    fn task(self) -> &'static str {
        match self {
            Self::Pending => "",
            Self::OutOfOrder => "--out-of-order",
            Self::Modified | Self::Missing => "repair",
        }
    }
}

/// The versions that differ, by how they do.
fn drifts(files: &[Row], applied: &[Row]) -> BTreeMap<Drift, Vec<String>> {
    let ledger: BTreeMap<&str, &str> =
        applied.iter().map(|row| (row.version.as_str(), row.sum.as_str())).collect();
    let there: BTreeSet<&str> = files.iter().map(|row| row.version.as_str()).collect();
    let last = files.iter().rposition(|file| ledger.contains_key(file.version.as_str()));
    let mut found: BTreeMap<Drift, Vec<String>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let drift = match ledger.get(file.version.as_str()) {
            Some(sum) if *sum == file.sum => continue,
            Some(_) => Drift::Modified,
            None if last.is_some_and(|last| index < last) => Drift::OutOfOrder,
            None => Drift::Pending,
        };
        found.entry(drift).or_default().push(file.version.clone());
    }
    for row in applied.iter().filter(|row| !there.contains(row.version.as_str())) {
        found.entry(Drift::Missing).or_default().push(row.version.clone());
    }
    found
}

/// Databases against each other, by their sets of versions: equal counts can hide different ones.
fn compare(known: &[(&Database, &LedgerView)]) -> Option<Finding> {
    let sets: Vec<(&str, BTreeSet<&str>)> = known
        .iter()
        .filter_map(|(database, view)| {
            let versions = view.applied.as_ref()?.iter().map(|row| row.version.as_str());
            Some((database.whose.profile.as_str(), versions.collect()))
        })
        .collect();
    let all: BTreeSet<&str> = sets.iter().flat_map(|(_, set)| set.iter().copied()).collect();
    let line = |version: &str| {
        let names = |has: bool| {
            sets.iter().filter(move |(_, set)| set.contains(version) == has).map(|(name, _)| *name)
        };
        format!("{version}: in {}, not in {}", text::list(names(true)), text::list(names(false)))
    };
    let split = |version: &&str| !sets.iter().all(|(_, set)| set.contains(*version));
    let lines: Vec<String> = all.into_iter().filter(split).map(line).collect();
    let place = sets.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let name = known.first().and_then(|(database, _)| database.whose.database.as_ref());
    let which = name.map_or_else(|| "the databases".to_owned(), |name| format!("the databases `{name}`"));
    let message = format!("{which} of {} differ", text::list(sets.iter().map(|(name, _)| *name)));
    (!lines.is_empty()).then(|| Finding::new(Severity::Drift, place, message).details(lines))
}

/// The schemas of all databases, at work.
pub struct Schemas<'a> {
    pub schemas: &'a [Schema],
    pub context: Context<'a>,
}

impl Job for Schemas<'_> {
    fn judge(&self, _contents: &Contents) -> Vec<Finding> {
        let views = read_all(self.schemas.iter().map(|schema| &schema.read));
        self.schemas.iter().zip(views).map(|(schema, view)| self.judge_one(&schema.whose, view)).collect()
    }
}

impl Schemas<'_> {
    fn judge_one(&self, whose: &Whose, view: Result<(String, Option<String>), String>) -> Finding {
        match view {
            Err(why) => whose.unreachable(&why),
            Ok((_, None)) => {
                let text = "unknown, no fingerprint of its schema was recorded by a migrate";
                whose.finding(Severity::Unknown, text)
            }
            Ok((now, Some(then))) if now == then => {
                whose.finding(Severity::InStep, "its schema is as the last migrate left it")
            }
            Ok((now, Some(then))) => {
                let text = "OUT OF SYNC, its schema changed since the last migrate";
                let details = [format!("then: {then}"), format!("now: {now}")];
                self.context.mended(whose.finding(Severity::Drift, text).details(details))
            }
        }
    }
}
