//! The formats of `query`. All but the table are written row by row, at constant memory.

use std::io::{self, BufWriter, Write};

use crate::db::connection::{Cells, Column};
use crate::db::print::{self, Options, Table, document};

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// psql's aligned table, with the command tags.
    Table,
    /// RFC 4180 with line feeds; NULL is nothing, an empty text is `""`, as `COPY … CSV` writes it.
    Csv,
    /// `COPY`'s text format with a heading: tabs between cells, NULL is `\N`.
    Tsv,
    /// An array of objects for each result.
    Json,
    /// An object a line.
    Ndjson,
    /// A table in Markdown.
    Markdown,
}

impl Format {
    /// The names, in the order of the variants.
    pub const NAMES: [&str; 6] = ["table", "csv", "tsv", "json", "ndjson", "markdown"];

    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        let formats = [Self::Table, Self::Csv, Self::Tsv, Self::Json, Self::Ndjson, Self::Markdown];
        Self::NAMES.iter().position(|known| *known == name).map(|index| formats[index])
    }
}

/// Results on their way to the output.
pub struct Shown<'a> {
    format: Format,
    out: BufWriter<Box<dyn Write + 'a>>,
    columns: Vec<Column>,
    keys: Vec<String>,
    table: Table,
    rows: usize,
    /// How many results with rows have begun.
    results: usize,
    /// A result with rows has begun and not ended.
    open: bool,
}

impl<'a> Shown<'a> {
    /// Shows results in this format.
    pub fn new(format: Format, out: Box<dyn Write + 'a>) -> Self {
        Self {
            format,
            out: BufWriter::with_capacity(64 * 1024, out),
            columns: Vec::new(),
            keys: Vec::new(),
            table: Table::default(),
            rows: 0,
            results: 0,
            open: false,
        }
    }

    /// A result with rows begins.
    pub fn columns(&mut self, columns: Vec<Column>) -> io::Result<()> {
        let headers: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let right: Vec<bool> = columns.iter().map(|column| print::is_right(column.oid)).collect();
        (self.rows, self.open) = (0, true);
        match self.format {
            Format::Table | Format::Ndjson => {}
            Format::Csv => csv_row(headers.iter().map(|header| Some(header.as_bytes())), &mut self.out)?,
            Format::Tsv => tsv_row(headers.iter().map(|header| Some(header.as_bytes())), &mut self.out)?,
            Format::Json => self.out.write_all(b"[")?,
            Format::Markdown => {
                // Without an empty line two tables would be one.
                if self.results > 0 {
                    self.out.write_all(b"\n")?;
                }
                document::markdown_head(&headers, &right, &mut self.out)?;
            }
        }
        self.results += 1;
        self.keys = document::keys(&columns);
        self.table = Table::new(None, headers, right);
        self.columns = columns;
        Ok(())
    }

    /// A row of it.
    pub fn row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        self.rows += 1;
        match self.format {
            Format::Table if self.columns.is_empty() => self.table.empty_row(),
            Format::Table => cells.iter().for_each(|cell| self.table.cell(cell.unwrap_or_default())),
            Format::Csv => csv_row(cells.iter(), &mut self.out)?,
            Format::Tsv => tsv_row(cells.iter(), &mut self.out)?,
            Format::Json => {
                self.out.write_all(if self.rows == 1 { b"\n" } else { b",\n" })?;
                document::object(&self.keys, &self.columns, cells.iter(), &mut self.out)?;
            }
            Format::Ndjson => {
                document::object(&self.keys, &self.columns, cells.iter(), &mut self.out)?;
                self.out.write_all(b"\n")?;
            }
            Format::Markdown => {
                document::markdown_row(cells.iter().map(Option::unwrap_or_default), &mut self.out)?;
            }
        }
        Ok(())
    }

    /// A statement is complete.
    pub fn done(&mut self, tag: &str) -> io::Result<()> {
        let rows = std::mem::take(&mut self.open);
        match self.format {
            Format::Table if rows => {
                print::table(&self.table, &Options::default(), 0, &mut self.out)?;
                self.table.clear();
            }
            Format::Json if rows => self.out.write_all(if self.rows == 0 { b"]\n" } else { b"\n]\n" })?,
            _ => {}
        }
        // psql shows the tag of a statement without rows, and of one that changed what it returns.
        let changed = ["INSERT", "UPDATE", "DELETE", "MERGE"].iter().any(|verb| tag.starts_with(verb));
        if self.format == Format::Table && !tag.starts_with("COPY") && (!rows || changed) {
            writeln!(self.out, "{tag}")?;
        }
        Ok(())
    }

    /// Data of `COPY … TO STDOUT`, in the form that the statement asked for.
    pub fn raw(&mut self, data: &[u8]) -> io::Result<()> {
        self.out.write_all(data)
    }

    /// Hands on what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn csv_row<'a>(cells: impl Iterator<Item = Option<&'a [u8]>>, out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        match cell {
            Some(b"") => out.write_all(b"\"\"")?,
            Some(cell) => print::unaligned::csv_field(cell, b',', out)?,
            None => {}
        }
    }
    out.write_all(b"\n")
}

fn tsv_row<'a>(cells: impl Iterator<Item = Option<&'a [u8]>>, out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b"\t")?;
        }
        tsv_field(cell.unwrap_or(b"\\N"), cell.is_none(), out)?;
    }
    out.write_all(b"\n")
}

fn tsv_field(cell: &[u8], raw: bool, out: &mut dyn Write) -> io::Result<()> {
    if raw || !cell.iter().any(|byte| b"\t\n\r\\".contains(byte)) {
        return out.write_all(cell);
    }
    for byte in cell {
        match byte {
            b'\t' => out.write_all(b"\\t")?,
            b'\n' => out.write_all(b"\\n")?,
            b'\r' => out.write_all(b"\\r")?,
            b'\\' => out.write_all(b"\\\\")?,
            byte => out.write_all(&[*byte])?,
        }
    }
    Ok(())
}
