//! A database of the same server in which files are replayed, to see what they make.

use std::sync::atomic::AtomicBool;

use super::{Migration, apply, catalog};
use crate::db::sql::identifier;
use crate::db::{Connection, Error, Settings};

/// What replaying files has shown.
pub struct Replay {
    /// The catalog before the first file, and after each.
    pub after: Vec<Vec<String>>,
}

/// Replays every file in a new database, which is removed again. Needs the right to create databases.
pub fn replay(
    connection: &mut Connection<'_>,
    settings: &Settings,
    files: &[Migration],
    interrupted: &AtomicBool,
) -> Result<Replay, Error> {
    let name = format!("gladys_scratch_{}", connection.backend());
    connection.rows(&format!("create database {} template template0", identifier(&name)))?;
    let done = replay_in(&settings.clone().in_database(&name), files, interrupted);
    let dropped = connection.rows(&format!("drop database {} with (force)", identifier(&name)));
    let replay = done?;
    dropped.map(|_| replay)
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
