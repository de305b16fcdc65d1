//! Waiting for whoever holds the lock of a service, and what is said when that takes too long.

use std::time::{Duration, Instant};

use super::error::Error;
use super::folder::Folder;
use super::lock::holder;
use super::process::Ident;
use super::sweep::wait_for_any;
use crate::text;

/// How long a suspended process may keep others waiting: who suspends one for a moment, as a debugger does, need not be told of it.
const SUSPENSE: Duration = Duration::from_secs(2);

/// A place in the queue for the lock of a service.
pub struct Queue<'a> {
    folder: &'a Folder,
    service: &'a str,
    begun: Instant,
    patience: Duration,
    suspense: Suspense<'a>,
}

impl<'a> Queue<'a> {
    /// Joins it, with so much patience.
    pub fn join(folder: &'a Folder, service: &'a str, patience: Duration) -> Self {
        Self { folder, service, begun: Instant::now(), patience, suspense: Suspense::new(service) }
    }

    /// How long it was waited so far.
    pub fn waited(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Waits until the holder of the lock ends, or the supervisor that is about to take it, for a few milliseconds at most: it may also
    /// come to run the service.
    ///
    /// [`Error::Held`] when the patience is at its end, [`Error::Suspended`] when the holder is suspended and stays so.
    pub fn wait(&mut self, supervisor: Option<Ident>) -> Result<(), Error> {
        let holder = holder(self.folder).map(|holder| holder.process).or(supervisor);
        self.suspense.bear(holder)?;
        if self.waited() > self.patience {
            return Err(self.held(holder));
        }
        match holder {
            Some(holder) => wait_for_any(&[holder], Duration::from_millis(5)),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
        Ok(())
    }

    fn held(&self, holder: Option<Ident>) -> Error {
        let unseen = || "a process that cannot be seen from here (another machine or container)".to_owned();
        let holder = holder.map_or_else(unseen, |holder| format!("process {}", holder.described()));
        Error::Held { service: self.service.to_owned(), holder, waited: text::duration(self.waited()) }
    }
}

/// How long somebody who is waited for has been suspended.
pub struct Suspense<'a> {
    service: &'a str,
    since: Option<Instant>,
}

impl<'a> Suspense<'a> {
    /// Nobody is, as far as is known.
    pub fn new(service: &'a str) -> Self {
        Self { service, since: None }
    }

    /// Looks at a process that is waited for; [`Error::Suspended`] once it has been suspended for too long.
    pub fn bear(&mut self, process: Option<Ident>) -> Result<(), Error> {
        let Some(process) = process.filter(|process| process.suspended()) else {
            self.since = None;
            return Ok(());
        };
        if self.since.get_or_insert_with(Instant::now).elapsed() < SUSPENSE {
            return Ok(());
        }
        let (service, holder) = (self.service.to_owned(), process.described());
        Err(Error::Suspended { service, holder, pid: process.pid })
    }
}
