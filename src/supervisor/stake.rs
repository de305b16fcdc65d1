//! What several commands have at stake in one service that something else runs: they wait for the same start, and who gives up last
//! undoes it.
//!
//! Each has a file locked from before it begins until its wait has ended; the lock is shared, and goes with its holder however that ends
//! (flock(2)).

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::folder::Folder;

/// Name of the file in the state folder of the service.
const FILE: &str = "stake";

/// The stake of this command; none where the state folder cannot be had.
#[derive(Debug)]
pub struct Stake(Option<File>);

impl Stake {
    /// Takes a stake in the service whose state folder is `dir`.
    pub fn take(dir: &Path) -> Self {
        let folder = Folder::new(dir);
        let open = || folder.open(FILE, File::options().write(true).create(true).truncate(false)).ok();
        let file = folder.claim().ok().and_then(|()| open());
        Self(file.filter(|file| flock(file, FlockOperation::LockShared).is_ok()))
    }

    /// Gives it up; whether nobody else has one. Of two that give theirs up at once the kernel makes one the last.
    pub fn give_up(self) -> bool {
        self.0.is_none_or(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::Stake;

    #[test]
    fn who_gives_up_last_knows_it() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let dir = place.path().join("service");
        let (first, second) = (Stake::take(&dir), Stake::take(&dir));
        assert!(!first.give_up());
        let third = Stake::take(&dir);
        drop(second);
        assert!(third.give_up());
    }

    #[test]
    fn where_there_is_no_state_folder_everybody_is_alone() {
        assert!(Stake::take(std::path::Path::new("/proc/none")).give_up());
    }
}
