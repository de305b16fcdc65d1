//! Waiting for whoever holds the lock of a service, and what is said when that takes too long.

use std::time::Duration;

use super::error::Error;
use super::folder::Folder;
use super::lock::holder;
use super::process::Ident;
use super::sweep::wait_for_any;
use crate::text;

/// Waits until the holder of the lock ends, for a few milliseconds at most: it may also come to run the service.
pub fn wait_for_holder(folder: &Folder) {
    let holder: Vec<_> = holder(folder).map(|holder| holder.process).into_iter().collect();
    if holder.is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    } else {
        wait_for_any(&holder, Duration::from_millis(5));
    }
}

/// The error of a lock that was not free in time.
pub fn held(folder: &Folder, service: &str, waited: Duration) -> Error {
    let unseen = || "a process that cannot be seen from here (another machine or container)".to_owned();
    let holder = holder(folder).map_or_else(unseen, |holder| told(holder.process));
    Error::Held { service: service.to_owned(), holder, waited: text::duration(waited) }
}

fn told(holder: Ident) -> String {
    let name = holder.described();
    if holder.suspended() {
        return format!("process {name}, which is suspended (`kill -CONT {}` continues it),", holder.pid);
    }
    format!("process {name}")
}
