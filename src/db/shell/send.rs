//! A statement on its way to the server, and its results on their way back (psql's `common.c`).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::kind::{begins_itself, is_select};
use super::timing::timing;
use super::variables::Echo;
use super::{Once, Shell};
use crate::db::connection::reply::{Cells, Column};
use crate::db::connection::server::ServerMessage;
use crate::db::print::{self, Table};
use crate::db::{Error, Reply};

/// One result of what was sent.
pub(super) enum Got {
    /// Rows, and the command tag.
    Rows(Rows, String),
    /// A command tag.
    Command(String),
    /// An empty statement.
    Empty,
    /// The server refused.
    Failed(ServerMessage),
    /// COPY FROM STDIN begins.
    CopyIn,
    /// COPY TO STDOUT begins.
    CopyOut,
    /// There are no more.
    End,
}

/// The headings and the rows of a result, cells as text.
pub(super) type Answer = (Vec<String>, Vec<Vec<Option<String>>>);

/// The rows of a result.
pub(super) struct Rows {
    pub(super) table: Table,
    /// The cells as they are, where more is done with them than show them.
    pub(super) raw: Vec<Vec<Option<String>>>,
    pub(super) columns: Vec<Column>,
}

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
        !idle || self.variables.on("AUTOCOMMIT") || begins_itself(query) || self.quietly("BEGIN")
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
        if savepoint && !self.quietly("SAVEPOINT pg_psql_temporary_savepoint") {
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
                b'E' => self.quietly("ROLLBACK TO pg_psql_temporary_savepoint"),
                b'T' if !gone => self.quietly("RELEASE pg_psql_temporary_savepoint"),
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
        let mut success = true;
        let mut file = None;
        let mut got = self.got(query);
        while !matches!(got, Got::End) {
            if let Got::Failed(message) = got {
                self.failed(message, query);
                success = false;
                got = self.got(query);
                self.elapsed = begun.elapsed();
                continue;
            }
            if let Got::Rows(_, tag) | Got::Command(tag) = &got {
                *savepoint_gone |= ["COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"].contains(&tag.as_str());
            }
            let result = match got {
                Got::CopyIn | Got::CopyOut => {
                    let (done, result) = self.copied(matches!(got, Got::CopyIn), &mut file, query);
                    success &= done;
                    result
                }
                got => Some(got),
            };
            let next = self.got(query);
            self.elapsed = begun.elapsed();
            let last = matches!(next, Got::End);
            let rows = result.as_ref().map(count);
            if let Some(result) = result {
                success &= self.shown(result, last, &mut file);
            }
            if last && success {
                self.set_result(rows.flatten().as_deref());
            }
            got = next;
            if self.interrupted.load(Ordering::Relaxed) && self.output.closed {
                break;
            }
        }
        if let Some(file) = file {
            success &= file.close().unwrap_or(false) || success;
        }
        success && self.connection.is_some()
    }

    /// The next result; notices are told as they come.
    pub(super) fn got(&mut self, query: &str) -> Got {
        let mut rows: Option<Rows> = None;
        let keep = self.json || self.once.set.is_some() || self.once.execute || self.once.crosstab.is_some();
        loop {
            let Some(connection) = &mut self.connection else { return Got::End };
            match connection.reply() {
                Ok(Reply::Columns(columns)) => rows = Some(self.begun(&columns)),
                Ok(Reply::Row(cells)) => {
                    if let Some(rows) = &mut rows {
                        add(rows, &cells, &self.look.options, keep);
                    }
                }
                Ok(Reply::Done(tag)) => {
                    return match rows {
                        Some(rows) => Got::Rows(rows, tag),
                        None => Got::Command(tag),
                    };
                }
                Ok(Reply::Empty) => return Got::Empty,
                Ok(Reply::Error(message)) => return Got::Failed(message),
                Ok(Reply::Notice(message)) => self.server(&message, query, false),
                Ok(Reply::Notification { process, channel, payload }) => {
                    self.notifications.push((process, channel, payload));
                }
                Ok(Reply::CopyIn) => return Got::CopyIn,
                Ok(Reply::CopyOut) => return Got::CopyOut,
                Ok(Reply::Ready) => return Got::End,
                Ok(Reply::CopyData(_) | Reply::CopyDone | Reply::NoData) => {}
                Err(error) => {
                    self.lost(&error);
                    return Got::End;
                }
            }
        }
    }

    fn begun(&self, columns: &[Column]) -> Rows {
        let headers = columns.iter().map(|column| column.name.clone()).collect();
        let right = columns.iter().map(|column| print::is_right(column.oid)).collect();
        Rows {
            table: Table::new(self.look.title.clone(), headers, right),
            raw: Vec::new(),
            columns: columns.to_vec(),
        }
    }

    /// Tells an error and remembers it.
    pub(super) fn failed(&mut self, message: ServerMessage, query: &str) {
        self.server(&message, query, true);
        let values = [
            ("ERROR", "true"),
            ("SQLSTATE", &message.code),
            ("ROW_COUNT", "0"),
            ("LAST_ERROR_SQLSTATE", &message.code),
            ("LAST_ERROR_MESSAGE", &message.message),
        ];
        for (name, value) in values {
            self.variables.put(name, value);
        }
        self.last_error = Some((message, query.to_owned()));
    }

    pub(super) fn set_result(&mut self, rows: Option<&str>) {
        let values = [("ERROR", "false"), ("SQLSTATE", "00000"), ("ROW_COUNT", rows.unwrap_or("0"))];
        for (name, value) in values {
            self.variables.put(name, value);
        }
    }

    /// The connection is gone: said, and for a person tried again.
    pub(super) fn lost(&mut self, error: &Error) {
        self.connection = None;
        self.error(&error.to_string());
        if !self.interactive() {
            self.error("connection to server was lost");
            return;
        }
        self.output.message("The connection to the server was lost. Attempting reset: ");
        match crate::db::Connection::open(&self.settings, self.interrupted) {
            Ok(connection) => {
                self.connection = Some(connection);
                self.sync_variables();
                self.output.message("Succeeded.\n");
            }
            Err(error) => self.output.message(&format!("Failed.\n{error}\n")),
        }
    }
}

fn add(rows: &mut Rows, cells: &Cells, options: &print::Options, keep: bool) {
    let right = rows.table.right.clone();
    if right.is_empty() {
        rows.table.empty_row();
    }
    for (cell, right) in cells.iter().zip(right) {
        match cell {
            None => rows.table.cell(options.null.as_bytes()),
            Some(cell) if right && options.numeric_locale => rows.table.cell(&print::grouped(cell)),
            Some(cell) => rows.table.cell(cell),
        }
    }
    if keep {
        rows.raw.push(cells.strings());
    }
}

/// The number of rows in a command tag (`PQcmdTuples`).
fn count(got: &Got) -> Option<String> {
    let (Got::Rows(_, tag) | Got::Command(tag)) = got else { return None };
    let last = tag.rsplit(' ').next()?;
    last.bytes().all(|byte| byte.is_ascii_digit()).then(|| last.to_owned())
}

/// The reason of a failed file operation in the words of the C library.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
