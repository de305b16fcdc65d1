//! The state folder of one service, and the root of them all. Folders are 0700, files 0600: nothing in them is for others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::error::Error;
use super::guard;

/// The folder beside the manifest that holds all state, made if need be: mode 0700, with a `.gitignore` of its own.
///
/// `root` is the folder of the manifest. Where it cannot be made the path is returned all the same, and the first
/// `launch` says why.
pub fn state_root(root: &Path) -> PathBuf {
    let state = root.join(".gladys");
    let ignore = state.join(".gitignore");
    if make(&state).is_ok() && guard::tighten(&state).is_ok() {
        let _ = File::create_new(ignore).and_then(|mut file| file.write_all(b"*\n"));
    }
    state
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The files of one service.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `dir`, which need not exist.
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_path_buf())
    }

    /// Makes the folder, and proves before anything runs that it can be written to: by its lock, a file that is needed anyway.
    pub fn prepare(&self) -> Result<(), Error> {
        self.claim()?;
        self.lock().map(drop).map_err(|source| Error::folder(&self.0, source))
    }

    /// Opens the lock; what it says of its holder stays.
    pub fn lock(&self) -> io::Result<File> {
        self.open("lock", File::options().write(true).create(true).truncate(false))
    }

    /// Makes the folder if need be, and closes it and those it is in to others.
    ///
    /// Fails with [`Error::Foreign`] where one of them is not ours, or holds something else in place of a file: a symbolic link, a
    /// pipe.
    pub fn claim(&self) -> Result<(), Error> {
        for folder in guard::chain(&self.0) {
            if fs::symlink_metadata(folder).is_err() {
                make(folder).map_err(|source| Error::folder(&self.0, source))?;
            }
            guard::tighten(folder)?;
        }
        guard::only_files(&self.0)
    }

    /// Why what a file of this folder says is not to be believed; `None` if the file and its folders are ours alone.
    pub fn foreign(&self, name: &str) -> Option<guard::Foreign> {
        let folders = guard::chain(&self.0).into_iter().find_map(guard::foreign);
        folders.or_else(|| guard::foreign(&self.file(name)))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the file with this name.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Whether there is something of this name, whatever it is.
    pub fn has(&self, name: &str) -> bool {
        let found = fs::symlink_metadata(self.file(name));
        !found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Opens a file of the folder, readable by its owner alone where it is made; a symbolic link, a pipe and the like are
    /// an error that names them, without waiting for the other end of a pipe.
    pub fn open(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        let path = self.file(name);
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let opened = options.mode(0o600).custom_flags(flags).open(&path);
        guard::regular(&path, opened.map_err(|error| guard::told(&path, error))?)
    }

    /// Opens a file of the folder for reading.
    pub fn look_into(&self, name: &str) -> io::Result<File> {
        self.open(name, File::options().read(true))
    }

    /// All that a file of the folder holds.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.look_into(name)?.read_to_end(&mut content)?;
        Ok(content)
    }

    /// Opens a file of the folder for appending.
    pub fn append(&self, name: &str) -> io::Result<File> {
        self.open(name, File::options().append(true).create(true).read(true))
    }

    /// Opens a file of the folder for writing it anew.
    pub fn anew(&self, name: &str) -> io::Result<File> {
        self.open(name, File::options().write(true).create(true).truncate(true))
    }

    /// Replaces a file as a whole: readers see the old one or the new one, never a part (rename(2)).
    pub fn replace(&self, name: &str, content: &[u8], sync: Sync) -> io::Result<()> {
        let new = format!("{name}.{}", std::process::id());
        let mut file = self.anew(&new)?;
        let new = self.file(&new);
        let written = file.write_all(content).and_then(|()| match sync {
            Sync::Yes => file.sync_data(),
            Sync::No => Ok(()),
        });
        let done = written.and_then(|()| fs::rename(&new, self.file(name)));
        if done.is_err() {
            let _ = fs::remove_file(&new);
        }
        done
    }
}

/// Whether a file must be on the disk before the call returns (fsync(2)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sync {
    /// It must survive a power cut whole.
    Yes,
    /// It only matters while this system runs.
    No,
}

#[cfg(test)]
mod tests {
    use super::Folder;
    use rustix::fs::{OFlags, fcntl_getfl};

    #[test]
    fn a_service_that_writes_its_log_waits_as_with_any_file() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let log = Folder::new(place.path()).append("log").expect("it is made");
        assert!(!fcntl_getfl(&log).expect("its flags").contains(OFlags::NONBLOCK));
    }
}
