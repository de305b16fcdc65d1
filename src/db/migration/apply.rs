//! One file: one transaction with its ledger row, or nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Ledger, Migration};
use crate::db::connection::server::ServerMessage;
use crate::db::error::{FileError, SqlError};
use crate::db::sql::statement::{Statement, Unsplit, statements};
use crate::db::{Connection, Error, Reply};

/// What a file is to run as: pieces of its text that are sent one by one.
struct Script<'a> {
    file: &'a Migration,
    /// The text, with the statements that begin and end its own transaction blanked out.
    text: String,
    statements: Vec<Statement>,
}

/// Checks a file without running it: everything in it can be split, and nothing in it ends the transaction.
pub fn check(file: &Migration) -> Result<(), Error> {
    Script::of(file).map(|_| ())
}

/// Runs a file and records it. `notice` gets what the server says on the way.
pub fn apply(
    connection: &mut Connection<'_>,
    ledger: &Ledger,
    file: &Migration,
    notice: &mut dyn FnMut(&ServerMessage),
) -> Result<Duration, Error> {
    let script = Script::of(file)?;
    let begun = Instant::now();
    let done = if file.transaction {
        script.in_transaction(connection, ledger, notice)
    } else {
        script.one_by_one(connection, ledger, notice)
    };
    done.map(|()| begun.elapsed())
}

/// Runs a file in its own way and records nothing.
pub fn run(connection: &mut Connection<'_>, file: &Migration) -> Result<(), Error> {
    let script = Script::of(file)?;
    let mut ignored = |_: &ServerMessage| {};
    if !file.transaction {
        return script.each(connection, &mut ignored);
    }
    plain(connection, "begin")?;
    let done = script.pieces(connection, &mut ignored);
    plain(connection, if done.is_ok() { "commit" } else { "rollback" })?;
    done
}

impl<'a> Script<'a> {
    fn of(file: &'a Migration) -> Result<Self, Error> {
        let unsplit = |unsplit: Unsplit| match unsplit {
            Unsplit::Meta(at) => {
                refused(file, at, 1, "a migration is SQL; this is a command of psql", "remove it")
            }
            Unsplit::Open(at, what) => refused(file, at, 1, &format!("this {what} has no end"), "close it"),
        };
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

    fn in_transaction(
        &self,
        connection: &mut Connection<'_>,
        ledger: &Ledger,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        plain(connection, "begin")?;
        let done = self.pieces(connection, notice).and_then(|()| {
            if connection.status() != b'T' {
                let what = "this file has ended the transaction that it runs in";
                return Err(refused(
                    self.file,
                    0,
                    1,
                    what,
                    "what it did before that is not recorded; look what is there",
                ));
            }
            plain(connection, &ledger.insert(self.file))?;
            self.send(connection, "commit", 0, None, notice)
        });
        if done.is_err() && connection.status() != b'I' {
            // The error that matters is the one of the file.
            let _ = plain(connection, "rollback");
        }
        done
    }

    /// All statements up to one with data of its own are sent as one text.
    fn pieces(
        &self,
        connection: &mut Connection<'_>,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        let mut from = 0;
        for statement in &self.statements {
            if let Some(data) = &statement.data {
                self.send(
                    connection,
                    &self.text[from..statement.range.end],
                    from,
                    Some(&self.text[data.clone()]),
                    notice,
                )?;
                let rest = &self.text[data.end..];
                // The line that ends the data is for the client.
                let end = if rest.starts_with("\\.") {
                    rest.find('\n').map_or(rest.len(), |line| line + 1)
                } else {
                    0
                };
                from = data.end + end;
            }
        }
        self.send(connection, &self.text[from..], from, None, notice)
    }

    fn one_by_one(
        &self,
        connection: &mut Connection<'_>,
        ledger: &Ledger,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        let begun = Instant::now();
        self.each(connection, notice)?;
        plain(connection, &ledger.insert_lasting(self.file, Some(begun.elapsed().as_millis())))
    }

    fn each(
        &self,
        connection: &mut Connection<'_>,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        for statement in &self.statements {
            let data = statement.data.as_ref().map(|data| &self.text[data.clone()]);
            let text = &self.text[statement.range.clone()];
            self.send(connection, text, statement.range.start, data, notice)?;
        }
        Ok(())
    }

    /// Sends a piece that starts at byte `start` of the file, with the data of the COPY that it ends with.
    fn send(
        &self,
        connection: &mut Connection<'_>,
        piece: &str,
        start: usize,
        mut data: Option<&str>,
        notice: &mut dyn FnMut(&ServerMessage),
    ) -> Result<(), Error> {
        connection.send(piece.as_bytes())?;
        let mut failed = None;
        loop {
            match connection.reply()? {
                Reply::Notice(message) => notice(&message),
                Reply::Error(message) => failed = failed.or(Some(message)),
                Reply::CopyIn => match data.take() {
                    Some(data) => {
                        connection.copy_data(data.as_bytes())?;
                        connection.copy_end(None)?;
                    }
                    None => connection.copy_end(Some("the file has no data for this COPY"))?,
                },
                Reply::Ready => break,
                _ => {}
            }
        }
        match failed {
            Some(message) => Err(SqlError::new(message, &self.file.shown, &self.file.text, start).into()),
            None => Ok(()),
        }
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
