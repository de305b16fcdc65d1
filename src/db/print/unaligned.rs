//! psql's unaligned format and CSV.

use std::io::{self, Write};

use super::{Options, Table};

/// `print_unaligned_text`
pub fn horizontal(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let record = options.record_separator.as_slice();
    let mut separate = !options.start;
    if options.start && !options.tuples_only {
        if let Some(title) = &table.title {
            out.write_all(title.as_bytes())?;
            out.write_all(record)?;
        }
        let headers = table.headers.iter().map(String::as_bytes);
        joined(headers, &options.field_separator, out)?;
        separate = true;
    }
    table.each_row(|_, row| {
        if separate {
            out.write_all(record)?;
        }
        separate = true;
        joined(row.iter().copied(), &options.field_separator, out)
    })?;
    if !options.stop {
        return Ok(());
    }
    if !options.tuples_only {
        for footer in table.notes(options) {
            if separate {
                out.write_all(record)?;
            }
            out.write_all(footer.as_bytes())?;
            separate = true;
        }
    }
    if separate { end(record, out) } else { Ok(()) }
}

/// `print_unaligned_vertical`
pub fn vertical(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let record = options.record_separator.as_slice();
    let mut separate = !options.start;
    if let Some(title) = table.title.as_ref().filter(|_| options.start && !options.tuples_only) {
        out.write_all(title.as_bytes())?;
        separate = true;
    }
    table.each_row(|_, row| {
        if separate {
            out.write_all(record)?;
            out.write_all(record)?;
        }
        separate = true;
        for (index, (header, cell)) in table.headers.iter().zip(row).enumerate() {
            if index > 0 {
                out.write_all(record)?;
            }
            joined([header.as_bytes(), cell].into_iter(), &options.field_separator, out)?;
        }
        Ok(())
    })?;
    if !options.stop {
        return Ok(());
    }
    if !options.tuples_only && !table.footers.is_empty() {
        out.write_all(record)?;
        for footer in &table.footers {
            out.write_all(record)?;
            out.write_all(footer.as_bytes())?;
        }
    }
    if separate { end(record, out) } else { Ok(()) }
}

/// The last record ends with a line feed whatever the separator is, except for a zero byte.
fn end(record: &[u8], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(if record == b"\0" { record } else { b"\n" })
}

fn joined<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    separator: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(separator)?;
        }
        out.write_all(cell)?;
    }
    Ok(())
}

/// `print_csv_text`
pub fn csv(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if options.start && !options.tuples_only {
        csv_line(table.headers.iter().map(String::as_bytes), options.csv_separator, out)?;
    }
    table.each_row(|_, row| csv_line(row.iter().copied(), options.csv_separator, out))
}

/// `print_csv_vertical`
pub fn csv_vertical(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    table.each_row(|_, row| {
        let mut pairs = table.headers.iter().zip(row);
        pairs.try_for_each(|(header, cell)| {
            csv_line([header.as_bytes(), cell].into_iter(), options.csv_separator, out)
        })
    })
}

/// One line of CSV.
pub fn csv_line<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    separator: u8,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(&[separator])?;
        }
        csv_field(cell, separator, out)?;
    }
    out.write_all(b"\n")
}

/// A cell, in quotes where COPY could misread it otherwise (`csv_print_field`).
pub fn csv_field(cell: &[u8], separator: u8, out: &mut dyn Write) -> io::Result<()> {
    let special = |byte: &u8| *byte == separator || b"\r\n\"".contains(byte);
    if !cell.iter().any(special) && cell != b"\\." && !matches!(separator, b'\\' | b'.') {
        return out.write_all(cell);
    }
    out.write_all(b"\"")?;
    for (index, part) in cell.split(|byte| *byte == b'"').enumerate() {
        if index > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part)?;
    }
    out.write_all(b"\"")
}
