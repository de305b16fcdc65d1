//! `sync-check`: is the checkout in step with itself, with what it generates and with its databases?

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};

use super::{Context, Failure, Verdict};
use crate::db::migration::{Ledger, MigrationError, file, fingerprint};
use crate::db::{Connection, Settings, Target};
use crate::event::Event;
use crate::span::Sources;
use crate::sync::{self, Check, Ground, LedgerView, Reader, Report, Row, Severity, Style};

/// What to compare.
#[derive(Clone, Debug, Default)]
pub struct SyncCheck {
    /// The checks that were named; none means all.
    pub only: Vec<String>,
    /// What to do besides comparing.
    pub task: Task,
    /// The checks, once the plan has resolved them.
    pub checks: Vec<Check>,
    /// The manifest's files, for the places of findings.
    pub sources: Sources,
}

/// What `sync-check` does besides comparing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Task {
    /// Nothing.
    #[default]
    Compare,
    /// Take the present state for the good one.
    Record,
    /// Run the declared fixes, then compare again.
    Fix,
}

/// Two requests are the same when the same was asked; what it resolves to is the plan's business.
impl PartialEq for SyncCheck {
    fn eq(&self, other: &Self) -> bool {
        (&self.only, self.task) == (&other.only, other.task)
    }
}

/// How long a database may take to be looked at.
const PATIENCE: Duration = Duration::from_secs(5);

/// Flags and arguments.
pub fn grammar(command: clap::Command) -> clap::Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    command
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("CHECK")
                .action(ArgAction::Append)
                .help("Only this check; may be given several times"),
        )
        .arg(
            flag("record", "Take the present state of generated and built files for the good one")
                .conflicts_with("fix"),
        )
        .arg(flag("fix", "Run the declared fixes of what is out of step, then check again"))
}

/// What was typed.
pub fn parse(matches: &ArgMatches) -> SyncCheck {
    let task = match (matches.get_flag("record"), matches.get_flag("fix")) {
        (true, _) => Task::Record,
        (false, true) => Task::Fix,
        (false, false) => Task::Compare,
    };
    let only = matches.get_many::<String>("only").unwrap_or_default().cloned().collect();
    SyncCheck { only, task, ..SyncCheck::default() }
}

impl SyncCheck {
    /// What it is about to do besides comparing, as one line.
    pub fn what(&self) -> Option<&'static str> {
        match self.task {
            Task::Compare => None,
            Task::Record => Some("takes the present state for the good one"),
            Task::Fix => Some("runs the fixes of what is out of step, then compares again"),
        }
    }

    /// Compares, and prints what was found. The code is 0 in step, 1 out of step, 2 where something could not be
    /// looked at.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let records = sync::records(context.root);
        let ground = Ground {
            root: context.root,
            records: &records,
            sources: &self.sources,
            interrupted: context.interrupted,
        };
        let report = match self.task {
            Task::Compare => sync::run(&self.checks, &ground),
            Task::Record => sync::record(&self.checks, &ground),
            Task::Fix => self.fix(&ground, context)?,
        };
        let text = if context.json {
            report.json()
        } else {
            sync::render(&report, Style { unicode: crate::text::unicode(), color: context.color })
        };
        context.print(&text);
        Ok(Verdict { code: report.exit_code(), summary: None })
    }

    /// Shows every fix of what is out of step, runs them in order, records what they made, and compares again. Where a fix is
    /// known to refuse, it is not run: the report says what to do by hand.
    fn fix(&self, ground: &Ground<'_>, context: &Context<'_>) -> Result<Report, Failure> {
        let before = sync::run(&self.checks, ground);
        let drifted = self.checks.iter().zip(&before.sections);
        let drifted = drifted.filter(|(_, section)| section.status >= Severity::Unknown);
        let drifted = drifted.filter(|(check, _)| check.fix.is_some());
        let (by_hand, fixable): (Vec<_>, Vec<_>) =
            drifted.partition(|(_, section)| section.findings.iter().any(|finding| finding.by_hand));
        let fixable: Vec<&Check> = fixable.into_iter().map(|(check, _)| check).collect();
        for (check, _) in by_hand {
            let text = format!("{}: not fixed, `{}` would refuse", check.name, shown(check));
            context.sink.emit(Event::Note { text });
        }
        for (number, check) in fixable.iter().enumerate() {
            context
                .sink
                .emit(Event::Note { text: format!("{}. {}: {}", number + 1, check.name, shown(check)) });
        }
        for check in fixable {
            if let Some(fix) = &check.fix {
                fix.run().map_err(|error| Box::new(error) as Failure)?;
                sync::record(std::slice::from_ref(check), ground);
            }
        }
        Ok(sync::run(&self.checks, ground))
    }
}

/// The command of a check's fix.
fn shown(check: &Check) -> &str {
    check.fix_shown.as_deref().unwrap_or_default()
}

/// Looks at the migrations of a database: the files, and what its ledger holds. Comment-only edits do not count.
pub fn ledger_reader(target: Target, root: PathBuf) -> Reader<LedgerView> {
    Reader::new(move || {
        let migrations = target.migrations.as_ref().ok_or("it has no migrations")?;
        let files = match file::files(migrations, &root) {
            Err(MigrationError::NoFiles { .. }) => return Ok(LedgerView::default()),
            files => files.map_err(|error| error.to_string())?,
        };
        let files = files.into_iter().map(|file| Row { version: file.version, sum: file.normalized });
        let (applied, tables) = with_connection(&target, |connection| {
            let ledger = Ledger::find(connection)?;
            let rows = ledger.rows(connection)?;
            let tables = if ledger.exists { 0 } else { Ledger::unrecorded(connection)? };
            Ok((ledger.exists.then_some(rows), tables))
        })?;
        let row = |row: crate::db::migration::Row| Row { version: row.version, sum: row.normalized };
        let applied = applied.map(|rows| rows.into_iter().map(row).collect());
        Ok(LedgerView { files: files.collect(), applied, tables })
    })
}

/// Looks at the catalog of a database: its fingerprint now, and the one that the last migrate left.
pub fn schema_reader(target: Target) -> Reader<(String, Option<String>)> {
    Reader::new(move || {
        with_connection(&target, |connection| {
            let recorded = Ledger::find(connection)?.fingerprint(connection)?;
            Ok((fingerprint::present(connection)?, recorded))
        })
    })
}

fn with_connection<T>(
    target: &Target,
    look: impl FnOnce(&mut Connection<'_>) -> Result<T, crate::db::Error>,
) -> Result<T, String> {
    let never = AtomicBool::new(false);
    let mut settings = Settings::of(target).map_err(|error| error.to_string())?;
    settings.timeout = PATIENCE;
    let mut connection = Connection::open(&settings, &never).map_err(|error| error.to_string())?;
    look(&mut connection).map_err(|error| error.to_string())
}
