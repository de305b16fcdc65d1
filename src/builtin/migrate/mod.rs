//! `migrate`: applies migration files, and tells how they stand.

mod report;

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;

use super::context::{Context, Verdict};
use crate::db::migration::error::choose;
use crate::db::migration::lock::{self, Unlocked};
use crate::db::migration::{Entry, Ledger, Migration, MigrationError, State, apply, file, history};
use crate::db::{self, Connection, Settings, Target};
use crate::event::Event;
use crate::text;

type Failure = Box<dyn Diagnostic + Send + Sync>;

/// What to do with migrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migrate {
    /// Which of the verb's tasks.
    pub task: Task,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
    /// How long to wait for another migrator.
    pub wait: Duration,
}

/// A task of `migrate`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Task {
    /// Apply what is pending.
    Apply {
        /// Only the one file whose name contains this.
        file: Option<String>,
        /// Up to this version.
        to: Option<String>,
        /// Even what is older than the newest applied.
        out_of_order: bool,
    },
    /// Tell how every version stands.
    Status,
    /// Show what would run.
    DryRun,
    /// Record files as applied without running them.
    Adopt {
        /// Up to this version; none means an empty ledger.
        to: Option<String>,
        /// The person knows that they were applied.
        yes: bool,
    },
    /// Take the files as they are now for those that were applied.
    Repair,
}

impl Task {
    /// Whether printing is its purpose.
    pub fn prints(&self) -> bool {
        matches!(self, Self::Status | Self::DryRun)
    }
}

/// Adds the flags and arguments of `migrate`.
pub fn grammar(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let adopt = Command::new("adopt")
        .about("Record files as applied in a database that has their tables and no ledger")
        .arg(option("to", "VERSION", "The last file that was applied").required_unless_present("none"))
        .arg(flag("none", "None was applied: begin with an empty ledger").conflicts_with("to"))
        .arg(flag("yes", "I know that they were applied"));
    let repair =
        Command::new("repair").about("Record edited files as they are now, and forget those that are gone");
    command
        .arg(option("file", "NAME", "Apply only the file whose name contains NAME").short('f'))
        .arg(option("to", "VERSION", "Apply up to this version"))
        .arg(flag("status", "Show every migration and how it stands").conflicts_with_all(["file", "dry-run"]))
        .arg(flag("dry-run", "Show what would run, without running it"))
        .arg(flag("out-of-order", "Also apply files older than the newest applied one"))
        .arg(
            option("wait", "TIME", "How long to wait for another migration")
                .default_value("60s")
                .value_parser(duration),
        )
        .arg(option("database", "NAME", "Which database of the manifest; the first by default").global(true))
        .subcommand(adopt)
        .subcommand(repair)
        .args_conflicts_with_subcommands(true)
}

fn duration(text: &str) -> Result<Duration, String> {
    text::parse_duration(text).ok_or_else(|| "expected a time such as `30s` or `5m`".to_owned())
}

/// The value that a command line stands for.
pub fn parse(matches: &ArgMatches) -> Result<Migrate, clap::Error> {
    let text = |matches: &ArgMatches, name: &str| matches.get_one::<String>(name).cloned();
    let task = match matches.subcommand() {
        Some(("adopt", own)) => Task::Adopt { to: text(own, "to"), yes: own.get_flag("yes") },
        Some(_) => Task::Repair,
        None if matches.get_flag("status") => Task::Status,
        None if matches.get_flag("dry-run") => Task::DryRun,
        None => Task::Apply {
            file: text(matches, "file"),
            to: text(matches, "to"),
            out_of_order: matches.get_flag("out-of-order"),
        },
    };
    let wait = matches.get_one("wait").copied().unwrap_or(Duration::from_secs(60));
    let below = matches.subcommand().and_then(|(_, own)| text(own, "database"));
    Ok(Migrate { task, database: below.or_else(|| text(matches, "database")), wait })
}

impl Migrate {
    /// Does the task.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let Some(migrations) = &target.migrations else {
            return Err(MigrationError::None(target.name.clone()).into());
        };
        let files = file::files(migrations, context.root)?;
        let mut session = Session::open(self, context, target, files)?;
        match &self.task {
            Task::Status => session.status(),
            Task::DryRun => session.dry_run(),
            Task::Apply { file, to, out_of_order } => {
                session.apply(file.as_deref(), to.as_deref(), *out_of_order)
            }
            Task::Adopt { to, yes } => session.adopt(to.as_deref(), *yes),
            Task::Repair => session.repair(),
        }
    }
}

/// A task under way.
struct Session<'a> {
    verb: &'a Migrate,
    context: &'a Context<'a>,
    connection: Connection<'a>,
    ledger: Ledger,
    files: Vec<Migration>,
}

impl<'a> Session<'a> {
    fn open(
        verb: &'a Migrate,
        context: &'a Context<'a>,
        target: &Target,
        files: Vec<Migration>,
    ) -> Result<Self, Failure> {
        let settings = Settings::of(target)?.named("gladys migrate").with("lock_timeout", "10s");
        let mut connection = Connection::open(&settings, context.interrupted)?;
        let ledger = Ledger::find(&mut connection)?;
        Ok(Self { verb, context, connection, ledger, files })
    }

    fn entries(&mut self) -> Result<Vec<Entry>, db::Error> {
        let rows = self.ledger.rows(&mut self.connection)?;
        Ok(history::entries(self.files.clone(), rows))
    }

    fn status(&mut self) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        report::status(self.context, &entries).map_err(report::unwritten)?;
        let wrong = |state| matches!(state, State::Edited | State::Missing | State::Late);
        let code = u8::from(entries.iter().any(|entry| wrong(entry.state)));
        let pending = entries.iter().filter(|entry| entry.state.is_pending()).count();
        Ok(Verdict { code, summary: Some(format!("{pending} pending")) })
    }

    fn dry_run(&mut self) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        history::check(&entries, true)?;
        let pending: Vec<&Migration> = pending(&entries).collect();
        for file in &pending {
            apply::check(file)?;
        }
        report::dry_run(self.context, &pending).map_err(report::unwritten)?;
        Ok(Verdict { code: 0, summary: Some(format!("{} pending", pending.len())) })
    }

    /// Waits until no other migrator is at work, and reads the ledger as that one left it.
    fn lock(&mut self) -> Result<(), Failure> {
        let sink = self.context.sink;
        let mut waiting = |holder: &str| {
            sink.emit(Event::Note { text: format!("waiting for another migration: {holder}") });
        };
        lock::take(&mut self.connection, self.verb.wait, self.context.interrupted, &mut waiting).map_err(
            |unlocked| match unlocked {
                Unlocked::Held(error) => Failure::from(error),
                Unlocked::Failed(error) => error.into(),
            },
        )?;
        self.ledger = Ledger::find(&mut self.connection)?;
        Ok(())
    }

    fn apply(
        &mut self,
        file: Option<&str>,
        to: Option<&str>,
        out_of_order: bool,
    ) -> Result<Verdict, Failure> {
        self.lock()?;
        let entries = self.entries()?;
        history::check(&entries, out_of_order || file.is_some())?;
        self.notes(&entries);
        let chosen = self.choose(&entries, file, to)?;
        for file in &chosen {
            apply::check(file)?;
        }
        self.create_ledger()?;
        let mut applied = Vec::new();
        for file in chosen {
            let time = self.one(file)?;
            report::applied(self.context, file, time).map_err(report::unwritten)?;
            applied.push((file, time));
        }
        report::all_applied(self.context, &applied).map_err(report::unwritten)?;
        let summary = if applied.is_empty() {
            "nothing to do".to_owned()
        } else {
            format!("{} applied", applied.len())
        };
        Ok(Verdict { code: 0, summary: Some(summary) })
    }

    /// The pending files that were asked for.
    fn choose<'e>(
        &self,
        entries: &'e [Entry],
        file: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<&'e Migration>, MigrationError> {
        let titles: Vec<String> = entries.iter().map(Entry::title).collect();
        if let Some(wanted) = file {
            let title = choose(&titles, wanted)?;
            return Ok(pending(entries).filter(|file| file.title() == title).collect());
        }
        let Some(wanted) = to else { return Ok(pending(entries).collect()) };
        let last = last_of(&self.files, wanted, &titles)?;
        Ok(pending(entries).filter(|file| file.order() <= last.order()).collect())
    }

    fn one(&mut self, file: &Migration) -> Result<Duration, Failure> {
        if self.context.interrupted.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(MigrationError::Interrupted.into());
        }
        let sink = self.context.sink;
        let mut notice = |message: &db::connection::server::ServerMessage| {
            sink.emit(Event::Note { text: format!("{}: {}", file.title(), message.line()) });
        };
        let time = apply::apply(&mut self.connection, &self.ledger, file, &mut notice)?;
        // What a file set for its session must not reach the next one.
        self.connection.rows("reset session authorization; reset all")?;
        Ok(time)
    }

    fn notes(&self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.state == State::Touched) {
            let text =
                format!("`{}` was applied and only its comments or layout changed since", entry.title());
            self.context.sink.emit(Event::Note { text });
        }
    }

    /// Makes the ledger, unless there are tables whose origin nobody has written down.
    fn create_ledger(&mut self) -> Result<(), Failure> {
        if self.ledger.exists {
            return Ok(());
        }
        let tables = self.tables()?;
        if tables > 0 {
            let database = self.connection.database().to_owned();
            return Err(MigrationError::NoLedger { database, tables }.into());
        }
        let create = self.ledger.create();
        self.connection.rows(&create)?;
        self.ledger.exists = true;
        Ok(())
    }

    /// How many tables and views there are that are neither PostgreSQL's own nor an extension's.
    fn tables(&mut self) -> Result<usize, db::Error> {
        let sql = "select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = \
                   c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' \
                   and n.nspname <> 'information_schema' and not exists (select from pg_catalog.pg_depend d \
                   where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";
        Ok(self.connection.value(sql)?.and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    fn adopt(&mut self, to: Option<&str>, yes: bool) -> Result<Verdict, Failure> {
        self.lock()?;
        let rows = self.ledger.rows(&mut self.connection)?;
        if !rows.is_empty() {
            let database = self.connection.database().to_owned();
            return Err(MigrationError::HasLedger { database, rows: rows.len() }.into());
        }
        let titles: Vec<String> = self.files.iter().map(Migration::title).collect();
        let adopted: Vec<Migration> = match to {
            None => Vec::new(),
            Some(_) if !yes => return Err(MigrationError::Unconfirmed.into()),
            Some(wanted) => {
                let last = last_of(&self.files, wanted, &titles)?.order();
                self.files.iter().filter(|file| file.order() <= last).cloned().collect()
            }
        };
        let mut sql = vec![self.ledger.create()];
        sql.extend(adopted.iter().map(|file| self.ledger.insert_lasting(file, None)));
        self.connection.rows(&sql.join(";\n"))?;
        Ok(Verdict { code: 0, summary: Some(format!("{} adopted", adopted.len())) })
    }

    fn repair(&mut self) -> Result<Verdict, Failure> {
        self.lock()?;
        let entries = self.entries()?;
        let mut sql = Vec::new();
        for entry in &entries {
            match (entry.state, &entry.file) {
                (State::Edited | State::Touched, Some(file)) => sql.push(self.ledger.repair(file)),
                (State::Missing, _) => sql.push(self.ledger.forget(entry.version())),
                _ => continue,
            }
            let text = format!("`{}` was {} and is now in step", entry.title(), entry.state.word());
            self.context.sink.emit(Event::Note { text });
        }
        self.connection.rows(&sql.join(";\n"))?;
        Ok(Verdict { code: 0, summary: Some(format!("{} repaired", sql.len())) })
    }
}

fn pending(entries: &[Entry]) -> impl Iterator<Item = &Migration> {
    entries.iter().filter(|entry| entry.state.is_pending()).filter_map(|entry| entry.file.as_ref())
}

/// The file of a version, or of a part of a name.
fn last_of<'f>(
    files: &'f [Migration],
    wanted: &str,
    titles: &[String],
) -> Result<&'f Migration, MigrationError> {
    if let Some(exact) = files.iter().find(|file| file.version == wanted) {
        return Ok(exact);
    }
    let title = choose(titles, wanted)?;
    files
        .iter()
        .find(|file| file.title() == title)
        .ok_or(MigrationError::Missing { files: vec![title.to_owned()] })
}
