//! One attempt, of any kind: did it succeed, and if not, why, in a few words.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use super::error::Failed;
use super::{Kind, database, exec, grpc, http, log, tcp};
use crate::text;

/// Makes one attempt that ends within `limit`.
///
/// A log probe notes in `kind` how far it has read, so that the next attempt goes on there.
pub(super) async fn attempt(kind: &mut Kind, limit: Duration) -> Result<(), Failed> {
    let failed = match kind {
        Kind::Tcp { host, port } => bounded(limit, tcp::attempt(host, *port)).await,
        Kind::Http { url } => bounded(limit, http::attempt(url)).await,
        Kind::Grpc { host, port, service } => bounded(limit, grpc::attempt(host, *port, service)).await,
        Kind::Exec(invocation) => bounded(limit, exec::attempt(invocation)).await,
        Kind::Log { path, from, pattern } => bounded(limit, log::attempt(path, from, pattern)).await,
        Kind::Postgres(target) => return bounded(limit, database::attempt(target, limit)).await,
        // It keeps its own time: others share its answer.
        Kind::Report(watch) => watch.attempt().await,
    };
    failed.map_err(Failed::NotYet)
}

/// Drops what takes longer than `limit`; dropping an attempt ends what it had begun.
async fn bounded<E: From<String>>(
    limit: Duration,
    work: impl Future<Output = Result<(), E>>,
) -> Result<(), E> {
    let late = |_| Err(format!("no answer within {}", text::duration(limit)).into());
    timeout(limit, work).await.unwrap_or_else(late)
}
