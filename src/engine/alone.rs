//! A program that runs alone: no two of them, whoever runs them, have a file of the manifest locked at once.
//!
//! A program without the terminal gets the locked file, at its end, as standard input. `flock(2)` belongs to the open file, so the lock lasts as
//! long as the program does, also where gladys is killed meanwhile.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::TICK;

/// Waits until nobody has the file locked, and says so once if that takes time. Returns the file, locked and with nothing
/// left to read; an error where the run is interrupted before.
pub fn turn(path: &Path, interrupted: &AtomicBool, mut waits: impl FnMut()) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(0))?;
    let mut told = false;
    while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        match error {
            _ if interrupted.load(Ordering::Relaxed) => return Err(Errno::INTR.into()),
            Errno::WOULDBLOCK | Errno::INTR => {}
            error => return Err(error.into()),
        }
        if !told {
            waits();
            told = true;
        }
        thread::sleep(TICK);
    }
    Ok(file)
}
