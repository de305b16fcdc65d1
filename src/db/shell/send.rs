//! A statement on its way to the server, and its results on their way back (psql's `common.c`).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::answer::{Got, Sent, count};
use super::kind::{begins_itself, is_select};
use super::timing::timing;
use super::variables::Echo;
use super::{Once, Shell};

/// The headings and the rows of a result, cells as text.
pub(super) type Answer = (Vec<String>, Vec<Vec<Option<String>>>);

impl Shell<'_> {
    /// Sends what a person or a script wrote, and shows what comes back; false if anything failed.
    pub(super) fn send(&mut self, query: &str) -> bool {
        let data = self.data_behind(query);
        let done = self.begin(query) && self.sent(query);
        self.pass_over(data);
        if let Some(look) = self.once.look.take() {
            self.look = look;
        }
        self.once = Once::default();
        done
    }

    /// What is done before a statement is sent: echoes, the transaction that AUTOCOMMIT asks for.
    fn begin(&mut self, query: &str) -> bool {
        if self.connection.is_none() {
            self.error("You are currently not connected to a database.");
            return false;
        }
        if self.variables.on("SINGLESTEP") && !self.confirmed(query) {
            return false;
        }
        if self.variables.echo() == Echo::Queries {
            self.output.line(query);
            self.output.flush();
        }
        self.output.log_query(query);
        let idle = self.status() == b'I';
        !idle || self.variables.on("AUTOCOMMIT") || begins_itself(query) || self.unseen("BEGIN")
    }

    /// `SINGLESTEP`: shows the statement and waits; `x` cancels it.
    fn confirmed(&mut self, query: &str) -> bool {
        let text = format!(
            "***(Single step mode: verify command)*******************************************\n{query}\n\
             ***(press return to proceed or enter x and return to cancel)********************\n"
        );
        self.output.say(&text);
        !self.asked_for("").starts_with('x')
    }

    pub(super) fn status(&self) -> u8 {
        self.connection.as_ref().map_or(0, super::super::Connection::status)
    }

    fn sent(&mut self, query: &str) -> bool {
        let savepoint = self.status() == b'T' && self.keeps_savepoint();
        if savepoint && !self.unseen("SAVEPOINT pg_psql_temporary_savepoint") {
            return false;
        }
        self.elapsed = Duration::ZERO;
        let mut gone = false;
        let fetch = self.variables.number("FETCH_COUNT");
        let plain = !self.once.execute && self.once.crosstab.is_none();
        let mut done = if self.once.describe {
            self.describe_result(query)
        } else if fetch > 0 && plain && is_select(query) {
            self.by_cursor(query, fetch)
        } else {
            self.execute(query, &mut gone)
        };
        if !done && self.variables.echo() == Echo::Errors {
            self.log("", &format!("STATEMENT:  {query}"));
        }
        if savepoint {
            done &= match self.status() {
                b'E' => self.unseen("ROLLBACK TO pg_psql_temporary_savepoint"),
                b'T' if !gone => self.unseen("RELEASE pg_psql_temporary_savepoint"),
                _ => true,
            };
        }
        if self.timing {
            let text = timing(self.elapsed);
            self.output.say(&text);
        }
        self.encoding_changed();
        self.notified();
        done
    }

    fn keeps_savepoint(&self) -> bool {
        match self.variables.text("ON_ERROR_ROLLBACK") {
            word if word.eq_ignore_ascii_case("interactive") => self.interactive(),
            _ => self.variables.on("ON_ERROR_ROLLBACK"),
        }
    }

    /// Follows `SET client_encoding`.
    fn encoding_changed(&mut self) {
        let encoding =
            self.connection.as_ref().and_then(|connection| connection.parameter("client_encoding"));
        if let Some(encoding) = encoding.map(str::to_owned) {
            self.variables.put("ENCODING", &encoding);
        }
    }

    /// Tells the notifications that have come.
    fn notified(&mut self) {
        for (process, channel, payload) in std::mem::take(&mut self.notifications) {
            let with =
                if payload.is_empty() { String::new() } else { format!(" with payload \"{payload}\"") };
            let text = format!(
                "Asynchronous notification \"{channel}\"{with} received from server process with PID {process}.\n"
            );
            self.output.result(|out| out.write_all(text.as_bytes()));
            self.output.flush();
        }
    }

    /// Sends a statement and shows every result of it.
    pub(super) fn execute(&mut self, query: &str, savepoint_gone: &mut bool) -> bool {
        let begun = Instant::now();
        let Some(connection) = &mut self.connection else { return false };
        if let Err(error) = connection.send(query.as_bytes()) {
            self.lost(&error);
            return false;
        }
        let mut sent = Sent::new(query, self.keep());
        let mut got = self.got(&mut sent);
        while !matches!(got, Got::End) {
            if let Got::Failed(message) = got {
                self.failed(message, query);
                sent.success = false;
                got = self.got(&mut sent);
                self.elapsed = begun.elapsed();
                continue;
            }
            if let Got::Rows(_, tag) | Got::Command(tag) = &got {
                *savepoint_gone |= ["COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"].contains(&tag.as_str());
            }
            sent.waits = match got {
                Got::CopyIn | Got::CopyOut => {
                    let (done, result) = self.copied(matches!(got, Got::CopyIn), &mut sent);
                    sent.success &= done;
                    result
                }
                got => Some(got),
            };
            let rows = sent.waits.as_ref().map(count);
            let next = self.got(&mut sent);
            self.elapsed = begun.elapsed();
            let last = matches!(next, Got::End);
            if let Some(result) = sent.waits.take() {
                sent.success &= self.shown(result, last, &mut sent.file);
            }
            if last && sent.success {
                self.set_result(rows.flatten().as_deref());
            }
            got = next;
            if self.interrupted.load(Ordering::Relaxed) && self.output.closed {
                break;
            }
        }
        if let Some(file) = sent.file.take() {
            sent.success &= file.close().is_ok() || sent.success;
        }
        sent.success && self.connection.is_some()
    }
}

/// The reason of a failed file operation in the words of the C library.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
