//! A migration file: which version it is, what it says, how it is to be run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::MigrationError;
use crate::db::Migrations;
use crate::db::sql::normal::normal;
use crate::files::matching;

/// The line, among the comments at the top of a file, that keeps it from running in a transaction.
pub const NO_TRANSACTION: &str = "-- gladys: no-transaction";

/// A migration file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migration {
    /// The digits that its name begins with, as written; the whole name where there are none.
    pub version: String,
    /// What follows them, without the ending.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The path as it is shown, relative to the manifest.
    pub shown: String,
    /// Its text.
    pub text: Arc<str>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub checksum: String,
    /// SHA-256 of what it says, without comments and layout.
    pub normalized: String,
    /// Whether it runs in a transaction.
    pub transaction: bool,
}

impl Migration {
    /// Reads one file; `root` is the folder that its shown path is relative to.
    pub fn read(path: &Path, root: &Path) -> Result<Self, MigrationError> {
        let shown = shown(path, root);
        let unreadable = |cause: String| MigrationError::Unreadable { file: shown.clone(), cause };
        let kind = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !kind.is_file() {
            return Err(unreadable("it is no file".to_owned()));
        }
        let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| unreadable(not_utf8(&error)))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let stem = stem.strip_suffix(".up").unwrap_or(&stem).to_owned();
        let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
        let (version, name) = match digits {
            0 => (stem.clone(), stem.clone()),
            _ => (stem[..digits].to_owned(), stem[digits..].trim_start_matches(['_', '-', '.']).to_owned()),
        };
        let header = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(str::trim)
            .take_while(|line| line.is_empty() || line.starts_with("--"));
        Ok(Self {
            version,
            name,
            path: path.to_owned(),
            shown,
            checksum: sha256(&text),
            normalized: sha256(&normal(&text)),
            transaction: !header.into_iter().any(|line| line == NO_TRANSACTION),
            // A byte order mark is no SQL.
            text: text.strip_prefix('\u{feff}').unwrap_or(&text).into(),
        })
    }

    /// The file beside it that undoes it: `001_a.down.sql` for `001_a.sql` or `001_a.up.sql`.
    pub fn down(&self, root: &Path) -> Result<Option<Self>, MigrationError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".up.sql").or_else(|| name.strip_suffix(".sql")).unwrap_or(&name);
        let path = self.path.with_file_name(format!("{stem}.down.sql"));
        if !path.exists() {
            return Ok(None);
        }
        let down = Self::read(&path, root)?;
        Ok(Some(Self { version: self.version.clone(), name: self.name.clone(), ..down }))
    }

    /// `001_initial_schema`, as in messages.
    pub fn title(&self) -> String {
        title(&self.version, &self.name)
    }

    /// What files are ordered by: the number, then the words.
    pub fn order(&self) -> (u128, String) {
        order(&self.version)
    }
}

/// A version and its name, as in messages; a file may have only one of them.
pub(super) fn title(version: &str, name: &str) -> String {
    if name.is_empty() || name == version { version.to_owned() } else { format!("{version}_{name}") }
}

/// What versions are ordered by; those without a number come last.
pub(super) fn order(version: &str) -> (u128, String) {
    (version.parse().unwrap_or(u128::MAX), version.to_owned())
}

/// A path as it is shown.
fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Begins a new file beside the others: the next number, with as many digits; gives its path as it is shown.
pub fn begin(migrations: &Migrations, root: &Path, name: &str) -> Result<String, MigrationError> {
    let last = match files(migrations, root) {
        Ok(files) => {
            files.iter().rev().find(|file| file.order().0 < u128::MAX).map(|file| file.version.clone())
        }
        Err(MigrationError::NoFiles { .. }) => None,
        Err(error) => return Err(error),
    };
    let last = last.unwrap_or_else(|| "000".to_owned());
    let number = order(&last).0 + 1;
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let file = format!("{number:0width$}_{words}.sql", width = last.len());
    let path = migrations.pattern.parent().unwrap_or(root).join(file);
    let shown = shown(&path, root);
    let wrong =
        |error: std::io::Error| MigrationError::Unwritable { file: shown.clone(), cause: error.to_string() };
    let mut new = fs::File::create_new(&path).map_err(wrong)?;
    writeln!(new, "-- {name}").map_err(wrong)?;
    Ok(shown)
}

/// A name that is not UTF-8 cannot be matched by a pattern: where it ends as the pattern does, it is refused.
fn unnamed(migrations: &Migrations, root: &Path) -> Result<(), MigrationError> {
    let Some(folder) = migrations.pattern.parent() else { return Ok(()) };
    let found = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let ending = migrations.pattern.extension();
    let mut odd = found.filter(|path| path.extension() == ending && path.to_str().is_none());
    match odd.next() {
        None => Ok(()),
        Some(path) => {
            let (file, cause) = (shown(&path, root), "its name is not UTF-8".to_owned());
            Err(MigrationError::Unreadable { file, cause })
        }
    }
}

/// Every migration file, in order. Files that end in `.down.sql` undo and are left out.
pub fn files(migrations: &Migrations, root: &Path) -> Result<Vec<Migration>, MigrationError> {
    let none = || MigrationError::NoFiles { pattern: migrations.shown.clone(), span: migrations.span.into() };
    let pattern = migrations.pattern.to_string_lossy();
    let paths = matching(Path::new(""), &pattern).map_err(|error| MigrationError::Pattern {
        pattern: migrations.shown.clone(),
        cause: error.msg.to_owned(),
        span: migrations.span.into(),
    })?;
    let paths: Vec<PathBuf> = paths.into_iter().collect::<Result<_, _>>().map_err(|(path, error)| {
        MigrationError::Unreadable { file: shown(&path, root), cause: error.to_string() }
    })?;
    unnamed(migrations, root)?;
    let up = paths.iter().filter(|path| !path.is_dir() && !path.to_string_lossy().ends_with(".down.sql"));
    let mut files = up.map(|path| Migration::read(path, root)).collect::<Result<Vec<_>, _>>()?;
    files.sort_by_cached_key(Migration::order);
    if files.is_empty() {
        return Err(none());
    }
    for pair in files.windows(2) {
        if pair[0].order() == pair[1].order()
            || pair[0].order().0 == pair[1].order().0 && pair[0].order().0 < u128::MAX
        {
            return Err(MigrationError::Twice {
                first: pair[0].shown.clone(),
                second: pair[1].shown.clone(),
            });
        }
    }
    Ok(files)
}

/// Where the first byte is that is no text, and what to do.
fn not_utf8(error: &FromUtf8Error) -> String {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    format!("line {line} is not UTF-8; save the file in that encoding")
}
