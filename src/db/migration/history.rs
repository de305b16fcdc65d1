//! Files and ledger side by side.

use super::ledger::Row;
use super::{Migration, MigrationError};

/// How a version stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Applied, and the file is the same.
    Applied,
    /// Applied; comments or layout of the file changed since.
    Touched,
    /// Applied; what the file says changed since.
    Edited,
    /// Applied; the file is gone.
    Missing,
    /// Not applied, and newer than everything that is.
    Pending,
    /// Not applied, although a newer one is.
    Late,
}

impl State {
    /// In one word or few.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Touched => "applied (comments changed)",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Pending => "pending",
            Self::Late => "out of order",
        }
    }

    /// Whether it has not been applied.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::Late)
    }
}

/// One version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// How it stands.
    pub state: State,
    /// Its file, unless that is gone.
    pub file: Option<Migration>,
    /// Its row of the ledger, if it was applied.
    pub row: Option<Row>,
}

impl Entry {
    /// `001_initial_schema`
    pub fn title(&self) -> String {
        match (&self.file, &self.row) {
            (Some(file), _) => file.title(),
            (None, Some(row)) => super::file::title(&row.version, &row.name),
            (None, None) => String::new(),
        }
    }

    /// What it is ordered by.
    pub fn order(&self) -> (u128, String) {
        super::file::order(self.version())
    }

    /// The version.
    pub fn version(&self) -> &str {
        match (&self.file, &self.row) {
            (Some(file), _) => &file.version,
            (None, row) => row.as_ref().map(|row| row.version.as_str()).unwrap_or_default(),
        }
    }
}

/// Every version that a file or the ledger knows, in order.
pub fn entries(files: Vec<Migration>, mut rows: Vec<Row>) -> Vec<Entry> {
    let newest = rows.iter().map(|row| super::file::order(&row.version)).max();
    let mut entries: Vec<Entry> = Vec::new();
    for file in files {
        let row = rows.iter().position(|row| row.version == file.version).map(|index| rows.remove(index));
        let state = match &row {
            Some(row) if row.checksum == file.checksum => State::Applied,
            Some(row) if row.normalized == file.normalized => State::Touched,
            Some(_) => State::Edited,
            None if newest.as_ref().is_some_and(|newest| file.order() < *newest) => State::Late,
            None => State::Pending,
        };
        entries.push(Entry { state, file: Some(file), row });
    }
    entries.extend(rows.into_iter().map(|row| Entry { state: State::Missing, file: None, row: Some(row) }));
    entries.sort_by_cached_key(Entry::order);
    entries
}

/// Refuses a history that `migrate` must not build on.
pub fn check(entries: &[Entry], allow_late: bool) -> Result<(), MigrationError> {
    let titles = |state: State| -> Vec<String> {
        entries.iter().filter(|entry| entry.state == state).map(Entry::title).collect()
    };
    let (edited, missing, late) = (titles(State::Edited), titles(State::Missing), titles(State::Late));
    if !edited.is_empty() {
        return Err(MigrationError::Edited { files: edited });
    }
    if !missing.is_empty() {
        return Err(MigrationError::Missing { files: missing });
    }
    if !late.is_empty() && !allow_late {
        return Err(MigrationError::Late { files: late });
    }
    Ok(())
}
