//! Colours of SQL while it is typed.

use crate::db::shell::complete::words;
use crate::db::sql::token::{Kind, Mode, token};

/// A line with escapes for its keywords, texts and comments; `before` are the statement's lines above it.
pub(super) fn line(before: &str, line: &str) -> String {
    let text = if before.is_empty() { line.to_owned() } else { format!("{before}\n{line}") };
    let start = text.len() - line.len();
    let (mut mode, mut at, mut shown) = (Mode::default(), 0, String::new());
    while at < text.len() {
        let (kind, end) = token(&mut mode, true, text.as_bytes(), at);
        if end > start
            && let Some(part) = text.get(at.max(start)..end)
        {
            match color(kind, part) {
                Some(color) => shown.push_str(&format!("\u{1b}[{color}m{part}\u{1b}[0m")),
                None => shown.push_str(part),
            }
        }
        at = end;
    }
    shown
}

/// The number of the escape (ECMA-48, SGR) for a token.
fn color(kind: Kind, text: &str) -> Option<&'static str> {
    match kind {
        Kind::Comment => Some("2"),
        Kind::Quoted => Some("32"),
        Kind::Variable | Kind::Backslash => Some("35"),
        Kind::Other if text.starts_with(|c: char| c.is_ascii_digit()) => Some("36"),
        Kind::Word if is_keyword(text) => Some("1;34"),
        _ => None,
    }
}

fn is_keyword(text: &str) -> bool {
    let mut words = words::STARTS.iter().chain(words::KEYWORDS).flat_map(|words| words.split(' '));
    words.any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn keywords_texts_and_comments_have_colours() {
        let plain = |text: String| text.replace('\u{1b}', "^");
        assert_eq!(
            plain(line("", "select 'a', 1 from t -- x")),
            "^[1;34mselect^[0m ^[32m'^[0m^[32ma'^[0m, ^[36m1^[0m ^[1;34mfrom^[0m t ^[2m-- x^[0m"
        );
        assert_eq!(plain(line("select 'begun", "here' as x")), "^[32mhere'^[0m ^[1;34mas^[0m x");
    }
}
