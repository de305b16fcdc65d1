//! `migrate`: applies migration files, and tells how they stand.

mod report;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;

use super::context::{Context, Verdict};
use crate::db::blockers::{self, Blocker};
use crate::db::migration::error::choose;
use crate::db::migration::lock::{self, Unlocked};
use crate::db::migration::{
    Entry, Ledger, Migration, MigrationError, State, apply, catalog, file, history, scratch,
};
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
    /// Replay the files elsewhere and compare.
    Verify,
    /// Begin a new file.
    New(String),
    /// Record files as applied without running them.
    Adopt(Adopt),
    /// Take the files as they are now for those that were applied.
    Repair,
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
        .long_about(
            "Record files as applied in a database that has their tables and no ledger. The files are replayed in a \
             scratch database, and recorded up to the one after which it is made as this database is. Data is not \
             compared",
        )
        .arg(option("to", "VERSION", "Compare nothing: this is the last file that was applied"))
        .arg(flag("none", "None was applied: begin with an empty ledger").conflicts_with("to"))
        .arg(flag("yes", "I know that they were applied"));
    let repair =
        Command::new("repair").about("Record edited files as they are now, and forget those that are gone");
    command
        .arg(option("file", "NAME", "Apply only the file whose name contains NAME").short('f'))
        .arg(option("to", "VERSION", "Apply up to this version"))
        .arg(flag("status", "Show every migration and how it stands").conflicts_with_all(["file", "dry-run"]))
        .arg(flag("dry-run", "Show what would run, without running it"))
        .arg(flag("verify", "Replay all files in a scratch database and compare it with this one"))
        .arg(option("new", "NAME", "Begin a new file with the next number"))
        .arg(flag("kill-blockers", "End the sessions that hold a lock which a file needs"))
        .arg(
            option("lock-timeout", "TIME", "How long a statement may wait for a lock")
                .default_value("10s")
                .value_parser(duration)
                .global(true),
        )
        .arg(flag("out-of-order", "Also apply files older than the newest applied one"))
        .arg(
            option("wait", "TIME", "How long to wait for another migration")
                .default_value("60s")
                .value_parser(duration)
                .global(true),
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
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Migrate, clap::Error> {
    let text = |matches: &ArgMatches, name: &str| matches.get_one::<String>(name).cloned();
    let task = match matches.subcommand() {
        Some(("adopt", own)) => Task::Adopt(match text(own, "to") {
            Some(version) => Adopt::To { version, yes: own.get_flag("yes") },
            None if own.get_flag("none") => Adopt::None,
            None => Adopt::Matching,
        }),
        Some(_) => Task::Repair,
        None if matches.get_flag("status") => Task::Status,
        None if matches.get_flag("dry-run") => Task::DryRun,
        None if matches.get_flag("verify") => Task::Verify,
        None if matches.contains_id("new") => Task::New(text(matches, "new").unwrap_or_default()),
        None => Task::Apply {
            file: text(matches, "file"),
            to: text(matches, "to"),
            out_of_order: matches.get_flag("out-of-order"),
        },
    };
    let own = matches.subcommand().map_or(matches, |(_, own)| own);
    let time = |name: &str, default| own.get_one(name).copied().unwrap_or(Duration::from_secs(default));
    Ok(Migrate {
        task,
        database: text(own, "database"),
        wait: time("wait", 60),
        lock_timeout: time("lock-timeout", 10),
        kill_blockers: matches.get_flag("kill-blockers"),
    })
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
            Task::DryRun => session.dry_run(),
            Task::Apply { file, to, out_of_order } => {
                session.apply(file.as_deref(), to.as_deref(), *out_of_order)
            }
            Task::Adopt(which) => session.adopt(which),
            Task::Verify => session.verify(),
            Task::Repair | Task::New(_) => session.repair(),
        }
    }
}

/// A task under way.
struct Session<'a> {
    verb: &'a Migrate,
    context: &'a Context<'a>,
    settings: Settings,
    connection: Connection<'a>,
    ledger: Ledger,
    files: Vec<Migration>,
    /// Who held the lock that the running file waited for.
    blockers: Rc<RefCell<Vec<Blocker>>>,
}

impl<'a> Session<'a> {
    fn open(
        verb: &'a Migrate,
        context: &'a Context<'a>,
        target: &Target,
        files: Vec<Migration>,
    ) -> Result<Self, Failure> {
        let limit = format!("{}ms", verb.lock_timeout.as_millis());
        let settings = Settings::of(target)?.named("gladys migrate").with("lock_timeout", &limit);
        let mut connection = Connection::open(&settings, context.interrupted)?;
        let ledger = Ledger::find(&mut connection)?;
        let blockers = Rc::default();
        connection
            .watch(verb.lock_timeout / 2, blocked(verb, context, settings.clone(), Rc::clone(&blockers)));
        Ok(Self { verb, context, settings, connection, ledger, files, blockers })
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
        if !applied.is_empty() {
            self.ledger.keep_fingerprint(&mut self.connection)?;
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
        self.blockers.borrow_mut().clear();
        let time = apply::apply(&mut self.connection, &self.ledger, file, &mut notice)
            .map_err(|error| self.explain(error))?;
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
        let tables = Ledger::unrecorded(&mut self.connection)?;
        if tables > 0 {
            let database = self.connection.database().to_owned();
            return Err(MigrationError::NoLedger { database, tables }.into());
        }
        let create = self.ledger.create();
        self.connection.rows(&create)?;
        self.ledger.exists = true;
        Ok(())
    }

    /// A lock that was not got: who has it.
    fn explain(&self, error: db::Error) -> db::Error {
        let blockers = self.blockers.borrow();
        if error.sqlstate() != Some("55P03") || blockers.is_empty() {
            return error;
        }
        let who: Vec<&str> = blockers.iter().map(|blocker| blocker.text.as_str()).collect();
        error.with(format!("the lock is held by {}\nend it with `--kill-blockers`", who.join("\nand ")))
    }

    fn adopt(&mut self, which: &Adopt) -> Result<Verdict, Failure> {
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
        Ok(Verdict { code: 0, summary: Some(format!("{count} adopted")) })
    }

    /// How many files make exactly what is there.
    fn matching(&mut self) -> Result<usize, Failure> {
        let here = catalog::describe(&mut self.connection)?;
        let replay =
            scratch::replay(&mut self.connection, &self.settings, &self.files, self.context.interrupted)?;
        if let Some(count) = replay.after.iter().rposition(|after| *after == here) {
            return Ok(count);
        }
        let differences = replay.after.iter().map(|after| catalog::difference(after, &here));
        let (count, closest) =
            differences.enumerate().min_by_key(|(_, lines)| lines.len()).unwrap_or_default();
        let after =
            count.checked_sub(1).map_or_else(|| "no file".to_owned(), |last| self.files[last].title());
        Err(MigrationError::NoMatch { database: self.connection.database().to_owned(), after, closest }
            .into())
    }

    fn verify(&mut self) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        history::check(&entries, true)?;
        let applied: Vec<Migration> =
            entries.into_iter().filter(|entry| entry.row.is_some()).filter_map(|entry| entry.file).collect();
        let here = catalog::describe(&mut self.connection)?;
        let replay =
            scratch::replay(&mut self.connection, &self.settings, &applied, self.context.interrupted)?;
        let made = replay.after.last().cloned().unwrap_or_default();
        let difference = catalog::difference(&made, &here);
        if difference.is_empty() {
            let summary = format!("{} make exactly what is there", text::count(applied.len(), "file"));
            return Ok(Verdict { code: 0, summary: Some(summary) });
        }
        let after = applied.last().map_or_else(|| "no file".to_owned(), Migration::title);
        Err(MigrationError::NoMatch {
            database: self.connection.database().to_owned(),
            after,
            closest: difference,
        }
        .into())
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

/// What to do when a statement has waited for half of its time: see who holds the lock, and say so.
fn blocked<'a>(
    verb: &'a Migrate,
    context: &'a Context<'a>,
    settings: Settings,
    blockers: Rc<RefCell<Vec<Blocker>>>,
) -> impl FnMut(i32) + 'a {
    move |waiting| {
        let look = || -> Result<Vec<Blocker>, db::Error> {
            let mut second = Connection::open(&settings, context.interrupted)?;
            let found = blockers::of(&mut second, waiting)?;
            if verb.kill_blockers {
                blockers::end(&mut second, &found)?;
            }
            Ok(found)
        };
        // Nobody to blame is no failure of the migration.
        let found = look().unwrap_or_default();
        for blocker in &found {
            let what = if verb.kill_blockers { "ended" } else { "waiting for" };
            context.sink.emit(Event::Note { text: format!("{what} {}", blocker.text) });
        }
        *blockers.borrow_mut() = found;
    }
}

/// Writes an empty file with the next number beside the others.
fn begin(context: &Context<'_>, migrations: &db::Migrations, name: &str) -> Result<Verdict, Failure> {
    let file = file::begin(migrations, context.root, name)?;
    report::line(context, &file).map_err(report::unwritten)?;
    Ok(Verdict { code: 0, summary: Some(format!("{file} begun")) })
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

#[cfg(test)]
mod tests;
