//! One look at many services, for those who ask how things are and do not wait.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::attempt::attempt;
use super::{Error, Probe};

/// Makes one attempt of each probe, all at once, each within its own `attempt` limit.
///
/// The results are in the order of the probes: how long the answer took, or [`Error::NotReady`]
/// ([`Error::Resources`] for all if the system has no room to ask).
pub fn check_all(probes: Vec<Probe>) -> Vec<Result<Duration, Error>> {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let results = runtime.block_on(all(probes));
            super::end(runtime);
            results
        }
        Err(error) => probes.iter().map(|_| Err(Error::Resources(error.kind().into()))).collect(),
    }
}

async fn all(probes: Vec<Probe>) -> Vec<Result<Duration, Error>> {
    let mut running = JoinSet::new();
    for (index, probe) in probes.into_iter().enumerate() {
        running.spawn(async move { (index, once(probe).await) });
    }
    let mut results: Vec<_> = running.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

async fn once(mut probe: Probe) -> Result<Duration, Error> {
    let what = probe.describe();
    let begun = Instant::now();
    match attempt(&mut probe.kind, probe.attempt).await {
        Ok(()) => Ok(begun.elapsed()),
        Err(failed) => Err(Error::NotReady { what, last: failed.cause() }),
    }
}
