//! One file: one transaction with its ledger row, or nothing.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Ledger, Migration, invalid};
use crate::db::connection::server::ServerMessage;
use crate::db::error::{FileError, SqlError};
use crate::db::sql::statement::{Statement, Unsplit, statements};
use crate::db::{Connection, Error, Reply};
use crate::text;

/// What a file set for its session must not reach the next one.
const RESET: &str = "reset session authorization; reset role; reset all";

/// What the server's status is outside of a transaction (the manual's chapter 55.7, `ReadyForQuery`).
const IDLE: u8 = b'I';

/// Takes away what a file has left in its session, before the next: `DISCARD ALL` (the manual's SQL commands) without [`RESET`]
/// and without the advisory lock that the run holds.
const DISCARD: &str = "deallocate all; close all; unlisten *; discard temp; discard sequences";

/// A part of a file that is sent as one text.
#[derive(Default)]
struct Piece {
    /// Its bytes in the file.
    text: Range<usize>,
    /// What is sent before it: nothing, or [`DISCARD`] and `begin`, each with its semicolon.
    before: String,
    /// What is sent behind it: the ledger row and `commit`.
    behind: String,
    /// The data of the COPY that it ends with.
    data: Option<Range<usize>>,
}

/// What a file is to run as: pieces of its text that are sent one by one.
struct Script<'a> {
    file: &'a Migration,
    /// The text, with the statements that begin and end its own transaction blanked out.
    text: String,
    statements: Vec<Statement>,
}

/// Checks a file without running it: something is in it, all of it can be split, and nothing in it ends the transaction.
pub fn check(file: &Migration) -> Result<(), Error> {
    if Script::of(file)?.statements.is_empty() {
        // Recorded as applied, what is written into it later would never run.
        let help = "write its SQL, or delete the file";
        return Err(refused(file, 0, file.text.len().min(1), "this file has no SQL yet", help));
    }
    Ok(())
}

/// Runs a file and records it. `notice` gets what the server says on the way.
pub fn apply(
    connection: &mut Connection<'_>,
    ledger: &Ledger,
    file: &Migration,
    notice: &mut dyn FnMut(&ServerMessage),
) -> Result<Duration, Error> {
    let record = |lasted: Option<Duration>| match lasted {
        None => ledger.insert(file),
        Some(time) => ledger.insert_lasting(file, Some(time.as_millis())),
    };
    carry_out(connection, file, &record, notice)
}

/// Runs the file that undoes a version, and forgets the version.
pub fn undo(
    connection: &mut Connection<'_>,
    ledger: &Ledger,
    down: &Migration,
    notice: &mut dyn FnMut(&ServerMessage),
) -> Result<Duration, Error> {
    carry_out(connection, down, &|_| ledger.forget(&down.version), notice)
}

/// Runs a file in its own way and records nothing.
pub fn run(connection: &mut Connection<'_>, file: &Migration) -> Result<(), Error> {
    carry_out(connection, file, &|_| "select".to_owned(), &mut |_| {}).map(|_| ())
}

/// Runs a file, and the statement that `record` gives: inside of the file's transaction, or, with the time it took,
/// after a file that runs in none.
fn carry_out(
    connection: &mut Connection<'_>,
    file: &Migration,
    record: &dyn Fn(Option<Duration>) -> String,
    notice: &mut dyn FnMut(&ServerMessage),
) -> Result<Duration, Error> {
    let script = Script::of(file)?;
    let begun = Instant::now();
    let done = if file.transaction {
        script.in_transaction(connection, &record(None), notice)
    } else {
        script
            .without_transaction(connection, notice)
            .and_then(|()| plain(connection, &format!("{RESET}; {}", record(Some(begun.elapsed())))))
    };
    done.map(|()| begun.elapsed())
}

impl<'a> Script<'a> {
    fn of(file: &'a Migration) -> Result<Self, Error> {
        let unsplit = |unsplit: Unsplit| match unsplit {
            Unsplit::Meta(at) => {
                refused(file, at, 1, "a migration is SQL; this is a command of psql", "remove it")
            }
            Unsplit::Open(at, what) => refused(file, at, 1, &format!("this {what} has no end"), "close it"),
        };
        if let Some(at) = file.text.find('\0') {
            return Err(refused(file, at, 1, "this is a zero byte, which no SQL can hold", "remove it"));
        }
        let mut statements = statements(&file.text).map_err(unsplit)?;
        let mut text = file.text.to_string();
        if file.transaction {
            own_transaction(&mut statements, &mut text);
            if let Some(control) = statements.iter().find(|statement| is_control(statement)) {
                let help = "remove it: every migration runs in one transaction; if this one cannot, begin the file \
                            with the line `-- gladys: no-transaction`";
                let length = control.range.len();
                return Err(refused(
                    file,
                    control.range.start,
                    length,
                    "this ends or begins a transaction",
                    help,
                ));
            }
        }
        Ok(Self { file, text, statements })
    }

    /// In one round trip, for a file without data of its own: `begin` goes with the first piece, the ledger row and
    /// `commit` with the last. What fails keeps everything behind it from running.
    fn in_transaction(
        &self,
        connection: &mut Connection<'_>,
        record: &str,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        let mut pieces = self.pieces();
        if let Some(first) = pieces.first_mut() {
            first.before = format!("{DISCARD}; begin; ");
        }
        if let Some(last) = pieces.last_mut() {
            // The savepoint fails outside of a transaction, so that nothing is recorded if the file has ended its own.
            // The row is written by who logged in, whatever role the file has taken.
            last.behind = format!("\n;savepoint gladys_file; {RESET}; {record}; commit");
        }
        let done = pieces.iter().try_for_each(|piece| self.send(connection, piece, notice));
        if done.is_err() {
            // The error that matters is the one of the file.
            let _ = plain(connection, if connection.status() == b'I' { RESET } else { "rollback" });
        }
        done
    }

    /// All statements up to one with data of its own are one piece; the last piece has no data.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut from = 0;
        for statement in &self.statements {
            let Some(data) = &statement.data else { continue };
            let text = from..statement.range.end;
            pieces.push(Piece { text, data: Some(data.clone()), ..Piece::default() });
            let rest = &self.text[data.end..];
            // The line that ends the data is for the client.
            let end =
                if rest.starts_with("\\.") { rest.find('\n').map_or(rest.len(), |line| line + 1) } else { 0 };
            from = data.end + end;
        }
        pieces.push(Piece { text: from..self.text.len(), ..Piece::default() });
        pieces
    }

    /// All statements one by one; an index that is left behind invalid is a failure, even one that `if not exists` hides.
    fn without_transaction(
        &self,
        connection: &mut Connection<'_>,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        plain(connection, DISCARD)?;
        let done = self.one_by_one(connection, notice);
        if matches!(done, Err(Error::Lost(_) | Error::Protocol(_))) {
            return done;
        }
        let done = done.and_then(|()| self.closed(connection));
        let left = invalid::named_in(connection, self.file)?;
        match (left.as_slice(), done) {
            ([], done) => done,
            (left, Err(error)) => Err(error.with(&invalid::remedy(left))),
            (left, Ok(())) => {
                Err(refused(self.file, 0, 1, "this file leaves an invalid index", &invalid::remedy(left)))
            }
        }
    }

    /// A transaction that the file has left open would be lost with the connection, and the ledger's row with it.
    fn closed(&self, connection: &mut Connection<'_>) -> Result<(), Error> {
        if connection.status() == IDLE {
            return Ok(());
        }
        plain(connection, "rollback")?;
        let begun = self.statements.iter().rfind(|statement| is_control(statement));
        let (start, length) =
            begun.map_or((0, 1), |statement| (statement.range.start, statement.range.len()));
        let help = "end it with `commit`; it was rolled back, and nothing is recorded";
        Err(refused(self.file, start, length, "this file leaves a transaction open", help))
    }

    /// Each statement is its own transaction. Those before one that fails are done and stay.
    fn one_by_one(
        &self,
        connection: &mut Connection<'_>,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        for (index, statement) in self.statements.iter().enumerate() {
            let (text, data) = (statement.range.clone(), statement.data.clone());
            let piece = Piece { text, data, ..Piece::default() };
            self.send(connection, &piece, notice).map_err(|error| match index {
                0 => error,
                done => error.with(&format!(
                    "this file runs in no transaction: {} before this one took effect and {} run again; \
                     write them so that they can (`if not exists`)",
                    text::count(done, "statement"),
                    if done == 1 { "is" } else { "are" },
                )),
            })?;
        }
        Ok(())
    }

    /// Sends a piece and reads what the server says to it; the first error is the one that counts.
    fn send(
        &self,
        connection: &mut Connection<'_>,
        piece: &Piece,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        let text = [piece.before.as_str(), &self.text[piece.text.clone()], &piece.behind].concat();
        connection.send(text.as_bytes())?;
        let (mut done, mut failed, mut data) = (0, None, piece.data.clone());
        loop {
            match connection.reply()? {
                Reply::Notice(message) => notice(&message),
                Reply::Done(_) => done += 1,
                Reply::Error(message) => failed = failed.or_else(|| Some(self.failure(piece, done, message))),
                Reply::CopyIn => match data.take() {
                    Some(data) => {
                        connection.copy_data(&self.text.as_bytes()[data])?;
                        connection.copy_end(None)?;
                    }
                    None => connection.copy_end(Some("the file has no data for this COPY"))?,
                },
                Reply::Ready => return failed.map_or(Ok(()), Err),
                _ => {}
            }
        }
    }

    /// The error of a piece, after `done` statements of what was sent, with a place in the file.
    fn failure(&self, piece: &Piece, done: usize, mut message: ServerMessage) -> Error {
        // 25P01 is `no_active_sql_transaction` (the manual's appendix A): that of the savepoint.
        if message.code == "25P01" && !piece.behind.is_empty() {
            let what = "this file has ended the transaction that it runs in";
            let help = "what it did before that is not recorded; look what is there";
            return refused(self.file, 0, 1, what, help);
        }
        let (start, end) = (piece.text.start, piece.text.end);
        let mut own = self.statements.iter().filter(|of| of.range.start >= start && of.range.end <= end);
        let around = piece.before.matches(';').count();
        let statement = own.clone().nth(done.saturating_sub(around));
        // What is sent around the piece is no part of the file.
        let characters = self.text[piece.text.clone()].chars().count();
        let position = message.position.and_then(|position| position.checked_sub(piece.before.len()));
        message.position = position.filter(|position| *position <= characters);
        let mut error = SqlError::new(message, &self.file.shown, &self.file.text, start);
        if error.place.is_none() {
            if statement.is_none() {
                let more =
                    "the whole file had run; this came when its transaction was recorded and committed";
                error.more = Some(more.to_owned());
            }
            error.place = statement.or(own.next_back()).map(|statement| {
                let text = &self.file.text[statement.range.clone()];
                (statement.range.start, text.lines().next().unwrap_or_default().len())
            });
        }
        error.into()
    }
}

/// A file may be written with `BEGIN` first and `COMMIT` last: its transaction is then the one it runs in anyway.
fn own_transaction(statements: &mut Vec<Statement>, text: &mut String) {
    let is = |statement: Option<&Statement>, words: &[&str]| {
        statement
            .and_then(|statement| statement.words.first())
            .is_some_and(|word| words.contains(&word.as_str()))
    };
    if !is(statements.first(), &["BEGIN", "START"])
        || !is(statements.last(), &["COMMIT", "END"])
        || statements.len() < 2
    {
        return;
    }
    for statement in
        [statements.remove(0), statements.pop().unwrap_or_else(|| unreachable!("two were there"))]
    {
        text.replace_range(statement.range.clone(), &" ".repeat(statement.range.len()));
    }
}

/// Whether a statement begins or ends a transaction (the manual's SQL commands: BEGIN, COMMIT, END, ROLLBACK, …).
fn is_control(statement: &Statement) -> bool {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ROLLBACK", rest @ ..] => !rest.contains(&"TO"),
        ["BEGIN" | "COMMIT" | "END" | "ABORT", ..] | ["START" | "PREPARE", "TRANSACTION", ..] => true,
        _ => false,
    }
}

fn plain(connection: &mut Connection<'_>, sql: &str) -> Result<(), Error> {
    connection.rows(sql).map(|_| ())
}

fn refused(file: &Migration, at: usize, length: usize, what: &str, help: &str) -> Error {
    Error::File(Box::new(FileError {
        message: what.to_owned(),
        help: help.to_owned(),
        text: miette::NamedSource::new(&file.shown, Arc::clone(&file.text)).with_language("sql"),
        place: (at, length),
    }))
}
