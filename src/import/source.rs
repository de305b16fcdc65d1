//! Finding and reading the files that are taken over.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::Fault;
use crate::span::Sources;
use crate::text;

/// Files that people write are far below it.
const LARGEST: u64 = 512 << 10;

/// The first file of `names` in the working directory; `*` in a name stands for anything.
pub fn find(names: &[&str], format: &'static str) -> Result<PathBuf, Fault> {
    let found = names
        .iter()
        .find_map(|name| glob::glob(name).ok()?.filter_map(Result::ok).find(|path| path.is_file()));
    found
        .ok_or_else(|| Fault::NoFile { names: names.iter().map(|name| (*name).to_owned()).collect(), format })
}

/// Reads a file and adds it to the sources; its index and its text.
pub fn read(path: &Path, sources: &mut Sources) -> Result<(usize, String), Fault> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| Fault::Unreadable { path: name.clone(), reason: text::io_reason(&error) })?;
    if bytes.len() as u64 > LARGEST {
        return Err(Fault::TooLarge { path: name, limit: LARGEST });
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Fault::NotText { path: name, offset: error.utf8_error().valid_up_to() })?;
    // A byte order mark is no part of the text: places are counted without it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    Ok((sources.add(path.to_owned(), text.as_str().into()), text))
}

/// The value that the `.env` of a folder has for a variable.
pub fn dotenv(folder: &Path, variable: &str) -> Option<String> {
    let values = dotenvy::from_path_iter(folder.join(".env")).ok()?;
    let found = values.filter_map(Result::ok).find(|(name, _)| name == variable);
    found.map(|(_, value)| value)
}
