//! A database of the same server in which files are replayed, to see what they make.

use std::sync::atomic::AtomicBool;

use super::catalog::{self, Object};
use super::{Migration, apply};
use crate::db::sql::identifier;
use crate::db::{Connection, Error, Settings};

/// What replaying files has shown.
pub struct Replay {
    /// The catalog before the first file, and after each.
    pub after: Vec<Vec<Object>>,
}

/// Replays every file in a new database, which is removed again. Needs the right to create databases.
pub fn replay(
    connection: &mut Connection<'_>,
    settings: &Settings,
    files: &[Migration],
    interrupted: &AtomicBool,
) -> Result<Replay, Error> {
    let name = format!("gladys_scratch_{}", connection.backend());
    sweep(connection)?;
    connection.rows(&format!("create database {} template template0", identifier(&name)))?;
    let done = replay_in(&settings.clone().in_database(&name), files, interrupted);
    let dropped = connection.rows(&format!("drop database {} with (force)", identifier(&name)));
    let replay = done?;
    dropped.map(|_| replay)
}

/// Removes what a run that was killed has left: the number in the name is that of a session, and the session is gone.
fn sweep(connection: &mut Connection<'_>) -> Result<(), Error> {
    let sql = "select d.datname from pg_catalog.pg_database d where d.datname ~ '^gladys_scratch_[0-9]+$' and not exists \
               (select from pg_catalog.pg_stat_activity a where a.pid::text = substring(d.datname from '[0-9]+$') \
               or a.datname = d.datname)";
    for name in connection.rows(sql)?.into_iter().flatten().flatten() {
        // Somebody else's, or removed by somebody else in this moment.
        let _ = connection.rows(&format!("drop database if exists {}", identifier(&name)));
    }
    Ok(())
}

fn replay_in(settings: &Settings, files: &[Migration], interrupted: &AtomicBool) -> Result<Replay, Error> {
    let mut scratch = Connection::open(settings, interrupted)?;
    let mut after = vec![catalog::describe(&mut scratch)?];
    for file in files {
        apply::run(&mut scratch, file)?;
        after.push(catalog::describe(&mut scratch)?);
    }
    Ok(Replay { after })
}
