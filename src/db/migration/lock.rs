//! One migrator at a time: an advisory lock of the database.
//!
//! It is polled. A session that waits in `pg_advisory_lock` holds a snapshot, and `CREATE INDEX CONCURRENTLY` of the
//! holder waits for that snapshot: a deadlock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::MigrationError;
use crate::db::{Connection, Error};
use crate::text;

/// The key of the lock: the letters `gladys_m`. Advisory locks are counted per database.
const KEY: i64 = 0x676c_6164_7973_5f6d;
/// How often it is tried.
const GRAIN: Duration = Duration::from_millis(50);

/// Why the lock was not taken.
pub enum Unlocked {
    /// Somebody else holds it, or the person does not want to wait.
    Held(MigrationError),
    /// The database failed.
    Failed(Error),
}

impl From<Error> for Unlocked {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Takes the lock for as long as the session lives, waiting at most `wait`; `waiting` is told who holds it, once.
pub fn take(
    connection: &mut Connection<'_>,
    wait: Duration,
    interrupted: &AtomicBool,
    waiting: &mut dyn FnMut(&str),
) -> Result<(), Unlocked> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        if connection.value(&format!("select pg_try_advisory_lock({KEY})"))?.as_deref() == Some("t") {
            return Ok(());
        }
        let holder = holder(connection)?;
        if !told {
            waiting(&holder);
            told = true;
        }
        if interrupted.load(Ordering::Relaxed) {
            return Err(Unlocked::Held(MigrationError::Interrupted));
        }
        if begun.elapsed() >= wait {
            return Err(Unlocked::Held(MigrationError::Locked { holder, waited: text::duration(wait) }));
        }
        thread::sleep(GRAIN.min(wait));
    }
}

/// Who holds the lock, in a few words.
fn holder(connection: &mut Connection<'_>) -> Result<String, Error> {
    let sql = format!(
        "select format('%s, process %s of the server, user %s%s, for %s s', coalesce(nullif(a.application_name, ''), \
         'a session'), a.pid, a.usename, coalesce(' from ' || host(a.client_addr), ''), \
         round(extract(epoch from clock_timestamp() - a.backend_start))) \
         from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_catalog.pg_database \
         where datname = current_database()) and l.classid = {} and l.objid = {} and l.objsubid = 1",
        (KEY >> 32) & 0xffff_ffff,
        KEY & 0xffff_ffff
    );
    Ok(connection.value(&sql)?.unwrap_or_else(|| "a session that has just ended".to_owned()))
}
