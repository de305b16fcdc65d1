//! The state folder of one service, and the root of them all. Folders are 0700, files 0600: nothing in them is for others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::Error;

/// The folder beside the manifest that holds all state, made if need be: mode 0700, with a `.gitignore` of its own.
///
/// `root` is the folder of the manifest. Where it cannot be made the path is returned all the same, and the first
/// `launch` says why.
pub fn state_root(root: &Path) -> PathBuf {
    let state = root.join(".gladys");
    let ignore = state.join(".gitignore");
    if make(&state).is_ok() && !ignore.exists() {
        let _ = fs::write(ignore, "*\n");
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

    /// Makes the folder, and proves that it can be written to before anything runs.
    pub fn prepare(&self) -> Result<(), Error> {
        make(&self.0).map_err(|source| Error::folder(&self.0, source))?;
        let metadata = fs::metadata(&self.0).map_err(|source| Error::folder(&self.0, source))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))
                .map_err(|source| Error::folder(&self.0, source))?;
        }
        let trial = self.file(&format!("trial.{}", std::process::id()));
        let written = fs::write(&trial, "can this folder be written to?\n");
        let _ = fs::remove_file(&trial);
        written.map_err(|source| Error::folder(&self.0, source))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the file with this name.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Opens a file of the folder for appending, readable by its owner alone.
    pub fn append(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).read(true).mode(0o600).open(self.file(name))
    }

    /// Replaces a file as a whole: readers see the old one or the new one, never a part (rename(2)).
    pub fn replace(&self, name: &str, content: &[u8], sync: Sync) -> io::Result<()> {
        let new = self.file(&format!("{name}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
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
