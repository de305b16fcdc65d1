//! SHA-256 of files, streamed, on every core, with every way in which reading can go wrong as a value.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::num::NonZero;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes read at a time: small enough for the second-level cache, large enough that the calls do not count.
const CHUNK: usize = 128 * 1024;
/// Files a worker takes at a time, at most: few enough that all finish together.
const BATCH: usize = 16;

/// A SHA-256 sum (FIPS 180-4), in lower-case hexadecimal when shown or stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The sum of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let byte = |at: usize| text.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or("expected 64 hexadecimal digits")?;
        Ok(Self(bytes))
    }
}

/// Why the content of a file is not known.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// Nothing has this name.
    #[error("does not exist")]
    Missing,
    /// A link whose target does not exist.
    #[error("is a broken link to `{0}`")]
    BrokenLink(String),
    /// A folder stands where a file was expected.
    #[error("is a folder where a file was expected")]
    Folder,
    /// A file stands where a folder was expected.
    #[error("is not a folder")]
    NotAFolder,
    /// A pipe, socket or device.
    #[error("is a {0} where a file was expected")]
    Special(&'static str),
    /// The system's own words.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Size or times differ between the first and the last byte, twice.
    #[error("changed while it was read")]
    Changed,
    /// The run was interrupted before its turn.
    #[error("was not read, the run was interrupted")]
    Interrupted,
}

impl Trouble {
    /// What went wrong at `path`, told apart further than the system's error does.
    pub fn at(path: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => match std::fs::read_link(path) {
                Ok(target) => Self::BrokenLink(super::place::shown(&target, Path::new(""))),
                Err(_) => Self::Missing,
            },
            ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Unreadable(words(error)),
        }
    }
}

/// The system's message in lower case and without the number.
fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// What is known about a file's content.
pub type Content = Result<Digest, Trouble>;

/// Opens a regular file for reading; never blocks on a pipe.
fn open(path: &Path) -> Result<(File, Metadata), Trouble> {
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(nonblock).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        // open(2): ENXIO is what a socket gives.
        Some(code) if code == rustix::io::Errno::NXIO.raw_os_error() => Trouble::Special("socket"),
        _ => Trouble::at(path, &error),
    })?;
    let meta = metadata(&file)?;
    let kind = meta.file_type();
    match () {
        () if kind.is_file() => Ok((file, meta)),
        () if kind.is_dir() => Err(Trouble::Folder),
        () if kind.is_fifo() => Err(Trouble::Special("pipe")),
        () => Err(Trouble::Special("device")),
    }
}

fn metadata(file: &File) -> Result<Metadata, Trouble> {
    file.metadata().map_err(|error| Trouble::Unreadable(words(&error)))
}

/// Size, modification and status-change time: what differs when a file was written to.
fn state(meta: &Metadata) -> [i64; 5] {
    let size = i64::try_from(meta.size()).unwrap_or(i64::MAX);
    [size, meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()]
}

/// Feeds a file to `take`, once more from the start (after `None`) if it changed meanwhile.
fn stream(path: &Path, buffer: &mut Vec<u8>, mut take: impl FnMut(Option<&[u8]>)) -> Result<(), Trouble> {
    buffer.resize(CHUNK, 0);
    for _ in 0..2 {
        take(None);
        let (file, before) = open(path)?;
        read_all(&file, before.len(), buffer, |bytes| take(Some(bytes)))
            .map_err(|error| Trouble::at(path, &error))?;
        if state(&metadata(&file)?) == state(&before) {
            return Ok(());
        }
    }
    Err(Trouble::Changed)
}

/// Reads to the end, or to `length`: what is appended beyond it shows in the state. A length of 0 says nothing,
/// as in proc(5).
fn read_all(
    mut file: &File,
    length: u64,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]),
) -> std::io::Result<()> {
    let mut total = 0;
    while length == 0 || total < length {
        match file.read(buffer) {
            Ok(0) => break,
            Ok(count) => {
                take(buffer.get(..count).unwrap_or_default());
                total += u64::try_from(count).unwrap_or_default();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The sum of one file; `buffer` is reused between calls.
fn hash_with(path: &Path, buffer: &mut Vec<u8>) -> Content {
    let mut sum = Sha256::new();
    stream(path, buffer, |bytes| match bytes {
        Some(bytes) => sum.update(bytes),
        None => sum = Sha256::new(),
    })?;
    Ok(Digest(sum.finalize().into()))
}

/// The sum of one file, streamed in constant memory.
pub fn hash_file(path: &Path) -> Content {
    hash_with(path, &mut Vec::new())
}

/// The bytes of one file, as consistent as [`hash_file`] is.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Trouble> {
    let mut all = Vec::new();
    stream(path, &mut Vec::new(), |bytes| match bytes {
        Some(bytes) => all.extend_from_slice(bytes),
        None => all.clear(),
    })?;
    Ok(all)
}

/// The contents of many files, each read once.
#[derive(Default, Debug)]
pub struct Contents(HashMap<OsString, Content>);

impl Contents {
    /// Hashes every path once, on all cores, until done or interrupted. Paths are told apart by their bytes, which
    /// costs a fraction of comparing them part by part.
    pub fn of(paths: impl Iterator<Item = PathBuf>, interrupted: &AtomicBool) -> Self {
        let mut paths: Vec<OsString> = paths.map(PathBuf::into_os_string).collect();
        paths.sort_unstable();
        paths.dedup();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let batch = (paths.len() / (cores * 8)).clamp(1, BATCH);
        let workers = cores.min(paths.len());
        let next = AtomicUsize::new(0);
        let hashed: Vec<Content> = thread::scope(|scope| {
            // This thread works too: the system may give none beside it.
            let work = || take_turns(&paths, &next, batch, interrupted);
            let begin = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let threads: Vec<_> = (1..workers).filter_map(begin).collect();
            let here = work();
            let there = threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default());
            collect(there.chain(here), paths.len())
        });
        Self(paths.into_iter().zip(hashed).collect())
    }

    /// The content of a file that was among the paths; hashed now if it was not.
    pub fn get(&self, path: &Path) -> Content {
        self.0.get(path.as_os_str()).cloned().unwrap_or_else(|| hash_file(path))
    }
}

/// One worker: takes the next batch of paths until none are left.
fn take_turns(
    paths: &[OsString],
    next: &AtomicUsize,
    batch: usize,
    stop: &AtomicBool,
) -> Vec<(usize, Content)> {
    let mut buffer = Vec::new();
    let mut done = Vec::new();
    loop {
        let start = next.fetch_add(batch, Ordering::Relaxed);
        let Some(rest) = paths.get(start..).filter(|rest| !rest.is_empty()) else { return done };
        for (index, path) in rest.iter().take(batch).enumerate() {
            if stop.load(Ordering::Relaxed) {
                return done;
            }
            done.push((start + index, hash_with(path.as_ref(), &mut buffer)));
        }
    }
}

/// Puts results back into the order of the paths; what nobody reached was interrupted.
fn collect(results: impl Iterator<Item = (usize, Content)>, count: usize) -> Vec<Content> {
    let mut all = vec![Err(Trouble::Interrupted); count];
    for (index, content) in results {
        if let Some(slot) = all.get_mut(index) {
            *slot = content;
        }
    }
    all
}

#[cfg(test)]
mod tests;
