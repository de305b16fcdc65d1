//! A table before it is written: all cells in one buffer, with a number of four bytes for each.

use std::io;

use super::Options;

/// The length that stands for NULL; no cell is as long (the server's limit is 1 GB).
const NULL: u32 = u32::MAX;

/// Headings, alignments, and cells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Above it.
    pub title: Option<String>,
    /// One for each column.
    pub headers: Vec<String>,
    /// Whether the column is aligned to the right.
    pub right: Vec<bool>,
    /// Below it, in place of the count of rows.
    pub footers: Vec<String>,
    /// What is shown for NULL.
    pub null: String,
    cells: Vec<u8>,
    lengths: Vec<u32>,
    empty_rows: usize,
}

impl Table {
    /// An empty table.
    pub fn new(title: Option<String>, headers: Vec<String>, right: Vec<bool>) -> Self {
        Self { title, headers, right, ..Self::default() }
    }

    /// Adds the next cell.
    pub fn cell(&mut self, bytes: &[u8]) {
        self.cells.extend_from_slice(bytes);
        self.lengths.push(u32::try_from(bytes.len()).unwrap_or(NULL));
    }

    /// Adds a cell that is NULL.
    pub fn null(&mut self) {
        self.lengths.push(NULL);
    }

    /// Counts a row of a table without columns.
    pub fn empty_row(&mut self) {
        self.empty_rows += 1;
    }

    /// Forgets the rows and keeps the rest.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.lengths.clear();
        self.empty_rows = 0;
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        if self.headers.is_empty() { self.empty_rows } else { self.lengths.len() / self.headers.len() }
    }

    /// How many bytes its cells take.
    pub fn size(&self) -> usize {
        self.cells.len() + self.lengths.len() * size_of::<u32>()
    }

    /// Every cell, row by row; `None` is NULL.
    pub fn values(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = self.cells.as_slice();
        self.lengths.iter().map(move |length| {
            let length = usize::try_from(*length).ok().filter(|_| *length != NULL)?;
            let (cell, behind) = rest.split_at_checked(length)?;
            rest = behind;
            Some(cell)
        })
    }

    /// Every cell as it is shown.
    pub fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.values().map(|value| value.unwrap_or(self.null.as_bytes()))
    }

    /// Writes each row, counted from 0, of its cells as they are shown; a table without columns has none.
    pub fn each_row(&self, mut write: impl FnMut(usize, &[&[u8]]) -> io::Result<()>) -> io::Result<()> {
        let mut row = Vec::with_capacity(self.headers.len());
        let mut number = 0;
        for cell in self.all() {
            row.push(cell);
            if row.len() == self.headers.len() {
                write(number, &row)?;
                row.clear();
                number += 1;
            }
        }
        Ok(())
    }

    /// Every row's cells as texts; `None` is NULL.
    pub fn texts(&self) -> Vec<Vec<Option<String>>> {
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
        let mut values = self.values().map(|value| value.map(text));
        (0..self.rows()).map(|_| values.by_ref().take(self.headers.len()).collect()).collect()
    }

    /// The footers, or the count of rows where there are none.
    pub(super) fn notes(&self, options: &Options) -> Vec<String> {
        if !self.footers.is_empty() || !options.footer {
            return self.footers.clone();
        }
        let total = options.prior + self.rows() as u64;
        vec![if total == 1 { "(1 row)".to_owned() } else { format!("({total} rows)") }]
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn cells_are_told_from_null_and_rows_without_columns_are_counted() {
        let mut table = Table::new(None, vec!["a".to_owned(), "b".to_owned()], vec![false, false]);
        table.null = "-".to_owned();
        for cell in [Some("one"), None, Some(""), Some("two")] {
            match cell {
                Some(cell) => table.cell(cell.as_bytes()),
                None => table.null(),
            }
        }
        assert_eq!(table.rows(), 2);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(table.texts(), [[text("one"), None], [text(""), text("two")]]);
        let mut rows = Vec::new();
        let kept = table.each_row(|number, row| {
            rows.push((number, row.concat()));
            Ok(())
        });
        assert!(kept.is_ok());
        assert_eq!(rows, [(0, b"one-".to_vec()), (1, b"two".to_vec())]);
        let mut none = Table::default();
        none.empty_row();
        none.empty_row();
        assert_eq!((none.rows(), none.texts()), (2, vec![vec![], vec![]]));
    }
}
