//! psql's `AsciiDoc` (`print_asciidoc_text`, `print_asciidoc_vertical`).

use std::io::{self, Write};

use super::{Options, Table, escape, is_blank, notes, title};

/// A table, each row a line or a block.
pub fn write(table: &Table, options: &Options, vertical: bool, out: &mut dyn Write) -> io::Result<()> {
    if options.start {
        begin(table, options, vertical, out)?;
    }
    table.each_row(
        |index, row| {
            if vertical { block(table, options, index, row, out) } else { line(row, out) }
        },
    )?;
    // psql ends the table with each part that a cursor gives.
    if options.stop || options.fetched {
        out.write_all(b"|====\n")?;
    }
    let notes = if options.stop { notes(table, options, vertical) } else { Vec::new() };
    if !notes.is_empty() {
        out.write_all(b"\n....\n")?;
        for note in notes {
            writeln!(out, "{note}")?;
        }
        out.write_all(b"....\n")?;
    }
    Ok(())
}

fn begin(table: &Table, options: &Options, vertical: bool, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\n")?;
    if let Some(title) = title(table, options) {
        writeln!(out, ".{title}")?;
    }
    let columns: Vec<&str> = table.right.iter().map(|right| align(*right)).collect();
    let frame = match options.border {
        0 => ",frame=\"none\",grid=\"none\"",
        1 => ",frame=\"none\"",
        2 => ",frame=\"all\",grid=\"all\"",
        _ => "",
    };
    let head = match (vertical, options.tuples_only) {
        (true, _) => "cols=\"h,l\"".to_owned(),
        (false, true) => format!("cols=\"{}\"", columns.join(",")),
        (false, false) => format!("options=\"header\",cols=\"{}\"", columns.join(",")),
    };
    writeln!(out, "[{head}{frame}]\n|====")?;
    if vertical || options.tuples_only {
        return Ok(());
    }
    for (index, header) in table.headers.iter().enumerate() {
        out.write_all(if index == 0 { b"^l|" } else { b" ^l|" })?;
        escaped(header.as_bytes(), out)?;
    }
    out.write_all(b"\n")
}

fn align(right: bool) -> &'static str {
    if right { ">l" } else { "<l" }
}

fn line(row: &[&[u8]], out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in row.iter().enumerate() {
        out.write_all(if index == 0 { b"|" } else { b" |" })?;
        if !is_blank(cell) {
            escaped(cell, out)?;
        } else if index + 1 < row.len() {
            out.write_all(b" ")?;
        }
    }
    out.write_all(b"\n")
}

fn block(
    table: &Table,
    options: &Options,
    index: usize,
    row: &[&[u8]],
    out: &mut dyn Write,
) -> io::Result<()> {
    if options.tuples_only {
        out.write_all(b"2+|\n")?;
    } else {
        writeln!(out, "2+^|Record {}", options.prior + index as u64 + 1)?;
    }
    for ((cell, right), header) in row.iter().zip(&table.right).zip(&table.headers) {
        out.write_all(b"<l|")?;
        escaped(header.as_bytes(), out)?;
        write!(out, " {}|", align(*right))?;
        if is_blank(cell) {
            out.write_all(b" ")?;
        } else {
            escaped(cell, out)?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn escaped(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    escape(text, |byte| (byte == b'|').then_some("\\|"), out)
}
