//! A folder as the server's user can reach it.
//!
//! The data lies below a folder that only its owner may enter. When that is root, the server's user gets no further by
//! path. An open descriptor does: `/proc/self/fd/N` leads straight to the folder, whatever lies above it
//! (`proc_pid_fd(5)`), and each process that PostgreSQL forks inherits it.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::user::User;

/// A folder and, while it has to be passed on, the descriptor to it.
pub(super) struct Place {
    pub(super) path: PathBuf,
    open: Option<OwnedFd>,
}

impl Place {
    /// Opens a folder for programs that run as `user`; closed again on drop, so keep it while they run.
    pub(super) fn new(path: &Path, user: Option<User>) -> io::Result<Self> {
        let open = match user {
            // Without O_CLOEXEC, so that programs inherit it.
            Some(_) => Some(rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())?),
            None => None,
        };
        Ok(Self { path: path.to_path_buf(), open })
    }

    /// What to call the folder, or something in it, when talking to such a program.
    pub(super) fn argument(&self, inside: &str) -> PathBuf {
        let folder = match &self.open {
            Some(open) => PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd())),
            None => self.path.clone(),
        };
        if inside.is_empty() { folder } else { folder.join(inside) }
    }
}

/// Whose a folder is. Nobody in particular if it is ours or root's and we are root.
pub(super) fn owner(path: &Path) -> io::Result<User> {
    fs::metadata(path).map(|folder| User { uid: folder.uid(), gid: folder.gid() })
}

/// Gives a file or folder to the user that programs run as, if there is one.
pub(super) fn give(path: &Path, user: Option<User>) -> io::Result<()> {
    match user {
        Some(user) => chown(path, Some(user.uid), Some(user.gid)),
        None => Ok(()),
    }
}
