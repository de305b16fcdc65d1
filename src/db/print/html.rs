//! psql's HTML (`print_html_text`, `print_html_vertical`).

use std::io::{self, Write};

use super::{Options, Table, is_blank, notes, title};

/// A table, each row a line or a block.
pub fn write(table: &Table, options: &Options, vertical: bool, out: &mut dyn Write) -> io::Result<()> {
    if options.start {
        let attributes = options.attributes.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
        writeln!(out, "<table border=\"{}\"{attributes}>", options.border)?;
        if let Some(title) = title(table, options) {
            out.write_all(b"  <caption>")?;
            escaped(title.as_bytes(), out)?;
            out.write_all(b"</caption>\n")?;
        }
        if !options.tuples_only && !vertical {
            headers(table, out)?;
        }
    }
    table.each_row(
        |index, row| {
            if vertical { block(table, options, index, row, out) } else { line(table, row, out) }
        },
    )?;
    if !options.stop {
        return Ok(());
    }
    out.write_all(b"</table>\n")?;
    let notes = notes(table, options, vertical);
    if !notes.is_empty() {
        out.write_all(b"<p>")?;
        for note in notes {
            escaped(note.as_bytes(), out)?;
            out.write_all(b"<br />\n")?;
        }
        out.write_all(b"</p>")?;
    }
    out.write_all(b"\n")
}

fn headers(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"  <tr>\n")?;
    for header in &table.headers {
        out.write_all(b"    <th align=\"center\">")?;
        escaped(header.as_bytes(), out)?;
        out.write_all(b"</th>\n")?;
    }
    out.write_all(b"  </tr>\n")
}

fn line(table: &Table, row: &[&[u8]], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"  <tr valign=\"top\">\n")?;
    for (cell, right) in row.iter().zip(&table.right) {
        data(cell, *right, out)?;
    }
    out.write_all(b"  </tr>\n")
}

fn block(
    table: &Table,
    options: &Options,
    index: usize,
    row: &[&[u8]],
    out: &mut dyn Write,
) -> io::Result<()> {
    if options.tuples_only {
        out.write_all(b"\n  <tr><td colspan=\"2\">&nbsp;</td></tr>\n")?;
    } else {
        let number = options.prior + index as u64 + 1;
        write!(out, "\n  <tr><td colspan=\"2\" align=\"center\">Record {number}</td></tr>\n")?;
    }
    for ((cell, right), header) in row.iter().zip(&table.right).zip(&table.headers) {
        out.write_all(b"  <tr valign=\"top\">\n    <th>")?;
        escaped(header.as_bytes(), out)?;
        out.write_all(b"</th>\n")?;
        data(cell, *right, out)?;
        out.write_all(b"  </tr>\n")?;
    }
    Ok(())
}

fn data(cell: &[u8], right: bool, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "    <td align=\"{}\">", if right { "right" } else { "left" })?;
    if is_blank(cell) {
        out.write_all(b"&nbsp; ")?;
    } else {
        escaped(cell, out)?;
    }
    out.write_all(b"</td>\n")
}

/// A text in HTML; blanks at its beginning are kept (`html_escaped_print`).
pub fn escaped(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut leading = true;
    for byte in text {
        let escape: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\n' => b"<br />\n",
            b'"' => b"&quot;",
            b' ' if leading => b"&nbsp;",
            byte => std::slice::from_ref(byte),
        };
        out.write_all(escape)?;
        leading &= *byte == b' ';
    }
    Ok(())
}
