//! The lock of a service: whoever holds it is the only one who changes anything. flock(2) belongs to an open file, so it goes
//! with its holder however that ends. The file names the holder, for those who wait.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::badge::{guarded_by, is_supervisor};
use super::error::Error;
use super::folder::Folder;
use super::process::{Ident, world};

/// Who holds a lock, or held it last.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub process: Ident,
    /// Where its pid means something; see [`world`].
    pub world: String,
    /// Whether it is a supervisor; otherwise a command doing a supervisor's work.
    pub supervisor: bool,
}

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    first: bool,
}

impl Lock {
    /// Takes the lock if it is free; `None` if it is not.
    pub fn take(folder: &Folder, supervisor: bool) -> io::Result<Option<Self>> {
        let file = folder.lock()?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let process = Ident::own().ok_or_else(|| io::Error::other("/proc is not mounted"))?;
        let text = serde_json::to_vec(&Holder { process, world: world().to_owned(), supervisor })?;
        let first = file.metadata()?.len() == 0;
        file.set_len(0)?;
        file.write_all_at(&text, 0)?;
        Ok(Some(Self { _file: file, first }))
    }

    /// Whether nobody held it before. A holder's name is in the file before it does anything else, and stays there.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

/// The holder that the lock file names, if it is alive and the file is ours; a supervisor must be that of this folder. Takes no lock, so it is in nobody's way.
pub fn holder(folder: &Folder) -> Option<Holder> {
    named(folder).filter(|holder| !holder.supervisor || is_supervisor(holder.process, folder.path()))
}

/// Whom the lock file names, if that is alive and the file is ours.
fn named(folder: &Folder) -> Option<Holder> {
    let text = folder.read("lock").ok()?;
    let holder: Holder = serde_json::from_slice(&text).ok()?;
    let alive = holder.world == world() && holder.process.alive() && folder.foreign("lock").is_none();
    alive.then_some(holder)
}

/// The error of a folder that was moved while its service ran: its supervisor lives in it (a working directory is no path), and
/// knows it by the path it had. A copy is another folder.
pub fn moved(folder: &Folder) -> Option<Error> {
    let supervisor = named(folder).filter(|holder| holder.supervisor)?.process;
    let was = guarded_by(supervisor.pid).filter(|was| was != folder.path())?;
    let here = home(supervisor, folder) == Some(Home::Here);
    here.then_some(Error::Moved { was, supervisor: supervisor.pid })
}

/// Where a supervisor of a folder's path lives, if not there.
#[derive(PartialEq, Eq, Debug)]
pub enum Home {
    /// In that folder.
    Here,
    /// In one that was deleted, and made anew.
    Deleted,
    /// In one that was moved away, and another is at its path.
    Away(PathBuf),
}

/// Whether a supervisor lives in this very folder (its working directory is no path, and goes with what is moved); `None` where that
/// cannot be seen.
pub fn home(supervisor: Ident, folder: &Folder) -> Option<Home> {
    let identity = |path: &Path| std::fs::metadata(path).map(|folder| (folder.dev(), folder.ino())).ok();
    let home = PathBuf::from(format!("/proc/{}/cwd", supervisor.pid));
    let lives = identity(&home)?;
    if identity(folder.path()) == Some(lives) {
        return Some(Home::Here);
    }
    let path = std::fs::read_link(&home).ok()?;
    if identity(&path) != Some(lives) {
        return Some(Home::Deleted);
    }
    // One that has just begun is still where the command that spawned it was.
    let locked = named(&Folder::new(&path)).is_some_and(|holder| holder.process == supervisor);
    locked.then_some(Home::Away(path))
}

/// The error of a folder that was moved away while its service ran, with another at its path now: it carries that path's cookie, so
/// nothing can be started or ended here without being mistaken for it.
pub fn away(supervisor: Ident, folder: &Folder) -> Option<Error> {
    let Some(Home::Away(to)) = home(supervisor, folder) else { return None };
    Some(Error::Away { to, supervisor: supervisor.pid })
}

/// Refuses to do anything in a folder that was moved while its service ran.
pub fn refuse_moved(folder: &Folder) -> Result<(), Error> {
    moved(folder).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use crate::supervisor::folder::Folder;

    #[test]
    fn the_first_holder_of_all_knows_that_it_is() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(place.path());
        folder.prepare().expect("a lock that nobody held");
        let take = || Lock::take(&folder, false).expect("a lock").expect("it is free");
        assert!(take().is_first());
        assert!(!take().is_first());
    }
}
