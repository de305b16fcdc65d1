//! What `migrate` tells: lines for people, one JSON document for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::builtin::context::Context;
use crate::db::Connection;
use crate::db::migration::{Difference, Entry, Migration, difference};
use crate::db::print::{self, Options, Table};
use crate::event::Event;
use crate::text;

/// Every version and how it stands.
pub(super) fn status(context: &Context<'_>, entries: &[Entry]) {
    if context.json {
        let entries: Vec<Value> = entries.iter().map(entry).collect();
        return context.document(&json!({ "schema": "gladys.migrations/1", "migrations": entries }));
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
    let mut out = context.sink.stdout();
    let _ = print::table(&table, &options, 0, &mut out).and_then(|()| out.flush());
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
pub(super) fn dry_run(context: &Context<'_>, pending: &[&Migration]) {
    if context.json {
        let files = pending.iter().map(|file| {
            json!({ "version": file.version, "name": file.title(), "file": file.shown, "sql": &*file.text })
        });
        let files: Vec<Value> = files.collect();
        return context.document(&json!({ "schema": "gladys.migrate-plan/1", "files": files }));
    }
    let sql = pending.iter().map(|file| format!("-- {}\n{}\n\n", file.shown, file.text.trim_end()));
    context.print(&sql.collect::<String>());
}

/// How the files and what is there compare.
pub(super) struct Verified<'a> {
    /// Where it is.
    pub connection: &'a Connection<'a>,
    /// The files that were applied.
    pub files: &'a [Migration],
    /// What is not the same.
    pub differences: &'a [Difference],
}

/// Whether the applied files make what is there.
pub(super) fn verified(context: &Context<'_>, verified: &Verified<'_>) {
    let Verified { connection, files, differences } = verified;
    if context.json {
        return context.document(&json!({
            "schema": "gladys.verify/1",
            "database": connection.place(),
            "files": files.len(),
            "same": differences.is_empty(),
            "differences": differences,
        }));
    }
    let make = if files.len() == 1 { "makes" } else { "make" };
    let files = text::count(files.len(), "file");
    if differences.is_empty() {
        return context.print(&format!("{files} {make} exactly what is there\n"));
    }
    let number = text::count(differences.len(), "difference");
    let (database, differences) = (connection.database(), difference::text(differences, context.color));
    context.print(&format!(
        "{number} in database `{database}`: - is what {files} {make}, + is what is there\n{differences}"
    ));
}

/// A file was `applied` or `undone`.
pub(super) fn done(context: &Context<'_>, how: &str, file: &Migration, time: Duration) {
    let text = format!("{how} {} in {}", file.title(), text::duration(time));
    context.sink.emit(Event::Line { text });
}

/// What became of migrations, for programs: they were `applied`, `undone`, `adopted`, `repaired` or `forgotten`. The time is that of
/// the file, where one was run.
pub(super) fn migrated<'m>(context: &Context<'_>, all: impl IntoIterator<Item = Migrated<'m>>) {
    let all = all.into_iter().map(|Migrated { version, name, how, time }| {
        let millis = time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        json!({ "version": version, "name": name, "outcome": how, "duration_ms": millis })
    });
    let all: Vec<Value> = all.collect();
    context.result(json!({ "schema": "gladys.migrated/1", "migrations": all }));
}

/// What became of one.
pub(super) struct Migrated<'m> {
    pub version: &'m str,
    pub name: String,
    pub how: &'static str,
    pub time: Option<Duration>,
}

impl<'m> Migrated<'m> {
    /// What became of a file.
    pub fn file(file: &'m Migration, how: &'static str, time: Option<Duration>) -> Self {
        Self { version: &file.version, name: file.title(), how, time }
    }
}
