//! One attempt, of any kind: did it succeed, and if not, why, in a few words.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use super::{Kind, database, exec, grpc, http, log, tcp};
use crate::text;

/// Makes one attempt that ends within `limit`.
///
/// A log probe notes in `kind` how far it has read, so that the next attempt goes on there.
/// The error is the cause without its subject: `connection refused`, `it answered 503 Service Unavailable`.
pub(super) async fn attempt(kind: &mut Kind, limit: Duration) -> Result<(), String> {
    match kind {
        Kind::Tcp { host, port } => bounded(limit, tcp::attempt(host, *port)).await,
        Kind::Http { url } => bounded(limit, http::attempt(url)).await,
        Kind::Grpc { host, port, service } => bounded(limit, grpc::attempt(host, *port, service)).await,
        Kind::Exec(invocation) => bounded(limit, exec::attempt(invocation)).await,
        Kind::Log { path, from, pattern } => bounded(limit, log::attempt(path, from, pattern)).await,
        Kind::Postgres(target) => bounded(limit, database::attempt(target, limit)).await,
        // It keeps its own time: others share its answer.
        Kind::Report(watch) => watch.attempt().await,
    }
}

/// Drops what takes longer than `limit`; dropping an attempt ends what it had begun.
async fn bounded(limit: Duration, work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(format!("no answer within {}", text::duration(limit))))
}
