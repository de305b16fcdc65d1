//! What was true when it was last known to be good: hashes of inputs and outputs, one JSON file for each check.
//!
//! The files name paths relative to the project and hold no times, so a record can be kept with the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::hash::{Digest, Trouble};

/// The version of the form.
const SCHEMA: &str = "gladys.sync-record/1";

/// Sums by path as it is shown.
pub type Sums = BTreeMap<String, Digest>;

/// The state that was recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    schema: String,
    /// The sum of the generating command's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Digest>,
    /// Inputs.
    pub sources: Sums,
    /// What was made from them.
    pub outputs: Sums,
}

/// Why a record cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not readable.
    #[error("the record `{}` {trouble}; record again", path.display())]
    Read { path: PathBuf, trouble: Trouble },
    /// Not a record, or of another version.
    #[error("the record `{}` is not one that this version reads ({why}); record again", path.display())]
    Form { path: PathBuf, why: String },
    /// Not writable.
    #[error("the record `{}` cannot be written: {error}", path.display())]
    Write { path: PathBuf, error: std::io::Error },
}

impl Record {
    /// A record of this state.
    pub fn new(command: Option<&str>, sources: Sums, outputs: Sums) -> Self {
        let command = command.map(|words| Digest::of(words.as_bytes()));
        Self { schema: SCHEMA.to_owned(), command, sources, outputs }
    }

    /// The record of a check, `None` if it was never recorded.
    pub fn load(folder: &Path, check: &str) -> Result<Option<Self>, RecordError> {
        let path = path(folder, check);
        let bytes = match super::hash::read_file(&path) {
            Ok(bytes) => bytes,
            Err(Trouble::Missing) => return Ok(None),
            Err(trouble) => return Err(RecordError::Read { path, trouble }),
        };
        let wrong = |why: String| RecordError::Form { path: path.clone(), why };
        let record: Self = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if record.schema == SCHEMA {
            Ok(Some(record))
        } else {
            Err(wrong(format!("expected `{SCHEMA}`, found `{}`", record.schema)))
        }
    }

    /// Puts the record in the place of the last one, whole or not at all.
    pub fn save(&self, folder: &Path, check: &str) -> Result<(), RecordError> {
        let path = path(folder, check);
        let write = || -> std::io::Result<()> {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| RecordError::Write { path: path.clone(), error })
    }
}

/// `NAME.json`, with everything that could mean another folder as `%` and two digits.
fn path(folder: &Path, check: &str) -> PathBuf {
    let mut name = String::new();
    for byte in check.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(name, "%{byte:02x}");
            }
        }
    }
    folder.join(name + ".json")
}

/// What differs between two states: which name, and how.
pub fn differences(then: &Sums, now: &Sums, counts: impl Fn(&str) -> bool) -> Vec<(String, &'static str)> {
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).filter(|name| counts(name)).collect();
    let how = |name: &String| match (then.get(name), now.get(name)) {
        (Some(_), None) => Some("gone"),
        (None, Some(_)) => Some("new"),
        (old, new) => (old != new).then_some("changed"),
    };
    names.into_iter().filter_map(|name| Some((name.clone(), how(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Record, Sums, differences};
    use crate::sync::hash::Digest;
    use std::fs;

    fn sums(entries: &[(&str, &str)]) -> Sums {
        entries.iter().map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes()))).collect()
    }

    #[test]
    fn a_record_comes_back_as_it_was_kept_under_any_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = Record::new(Some("protoc"), sums(&[("a", "1")]), sums(&[("b", "2")]));
        for name in ["stubs", "../up", "a/b", "."] {
            assert!(matches!(Record::load(folder.path(), name), Ok(None)));
            record.save(folder.path(), name).expect("saved");
            assert_eq!(Record::load(folder.path(), name).expect("loaded"), Some(record.clone()));
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 4);
    }

    #[test]
    fn what_is_not_a_record_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let cases = [
            ("{", "EOF while parsing an object"),
            (
                "{\"schema\": \"other/1\", \"sources\": {}, \"outputs\": {}}",
                "expected `gladys.sync-record/1`, found `other/1`",
            ),
            (
                "{\"schema\": \"x\", \"sources\": {\"a\": \"12\"}, \"outputs\": {}}",
                "expected 64 hexadecimal digits",
            ),
        ];
        for (text, expected) in cases {
            fs::write(folder.path().join("stubs.json"), text).expect("a file");
            let error = Record::load(folder.path(), "stubs").expect_err("not a record").to_string();
            assert!(error.contains(expected) && error.contains("record again"), "{error}");
        }
    }

    #[test]
    fn differences_are_told_apart() {
        let then = sums(&[("a", "1"), ("b", "2"), ("c", "3"), ("x", "4")]);
        let now = sums(&[("a", "1"), ("b", "other"), ("d", "5"), ("x", "other")]);
        assert_eq!(
            differences(&then, &now, |name| name != "x"),
            [("b", "changed"), ("c", "gone"), ("d", "new")].map(|(name, how)| (name.to_owned(), how))
        );
    }
}
