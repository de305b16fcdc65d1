//! Applying what is pending.

use std::time::Duration;

use super::Which;
use super::report::{self, Migrated};
use super::session::{Session, last_of};
use crate::builtin::context::{Failure, Verdict};

use crate::db::migration::error::choose;
use crate::db::migration::{Entry, Ledger, Migration, MigrationError, State, apply, history};
use crate::event::Event;

impl Session<'_> {
    /// Applies what is pending, file by file; what was applied before a failure stays.
    pub(super) fn apply(&mut self, which: &Which) -> Result<Verdict, Failure> {
        self.lock()?;
        let entries = self.entries()?;
        let chosen = self.chosen(&entries, which)?;
        self.notes(&entries);
        if !self.ledger.exists {
            let create = self.ledger.create();
            self.connection.rows(&create)?;
            self.ledger.exists = true;
        }
        let mut applied = Vec::new();
        for (index, file) in chosen.iter().enumerate() {
            let time = self.one(file, (index + 1, chosen.len()))?;
            report::done(self.context, "applied", file, time);
            applied.push(Migrated::file(file, "applied", Some(time)));
        }
        report::migrated(self.context, applied);
        if !chosen.is_empty() {
            self.ledger.keep_fingerprint(&mut self.connection)?;
        }
        let summary = match chosen.len() {
            0 => "nothing to do".to_owned(),
            count => format!("{count} applied"),
        };
        Ok(Verdict { code: 0, summary: Some(summary) })
    }

    /// The same, up to the first change.
    pub(super) fn would_apply(&mut self, which: &Which) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        let chosen = self.chosen(&entries, which)?;
        report::dry_run(self.context, &chosen);
        Ok(Verdict { code: 0, summary: Some(format!("{} pending", chosen.len())) })
    }

    /// The pending files that were asked for, if nothing speaks against running them.
    fn chosen<'e>(&mut self, entries: &'e [Entry], which: &Which) -> Result<Vec<&'e Migration>, Failure> {
        history::check(entries, which.out_of_order || which.file.is_some())?;
        let chosen = self.choose(entries, which)?;
        for file in &chosen {
            apply::check(file)?;
        }
        self.check_origin()?;
        Ok(chosen)
    }

    fn choose<'e>(&self, entries: &'e [Entry], which: &Which) -> Result<Vec<&'e Migration>, MigrationError> {
        let pending = || {
            let pending = entries.iter().filter(|entry| entry.state.is_pending());
            pending.filter_map(|entry| entry.file.as_ref())
        };
        let titles: Vec<String> = entries.iter().map(Entry::title).collect();
        if let Some(wanted) = &which.file {
            let title = choose(&titles, wanted)?;
            return Ok(pending().filter(|file| file.title() == title).collect());
        }
        let Some(wanted) = &which.to else { return Ok(pending().collect()) };
        let last = last_of(&self.files, wanted, &titles)?.order();
        let mut rows = entries.iter().filter(|entry| entry.row.is_some());
        if rows.any(|entry| entry.order() > last) {
            return Err(MigrationError::Backwards { wanted: wanted.clone() });
        }
        Ok(pending().filter(|file| file.order() <= last).collect())
    }

    fn one(&mut self, file: &Migration, place: (usize, usize)) -> Result<Duration, Failure> {
        self.begin(file, place)?;
        let mut notice = self.notices(file);
        let applied = apply::apply(&mut self.connection, &self.ledger, file, &mut notice);
        Ok(applied.map_err(|error| self.explain(error))?)
    }

    fn notes(&self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.state == State::Touched) {
            let text =
                format!("`{}` was applied and only its comments or layout changed since", entry.title());
            self.context.sink.emit(Event::Note { text });
        }
    }

    /// Refuses tables whose origin nobody has written down.
    fn check_origin(&mut self) -> Result<(), Failure> {
        if self.ledger.exists {
            return Ok(());
        }
        let tables = Ledger::unrecorded(&mut self.connection)?;
        if tables == 0 {
            return Ok(());
        }
        let database = self.connection.database().to_owned();
        Err(MigrationError::NoLedger { database, tables }.into())
    }
}
