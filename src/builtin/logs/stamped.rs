//! A line behind the time it was written at, and a long one behind that time again and again.

use jiff::Timestamp;

/// An engine that cuts long lines prints a time before each piece of this size: it is that of the buffer which the commonest one
/// reads lines into (`bufSize` in its `daemon/logger/copier.go`). Only the last piece of a line is shorter, or empty.
const PIECE: usize = 16 * 1024;

/// A line with its time.
pub struct Timed {
    /// When it was written.
    pub time: Timestamp,
    /// Without its end.
    pub text: Vec<u8>,
}

impl Timed {
    /// The time up to the first space, and what is behind it; `None` where there is no time.
    pub fn of(line: &[u8]) -> Option<Self> {
        let end = line.iter().position(|byte| *byte == b' ').map_or(line.len(), |space| space + 1);
        let (stamp, text) = line.split_at(end);
        let time = std::str::from_utf8(stamp).ok()?.trim_end_matches(' ').parse().ok()?;
        let mut text = joined(stamp, text);
        text.pop_if(|byte| *byte == b'\r');
        Some(Self { time, text })
    }
}

/// The pieces without what stands between them. The times of one line need not be the same.
fn joined(stamp: &[u8], text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((piece, next)) = rest.split_at_checked(PIECE)
        && let Some((between, next)) = next.split_at_checked(stamp.len())
        && alike(stamp, between)
    {
        whole.extend_from_slice(piece);
        rest = next;
    }
    whole.extend_from_slice(rest);
    whole
}

/// Whether this is a time to the nanosecond, written as the other one is: only digits differ.
fn alike(stamp: &[u8], other: &[u8]) -> bool {
    let digit = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    let form = b"0000-00-00T00:00:00.000000000Z ";
    [stamp, other].iter().all(|bytes| bytes.iter().map(digit).eq(form.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Timed};

    const STAMP: &str = "2026-01-31T12:00:00.123456789Z ";
    const LATER: &str = "2026-01-31T12:00:01.000000000Z ";

    fn text(line: &str) -> String {
        String::from_utf8(Timed::of(line.as_bytes()).expect("a line with its time").text).expect("text")
    }

    /// A text as an engine prints it that cuts long lines.
    fn cut(text: &str) -> String {
        let (pieces, rest) = text.as_bytes().as_chunks::<PIECE>();
        let pieces = pieces.iter().map(<[u8; PIECE]>::as_slice).chain([rest]);
        pieces.map(|piece| format!("{STAMP}{}", String::from_utf8_lossy(piece))).collect()
    }

    #[test]
    fn a_line_that_was_cut_is_whole_again() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 40_000] {
            let long: String = ('a'..='z').cycle().take(length).collect();
            assert_eq!(text(&cut(&long)), long, "{length} bytes");
            assert_eq!(text(&(cut(&long) + "\r")), long, "{length} bytes of a terminal");
        }
    }

    #[test]
    fn the_time_of_a_line_is_that_of_its_first_piece() {
        let line = format!("{STAMP}{}{LATER}end", "x".repeat(PIECE));
        assert_eq!(Timed::of(line.as_bytes()).map(|line| line.time), STAMP.trim_end().parse().ok());
        assert_eq!(text(&line), "x".repeat(PIECE) + "end");
    }

    #[test]
    fn a_line_of_a_piece_that_was_not_cut_stays() {
        let piece = "x".repeat(PIECE);
        assert_eq!(text(&format!("{STAMP}{piece}")), piece);
    }

    #[test]
    fn a_time_within_the_text_stays() {
        let seconds = "2026-01-31T12:00:00Z ";
        for text_itself in [
            format!("{LATER}said"),
            "x".repeat(PIECE - 1) + LATER + "said",
            "x".repeat(PIECE + 1) + LATER + "said",
            "x".repeat(PIECE) + LATER.trim_end(),
            "x".repeat(PIECE) + seconds + "said and said",
        ] {
            assert_eq!(text(&format!("{STAMP}{text_itself}")), text_itself);
        }
        let of_seconds = "x".repeat(PIECE) + seconds + "said";
        assert_eq!(text(&format!("{seconds}{of_seconds}")), of_seconds);
    }
}
