//! Whom the state folder belongs to. What somebody else can write is never believed, for it could name any process to be ended.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::error::Error;
use crate::text::shell_word;

/// Why something on disk is not believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// What is not believed.
    pub path: PathBuf,
    /// Why: `belongs to user 65534`.
    pub why: String,
    /// What to type.
    pub remedy: String,
}

impl From<Foreign> for Error {
    fn from(Foreign { path, why, remedy }: Foreign) -> Self {
        Self::Foreign { path, why, remedy }
    }
}

/// The state folder of a service with those it is in, from `.gladys` down; the folder alone where it is not in a `.gladys`.
pub fn chain(dir: &Path) -> Vec<&Path> {
    let within = dir.ancestors().position(|folder| folder.ends_with(".gladys")).unwrap_or(0);
    let mut folders: Vec<_> = dir.ancestors().take(within + 1).collect();
    folders.reverse();
    folders
}

/// Why this path is not to be believed, if it is there and is not: a symbolic link, of another user than this one and root,
/// or writable by others.
pub fn foreign(path: &Path) -> Option<Foreign> {
    let metadata = fs::symlink_metadata(path).ok()?;
    unowned(path, &metadata).or_else(|| {
        (metadata.mode() & 0o022 != 0).then(|| Foreign {
            path: path.to_path_buf(),
            why: format!("is writable by others (mode {:o})", metadata.mode() & 0o777),
            remedy: format!("chmod go= {}", word(path)),
        })
    })
}

/// Makes a folder of ours ours alone (mode 0700).
///
/// Fails with [`Error::Foreign`] where it is a symbolic link, belongs to somebody else, or cannot be closed to others.
pub fn tighten(path: &Path) -> Result<(), Error> {
    let metadata = fs::symlink_metadata(path).map_err(|source| Error::folder(path, source))?;
    if let Some(foreign) = unowned(path, &metadata) {
        return Err(foreign.into());
    }
    if metadata.mode() & 0o077 != 0 && metadata.uid() == geteuid().as_raw() {
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(|source| Error::folder(path, source))?;
    }
    foreign(path).map_or(Ok(()), |foreign| Err(foreign.into()))
}

/// The error of a symbolic link among the files of a state folder.
pub fn no_links(dir: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(dir).map_err(|source| Error::folder(dir, source))?;
    let is_link = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_symlink());
    match entries.flatten().find(is_link) {
        Some(entry) => Err(link(&entry.path()).into()),
        None => Ok(()),
    }
}

/// The same, of a file that could not be opened with `O_NOFOLLOW` (open(2)); other errors as they are.
pub fn told(path: &Path, error: io::Error) -> io::Error {
    if error.raw_os_error() != Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return error;
    }
    let Foreign { path, why, remedy } = link(path);
    io::Error::other(format!("`{}` {why}; remove it: `{remedy}`", path.display()))
}

fn unowned(path: &Path, metadata: &Metadata) -> Option<Foreign> {
    if metadata.is_symlink() {
        return Some(link(path));
    }
    let ours = [0, geteuid().as_raw()].contains(&metadata.uid());
    (!ours).then(|| Foreign {
        path: path.to_path_buf(),
        why: format!("belongs to user {}, not to user {}", metadata.uid(), geteuid().as_raw()),
        remedy: format!("rm -r {}", word(path)),
    })
}

fn link(path: &Path) -> Foreign {
    let (path, why) = (path.to_path_buf(), "is a symbolic link, which is not followed".to_owned());
    let remedy = format!("rm {}", word(&path));
    Foreign { path, why, remedy }
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
