//! `\lo_import`, `\lo_export`, `\lo_unlink` (psql's `large_obj.c`).

use std::io::Write;

use super::Shell;
use super::command::Call;
use super::reading::After;
use super::send::reason;
use super::slash::Word;
use crate::db::sql::literal;

impl Shell<'_> {
    /// One of the commands about a single large object.
    pub(super) fn large_object(&mut self, call: &mut Call<'_>) -> After {
        let first = self.clean_word(call, Word::Normal);
        let second = self.clean_word(call, Word::Normal);
        let done = match (call.name, first, second) {
            ("lo_export", Some(oid), Some(file)) => self.in_transaction(|shell| shell.export(&oid, &file)),
            ("lo_import", Some(file), comment) => {
                self.in_transaction(|shell| shell.import(&file, comment.as_deref()))
            }
            ("lo_unlink", Some(oid), _) => self.in_transaction(|shell| shell.unlink(&oid)),
            _ => return self.missing(call),
        };
        if done { After::Next } else { After::Failed }
    }

    /// Large objects live in transactions: in the open one, or in one of their own.
    fn in_transaction(&mut self, run: impl FnOnce(&mut Self) -> Option<String>) -> bool {
        let own = self.status() == b'I';
        if own && !self.quietly("BEGIN") {
            return false;
        }
        let told = run(self);
        if own && self.variables.on("AUTOCOMMIT") {
            let done = self.quietly(if told.is_some() { "COMMIT" } else { "ROLLBACK" });
            if !done {
                return false;
            }
        }
        let Some(told) = told else { return false };
        if !self.quiet() {
            self.output.result(|out| writeln!(out, "{told}"));
        }
        true
    }

    fn import(&mut self, file: &str, comment: Option<&str>) -> Option<String> {
        let data = match std::fs::read(super::file::home(file)) {
            Ok(data) => data,
            Err(error) => {
                self.log("", &format!("could not open file \"{file}\": {}", reason(&error)));
                return None;
            }
        };
        let hex: String = data.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let (_, rows) =
            self.ask(&format!("SELECT pg_catalog.lo_from_bytea(0, '\\x{hex}'::pg_catalog.bytea)"))?;
        let oid = rows.into_iter().next()?.into_iter().next()??;
        if let Some(comment) = comment {
            self.ask(&format!("COMMENT ON LARGE OBJECT {oid} IS {}", literal(comment)))?;
        }
        self.variables.put("LASTOID", &oid);
        Some(format!("lo_import {oid}"))
    }

    fn export(&mut self, oid: &str, file: &str) -> Option<String> {
        let sql =
            format!("SELECT pg_catalog.encode(pg_catalog.lo_get({}::pg_catalog.oid), 'hex')", literal(oid));
        let (_, rows) = self.ask(&sql)?;
        let hex = rows.into_iter().next()?.into_iter().next()??;
        let digits = hex.as_bytes().chunks(2);
        let data: Vec<u8> =
            digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        if let Err(error) = std::fs::write(super::file::home(file), data) {
            self.log("", &format!("could not create file \"{file}\": {}", reason(&error)));
            return None;
        }
        Some("lo_export".to_owned())
    }

    fn unlink(&mut self, oid: &str) -> Option<String> {
        self.ask(&format!("SELECT pg_catalog.lo_unlink({}::pg_catalog.oid)", literal(oid)))?;
        Some(format!("lo_unlink {oid}"))
    }
}
