//! One at a time: a lock file that is held while something is made once.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::Error;

/// Takes the lock, and says so on `out` if it has to wait for it; it is given back when the file is dropped.
pub(super) fn take(path: &Path, out: &mut dyn Write) -> Result<File, Error> {
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(Error::at(path))?;
    let taken = match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => {
            say(out, "waiting for another run that is preparing the same");
            flock(&file, FlockOperation::LockExclusive)
        }
        taken => taken,
    };
    taken.map_err(|error| Error::at(path)(error.into()))?;
    Ok(file)
}

/// One line of what is being done. Nobody reading it is no reason to stop.
pub(super) fn say(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
