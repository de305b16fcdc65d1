//! psql's expanded format: each row as a block of lines (`print_aligned_vertical`).

use std::io::{self, Write};

use super::style::Rule;
use super::width::{Line, fitting, lines, pad, size};
use super::{Format, Options, Table};

struct Block<'a> {
    options: &'a Options,
    border: u8,
    old: bool,
    /// Width of the widest heading and of the data.
    header: usize,
    data: usize,
    /// Whether any heading, any cell, has several lines.
    header_lines: bool,
    data_lines: bool,
}

/// Writes each row as a block; `terminal` is the width of the terminal, 0 for none.
pub fn write(table: &Table, options: &Options, terminal: usize, out: &mut dyn Write) -> io::Result<()> {
    // A table without any cell, be it for want of rows or of columns.
    if table.all().next().is_none() && options.start && options.stop {
        if !options.tuples_only {
            for footer in table.notes(options) {
                writeln!(out, "{footer}")?;
            }
        }
        return out.write_all(b"\n");
    }
    let target = if options.columns > 0 { options.columns } else { terminal };
    let block = Block::of(table, options, target);
    if let Some(title) = table.title.as_ref().filter(|_| options.start && !options.tuples_only) {
        writeln!(out, "{title}")?;
    }
    table.each_row(|index, row| {
        block.head(index, out)?;
        let mut pairs = table.headers.iter().zip(row);
        pairs.try_for_each(|(header, cell)| block.pair(header.as_bytes(), cell, out))
    })?;
    if options.stop { block.end(table, out) } else { Ok(()) }
}

impl<'a> Block<'a> {
    fn of(table: &Table, options: &'a Options, target: usize) -> Self {
        let (header, header_lines) = widest(table.headers.iter().map(String::as_bytes));
        let (data, data_lines) = widest(table.all());
        let border = options.border.min(2);
        let old = options.style.name == "old-ascii";
        let mut block = Self { options, border, old, header, data, header_lines, data_lines };
        if options.format == Format::Wrapped {
            block.fit(table.rows(), target);
        }
        block
    }

    /// Narrows the data to what the terminal has room for.
    fn fit(&mut self, rows: usize, target: usize) {
        let mut between = match self.border {
            0 => 1 + usize::from(self.header_lines),
            1 => 3 + usize::from(self.header_lines && self.old),
            _ => 7,
        };
        let marks = self.border < 2 && !self.old;
        between += usize::from(self.data_lines && marks);
        let record = if self.options.tuples_only {
            0
        } else {
            let digits = if rows > 0 { rows.to_string().len() } else { 0 };
            digits + [9, 12, 15][usize::from(self.border)]
        };
        loop {
            let fixed = self.header + between;
            let width = (fixed + self.data).max(record);
            let least = (fixed + 3).max(record);
            let data = if target == 0 || target >= width { width } else { target.max(least) } - fixed;
            if data < self.data && !self.data_lines && marks {
                self.data_lines = true;
                between += 1;
                continue;
            }
            self.data = data;
            return;
        }
    }

    /// The line above a block: `-[ RECORD 1 ]-+---`.
    fn head(&self, index: usize, out: &mut dyn Write) -> io::Result<()> {
        let rule = if index == 0 { self.options.style.top } else { self.options.style.middle };
        let wider = self.border < 2 && self.header_lines && self.old;
        let header = self.header + usize::from(wider);
        if !self.options.tuples_only {
            let number = self.options.prior + index as u64 + 1;
            return self.rule(rule, Some(number), header, out);
        }
        if index > 0 || !self.options.start || self.border == 2 {
            return self.rule(rule, None, header, out);
        }
        Ok(())
    }

    fn rule(&self, rule: Rule, record: Option<u64>, header: usize, out: &mut dyn Write) -> io::Result<()> {
        let dash = if self.border > 0 { rule.horizontal } else { " " };
        match self.border {
            2 => write!(out, "{}{dash}", rule.left)?,
            1 => out.write_all(dash.as_bytes())?,
            _ => {}
        }
        let label = match record {
            Some(number) if self.border == 0 => format!("* Record {number}"),
            Some(number) => format!("[ RECORD {number} ]"),
            None => String::new(),
        };
        out.write_all(label.as_bytes())?;
        let taken = label.len() + usize::from(self.border != 2);
        out.write_all(dash.repeat(header.saturating_sub(taken)).as_bytes())?;
        // The label may reach into the middle and into the data; what it covers is left out.
        let mut over = taken.saturating_sub(header);
        let middle: &[&str] = if self.border > 0 { &[dash, rule.middle, dash] } else { &[" "] };
        for part in middle {
            if over == 0 {
                out.write_all(part.as_bytes())?;
            }
            over = over.saturating_sub(1);
        }
        out.write_all(dash.repeat(self.data.saturating_sub(over)).as_bytes())?;
        if self.border == 2 {
            write!(out, "{dash}{}", rule.right)?;
        }
        out.write_all(b"\n")
    }

    /// A heading and its cell, side by side, line by line.
    fn pair(&self, header: &[u8], cell: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let (header, cell) = (lines(header), lines(cell));
        let rule = self.options.style.data;
        let (mut in_header, mut line, mut byte) = (0, 0, 0);
        // Below the last line of the data stands what stands below a broken one, as in psql.
        let after = cell.last().map_or(0, |line| line.text.len());
        while in_header < header.len() || line < cell.len() {
            if self.border == 2 {
                out.write_all(rule.left.as_bytes())?;
            }
            self.header(&header, in_header, out)?;
            in_header += 1;
            if self.border > 0 {
                let byte = if line < cell.len() { byte } else { after };
                out.write_all(self.separator(line, byte).as_bytes())?;
            }
            if line < cell.len() {
                (line, byte) = self.data(&cell, line, byte, out)?;
                if self.border == 2 {
                    out.write_all(rule.right.as_bytes())?;
                }
            } else if self.border == 2 {
                pad(self.data + 2, out)?;
                out.write_all(rule.right.as_bytes())?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn separator(&self, line: usize, byte: usize) -> &'static str {
        match (byte, line) {
            (0, 0) => self.options.style.data.middle,
            (0, _) => self.options.style.middle_newline,
            _ => self.options.style.middle_wrap,
        }
    }

    fn header(&self, header: &[Line<'_>], number: usize, out: &mut dyn Write) -> io::Result<()> {
        let style = &self.options.style;
        let Some(line) = header.get(number) else {
            let newline_mark = self.header_lines && if self.old { self.border < 2 } else { self.border == 0 };
            // `%*s` of one blank: at least one is printed.
            let width = self.header + usize::from(self.border) + usize::from(newline_mark);
            return pad(width.max(1), out);
        };
        if self.border == 2 || (self.header_lines && self.old) {
            out.write_all(if number > 0 { style.header_newline.0 } else { " " }.as_bytes())?;
        }
        out.write_all(&line.text)?;
        pad(self.header.saturating_sub(line.width), out)?;
        if self.border > 0 || (self.header_lines && !self.old) {
            let more = number + 1 < header.len();
            out.write_all(if more { style.header_newline.1 } else { " " }.as_bytes())?;
        }
        Ok(())
    }

    /// One line of the cell, or a part of one; gives where the next begins.
    fn data(
        &self,
        cell: &[Line<'_>],
        line: usize,
        byte: usize,
        out: &mut dyn Write,
    ) -> io::Result<(usize, usize)> {
        let style = &self.options.style;
        out.write_all(if byte == 0 { " " } else { style.wrap.0 }.as_bytes())?;
        let rest = &cell[line].text[byte..];
        let (bytes, width) = fitting(rest, self.data);
        out.write_all(&rest[..bytes])?;
        let broken = bytes < rest.len();
        let last = !broken && line + 1 == cell.len();
        let marked = if last { self.border > 1 } else { self.border > 1 || (self.data_lines && !self.old) };
        if marked {
            pad(self.data.saturating_sub(width), out)?;
            let mark = if broken { style.wrap.1 } else { style.newline.1 };
            out.write_all(if last { " " } else { mark }.as_bytes())?;
        }
        Ok(if broken { (line, byte + bytes) } else { (line + 1, 0) })
    }

    fn end(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        if self.border == 2 {
            self.rule(self.options.style.bottom, None, self.header, out)?;
        }
        if !self.options.tuples_only && !table.footers.is_empty() {
            if self.border < 2 {
                out.write_all(b"\n")?;
            }
            for footer in &table.footers {
                writeln!(out, "{footer}")?;
            }
        }
        out.write_all(b"\n")
    }
}

/// The width of the widest text, and whether any has several lines.
fn widest<'t>(texts: impl Iterator<Item = &'t [u8]>) -> (usize, bool) {
    texts
        .map(size)
        .fold((0, false), |(widest, lines), (width, height)| (widest.max(width), lines || height > 1))
}
