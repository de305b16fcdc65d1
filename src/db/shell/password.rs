//! `\password`: a new password, of which the server sees only what it needs to check it (libpq's `PQencryptPasswordConn`).

use postgres_protocol::password::{md5, scram_sha_256};

use super::Shell;
use super::command::Call;
use super::reading::After;
use super::slash::Word;
use crate::db::sql::{identifier, literal};

impl Shell<'_> {
    /// `\password [USER]`
    pub(super) fn password(&mut self, call: &mut Call<'_>) -> After {
        let named = self.clean_word(call, Word::Name);
        let Some(user) = named.or_else(|| self.first("SELECT CURRENT_USER")) else { return After::Failed };
        let Some(person) = &mut self.person else {
            self.error("\\password asks for the password on a terminal, and there is none");
            return After::Failed;
        };
        let first = person.secret(&format!("Enter new password for user \"{user}\": "));
        let second = first.as_ref().and_then(|_| person.secret("Enter it again: "));
        let (Some(first), Some(second)) = (first, second) else { return After::Failed };
        if first != second {
            self.error("Passwords didn't match.");
            return After::Failed;
        }
        let Some(kind) = self.first("SHOW password_encryption") else { return After::Failed };
        let encrypted = match kind.as_str() {
            "scram-sha-256" => scram_sha_256(first.as_bytes()),
            "md5" | "on" | "off" => md5(first.as_bytes(), &user),
            _ => {
                self.error(&format!("unrecognized password encryption algorithm \"{kind}\""));
                return After::Failed;
            }
        };
        let sql = format!("ALTER USER {} PASSWORD {}", identifier(&user), literal(&encrypted));
        if self.quietly(&sql) { After::Next } else { After::Failed }
    }

    /// The first cell of a statement of the shell's own; nothing, with the error told, if it failed.
    fn first(&mut self, sql: &str) -> Option<String> {
        self.ask(sql)?.1.into_iter().next()?.into_iter().next()?
    }
}
