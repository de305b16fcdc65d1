//! A task under way: its connection, its ledger, its files, and who is in its way.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Migrate;
use crate::builtin::context::{Context, Failure};
use crate::db::blockers::{self, Blocker};
use crate::db::connection::server::ServerMessage;
use crate::db::migration::error::choose;
use crate::db::migration::lock::{self, Unlocked};
use crate::db::migration::{Entry, Ledger, Migration, MigrationError, history};
use crate::db::{self, Connection, Settings, Target};
use crate::event::Event;

/// A task under way.
pub(super) struct Session<'a> {
    verb: &'a Migrate,
    pub context: &'a Context<'a>,
    pub settings: Settings,
    pub connection: Connection<'a>,
    pub ledger: Ledger,
    pub files: Vec<Migration>,
    /// Who held the lock that the running file waited for.
    blockers: Rc<RefCell<Vec<Blocker>>>,
}

impl<'a> Session<'a> {
    pub fn open(
        verb: &'a Migrate,
        context: &'a Context<'a>,
        target: &Target,
        files: Vec<Migration>,
    ) -> Result<Self, Failure> {
        let limit = format!("{}ms", verb.lock_timeout.as_millis());
        let settings = Settings::of(target)?.named("gladys migrate").with("lock_timeout", &limit);
        let mut connection = open(&settings, context.interrupted)?;
        let ledger = Ledger::find(&mut connection)?;
        let blockers = Rc::default();
        connection
            .watch(verb.lock_timeout / 2, blocked(verb, context, settings.clone(), Rc::clone(&blockers)));
        Ok(Self { verb, context, settings, connection, ledger, files, blockers })
    }

    /// Files and ledger side by side.
    pub fn entries(&mut self) -> Result<Vec<Entry>, db::Error> {
        let rows = self.ledger.rows(&mut self.connection)?;
        Ok(history::entries(self.files.clone(), rows))
    }

    /// Waits until no other migrator is at work, and reads the ledger as that one left it.
    pub fn lock(&mut self) -> Result<(), Failure> {
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
        self.check_writable()
    }

    /// Refuses a database that takes no changes, before the first file is tried.
    fn check_writable(&mut self) -> Result<(), Failure> {
        let sql = "select case when pg_catalog.pg_is_in_recovery() then 'its server is a standby' \
                   when current_setting('default_transaction_read_only') = 'on' \
                   then '`default_transaction_read_only` is on' end";
        match self.connection.value(sql)? {
            None => Ok(()),
            Some(why) => {
                let database = self.connection.database().to_owned();
                Err(MigrationError::ReadOnly { database, why }.into())
            }
        }
    }

    /// Before a file runs: nobody wants to stop, and the person sees which one it is.
    pub fn begin(&self, file: &Migration, (number, of): (usize, usize)) -> Result<(), MigrationError> {
        if self.context.interrupted.load(Ordering::Relaxed) {
            return Err(MigrationError::Interrupted);
        }
        let what = format!("{} ({number} of {of})", file.title());
        self.context.sink.emit(Event::Progress { step: self.context.step, what });
        self.blockers.borrow_mut().clear();
        Ok(())
    }

    /// Passes on what the server says while a file runs.
    pub fn notices(&self, file: &Migration) -> impl FnMut(&ServerMessage) + use<'a> {
        let (sink, title) = (self.context.sink, file.title());
        move |message| sink.emit(Event::Note { text: format!("{title}: {}", message.line()) })
    }

    /// A lock that was not got: who has it.
    pub fn explain(&self, error: db::Error) -> db::Error {
        let blockers = self.blockers.borrow();
        if error.sqlstate() != Some("55P03") || blockers.is_empty() {
            return error;
        }
        let who: Vec<&str> = blockers.iter().map(|blocker| blocker.text.as_str()).collect();
        error.with(&format!("the lock is held by {}\nend it with `--kill-blockers`", who.join("\nand ")))
    }
}

/// A session that ends on the server soon after its program does, so that a migrator that was killed does not keep the
/// lock while its statement runs on.
fn open<'a>(settings: &Settings, interrupted: &'a AtomicBool) -> Result<Connection<'a>, db::Error> {
    let watched = settings.clone().with("client_connection_check_interval", "500ms");
    match Connection::open(&watched, interrupted) {
        // PostgreSQL has this parameter since 14, not on every system: "undefined object", "invalid parameter value".
        Err(error) if matches!(error.sqlstate(), Some("42704" | "22023")) => {
            Connection::open(settings, interrupted)
        }
        other => other,
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

/// The file of a version, or of a part of a name.
pub(super) fn last_of<'f>(
    files: &'f [Migration],
    wanted: &str,
    titles: &[String],
) -> Result<&'f Migration, MigrationError> {
    let number = wanted.parse::<u128>().ok();
    let named = |file: &&Migration| file.version == wanted || number == Some(file.order().0);
    if let Some(exact) = files.iter().find(named) {
        return Ok(exact);
    }
    let title = choose(titles, wanted)?;
    files
        .iter()
        .find(|file| file.title() == title)
        .ok_or(MigrationError::Missing { files: vec![title.to_owned()] })
}
