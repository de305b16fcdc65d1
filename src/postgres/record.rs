//! What was made in a data folder, noted in a file within it: there is no other way to know the databases of a server
//! that is not running. PostgreSQL leaves files alone that it does not know.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::place::give;
use super::user::User;

const FILE: &str = "gladys-prepared";

/// The note; each entry is a line of a word and a value.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Record {
    /// Folder of the binaries that made it.
    pub(super) bin: Option<PathBuf>,
    /// The superuser.
    pub(super) user: Option<String>,
    /// Databases that are there for certain.
    pub(super) databases: Vec<String>,
}

impl Record {
    /// Reads the note; empty for a folder that somebody else made.
    pub(super) fn read(data: &Path) -> Self {
        let mut record = Self::default();
        for line in fs::read_to_string(data.join(FILE)).unwrap_or_default().lines() {
            match line.split_once(' ') {
                Some(("bin", bin)) => record.bin = Some(PathBuf::from(bin)),
                Some(("user", user)) => record.user = Some(user.to_owned()),
                Some(("database", name)) => record.databases.push(name.to_owned()),
                _ => {}
            }
        }
        record
    }

    /// Writes the note in one step. A link that the folder's owner might put in its place is replaced, not followed.
    pub(super) fn write(&self, data: &Path, user: Option<User>) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(data)?;
        if let Some(bin) = self.bin.as_deref().and_then(Path::to_str) {
            writeln!(file, "bin {bin}")?;
        }
        if let Some(name) = &self.user {
            writeln!(file, "user {name}")?;
        }
        for name in &self.databases {
            writeln!(file, "database {name}")?;
        }
        give(file.path(), user)?;
        file.persist(data.join(FILE))?;
        Ok(())
    }
}
