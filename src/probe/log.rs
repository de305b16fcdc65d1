//! A text in what a service has appended to its log.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

use super::error::cause;

const CHUNK: usize = 64 * 1024;

/// Reads what was appended since `from` and moves `from` on, so that nothing is read twice but an unfinished match.
pub(super) async fn attempt(path: &Path, from: &mut u64, pattern: &str) -> Result<(), String> {
    let (path, pattern, begin) = (PathBuf::from(path), pattern.to_owned(), *from);
    let read = tokio::task::spawn_blocking(move || search(&path, begin, pattern.as_bytes()));
    let (found, next) = read
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| format!("the log cannot be read: {}", cause(&error)))?;
    *from = next;
    if found { Ok(()) } else { Err("no such line yet".to_owned()) }
}

/// Whether `pattern` stands at `from` or later, and where the next search has to begin.
///
/// A file shorter than `from` was emptied, so it counts from its start; one that does not exist is empty.
fn search(path: &Path, from: u64, pattern: &[u8]) -> io::Result<(bool, u64)> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((false, from)),
        opened => opened?,
    };
    let mut at = if file.metadata()?.len() < from { 0 } else { from };
    file.seek(SeekFrom::Start(at))?;
    let finder = Finder::new(pattern);
    let overlap = pattern.len().saturating_sub(1);
    let mut window = Vec::new();
    loop {
        let count = file.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
        if finder.find(&window).is_some() {
            return Ok((true, at));
        }
        let drop = window.len().saturating_sub(overlap);
        window.drain(..drop);
        at += drop as u64;
        if count == 0 {
            return Ok((false, at));
        }
    }
}
