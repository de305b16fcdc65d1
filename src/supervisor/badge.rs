//! What processes say they are: the variables that a service, its supervisor and its checks carry, and all that they start.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::folder::Folder;
use super::process::{Ident, is_gone_or_hidden, pids, stat, whole};

/// The variable that every process of a service carries: the path of its state folder.
pub const COOKIE: &str = "GLADYS_SERVICE";
/// The variable that a supervisor carries in its place.
pub const GUARDIAN: &str = "GLADYS_SUPERVISOR";
/// The variable that a liveness check carries on top, and whatever it starts: that is not the service.
pub const CHECK: &str = "GLADYS_CHECK";

/// What a process says it is.
#[derive(PartialEq, Eq)]
pub enum Badge {
    /// One of this service.
    Ours,
    /// A supervisor of this service.
    OurSupervisor,
    /// One of another service, or its supervisor.
    Others,
    /// Nothing of ours.
    None,
    /// It has no environment.
    Bare,
}

/// What a process says it is to the service of `dir`. One whose environment is not for this user to see says nothing.
pub fn badge(pid: u32, dir: &Path) -> Badge {
    match environ(pid) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Badge::None,
        environ => sort(&environ.unwrap_or_default(), dir),
    }
}

fn sort(environ: &[u8], dir: &Path) -> Badge {
    let ours = |value: &[u8]| value == dir.as_os_str().as_bytes();
    match (variable(environ, GUARDIAN), variable(environ, COOKIE)) {
        (Some(value), _) if ours(value) => Badge::OurSupervisor,
        (None, Some(value)) if ours(value) => Badge::Ours,
        (None, None) if environ.is_empty() => Badge::Bare,
        (None, None) => Badge::None,
        _ => Badge::Others,
    }
}

/// The service folder that a process belongs to, itself or through its ancestors; `None` if it is none of ours.
pub fn service_of(pid: u32) -> Option<PathBuf> {
    let mut next = pid;
    while next > 1 {
        let environ = environ(next).unwrap_or_default();
        if let Some(dir) = variable(&environ, COOKIE).or_else(|| variable(&environ, GUARDIAN)) {
            return Some(OsStr::from_bytes(dir).into());
        }
        next = u32::try_from(stat(next)?.ppid).ok()?;
    }
    None
}

/// Whether a process that a record of ours names is of the service: it carries the cookie, or it may have lost that. It may where its
/// environment cannot be read, was written over by the program (a title in its place) or replaced while the log stayed its output.
pub fn belongs(process: Ident, folder: &Folder) -> bool {
    let Ok(environ) = environ(process.pid) else { return true };
    match sort(&environ, folder.path()) {
        Badge::Ours => true,
        Badge::OurSupervisor | Badge::Others => false,
        Badge::None | Badge::Bare => overwritten(&environ) || writes_to(process, &folder.file("log")),
    }
}

/// Whether a process is a supervisor of this folder; where its environment cannot be read, that is not denied.
pub fn is_supervisor(process: Ident, dir: &Path) -> bool {
    let environ = environ(process.pid);
    environ.map_or(true, |environ| sort(&environ, dir) == Badge::OurSupervisor)
}

/// The folder that a supervisor knows as its own; nothing for what is none.
pub fn guarded_by(pid: u32) -> Option<PathBuf> {
    let environ = environ(pid).ok()?;
    variable(&environ, GUARDIAN).map(|dir| OsStr::from_bytes(dir).into())
}

/// Whether this is no environment as execve(2) leaves it, `NAME=VALUE` each.
fn overwritten(environ: &[u8]) -> bool {
    let pairs = environ.strip_suffix(b"\0").unwrap_or(environ);
    pairs.split(|byte| *byte == 0).any(|pair| !pair.contains(&b'='))
}

fn writes_to(process: Ident, log: &Path) -> bool {
    let identity = |file: fs::Metadata| (file.dev(), file.ino());
    let Ok(log) = fs::symlink_metadata(log).map(identity) else { return false };
    let output = |fd: &u32| fs::metadata(format!("/proc/{}/fd/{fd}", process.pid)).map(identity);
    [1, 2].iter().any(|fd| output(fd).is_ok_and(|output| output == log))
}

/// Whether a process was started by a liveness check.
pub fn is_of_check(process: &Ident) -> bool {
    environ(process.pid).is_ok_and(|environ| variable(&environ, CHECK).is_some())
}

/// The folders whose cookie is carried or that have a supervisor, as hashes; one that is here by chance costs a closer look.
struct Carried {
    begun: Instant,
    folders: HashSet<u64>,
}

/// Whether any process is a supervisor of this folder or carries its cookie. Without one, and without a process to begin with, there is
/// no tree: that is so at every first start, and much quicker to find out than who is whose child.
///
/// A look serves all who asked before it began: those who are started side by side ask the same of the same processes.
pub fn is_carried(dir: &Path) -> io::Result<bool> {
    static LATEST: Mutex<Option<Carried>> = Mutex::new(None);
    let asked = Instant::now();
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = latest.take().filter(|carried| carried.begun > asked);
    let carried = latest.insert(fresh.map_or_else(Carried::look, Ok)?);
    Ok(carried.folders.contains(&hash(dir.as_os_str().as_bytes())))
}

impl Carried {
    fn look() -> io::Result<Self> {
        let begun = Instant::now();
        let mut folders = HashSet::new();
        for pid in pids()? {
            match environ(pid) {
                Ok(environ) => {
                    folders.extend(
                        [GUARDIAN, COOKIE].iter().filter_map(|name| variable(&environ, name)).map(hash),
                    );
                }
                Err(error) if is_gone_or_hidden(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { begun, folders })
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// `/proc/PID/environ`: the variables that a process was started with.
fn environ(pid: u32) -> io::Result<Vec<u8>> {
    whole(&format!("/proc/{pid}/environ"))
}

/// The value of a variable in the environment that a process was started with.
fn variable<'a>(environ: &'a [u8], name: &str) -> Option<&'a [u8]> {
    environ.split(|byte| *byte == 0).find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}
