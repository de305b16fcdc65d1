//! Which statements of a text are followed by data.

use super::statement::Depth;
use super::token::{Kind, Mode, token};

/// How many statements of `text` are a `COPY … FROM STDIN`: so many blocks of data follow the text in its script.
///
/// The grammar takes `STDOUT` for `STDIN` (`copy_file_name` in the server's `gram.y`).
pub fn copies_from_input(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut mode, mut depth, mut seen, mut count, mut at) =
        (Mode::default(), Depth::default(), Seen::Start, 0, 0);
    while at < bytes.len() {
        let (kind, end) = token(&mut mode, true, bytes, at);
        let word = &bytes[at..end];
        at = end;
        if !matches!(kind, Kind::Space | Kind::Comment) && depth.parentheses == 0 {
            seen = seen.after(kind, word);
        }
        if depth.ends(kind, word) {
            count += usize::from(seen == Seen::Input);
            seen = Seen::Start;
        }
    }
    count + usize::from(seen == Seen::Input)
}

/// How far a statement has been recognized.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Start,
    Copy,
    From,
    Input,
    Other,
}

impl Seen {
    fn after(self, kind: Kind, word: &[u8]) -> Self {
        let is = |words: &[&str]| {
            kind == Kind::Word && words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
        };
        match self {
            Self::Start if kind == Kind::Semicolon => Self::Start,
            Self::Start if is(&["copy"]) => Self::Copy,
            Self::Copy | Self::From if is(&["from"]) => Self::From,
            Self::From if is(&["stdin", "stdout"]) => Self::Input,
            Self::From => Self::Copy,
            Self::Start => Self::Other,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::copies_from_input;

    #[test]
    fn only_copies_from_the_input_are_followed_by_data() {
        for (text, count) in [
            ("copy t from stdin;", 1),
            ("COPY public.t (a, \"from\") /* from */ FROM -- stdin\n STDIN (format csv) where a in (1)", 1),
            ("copy \"from\" from stdout", 1),
            ("select 1;\ncopy a from stdin;\ncopy b from stdin; select 2", 2),
            ("; copy a from stdin", 1),
            ("copy t to stdin; copy t from program 'stdin'; copy (select a from stdin) to stdout", 0),
            ("explain copy t from stdin; select copy from stdin; select 'copy t from stdin'", 0),
        ] {
            assert_eq!(copies_from_input(text), count, "{text}");
        }
    }
}
