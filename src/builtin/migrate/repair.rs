//! `migrate repair`: the ledger takes the files as they are now. No file is run.

use super::report::{self, Migrated};
use super::session::Session;
use crate::builtin::context::{Failure, Verdict};
use crate::db::migration::{Entry, MigrationError, State};
use crate::event::Event;

impl Session<'_> {
    /// Records comment-only edits and forgets files that are gone. A file whose statements changed is recorded only
    /// if its version is among `accepted`: with one that is not, or a version that was not edited, nothing is changed.
    pub(super) fn repair(&mut self, accepted: &[String]) -> Result<Verdict, Failure> {
        self.lock()?;
        let entries = self.entries()?;
        check(&entries, accepted)?;
        let (mut sql, mut repaired) = (Vec::new(), Vec::new());
        for entry in &entries {
            let (how, what) = match (entry.state, &entry.file) {
                (State::Touched, Some(file)) => {
                    sql.push(self.ledger.repair(file));
                    ("repaired", "only comments or layout changed; it is recorded as it is now")
                }
                (State::Edited, Some(file)) => {
                    sql.push(self.ledger.repair(file));
                    ("repaired", "its statements changed; they are recorded and were not run")
                }
                (State::Missing, _) => {
                    sql.push(self.ledger.forget(entry.version()));
                    ("forgotten", "its file is gone; the ledger forgets it, what it made stays")
                }
                _ => continue,
            };
            self.context.sink.emit(Event::Note { text: format!("`{}`: {what}", entry.title()) });
            repaired.push(Migrated { version: entry.version(), name: entry.title(), how, time: None });
        }
        self.connection.rows(&sql.join(";\n"))?;
        report::migrated(self.context, repaired);
        let summary = match sql.len() {
            0 => "nothing to repair".to_owned(),
            count => format!("{count} repaired, no SQL was run"),
        };
        Ok(Verdict { code: 0, summary: Some(summary) })
    }
}

/// Refuses edits that nobody has accepted, and accepted versions that were not edited.
fn check(entries: &[Entry], accepted: &[String]) -> Result<(), MigrationError> {
    let is = |entry: &Entry, version: &str| {
        version == entry.version() || version.parse().is_ok_and(|number: u128| number == entry.order().0)
    };
    let edited: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Edited).collect();
    if let Some(wrong) = accepted.iter().find(|version| !edited.iter().any(|entry| is(entry, version))) {
        return Err(MigrationError::NotEdited { version: wrong.clone() });
    }
    let refused = edited.iter().filter(|entry| !accepted.iter().any(|version| is(entry, version)));
    let (files, versions): (Vec<String>, Vec<&str>) =
        refused.map(|entry| (entry.title(), entry.version())).unzip();
    if files.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = accepted.iter().map(String::as_str).chain(versions).collect();
    Err(MigrationError::Unaccepted { files, accept: all.join(",") })
}
