//! The characters of a table's frame: psql's line styles.

/// The characters of one kind of horizontal line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Along the line.
    pub horizontal: &'static str,
    /// At its left end.
    pub left: &'static str,
    /// Where columns meet.
    pub middle: &'static str,
    /// At its right end.
    pub right: &'static str,
}

/// A whole style; the names of the fields are those of `printTextFormat` in psql's sources.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Style {
    /// `ascii`, `old-ascii`, `unicode`.
    pub name: &'static str,
    /// Above the headings.
    pub top: Rule,
    /// Below the headings.
    pub middle: Rule,
    /// Below the rows.
    pub bottom: Rule,
    /// Between the cells of a row.
    pub data: Rule,
    /// Between columns where the next cell goes on after a line end.
    pub middle_newline: &'static str,
    /// Between columns where the next cell was broken.
    pub middle_wrap: &'static str,
    /// Between columns where the next cell has ended.
    pub middle_blank: &'static str,
    /// Marks of headings of several lines.
    pub header_newline: (&'static str, &'static str),
    /// Marks of cells of several lines.
    pub newline: (&'static str, &'static str),
    /// Marks of broken cells.
    pub wrap: (&'static str, &'static str),
    /// Whether the marks may stand at the right edge.
    pub right_border: bool,
}

const DASHES: Rule = Rule { horizontal: "-", left: "+", middle: "+", right: "+" };
const BARS: Rule = Rule { horizontal: "", left: "|", middle: "|", right: "|" };

impl Style {
    /// psql's default.
    pub fn ascii() -> Self {
        Self {
            name: "ascii",
            top: DASHES,
            middle: DASHES,
            bottom: DASHES,
            data: BARS,
            middle_newline: "|",
            middle_wrap: "|",
            middle_blank: "|",
            header_newline: (" ", "+"),
            newline: (" ", "+"),
            wrap: (".", "."),
            right_border: true,
        }
    }

    /// The style of psql before 8.4.
    pub fn old_ascii() -> Self {
        Self {
            name: "old-ascii",
            middle_newline: ":",
            middle_wrap: ";",
            middle_blank: " ",
            header_newline: ("+", " "),
            newline: (" ", " "),
            wrap: (" ", " "),
            right_border: false,
            ..Self::ascii()
        }
    }

    /// Box drawings; each part with single or double lines.
    pub fn unicode(border: bool, column: bool, header: bool) -> Self {
        let pick = |double: bool, pair: [&'static str; 2]| pair[usize::from(double)];
        let vertical = pick(column, ["│", "║"]);
        let edge = pick(border, ["─", "═"]);
        let cross = [["┼", "╪"], ["╫", "╬"]][usize::from(column)];
        let up = [["┴", "╧"], ["╨", "╩"]][usize::from(column)];
        let down = [["┬", "╤"], ["╥", "╦"]][usize::from(column)];
        let row_right = [["├", "╟"], ["╞", "╠"]][usize::from(header)];
        let row_left = [["┤", "╢"], ["╡", "╣"]][usize::from(header)];
        let side = pick(border, ["│", "║"]);
        Self {
            name: "unicode",
            top: Rule {
                horizontal: edge,
                left: pick(border, ["┌", "╔"]),
                middle: pick(border, down),
                right: pick(border, ["┐", "╗"]),
            },
            middle: Rule {
                horizontal: pick(header, ["─", "═"]),
                left: pick(border, row_right),
                middle: pick(header, cross),
                right: pick(border, row_left),
            },
            bottom: Rule {
                horizontal: edge,
                left: pick(border, ["└", "╚"]),
                middle: pick(border, up),
                right: pick(border, ["┘", "╝"]),
            },
            data: Rule { horizontal: "", left: side, middle: vertical, right: side },
            middle_newline: vertical,
            middle_wrap: vertical,
            middle_blank: vertical,
            header_newline: (" ", "↵"),
            newline: (" ", "↵"),
            wrap: ("…", "…"),
            right_border: true,
        }
    }
}
