//! A row of the aligned format whose cells have several lines, or are broken to fit.

use std::io::{self, Write};

use super::style::Style;
use super::width::{Line, fitting, lines, pad};

/// Why the line above stopped in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    No,
    Wrap,
    Newline,
}

/// What a row is written into.
pub(super) struct Frame<'a> {
    pub(super) border: u8,
    pub(super) style: &'a Style,
    /// Width of each column.
    pub(super) widths: &'a [usize],
    /// Whether the column is aligned to the right.
    pub(super) right: &'a [bool],
}

/// A cell while it is written: how far it has come.
struct Cell<'a> {
    lines: Vec<Line<'a>>,
    line: usize,
    byte: usize,
}

/// A row while it is written.
pub(super) struct Row<'a> {
    frame: Frame<'a>,
    cells: Vec<Cell<'a>>,
    broken: Vec<Broken>,
}

impl<'a> Row<'a> {
    pub(super) fn of(frame: Frame<'a>, cells: &[&'a [u8]]) -> Self {
        let cells: Vec<Cell<'_>> =
            cells.iter().map(|cell| Cell { lines: lines(cell), line: 0, byte: 0 }).collect();
        Self { frame, broken: vec![Broken::No; cells.len()], cells }
    }

    pub(super) fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let (border, rule) = (self.frame.border, self.frame.style.data);
        loop {
            if border == 2 {
                out.write_all(rule.left.as_bytes())?;
            }
            let mut more = false;
            for column in 0..self.cells.len() {
                more |= self.cell(column, out)?;
            }
            if border == 2 {
                out.write_all(rule.right.as_bytes())?;
            }
            out.write_all(b"\n")?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Writes one line of one cell; true if the cell has more.
    fn cell(&mut self, column: usize, out: &mut dyn Write) -> io::Result<bool> {
        let (border, last) = (self.frame.border, column + 1 == self.cells.len());
        let style = self.frame.style;
        if border != 0 {
            out.write_all(mark(self.broken[column], style.wrap.0, style.newline.0))?;
        }
        let padded = border == 2 || !last;
        let (blank, more) = self.text(column, padded, out)?;
        let cell = &self.cells[column];
        self.broken[column] = match (cell.line < cell.lines.len(), cell.byte, cell.line) {
            (false, _, _) | (true, 0, 0) => Broken::No,
            (true, 0, _) => Broken::Newline,
            (true, _, _) => Broken::Wrap,
        };
        if !self.frame.right[column] && (padded || self.broken[column] != Broken::No) {
            pad(blank, out)?;
        }
        if padded || self.broken[column] != Broken::No {
            out.write_all(mark(self.broken[column], style.wrap.1, style.newline.1))?;
        }
        if border != 0 && !last {
            out.write_all(self.divider(column + 1).as_bytes())?;
        }
        Ok(more)
    }

    /// Writes the text of one line of a cell; gives the blanks still due at its right, and whether there is more.
    fn text(&mut self, column: usize, padded: bool, out: &mut dyn Write) -> io::Result<(usize, bool)> {
        let width = self.frame.widths[column];
        let right = self.frame.right[column];
        let cell = &mut self.cells[column];
        let Some(line) = cell.lines.get(cell.line) else {
            if padded {
                pad(width, out)?;
            }
            return Ok((0, false));
        };
        let rest = &line.text[cell.byte..];
        let (bytes, taken) = fitting(rest, width);
        let blank = width - taken.min(width);
        if right {
            pad(blank, out)?;
        }
        out.write_all(&rest[..bytes])?;
        cell.byte += bytes;
        if cell.byte < line.text.len() {
            return Ok((blank, true));
        }
        cell.line += 1;
        cell.byte = 0;
        Ok((blank, cell.line < cell.lines.len()))
    }

    /// What stands before the next column, which may have been broken above or have ended.
    fn divider(&self, column: usize) -> &'static str {
        let style = self.frame.style;
        let cell = &self.cells[column];
        match self.broken[column] {
            Broken::Wrap => style.middle_wrap,
            Broken::Newline => style.middle_newline,
            Broken::No if cell.line >= cell.lines.len() => style.middle_blank,
            Broken::No => style.data.middle,
        }
    }
}

fn mark(broken: Broken, wrap: &'static str, newline: &'static str) -> &'static [u8] {
    match broken {
        Broken::No => b" ",
        Broken::Wrap => wrap.as_bytes(),
        Broken::Newline => newline.as_bytes(),
    }
}
