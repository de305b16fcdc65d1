//! psql's LaTeX (`print_latex_text`, `print_latex_longtable_text`, `print_latex_vertical`).

use std::io::{self, Write};

use super::{Options, Table, escape, notes, title};

/// A `tabular`, each row a line.
pub fn horizontal(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let border = options.border.min(3);
    if options.start {
        caption(table, options, out)?;
        let columns: Vec<String> = table.right.iter().map(|right| letter(*right).to_owned()).collect();
        environment("tabular", &columns, border, out)?;
        if !options.tuples_only {
            if border >= 2 {
                out.write_all(b"\\hline\n")?;
            }
            headers(table, "\\textit{", "}", out)?;
            out.write_all(b"\\hline\n")?;
        }
    }
    table.each_row(|_, row| {
        for (index, cell) in row.iter().enumerate() {
            out.write_all(if index == 0 { b"" } else { b" & " })?;
            escaped(cell, out)?;
        }
        out.write_all(if border == 3 { b" \\\\\n\\hline\n" } else { b" \\\\\n" })
    })?;
    end(table, options, border == 2, false, out)
}

/// A `tabular`, each row a block.
pub fn vertical(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let border = options.border.min(2);
    if options.start {
        caption(table, options, out)?;
        writeln!(out, "\\begin{{tabular}}{{{}}}", ["cl", "c|l", "|c|l|"][usize::from(border)])?;
    }
    table.each_row(|index, row| {
        if !options.tuples_only {
            let number = options.prior + index as u64 + 1;
            let (line, columns) = if border == 2 { ("\\hline\n", "|c|") } else { ("", "c") };
            writeln!(out, "{line}\\multicolumn{{2}}{{{columns}}}{{\\textit{{Record {number}}}}} \\\\")?;
        }
        if border >= 1 {
            out.write_all(b"\\hline\n")?;
        }
        for (header, cell) in table.headers.iter().zip(row) {
            escaped(header.as_bytes(), out)?;
            out.write_all(b" & ")?;
            escaped(cell, out)?;
            out.write_all(b" \\\\\n")?;
        }
        Ok(())
    })?;
    end(table, options, border == 2, true, out)
}

/// A `longtable`.
pub fn long(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let border = options.border.min(3);
    if options.start {
        environment("longtable", &long_columns(table, options), border, out)?;
        if !options.tuples_only {
            long_heads(table, options, border, out)?;
        }
    }
    table.each_row(|_, row| {
        for (index, cell) in row.iter().enumerate() {
            out.write_all(if index == 0 { b"" } else { b"\n&\n" })?;
            out.write_all(b"\\raggedright{")?;
            escaped(cell, out)?;
            out.write_all(b"}")?;
        }
        out.write_all(if border == 3 { b" \\tabularnewline\n \\hline\n" } else { b" \\tabularnewline\n" })
    })?;
    if options.stop { out.write_all(b"\\end{longtable}\n") } else { Ok(()) }
}

/// Columns on the left take the given widths in turn, and the last one again.
fn long_columns(table: &Table, options: &Options) -> Vec<String> {
    let mut widths = options.attributes.as_deref().unwrap_or_default().split_whitespace();
    let mut width = None;
    let columns = table.right.iter().map(|right| {
        if *right {
            return "r".to_owned();
        }
        width = widths.next().or(width);
        width.map_or_else(|| "l".to_owned(), |width| format!("p{{{width}\\textwidth}}"))
    });
    columns.collect()
}

fn long_heads(table: &Table, options: &Options, border: u8, out: &mut dyn Write) -> io::Result<()> {
    for first in [true, false] {
        if border >= 2 {
            out.write_all(b"\\toprule\n")?;
        }
        headers(table, "\\small\\textbf{\\textit{", "}}", out)?;
        if first || border != 3 {
            out.write_all(b"\\midrule\n")?;
        }
        out.write_all(if first { b"\\endfirsthead\n" } else { b"\\endhead\n" })?;
    }
    let Some(title) = title(table, options) else {
        if border >= 2 {
            out.write_all(b"\\bottomrule\n\\endfoot\n\\bottomrule\n\\endlastfoot\n")?;
        }
        return Ok(());
    };
    for (continued, foot) in [(" (Continued)", "endfoot"), ("", "endlastfoot")] {
        if border == 2 {
            out.write_all(b"\\bottomrule\n")?;
        }
        out.write_all(b"\\caption[")?;
        escaped(title.as_bytes(), out)?;
        write!(out, "{continued}]{{")?;
        escaped(title.as_bytes(), out)?;
        write!(out, "}}\n\\{foot}\n")?;
    }
    Ok(())
}

fn letter(right: bool) -> &'static str {
    if right { "r" } else { "l" }
}

fn caption(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let Some(title) = title(table, options) else { return Ok(()) };
    out.write_all(b"\\begin{center}\n")?;
    escaped(title.as_bytes(), out)?;
    out.write_all(b"\n\\end{center}\n\n")
}

fn environment(name: &str, columns: &[String], border: u8, out: &mut dyn Write) -> io::Result<()> {
    let joined = columns.join(if border == 0 { "" } else { " | " });
    let (left, right) = if border >= 2 { ("| ", " |") } else { ("", "") };
    writeln!(out, "\\begin{{{name}}}{{{left}{joined}{right}}}")
}

fn headers(table: &Table, before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    for (index, header) in table.headers.iter().enumerate() {
        out.write_all(if index == 0 { b"" } else { b" & " })?;
        out.write_all(before.as_bytes())?;
        escaped(header.as_bytes(), out)?;
        out.write_all(after.as_bytes())?;
    }
    out.write_all(b" \\\\\n")
}

fn end(table: &Table, options: &Options, line: bool, vertical: bool, out: &mut dyn Write) -> io::Result<()> {
    if !options.stop {
        return Ok(());
    }
    out.write_all(if line { b"\\hline\n" } else { b"" })?;
    out.write_all(b"\\end{tabular}\n\n\\noindent ")?;
    for note in notes(table, options, vertical) {
        escaped(note.as_bytes(), out)?;
        out.write_all(b" \\\\\n")?;
    }
    out.write_all(b"\n")
}

/// `latex_escaped_print`
fn escaped(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let escaped = |byte| {
        Some(match byte {
            b'#' => "\\#",
            b'$' => "\\$",
            b'%' => "\\%",
            b'&' => "\\&",
            b'<' => "\\textless{}",
            b'>' => "\\textgreater{}",
            b'\\' => "\\textbackslash{}",
            b'^' => "\\^{}",
            b'_' => "\\_",
            b'{' => "\\{",
            b'|' => "\\textbar{}",
            b'}' => "\\}",
            b'~' => "\\~{}",
            b'\n' => "\\\\",
            _ => return None,
        })
    };
    escape(text, escaped, out)
}
