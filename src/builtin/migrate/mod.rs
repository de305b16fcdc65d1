//! `migrate`: applies migration files, and tells how they stand.
//!
//! - [`mod@grammar`]: its words. [`report`]: what it prints.
//! - [`session`]: a task under way. Its tasks: [`forward`] applies, [`back`] undoes, [`look`] changes nothing,
//!   [`adopt`] brings the ledger in step with what was done without it, [`repair`] with what became of the files.

mod adopt;
mod back;
mod forward;
mod grammar;
mod look;
mod repair;
mod report;
mod session;

use std::time::Duration;

use super::context::{Context, Failure, Verdict};
use crate::db;
use crate::db::migration::{MigrationError, file};
pub use grammar::{grammar, parse};
use session::Session;

/// What to do with migrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migrate {
    /// Which of the verb's tasks.
    pub task: Task,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
    /// How long to wait for another migrator.
    pub wait: Duration,
    /// How long a statement waits for a lock.
    pub lock_timeout: Duration,
    /// End the sessions that hold a lock a file needs.
    pub kill_blockers: bool,
}

/// A task of `migrate`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Task {
    /// Apply what is pending.
    Apply {
        /// Which of them.
        which: Which,
        /// Only show what would run.
        dry: bool,
    },
    /// Undo with the `.down.sql` files.
    Down {
        /// Everything newer than this version; without one, the newest applied file.
        to: Option<String>,
        /// Only show what would run.
        dry: bool,
    },
    /// Tell how every version stands.
    Status,
    /// Replay the files elsewhere and compare.
    Verify,
    /// Begin a new file.
    New(String),
    /// Record files as applied without running them.
    Adopt(Adopt),
    /// Take the files as they are now for those that were applied.
    Repair {
        /// The versions whose statements changed, and that are recorded as they are now although these never ran.
        accepted: Vec<String>,
    },
}

/// Which of the pending files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Which {
    /// Only the one whose name contains this.
    pub file: Option<String>,
    /// Up to this version.
    pub to: Option<String>,
    /// Even what is older than the newest applied.
    pub out_of_order: bool,
}

/// Which files to record as applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Adopt {
    /// Those that make exactly what is there.
    Matching,
    /// None of them.
    None,
    /// Those up to a version.
    To {
        /// The last one.
        version: String,
        /// The person knows that they were applied.
        yes: bool,
    },
}

impl Task {
    /// Whether printing is its purpose.
    pub fn prints(&self) -> bool {
        matches!(
            self,
            Self::Status | Self::Verify | Self::Apply { dry: true, .. } | Self::Down { dry: true, .. }
        )
    }
}

impl Migrate {
    /// Does the task.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let Some(migrations) = &target.migrations else {
            return Err(MigrationError::None(target.name.clone()).into());
        };
        if let Task::New(name) = &self.task {
            return begin(context, migrations, name);
        }
        let files = file::files(migrations, context.root)?;
        let mut session = Session::open(self, context, target, files)?;
        match &self.task {
            Task::Status => session.status(),
            Task::Apply { which, dry: true } => session.would_apply(which),
            Task::Apply { which, dry: false } => session.apply(which),
            Task::Down { to, dry: true } => session.would_undo(to.as_deref()),
            Task::Down { to, dry: false } => session.undo(to.as_deref()),
            Task::Adopt(which) => session.adopt(which),
            Task::Verify => session.verify(),
            Task::Repair { accepted } => session.repair(accepted),
            Task::New(name) => begin(context, migrations, name),
        }
    }
}

/// Writes an empty file with the next number beside the others.
fn begin(context: &Context<'_>, migrations: &db::Migrations, name: &str) -> Result<Verdict, Failure> {
    let file = file::begin(migrations, context.root, name)?;
    Ok(Verdict { code: 0, summary: Some(format!("begun {file}")) })
}

#[cfg(test)]
mod tests;
