//! PostgreSQL that lets us in, asked through `db`.

use std::str::FromStr;
use std::time::Duration;

use postgres::Config;
use postgres::config::Host;

use super::error::Failed;
use crate::db;

/// Connects and asks once. The synchronous client must not run inside a tokio task, so it has a thread of the pool;
/// `within` ends it there. A password that is wrong (28P01 of PostgreSQL's appendix A) stays wrong; a role or a database
/// may still be made.
pub(super) async fn attempt(target: &db::Target, within: Duration) -> Result<(), Failed> {
    let target = target.clone();
    let asked = tokio::task::spawn_blocking(move || db::ping(&target, within));
    asked.await.map_err(|error| error.to_string())?.map_err(|error| {
        let refused = error.sqlstate() == Some("28P01");
        if refused { Failed::ForGood(error.to_string()) } else { Failed::NotYet(error.to_string()) }
    })
}

/// `postgres on localhost:5432`; an address that cannot be read is not shown, since it may hold a password.
pub(super) fn shown(target: &db::Target) -> String {
    let Ok(config) = Config::from_str(target.url.reveal()) else { return "postgres".to_owned() };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first() {
        Some(Host::Tcp(host)) => format!("postgres on {host}:{port}"),
        Some(Host::Unix(folder)) => format!("postgres on {}:{port}", folder.display()),
        None => format!("postgres on port {port}"),
    }
}
