//! Undoing applied files with their `.down.sql`, the newest first.

use super::report::{self, Migrated};
use super::session::{Session, last_of};
use crate::builtin::context::{Failure, Verdict};
use crate::db::migration::{Entry, Migration, MigrationError, apply, history};

impl Session<'_> {
    /// Undoes the newest applied file, or everything newer than `to`; each in one transaction with its ledger row.
    pub(super) fn undo(&mut self, to: Option<&str>) -> Result<Verdict, Failure> {
        self.lock()?;
        let entries = self.entries()?;
        let downs = self.downs(&entries, to)?;
        let mut undone = Vec::new();
        for (index, down) in downs.iter().enumerate() {
            self.begin(down, (index + 1, downs.len()))?;
            let mut notice = self.notices(down);
            let time = apply::undo(&mut self.connection, &self.ledger, down, &mut notice)
                .map_err(|error| self.explain(error))?;
            report::done(self.context, "undone", down, time);
            undone.push(Migrated::file(down, "undone", Some(time)));
        }
        report::migrated(self.context, undone);
        if !downs.is_empty() {
            self.ledger.keep_fingerprint(&mut self.connection)?;
        }
        let summary = match downs.len() {
            0 => "nothing to undo".to_owned(),
            count => format!("{count} undone"),
        };
        Ok(Verdict { code: 0, summary: Some(summary) })
    }

    /// The same, up to the first change.
    pub(super) fn would_undo(&mut self, to: Option<&str>) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        let downs = self.downs(&entries, to)?;
        report::dry_run(self.context, &downs.iter().collect::<Vec<_>>());
        Ok(Verdict { code: 0, summary: Some(format!("{} to undo", downs.len())) })
    }

    /// The files that undo, in the order to run them; refused as a whole if one is missing.
    fn downs(&self, entries: &[Entry], to: Option<&str>) -> Result<Vec<Migration>, Failure> {
        history::check(entries, true)?;
        let titles: Vec<String> = entries.iter().map(Entry::title).collect();
        let applied = entries.iter().rev().filter(|entry| entry.row.is_some());
        let ups: Vec<&Migration> = match to {
            None => applied.take(1).filter_map(|entry| entry.file.as_ref()).collect(),
            Some(wanted) => {
                let last = last_of(&self.files, wanted, &titles)?.order();
                let ups = applied.filter_map(|entry| entry.file.as_ref());
                ups.filter(|file| file.order() > last).collect()
            }
        };
        let mut downs = Vec::new();
        let mut without = Vec::new();
        for up in ups {
            match up.down(self.context.root)? {
                Some(down) => downs.push(down),
                None => without.push(up.title()),
            }
        }
        if !without.is_empty() {
            return Err(MigrationError::NoDown { files: without }.into());
        }
        for down in &downs {
            apply::check(down)?;
        }
        Ok(downs)
    }
}
