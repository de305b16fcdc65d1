//! The catalog's fingerprint, and the one that the last migrate left as the comment of the ledger table.

use sha2::{Digest, Sha256};

use super::Ledger;
use super::catalog::describe;
use crate::db::sql::literal;
use crate::db::{Connection, Error};

/// How the comment begins.
const PREFIX: &str = "gladys: catalog ";

/// SHA-256 over what the database is made of, in hexadecimal; data, and the ledger itself, do not count.
pub fn present(connection: &mut Connection<'_>) -> Result<String, Error> {
    let mut hash = Sha256::new();
    for object in describe(connection)? {
        for part in [object.of, object.kind, object.name, object.definition] {
            hash.update(part.as_bytes());
            hash.update(b"\0");
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Ledger {
    /// The fingerprint that the last migrate left; `None` if none did.
    pub fn fingerprint(&self, connection: &mut Connection<'_>) -> Result<Option<String>, Error> {
        if !self.exists {
            return Ok(None);
        }
        let sql = format!("select obj_description({}::regclass, 'pg_class')", literal(self.table()));
        let comment = connection.rows(&sql)?.into_iter().flatten().flatten().next();
        Ok(comment.and_then(|comment| comment.strip_prefix(PREFIX).map(str::to_owned)))
    }

    /// Keeps the present fingerprint.
    pub fn keep_fingerprint(&self, connection: &mut Connection<'_>) -> Result<(), Error> {
        let comment = format!("{PREFIX}{}", present(connection)?);
        let sql = format!("comment on table {} is {}", self.table(), literal(&comment));
        connection.rows(&sql).map(|_| ())
    }
}
