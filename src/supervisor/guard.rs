//! Whom the state folder belongs to. What somebody else can write is never believed, for it could name any process to be ended.

use std::fs::{self, File, FileType, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
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

/// Why this path is not to be believed, if it is there and is not: a symbolic link, a pipe, a socket or a device, of another
/// user than this one and root, or writable by others.
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

/// The error of a symbolic link, a pipe, a socket or a device among the files of a state folder.
pub fn only_files(dir: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(dir).map_err(|source| Error::folder(dir, source))?;
    let odd = |entry: fs::DirEntry| odd(&entry.path(), entry.file_type().ok()?);
    entries.flatten().find_map(odd).map_or(Ok(()), |foreign| Err(foreign.into()))
}

/// A file that was opened without waiting for anybody (`O_NONBLOCK`, open(2)), if it is one: reading a pipe would wait for
/// whoever writes it. The flag is taken away again, for the log is a service's own standard output.
pub fn regular(path: &Path, file: File) -> io::Result<File> {
    if let Some(foreign) = odd(path, file.metadata()?.file_type()) {
        return Err(refused(foreign));
    }
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// The error of a file that could not be opened with `O_NOFOLLOW` and `O_NONBLOCK` because of what it is (open(2)); other
/// errors as they are.
pub fn told(path: &Path, error: io::Error) -> io::Error {
    let because = [Errno::LOOP, Errno::NXIO].map(|errno| Some(errno.raw_os_error()));
    let kind = fs::symlink_metadata(path).map(|metadata| metadata.file_type()).ok();
    let foreign = kind.filter(|_| because.contains(&error.raw_os_error())).and_then(|kind| odd(path, kind));
    foreign.map_or(error, refused)
}

fn refused(Foreign { path, why, remedy }: Foreign) -> io::Error {
    io::Error::other(format!("`{}` {why}; remove it: `{remedy}`", path.display()))
}

fn unowned(path: &Path, metadata: &Metadata) -> Option<Foreign> {
    if let Some(odd) = odd(path, metadata.file_type()) {
        return Some(odd);
    }
    let ours = [0, geteuid().as_raw()].contains(&metadata.uid());
    (!ours).then(|| Foreign {
        path: path.to_path_buf(),
        why: format!("belongs to user {}, not to user {}", metadata.uid(), geteuid().as_raw()),
        remedy: format!("rm -r {}", word(path)),
    })
}

/// What is neither a file nor a folder.
fn odd(path: &Path, kind: FileType) -> Option<Foreign> {
    let why = match kind {
        kind if kind.is_symlink() => "is a symbolic link, which is not followed",
        kind if kind.is_fifo() => "is a named pipe, not a file",
        kind if kind.is_file() || kind.is_dir() => return None,
        _ => "is a socket or a device, not a file",
    };
    Some(Foreign { path: path.to_path_buf(), why: why.to_owned(), remedy: format!("rm {}", word(path)) })
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
