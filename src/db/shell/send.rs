//! A statement on its way to the server, and its results on their way back (psql's `common.c`).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::output::Target;
use super::variables::{Echo, Variables};
use super::{Once, Shell};
use crate::db::connection::reply::{Cells, Column};
use crate::db::connection::server::ServerMessage;
use crate::db::print::{self, Table, document};
use crate::db::sql::literal;
use crate::db::sql::statement::{Statement, statements};
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

    /// Shows, stores or runs one result.
    fn shown(&mut self, got: Got, last: bool, file: &mut Option<Target>) -> bool {
        let wanted = last || self.variables.on("SHOW_ALL_RESULTS");
        match got {
            Got::Rows(rows, tag) => {
                let done = match (last, &self.once) {
                    (true, Once { set: Some(_), .. }) => self.store(&rows),
                    (true, Once { execute: true, .. }) => self.run_cells(rows.raw),
                    (true, Once { crosstab: Some(arguments), .. }) => {
                        let arguments = arguments.clone();
                        self.crosstab(&rows, &arguments)
                    }
                    _ if wanted && self.json => self.print_json(&rows),
                    _ if wanted => self.print_rows(&rows.table, file),
                    _ => true,
                };
                let changed = ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| tag.starts_with(verb));
                if wanted && changed {
                    self.tag(&tag);
                }
                done
            }
            Got::Command(tag) => {
                if wanted {
                    self.tag(&tag);
                }
                true
            }
            Got::Failed(_) => false,
            _ => true,
        }
    }

    fn print_rows(&mut self, table: &Table, file: &mut Option<Target>) -> bool {
        let Some(name) = self.once.file.clone() else {
            let options = self.look.options.clone();
            self.show(table, &options);
            self.output.flush();
            return true;
        };
        if !self.open_once(&name, file) {
            return false;
        }
        if let Some(target) = file {
            let options = &self.look.options;
            self.output.to(target, |out| print::table(table, options, 0, out));
        }
        true
    }

    /// One result as an array of objects, one on a line.
    fn print_json(&mut self, rows: &Rows) -> bool {
        let keys = document::keys(&rows.columns);
        self.output.result(|out| {
            out.write_all(b"[\n")?;
            for (index, row) in rows.raw.iter().enumerate() {
                let cells = row.iter().map(|cell| cell.as_deref().map(str::as_bytes));
                document::object(&keys, &rows.columns, cells, out)?;
                out.write_all(if index + 1 < rows.raw.len() { b",\n" } else { b"\n" })?;
            }
            out.write_all(b"]\n")
        });
        self.output.flush();
        true
    }

    /// Opens the place that `\g` names, once for all results of a statement.
    pub(super) fn open_once(&mut self, name: &str, file: &mut Option<Target>) -> bool {
        if file.is_none() {
            self.output.flush();
            match Target::open(Some(name)) {
                Ok(target) => *file = Some(target),
                Err(error) => {
                    self.error(&format!("{name}: {}", reason(&error)));
                    return false;
                }
            }
        }
        true
    }

    /// Shows a command tag.
    fn tag(&mut self, tag: &str) {
        if !self.quiet() && !self.json {
            self.output.result(|out| writeln!(out, "{tag}"));
            self.output.flush();
        }
        self.output.log(|out| writeln!(out, "{tag}"));
        if ["CREATE", "DROP", "ALTER", "SELECT INTO"].iter().any(|verb| tag.starts_with(verb)) {
            self.reread();
        }
        let oid = tag.strip_prefix("INSERT ").and_then(|rest| rest.split(' ').next()).unwrap_or("0");
        self.variables.put("LASTOID", oid);
    }

    /// `\gset`: the cells of the only row become variables.
    pub(super) fn store(&mut self, rows: &Rows) -> bool {
        let prefix = self.once.set.clone().unwrap_or_default();
        let [row] = rows.raw.as_slice() else {
            let text = if rows.raw.is_empty() { "no rows" } else { "more than one row" };
            self.error(&format!("{text} returned for \\gset"));
            return false;
        };
        for (header, cell) in rows.table.headers.iter().zip(row) {
            let name = format!("{prefix}{header}");
            if Variables::is_special(&name) {
                self.warning(&format!(
                    "attempt to \\gset into specially treated variable \"{name}\" ignored"
                ));
                continue;
            }
            if let Err(error) = self.variables.set(&name, cell.as_deref()) {
                self.error(&error);
                return false;
            }
        }
        true
    }

    /// `\gexec`: every cell is a statement.
    fn run_cells(&mut self, rows: Vec<Vec<Option<String>>>) -> bool {
        self.once.execute = false;
        let mut success = true;
        for query in rows.into_iter().flatten().flatten() {
            if self.stopped() {
                break;
            }
            if self.variables.echo() == Echo::All {
                self.output.line(&query);
            }
            if !self.send(&query) {
                success = false;
                if self.variables.on("ON_ERROR_STOP") {
                    break;
                }
            }
        }
        success
    }

    /// `\gdesc`: the names and types of the columns, without running the statement.
    fn describe_result(&mut self, query: &str) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        if let Err(error) = connection.describe(query) {
            self.lost(&error);
            return false;
        }
        let mut columns = Vec::new();
        loop {
            let Some(connection) = &mut self.connection else { return false };
            match connection.reply() {
                Ok(Reply::Columns(found)) => columns = found,
                Ok(Reply::Error(message)) => {
                    self.failed(message, query);
                    while !matches!(self.got(query), Got::End) {}
                    return false;
                }
                Ok(Reply::Ready) => break,
                Ok(_) => {}
                Err(error) => {
                    self.lost(&error);
                    return false;
                }
            }
        }
        if columns.is_empty() {
            let text = "The command has no result, or the result has no columns.\n";
            self.output.result(|out| out.write_all(text.as_bytes()));
            self.set_result(None);
            return true;
        }
        let rows: Vec<String> = columns
            .iter()
            .map(|column| {
                format!("({}, '{}'::pg_catalog.oid, {})", literal(&column.name), column.oid, column.modifier)
            })
            .collect();
        let sql = format!(
            "SELECT name AS \"Column\", pg_catalog.format_type(tp, tpm) AS \"Type\"\nFROM (VALUES {}) s(name, tp, tpm)",
            rows.join(",")
        );
        self.once.describe = false;
        self.execute(&sql, &mut false)
    }

    /// Runs a statement of the shell's own; false, with its error told, if it failed.
    pub(super) fn quietly(&mut self, sql: &str) -> bool {
        self.ask(sql).is_some()
    }

    /// The result of a statement of the shell's own; nothing, with its error told, if it failed (`PSQLexec`).
    pub(super) fn ask(&mut self, sql: &str) -> Option<Answer> {
        let Some(connection) = &mut self.connection else {
            self.error("You are currently not connected to a database.");
            return None;
        };
        let hidden = self.variables.text("ECHO_HIDDEN").to_owned();
        if hidden.eq_ignore_ascii_case("noexec") || self.variables.on("ECHO_HIDDEN") {
            self.output.say(&format!("********* QUERY **********\n{sql}\n**************************\n\n"));
            if hidden.eq_ignore_ascii_case("noexec") {
                return None;
            }
        }
        self.output.log_query(sql);
        if let Err(error) = connection.send(sql.as_bytes()) {
            self.lost(&error);
            return None;
        }
        let keep = self.once.set.replace(String::new());
        let mut found = Some((Vec::new(), Vec::new()));
        loop {
            match self.got(sql) {
                Got::Rows(rows, _) => found = found.map(|_| (rows.table.headers, rows.raw)),
                Got::Failed(message) => {
                    self.server(&message, sql, true);
                    self.last_error = Some((message, sql.to_owned()));
                    found = None;
                }
                Got::End => break,
                _ => {}
            }
        }
        self.once.set = keep;
        found.filter(|_| self.connection.is_some())
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

/// `Time: 12.345 ms`, from a second on with minutes, hours and days (`PrintTiming`).
fn timing(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1000.0;
    let (total, part) = (elapsed.as_secs(), elapsed.as_secs_f64());
    let seconds = part % 60.0;
    let (minutes, hours, days) = (total / 60 % 60, total / 3600 % 24, total / 86400);
    match total {
        0 => format!("Time: {milliseconds:.3} ms\n"),
        1..3600 => format!("Time: {milliseconds:.3} ms ({minutes:02}:{seconds:06.3})\n"),
        3600..86400 => format!("Time: {milliseconds:.3} ms ({hours:02}:{minutes:02}:{seconds:06.3})\n"),
        _ => format!("Time: {milliseconds:.3} ms ({days} d {hours:02}:{minutes:02}:{seconds:06.3})\n"),
    }
}

/// The reason of a failed file operation in the words of the C library.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn first_words(query: &str) -> Vec<String> {
    let statement: Option<Statement> = statements(query).ok().and_then(|found| found.into_iter().next());
    statement.map(|statement| statement.words).unwrap_or_default()
}

/// Statements before which AUTOCOMMIT off begins no transaction (`command_no_begin`).
fn begins_itself(query: &str) -> bool {
    let words = first_words(query);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["ABORT" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "VACUUM", ..]
            | ["CLUSTER"]
            | ["PREPARE", "TRANSACTION", ..]
            | ["CREATE", "DATABASE" | "TABLESPACE", ..]
            | ["CREATE", "INDEX", "CONCURRENTLY", ..]
            | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]
            | ["ALTER", "SYSTEM", ..]
            | ["DROP" | "REINDEX", "DATABASE" | "SYSTEM" | "TABLESPACE", ..]
            | ["DROP" | "REINDEX", "INDEX" | "TABLE", "CONCURRENTLY", ..]
            | ["DISCARD", "ALL", ..]
    )
}

/// Whether a cursor can be declared for it.
fn is_select(query: &str) -> bool {
    let words = first_words(query);
    matches!(words.first().map(String::as_str), Some("SELECT" | "VALUES"))
}
