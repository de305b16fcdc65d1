//! psql's aligned and wrapped formats (`print_aligned_text`).

use std::io::{self, Write};

use super::broken::{Frame, Row};
use super::style::Rule;
use super::width::{Line, is_simple, lines, pad, size};
use super::{Expanded, Format, Options, Table, vertical};

/// How the columns are laid out.
struct Layout<'a> {
    table: &'a Table,
    options: &'a Options,
    border: u8,
    /// Width of each column as it is printed.
    widths: Vec<usize>,
    /// Width of a whole line, were nothing broken.
    total: usize,
    /// Width of the line of headings.
    header_total: usize,
}

/// Writes the table, or turns to the vertical form where that was asked for and the table is too wide.
pub fn write(table: &Table, options: &Options, terminal: usize, out: &mut dyn Write) -> io::Result<()> {
    let target = if options.columns > 0 { options.columns } else { terminal };
    let layout = Layout::of(table, options, target);
    let too_wide = target > 0 && (target < layout.header_total || target < layout.total);
    if options.expanded == Expanded::Auto && too_wide && table.headers.len() > 1 {
        return vertical::write(table, options, terminal, out);
    }
    if options.start {
        layout.title(out)?;
        if !options.tuples_only {
            layout.headers(out)?;
        }
    }
    table.each_row(|_, row| layout.row(row, out))?;
    if options.stop { layout.end(out) } else { Ok(()) }
}

impl<'a> Layout<'a> {
    fn of(table: &'a Table, options: &'a Options, target: usize) -> Self {
        let columns = table.headers.len();
        let border = options.border.min(2);
        let header_widths: Vec<usize> =
            table.headers.iter().map(|header| size(header.as_bytes()).0).collect();
        let mut widths = header_widths.clone();
        let mut sums = vec![0; columns];
        for (index, cell) in table.all().enumerate() {
            let (width, _) = size(cell);
            widths[index % columns] = widths[index % columns].max(width);
            sums[index % columns] += width;
        }
        let frame = match border {
            0 => columns,
            1 => (columns * 3).saturating_sub(1),
            _ => columns * 3 + 1,
        };
        let total = frame + widths.iter().sum::<usize>();
        let header_total = frame + header_widths.iter().sum::<usize>();
        let mut layout = Self { table, options, border, widths, total, header_total };
        if options.format == Format::Wrapped && target > 0 && target >= header_total {
            let rows = table.rows().max(1);
            let averages: Vec<usize> = sums.into_iter().map(|sum| sum / rows).collect();
            layout.shrink(target, &header_widths, &averages);
        }
        layout
    }

    /// Narrows, column by column, the one whose widest cell is furthest from its average.
    #[expect(clippy::cast_precision_loss, reason = "widths of a terminal's columns")]
    fn shrink(&mut self, target: usize, headers: &[usize], averages: &[usize]) {
        let full = self.widths.clone();
        while self.total > target {
            let mut worst: Option<(usize, f64)> = None;
            for column in (0..full.len()).filter(|column| averages[*column] > 0) {
                if self.widths[column] <= headers[column] {
                    continue;
                }
                let ratio = self.widths[column] as f64 / averages[column] as f64 + full[column] as f64 * 0.01;
                if ratio > worst.map_or(0.0, |(_, ratio)| ratio) {
                    worst = Some((column, ratio));
                }
            }
            let Some((column, _)) = worst else { return };
            self.widths[column] -= 1;
            self.total -= 1;
        }
    }

    fn title(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(title) = self.table.title.as_ref().filter(|_| !self.options.tuples_only) else {
            return Ok(());
        };
        let (width, _) = size(title.as_bytes());
        pad(self.total.saturating_sub(width) / 2, out)?;
        writeln!(out, "{title}")
    }

    fn headers(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.border == 2 {
            self.rule(self.options.style.top, out)?;
        }
        let cells: Vec<Vec<Line<'_>>> =
            self.table.headers.iter().map(|header| lines(header.as_bytes())).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for number in 0..height {
            self.header_line(&cells, number, out)?;
        }
        self.rule(self.options.style.middle, out)
    }

    fn header_line(&self, cells: &[Vec<Line<'_>>], number: usize, out: &mut dyn Write) -> io::Result<()> {
        let style = &self.options.style;
        if self.border == 2 {
            out.write_all(style.data.left.as_bytes())?;
        }
        for (column, cell) in cells.iter().enumerate() {
            if self.border != 0 || (!style.right_border && column > 0) {
                out.write_all(if number > 0 { style.header_newline.0 } else { " " }.as_bytes())?;
            }
            match cell.get(number) {
                Some(line) => {
                    let blank = self.widths[column].saturating_sub(line.width);
                    pad(blank / 2, out)?;
                    out.write_all(&line.text)?;
                    pad(blank.div_ceil(2), out)?;
                }
                None => pad(self.widths[column], out)?,
            }
            if self.border != 0 || style.right_border {
                let more = number + 1 < cell.len();
                out.write_all(if more { style.header_newline.1 } else { " " }.as_bytes())?;
            }
            if self.border != 0 && column + 1 < cells.len() {
                out.write_all(style.data.middle.as_bytes())?;
            }
        }
        if self.border == 2 {
            out.write_all(style.data.right.as_bytes())?;
        }
        out.write_all(b"\n")
    }

    fn rule(&self, rule: Rule, out: &mut dyn Write) -> io::Result<()> {
        let dash = rule.horizontal;
        match self.border {
            1 => out.write_all(dash.as_bytes())?,
            2 => write!(out, "{}{dash}", rule.left)?,
            _ => {}
        }
        for (column, width) in self.widths.iter().enumerate() {
            out.write_all(dash.repeat(*width).as_bytes())?;
            if column + 1 < self.widths.len() {
                if self.border == 0 {
                    out.write_all(b" ")?;
                } else {
                    write!(out, "{dash}{}{dash}", rule.middle)?;
                }
            }
        }
        match self.border {
            1 => out.write_all(dash.as_bytes())?,
            2 => write!(out, "{dash}{}", rule.right)?,
            _ => {}
        }
        out.write_all(b"\n")
    }

    fn row(&self, row: &[&[u8]], out: &mut dyn Write) -> io::Result<()> {
        if row.iter().zip(&self.widths).all(|(cell, width)| cell.len() <= *width && is_simple(cell)) {
            return self.plain(row, out);
        }
        let frame = Frame {
            border: self.border,
            style: &self.options.style,
            widths: &self.widths,
            right: &self.table.right,
        };
        Row::of(frame, row).write(out)
    }

    /// A row of one line that is as wide in columns as in bytes.
    fn plain(&self, row: &[&[u8]], out: &mut dyn Write) -> io::Result<()> {
        let rule = self.options.style.data;
        if self.border == 2 {
            out.write_all(rule.left.as_bytes())?;
        }
        for (column, cell) in row.iter().enumerate() {
            let (last, right) = (column + 1 == row.len(), self.table.right[column]);
            let blank = self.widths[column] - cell.len();
            pad(usize::from(self.border != 0) + if right { blank } else { 0 }, out)?;
            out.write_all(cell)?;
            if self.border == 2 || !last {
                pad(1 + if right { 0 } else { blank }, out)?;
            }
            if self.border != 0 && !last {
                out.write_all(rule.middle.as_bytes())?;
            }
        }
        if self.border == 2 {
            out.write_all(rule.right.as_bytes())?;
        }
        out.write_all(b"\n")
    }

    fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.border == 2 {
            self.rule(self.options.style.bottom, out)?;
        }
        if !self.options.tuples_only {
            for footer in self.table.notes(self.options) {
                writeln!(out, "{footer}")?;
            }
        }
        out.write_all(b"\n")
    }
}
