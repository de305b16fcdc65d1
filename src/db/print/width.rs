//! How wide a cell is on a terminal and which lines it has (`src/fe_utils/mbprint.c`).

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

/// One line of a cell: what is shown, and how many columns it takes.
pub struct Line<'a> {
    /// Control characters as escapes, tabs as blanks.
    pub text: Cow<'a, [u8]>,
    /// In columns of the terminal.
    pub width: usize,
}

/// Width of the widest line and number of lines.
pub fn size(text: &[u8]) -> (usize, usize) {
    if is_simple(text) {
        return (text.len(), 1);
    }
    let lines = lines(text);
    (lines.iter().map(|line| line.width).max().unwrap_or(0), lines.len())
}

/// The lines of a cell; there is always one.
pub fn lines(text: &[u8]) -> Vec<Line<'_>> {
    if is_simple(text) {
        return vec![Line { text: Cow::Borrowed(text), width: text.len() }];
    }
    text.split(|byte| *byte == b'\n').map(line).collect()
}

/// Whether a text is as wide in columns as in bytes, and one line.
pub(super) fn is_simple(text: &[u8]) -> bool {
    // Without a way out in the middle, many bytes are looked at in one step.
    text.iter().fold(true, |simple, byte| simple & (0x20..0x7f).contains(byte))
}

fn line(text: &[u8]) -> Line<'_> {
    if is_simple(text) {
        return Line { text: Cow::Borrowed(text), width: text.len() };
    }
    let mut shown = Vec::with_capacity(text.len() + 8);
    let mut width = 0;
    let mut rest = text.len();
    for chunk in text.utf8_chunks() {
        rest -= chunk.valid().len() + chunk.invalid().len();
        for c in chunk.valid().chars() {
            width += character(c, width, &mut shown);
        }
        // The beginning of a character that the text does not hold whole is not shown, as in psql.
        if rest > 0 || !is_begun(chunk.invalid()) {
            shown.extend_from_slice(chunk.invalid());
            width += chunk.invalid().len();
        }
    }
    Line { text: Cow::Owned(shown), width }
}

/// Whether these bytes begin a character of several bytes and do not end it.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// Adds a character as it is shown at this column; gives how many columns it takes.
fn character(c: char, column: usize, shown: &mut Vec<u8>) -> usize {
    let escape = match c {
        '\r' => "\\r".to_owned(),
        '\t' => " ".repeat(8 - column % 8),
        c if u32::from(c) < 0x20 || c == '\u{7f}' => format!("\\x{:02X}", u32::from(c)),
        c if u32::from(c) < 0xa0 && u32::from(c) >= 0x80 => format!("\\u{:04X}", u32::from(c)),
        c => {
            shown.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return c.width().unwrap_or(1);
        }
    };
    shown.extend_from_slice(escape.as_bytes());
    escape.len()
}

/// How many bytes of a shown line fit into a width, and the width they take; at least one character is taken.
pub fn fitting(text: &[u8], target: usize) -> (usize, usize) {
    if text.is_ascii() {
        let length = text.len().min(target.max(1));
        return (length, length);
    }
    let (mut bytes, mut width) = (0, 0);
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid().chars().map(|c| (c.len_utf8(), c.width().unwrap_or(0)));
        for (length, wide) in valid.chain(chunk.invalid().iter().map(|_| (1, 1))) {
            if width + wide > target && width != 0 {
                return (bytes, width);
            }
            bytes += length;
            width += wide;
        }
    }
    (bytes, width)
}

/// Writes blanks.
pub(super) fn pad(count: usize, out: &mut dyn Write) -> io::Result<()> {
    const BLANKS: [u8; 64] = [b' '; 64];
    let mut left = count;
    while left > 0 {
        let part = left.min(BLANKS.len());
        out.write_all(&BLANKS[..part])?;
        left -= part;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{fitting, lines, size};

    #[test]
    fn a_cell_is_measured_as_it_is_shown() {
        assert_eq!(size("grün".as_bytes()), (4, 1));
        assert_eq!(size("漢字\nx".as_bytes()), (4, 2));
        assert_eq!(size(b"a\tb\x01\r"), (15, 1));
        let shown: Vec<_> = lines(b"a\tb\x01\r").into_iter().map(|line| line.text.into_owned()).collect();
        assert_eq!(shown, [b"a       b\\x01\\r".to_vec()]);
        assert_eq!(size(b""), (0, 1));
    }

    #[test]
    fn at_least_one_character_fits() {
        assert_eq!(fitting("漢字".as_bytes(), 3), (3, 2));
        assert_eq!(fitting("漢字".as_bytes(), 1), (3, 2));
        assert_eq!(fitting(b"abc", 2), (2, 2));
    }
}
