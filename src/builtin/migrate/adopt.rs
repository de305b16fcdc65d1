//! What was done without the ledger, or beside it: adopting and verifying.

use super::Adopt;
use super::report::{self, Migrated, Verified};
use super::session::{Session, last_of};
use crate::builtin::context::{Failure, Verdict};
use crate::db;
use crate::db::migration::scratch::{self, Replay};
use crate::db::migration::{Migration, MigrationError, catalog, difference, history};

impl Session<'_> {
    /// Records files as applied without running them.
    pub(super) fn adopt(&mut self, which: &Adopt) -> Result<Verdict, Failure> {
        self.lock()?;
        let rows = self.ledger.rows(&mut self.connection)?;
        if !rows.is_empty() {
            let database = self.connection.database().to_owned();
            return Err(MigrationError::HasLedger { database, rows: rows.len() }.into());
        }
        let count = match which {
            Adopt::None => 0,
            Adopt::Matching => self.matching()?,
            Adopt::To { yes: false, .. } => return Err(MigrationError::Unconfirmed.into()),
            Adopt::To { version, .. } => {
                let titles: Vec<String> = self.files.iter().map(Migration::title).collect();
                let last = last_of(&self.files, version, &titles)?.order();
                self.files.iter().filter(|file| file.order() <= last).count()
            }
        };
        let adopted = &self.files[..count];
        let mut sql = vec![self.ledger.create()];
        sql.extend(adopted.iter().map(|file| self.ledger.insert_lasting(file, None)));
        self.connection.rows(&sql.join(";\n"))?;
        report::migrated(self.context, adopted.iter().map(|file| Migrated::file(file, "adopted", None)));
        Ok(Verdict { code: 0, summary: Some(format!("{count} adopted")) })
    }

    /// How many files make exactly what is there.
    fn matching(&mut self) -> Result<usize, Failure> {
        let here = catalog::describe(&mut self.connection)?;
        let files = self.files.clone();
        let replay = self.replay(&files, "or compare nothing: gladys migrate adopt --to VERSION --yes")?;
        if let Some(count) = replay.after.iter().rposition(|after| *after == here) {
            return Ok(count);
        }
        let differences = replay.after.iter().map(|after| difference::between(after, &here));
        let (count, differences) =
            differences.enumerate().min_by_key(|(_, differences)| differences.len()).unwrap_or_default();
        let after =
            count.checked_sub(1).map_or_else(|| "no file".to_owned(), |last| self.files[last].title());
        let database = self.connection.database().to_owned();
        Err(MigrationError::NoMatch { database, after, differences }.into())
    }

    /// What files make in a scratch database; `or` is said to whom may not create one.
    fn replay(&mut self, files: &[Migration], or: &str) -> Result<Replay, db::Error> {
        let replay = scratch::replay(&mut self.connection, &self.settings, files, self.context.interrupted);
        // 42501 is `insufficient_privilege` (the manual's appendix A).
        replay.map_err(|error| match error.sqlstate() {
            Some("42501") => {
                let user = self.connection.user();
                error.with(&format!(
                    "grant the right to create a scratch database: alter role {user} createdb\n{or}"
                ))
            }
            _ => error,
        })
    }

    /// Compares the database with what the applied files make elsewhere; the exit code is 1 if it is not the same.
    pub(super) fn verify(&mut self) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        history::check(&entries, true)?;
        let applied: Vec<Migration> =
            entries.into_iter().filter(|entry| entry.row.is_some()).filter_map(|entry| entry.file).collect();
        let here = catalog::describe(&mut self.connection)?;
        let replay = self.replay(&applied, "or verify as a role that has it")?;
        let made = replay.after.last().cloned().unwrap_or_default();
        let differences = difference::between(&made, &here);
        let verified = Verified { connection: &self.connection, files: &applied, differences: &differences };
        report::verified(self.context, &verified);
        Ok(Verdict { code: u8::from(!differences.is_empty()), summary: None })
    }
}
