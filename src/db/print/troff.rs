//! psql's troff (`print_troff_ms_text`, `print_troff_ms_vertical`).

use std::io::{self, Write};

use super::{Options, Table, escape, notes, title};

/// Each row a line.
pub fn horizontal(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let border = options.border.min(2);
    if options.start {
        begin(table, options, border, out)?;
        let columns: Vec<&str> = table.right.iter().map(|right| if *right { "r" } else { "l" }).collect();
        writeln!(out, "{}.", columns.join(if border > 0 { " | " } else { "" }))?;
        if !options.tuples_only {
            for (index, header) in table.headers.iter().enumerate() {
                out.write_all(if index == 0 { b"\\fI" } else { b"\t\\fI" })?;
                escaped(header.as_bytes(), out)?;
                out.write_all(b"\\fP")?;
            }
            out.write_all(b"\n_\n")?;
        }
    }
    table.each_row(|_, row| {
        for (index, cell) in row.iter().enumerate() {
            out.write_all(if index == 0 { b"" } else { b"\t" })?;
            escaped(cell, out)?;
        }
        out.write_all(b"\n")
    })?;
    end(table, options, false, out)
}

/// Each row a block.
pub fn vertical(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let border = options.border.min(2);
    if options.start {
        begin(table, options, border, out)?;
        if options.tuples_only {
            out.write_all(b"c l;\n")?;
        }
    }
    let mut record = options.prior;
    // Whether a format line has been written since the table began.
    let mut formatted = !options.start;
    table.each_row(|_, row| {
        record += 1;
        if !options.tuples_only {
            if border == 2 && record > 1 {
                out.write_all(b"_\n")?;
            }
            out.write_all(if formatted { b".T&\n" } else { b"" })?;
            formatted = true;
            write!(out, "c s.\n\\fIRecord {record}\\fP\n")?;
        }
        if border >= 1 {
            out.write_all(b"_\n")?;
        }
        if !options.tuples_only && !table.headers.is_empty() {
            out.write_all(if border == 1 { b".T&\nc | l.\n" } else { b".T&\nc l.\n" })?;
        }
        for (header, cell) in table.headers.iter().zip(row) {
            escaped(header.as_bytes(), out)?;
            out.write_all(b"\t")?;
            escaped(cell, out)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    end(table, options, true, out)
}

fn begin(table: &Table, options: &Options, border: u8, out: &mut dyn Write) -> io::Result<()> {
    if let Some(title) = title(table, options) {
        out.write_all(b".LP\n.DS C\n")?;
        escaped(title.as_bytes(), out)?;
        out.write_all(b"\n.DE\n")?;
    }
    out.write_all(if border == 2 { b".LP\n.TS\ncenter box;\n" } else { b".LP\n.TS\ncenter;\n" })
}

fn end(table: &Table, options: &Options, vertical: bool, out: &mut dyn Write) -> io::Result<()> {
    if !options.stop {
        return Ok(());
    }
    out.write_all(b".TE\n.DS L\n")?;
    for note in notes(table, options, vertical) {
        escaped(note.as_bytes(), out)?;
        out.write_all(b"\n")?;
    }
    out.write_all(b".DE\n")
}

fn escaped(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    escape(text, |byte| (byte == b'\\').then_some("\\(rs"), out)
}
