//! Statements of the shell's own, for commands and settings (`PSQLexec`).

use super::Shell;
use super::answer::{Got, Keep, Sent};
use super::send::Answer;

impl Shell<'_> {
    /// Runs a statement of the shell's own; false, with its error told, if it failed.
    pub(super) fn quietly(&mut self, sql: &str) -> bool {
        self.ask(sql).is_some()
    }

    /// Runs a statement that stands around one of the person or the script and is never shown (`PQexec`); false, with
    /// its error told, if it failed.
    pub(super) fn unseen(&mut self, sql: &str) -> bool {
        self.put(sql) && self.collected(sql).is_some()
    }

    /// Sends a statement of the shell's own, which `ECHO_HIDDEN` shows; false if that did not happen (`PSQLexec`).
    pub(super) fn send_own(&mut self, sql: &str) -> bool {
        if self.connection.is_none() {
            self.error("You are currently not connected to a database.");
            return false;
        }
        let shown = self.variables.text("ECHO_HIDDEN").to_owned();
        let only_shown = shown.eq_ignore_ascii_case("noexec");
        if only_shown || self.variables.on("ECHO_HIDDEN") {
            self.output.say(&format!("********* QUERY **********\n{sql}\n**************************\n\n"));
            if only_shown {
                return false;
            }
        }
        self.output.log_query(sql);
        self.put(sql)
    }

    fn put(&mut self, sql: &str) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        if let Err(error) = connection.send(sql.as_bytes()) {
            self.lost(&error);
            return false;
        }
        true
    }

    /// The result of a statement of the shell's own; nothing, with its error told, if it failed.
    pub(super) fn ask(&mut self, sql: &str) -> Option<Answer> {
        if self.send_own(sql) { self.collected(sql) } else { None }
    }

    fn collected(&mut self, sql: &str) -> Option<Answer> {
        let mut sent = Sent::new(sql, Keep::Plain);
        let mut found = Some((Vec::new(), Vec::new()));
        loop {
            match self.got(&mut sent) {
                Got::Rows(rows, _) => found = found.map(|_| (rows.table.headers.clone(), rows.table.texts())),
                Got::Failed(message) => {
                    self.server(&message, sql, true);
                    self.last_error = Some((message, sql.to_owned()));
                    found = None;
                }
                Got::End => break,
                _ => {}
            }
        }
        found.filter(|_| self.connection.is_some())
    }
}
