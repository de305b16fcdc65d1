//! What the server answers to what was sent: its results, one after the other, and how a large one is shown in parts.

use super::Shell;
use super::output::Target;
use crate::db::connection::reply::{Cells, Column};
use crate::db::connection::server::ServerMessage;
use crate::db::print::{self, Format, Table};
use crate::db::{Error, Reply};

/// So much of a result is held back before any of it is shown: an error up to there leaves nothing shown, as in psql.
const HELD: usize = 256 << 10;
/// From then on it is shown in parts of this size.
const PART: usize = 64 << 10;

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

/// The rows of a result, or those that are not shown yet.
pub(super) struct Rows {
    pub(super) table: Table,
    pub(super) columns: Vec<Column>,
    /// Rows that were shown before.
    pub(super) prior: u64,
    /// All of it was shown, or no more of it can be.
    pub(super) over: bool,
}

/// What the rows are for while they come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// To be shown when all have come.
    Shown,
    /// To be used as the server wrote them.
    Plain,
    /// To be shown as they come.
    Parts,
}

/// A text that was sent, while its results come.
pub(super) struct Sent<'q> {
    pub(super) query: &'q str,
    keep: Keep,
    /// A complete result that waits for the next: only then is it known whether it is the last.
    pub(super) waits: Option<Got>,
    /// The place that `\g` names, once it is open.
    pub(super) file: Option<Target>,
    pub(super) success: bool,
}

impl<'q> Sent<'q> {
    pub(super) fn new(query: &'q str, keep: Keep) -> Self {
        Self { query, keep, waits: None, file: None, success: true }
    }
}

impl Shell<'_> {
    /// What the rows of a statement of the person or the script are for.
    pub(super) fn keep(&self) -> Keep {
        if self.once.set.is_some() || self.once.execute || self.once.crosstab.is_some() {
            return Keep::Plain;
        }
        // Columns are as wide as their widest cell, and the pager is for what does not fit.
        let whole = !self.json && matches!(self.look.options.format, Format::Aligned | Format::Wrapped);
        let paged = self.once.file.is_none() && self.look.pager > 0 && self.screen().0 > 0;
        if whole || paged || !self.variables.on("SHOW_ALL_RESULTS") { Keep::Shown } else { Keep::Parts }
    }

    /// The next result; notices are told as they come.
    pub(super) fn got(&mut self, sent: &mut Sent<'_>) -> Got {
        let mut rows: Option<Rows> = None;
        let grouped = self.look.options.numeric_locale && !self.json && sent.keep != Keep::Plain;
        loop {
            let Some(connection) = &mut self.connection else { return Got::End };
            match connection.reply() {
                Ok(Reply::Columns(columns)) => rows = Some(self.begun(columns)),
                Ok(Reply::Row(cells)) => {
                    if let Some(rows) = &mut rows {
                        rows.add(&cells, grouped);
                        if sent.keep == Keep::Parts && rows.is_due() {
                            self.begin_to_show(rows, sent);
                        }
                    }
                }
                Ok(Reply::Done(tag)) => {
                    let Some(mut rows) = rows else { return Got::Command(tag) };
                    if rows.prior > 0 && !rows.over {
                        sent.success &= self.print_rows(&mut rows, true, &mut sent.file);
                    }
                    return Got::Rows(rows, tag);
                }
                Ok(Reply::Empty) => return Got::Empty,
                Ok(Reply::Error(message)) => return Got::Failed(message),
                Ok(Reply::Notice(message)) => self.server(&message, sent.query, false),
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

    /// Passes over what is left of what was sent.
    pub(super) fn pass(&mut self, sent: &mut Sent<'_>) {
        while !matches!(self.got(sent), Got::End) {}
    }

    fn begun(&self, columns: Vec<Column>) -> Rows {
        let headers = columns.iter().map(|column| column.name.clone()).collect();
        let right = columns.iter().map(|column| print::is_right(column.oid)).collect();
        let mut table = Table::new(self.look.title.clone(), headers, right);
        table.null.clone_from(&self.look.options.null);
        Rows { table, columns, prior: 0, over: false }
    }

    /// Shows the rows that have come, behind the result before them, and forgets them.
    fn begin_to_show(&mut self, rows: &mut Rows, sent: &mut Sent<'_>) {
        if let Some(before) = sent.waits.take() {
            sent.success &= self.shown(before, false, &mut sent.file);
        }
        if !rows.over {
            sent.success &= self.print_rows(rows, false, &mut sent.file);
        }
        rows.prior += rows.table.rows() as u64;
        rows.table.clear();
        if self.output.closed {
            // Nobody reads on: the server learns it from the end of the connection.
            self.connection = None;
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

impl Rows {
    fn add(&mut self, cells: &Cells<'_>, grouped: bool) {
        if self.columns.is_empty() {
            self.table.empty_row();
        }
        for (column, cell) in cells.iter().enumerate().take(self.columns.len()) {
            match cell {
                None => self.table.null(),
                Some(cell) if grouped && self.table.right[column] => self.table.cell(&print::grouped(cell)),
                Some(cell) => self.table.cell(cell),
            }
        }
    }

    /// Whether there is enough to be shown.
    fn is_due(&self) -> bool {
        self.table.size() >= if self.prior == 0 { HELD } else { PART }
    }
}

/// The number of rows in a command tag (`PQcmdTuples`).
pub(super) fn count(got: &Got) -> Option<String> {
    let (Got::Rows(_, tag) | Got::Command(tag)) = got else { return None };
    let last = tag.rsplit(' ').next()?;
    last.bytes().all(|byte| byte.is_ascii_digit()).then(|| last.to_owned())
}
