//! What becomes of a result: it is shown, stored (`\gset`), run (`\gexec`), or only described (`\gdesc`).

use std::io::{self, Write};

use super::answer::{Got, Keep, Rows, Sent};
use super::output::Target;
use super::send::reason;
use super::variables::{Echo, Variables};
use super::{Once, Shell};
use crate::db::Reply;
use crate::db::print::{self, Format, Options, document};
use crate::db::sql::literal;

impl Shell<'_> {
    /// Shows, stores or runs one result.
    pub(super) fn shown(&mut self, got: Got, last: bool, file: &mut Option<Target>) -> bool {
        let wanted = last || self.variables.on("SHOW_ALL_RESULTS");
        match got {
            Got::Rows(mut rows, tag) => {
                let done = match (last, &self.once) {
                    (true, Once { set: Some(_), .. }) => self.store(&rows),
                    (true, Once { execute: true, .. }) => self.run_cells(rows.table.texts()),
                    (true, Once { crosstab: Some(arguments), .. }) => {
                        let arguments = arguments.clone();
                        self.crosstab(&rows.table, &arguments)
                    }
                    _ if wanted && !rows.over => self.print_rows(&mut rows, true, file),
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

    /// Shows the rows that have come; `stop` says that no more will. False if they cannot be written.
    pub(super) fn print_rows(&mut self, rows: &mut Rows, stop: bool, file: &mut Option<Target>) -> bool {
        if let Some(name) = self.once.file.clone()
            && !self.open_once(&name, file)
        {
            rows.over = true;
            return false;
        }
        let (json, shown) = (self.json, &*rows);
        let options =
            Options { prior: rows.prior, start: rows.prior == 0, stop, ..self.look.options.clone() };
        let write = |out: &mut dyn Write| {
            if json { shown.json(stop, out) } else { print::table(&shown.table, &options, 0, out) }
        };
        match file {
            Some(target) => self.output.to(target, write),
            None if json => self.output.result(write),
            None => self.show(&rows.table, &options),
        }
        let done = self.written("could not print result table", file.as_mut().filter(|_| stop));
        rows.over |= stop || !done;
        done
    }

    /// Empties what is held back; false, told as `what`, if something could not be written.
    pub(super) fn written(&mut self, what: &str, file: Option<&mut Target>) -> bool {
        if let Some(file) = file {
            self.output.to(file, |out| out.flush());
        }
        self.output.flush();
        let Some(error) = self.output.failed.take() else { return true };
        self.output.told = true;
        self.error(&format!("{what}: {}", reason(&error)));
        false
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
            let html = self.look.options.format == Format::Html;
            self.output
                .result(|out| if html { writeln!(out, "<p>{tag}</p>") } else { writeln!(out, "{tag}") });
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
        let texts = rows.table.texts();
        let [row] = texts.as_slice() else {
            let text = if texts.is_empty() { "no rows" } else { "more than one row" };
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
    pub(super) fn describe_result(&mut self, query: &str) -> bool {
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
                    self.pass(&mut Sent::new(query, Keep::Shown));
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
}

impl Rows {
    /// An array of objects, one on a line; `stop` ends it.
    fn json(&self, stop: bool, out: &mut dyn Write) -> io::Result<()> {
        let keys = document::keys(&self.columns);
        let mut first = self.prior == 0;
        out.write_all(if first { b"[" } else { b"" })?;
        let mut values = self.table.values();
        for _ in 0..self.table.rows() {
            out.write_all(if first { b"\n" } else { b",\n" })?;
            first = false;
            document::object(&keys, &self.columns, values.by_ref().take(keys.len()), out)?;
        }
        out.write_all(if stop { b"\n]\n" } else { b"" })
    }
}
