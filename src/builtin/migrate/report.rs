//! What `migrate` tells: lines for people, one JSON document for programs.

use std::io::{self, Write};
use std::time::Duration;

use miette::Diagnostic;
use serde_json::{Value, json};
use thiserror::Error;

use crate::builtin::context::Context;
use crate::db::migration::{Entry, Migration};
use crate::db::print::{self, Options, Table};
use crate::event::Event;
use crate::text;

/// The output cannot be written.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot write the result: {0}")]
#[diagnostic(code(gladys::migrate::output))]
pub(super) struct Unwritten(io::Error);

pub(super) fn unwritten(error: io::Error) -> Unwritten {
    Unwritten(error)
}

fn document(context: &Context<'_>, value: &Value) -> io::Result<()> {
    let mut out = context.sink.stdout();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
}

/// Every version and how it stands.
pub(super) fn status(context: &Context<'_>, entries: &[Entry]) -> io::Result<()> {
    if context.json {
        let entries: Vec<Value> = entries.iter().map(entry).collect();
        return document(context, &json!({ "schema": "gladys.migrations/1", "migrations": entries }));
    }
    let headers = ["migration", "state", "applied at", "time"].map(str::to_owned).to_vec();
    let mut table = Table::new(None, headers, vec![false, false, false, true]);
    for entry in entries {
        let row = entry.row.as_ref();
        let time = row.and_then(|row| row.duration_ms).map(Duration::from_millis).map(text::duration);
        table.cell(entry.title().as_bytes());
        table.cell(entry.state.word().as_bytes());
        table.cell(row.map(|row| row.applied_at.as_str()).unwrap_or_default().as_bytes());
        table.cell(time.unwrap_or_default().as_bytes());
    }
    let options = Options { footer: false, ..Options::default() };
    print::table(&table, &options, 0, &mut context.sink.stdout())
}

fn entry(entry: &Entry) -> Value {
    json!({
        "version": entry.version(),
        "name": entry.title(),
        "state": entry.state.word(),
        "file": entry.file.as_ref().map(|file| &file.shown),
        "applied_at": entry.row.as_ref().map(|row| &row.applied_at),
        "duration_ms": entry.row.as_ref().and_then(|row| row.duration_ms),
    })
}

/// What would run, with its SQL.
pub(super) fn dry_run(context: &Context<'_>, pending: &[&Migration]) -> io::Result<()> {
    if context.json {
        let files = pending.iter().map(|file| {
            json!({ "version": file.version, "name": file.title(), "file": file.shown, "sql": &*file.text })
        });
        let files: Vec<Value> = files.collect();
        return document(context, &json!({ "schema": "gladys.migrate-plan/1", "files": files }));
    }
    let mut out = context.sink.stdout();
    for file in pending {
        writeln!(out, "-- {}\n{}", file.shown, file.text.trim_end())?;
        writeln!(out)?;
    }
    Ok(())
}

/// A file was `applied` or `undone`.
pub(super) fn done(context: &Context<'_>, how: &str, file: &Migration, time: Duration) {
    let text = format!("{how} {} in {}", file.title(), text::duration(time));
    context.sink.emit(Event::Line { text });
}
