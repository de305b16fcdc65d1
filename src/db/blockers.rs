//! Who keeps a session waiting for a lock.

use super::{Connection, Error};

/// A session that others wait for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocker {
    /// Process id of its server side.
    pub pid: i32,
    /// `process 4711 of the server (psql, user me, idle in transaction): select …`
    pub text: String,
}

/// How a session is described, from a row `a` of `pg_stat_activity`.
pub const DESCRIBED: &str = "format('process %s of the server (%s, user %s, %s): %s', a.pid, \
    coalesce(nullif(a.application_name, ''), 'unnamed'), a.usename, a.state, left(a.query, 100))";

/// The sessions that the session with this process id waits for.
pub fn of(connection: &mut Connection<'_>, waiting: i32) -> Result<Vec<Blocker>, Error> {
    let sql = format!(
        "select a.pid, {DESCRIBED} from unnest(pg_catalog.pg_blocking_pids({waiting})) as b (pid) \
         join pg_catalog.pg_stat_activity a on a.pid = b.pid order by 1"
    );
    let rows = connection.rows(&sql)?;
    let blockers = rows.into_iter().filter_map(|row| {
        let mut cells = row.into_iter().flatten();
        Some(Blocker { pid: cells.next()?.parse().ok()?, text: cells.next()? })
    });
    Ok(blockers.collect())
}

/// Ends these sessions; what they have not committed is undone.
pub fn end(connection: &mut Connection<'_>, blockers: &[Blocker]) -> Result<(), Error> {
    for blocker in blockers {
        connection.rows(&format!("select pg_catalog.pg_terminate_backend({})", blocker.pid))?;
    }
    Ok(())
}
