//! Tables as text, byte for byte as psql writes them (`src/fe_utils/print.c` of version 15).
//!
//! - [`Table`]: what is written. [`width`]: how wide a cell is and which lines it has. [`style`]: the characters of the frame.
//! - [`aligned`] with [`broken`], [`vertical`], [`unaligned`], [`html`], [`asciidoc`], [`latex`], [`troff`]: psql's formats;
//!   [`document`]: JSON and Markdown.

pub mod aligned;
pub mod asciidoc;
mod broken;
pub mod document;
pub mod html;
pub mod latex;
pub mod style;
mod table;
pub mod troff;
pub mod unaligned;
pub mod vertical;
pub mod width;

use std::io::{self, Write};

use style::Style;
pub use table::Table;

/// The formats of psql, and those of `query`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// Columns in line with each other.
    #[default]
    Aligned,
    /// The same, with long cells broken at the width of the terminal.
    Wrapped,
    /// Cells with a separator between them.
    Unaligned,
    /// RFC 4180, with line feeds.
    Csv,
    /// A table of HTML.
    Html,
    /// A table of `AsciiDoc`.
    Asciidoc,
    /// A `tabular` of LaTeX.
    Latex,
    /// A `longtable` of LaTeX.
    LatexLongtable,
    /// A table of troff with the macros `ms` and `tbl`.
    TroffMs,
}

/// Whether each row is shown as a block of lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Expanded {
    /// Never.
    #[default]
    Off,
    /// Always.
    On,
    /// Where the table would be wider than the terminal.
    Auto,
}

/// How a table is shown: the settings of `\pset`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in psql")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The format.
    pub format: Format,
    /// Rows as blocks.
    pub expanded: Expanded,
    /// 0 to 2.
    pub border: u8,
    /// Between the cells of the unaligned format.
    pub field_separator: Vec<u8>,
    /// Between the rows of the unaligned format.
    pub record_separator: Vec<u8>,
    /// Between the cells of CSV.
    pub csv_separator: u8,
    /// No titles, headings and footers.
    pub tuples_only: bool,
    /// The footer `(2 rows)`.
    pub footer: bool,
    /// What stands for NULL.
    pub null: String,
    /// Attributes of the HTML table, widths of the LaTeX columns.
    pub attributes: Option<String>,
    /// Thousands separators.
    pub numeric_locale: bool,
    /// The width to fit into; 0 for that of the terminal.
    pub columns: usize,
    /// The characters of the frame.
    pub style: Style,
    /// Rows that were printed before, in parts of the same table.
    pub prior: u64,
    /// Whether this part begins the table.
    pub start: bool,
    /// Whether this part ends the table.
    pub stop: bool,
    /// Whether the parts come from a cursor (`FETCH_COUNT`), which psql does not show as one table in every format.
    pub fetched: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Aligned,
            expanded: Expanded::Off,
            border: 1,
            field_separator: b"|".to_vec(),
            record_separator: b"\n".to_vec(),
            csv_separator: b',',
            tuples_only: false,
            footer: true,
            null: String::new(),
            attributes: None,
            numeric_locale: false,
            columns: 0,
            style: Style::ascii(),
            prior: 0,
            start: true,
            stop: true,
            fetched: false,
        }
    }
}

/// What is written in front of and behind the table: its title, its footers; none where only rows are wanted.
fn title<'t>(table: &'t Table, options: &Options) -> Option<&'t str> {
    table.title.as_deref().filter(|_| options.start && !options.tuples_only)
}

/// The footers of a table in rows; those of a table in blocks have no count.
fn notes(table: &Table, options: &Options, vertical: bool) -> Vec<String> {
    match (options.tuples_only, vertical) {
        (true, _) => Vec::new(),
        (false, true) => table.footers.clone(),
        (false, false) => table.notes(options),
    }
}

/// A text, each byte as `escaped` has it.
fn escape(text: &[u8], escaped: impl Fn(u8) -> Option<&'static str>, out: &mut dyn Write) -> io::Result<()> {
    for byte in text {
        match escaped(*byte) {
            Some(text) => out.write_all(text.as_bytes())?,
            None => out.write_all(&[*byte])?,
        }
    }
    Ok(())
}

/// Whether a cell shows nothing.
fn is_blank(cell: &[u8]) -> bool {
    cell.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Writes a table; `terminal` is the width of the terminal that it goes to, 0 for none.
pub fn table(table: &Table, options: &Options, terminal: usize, out: &mut dyn Write) -> io::Result<()> {
    let vertical = options.expanded == Expanded::On;
    match options.format {
        Format::Aligned | Format::Wrapped if vertical => vertical::write(table, options, terminal, out),
        Format::Aligned | Format::Wrapped => aligned::write(table, options, terminal, out),
        Format::Unaligned if vertical => unaligned::vertical(table, options, out),
        Format::Unaligned => unaligned::horizontal(table, options, out),
        Format::Csv if vertical => unaligned::csv_vertical(table, options, out),
        Format::Csv => unaligned::csv(table, options, out),
        Format::Html => html::write(table, options, vertical, out),
        Format::Asciidoc => asciidoc::write(table, options, vertical, out),
        Format::Latex | Format::LatexLongtable if vertical => latex::vertical(table, options, out),
        Format::Latex => latex::horizontal(table, options, out),
        Format::LatexLongtable => latex::long(table, options, out),
        Format::TroffMs if vertical => troff::vertical(table, options, out),
        Format::TroffMs => troff::horizontal(table, options, out),
    }
}

/// Whether psql aligns values of this type to the right (`column_type_alignment`): numbers, `oid`, `xid`, `cid`,
/// `money`, `xid8`.
pub fn is_right(oid: u32) -> bool {
    matches!(oid, 20 | 21 | 23 | 26 | 28 | 29 | 700 | 701 | 790 | 1700 | 5069)
}

/// A number with thousands separators (`\pset numericlocale`), in the C locale's fallback form.
pub fn grouped(number: &[u8]) -> Vec<u8> {
    if !number.iter().all(|byte| b"0123456789+-.eE".contains(byte)) {
        return number.to_vec();
    }
    let sign = usize::from(matches!(number.first(), Some(b'-' | b'+')));
    let digits = number[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut result = number[..sign].to_vec();
    for (index, digit) in number[sign..sign + digits].iter().enumerate() {
        if index > 0 && (digits - index) % 3 == 0 {
            result.push(b',');
        }
        result.push(*digit);
    }
    result.extend_from_slice(&number[sign + digits..]);
    result
}
