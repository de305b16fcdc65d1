//! Words that cannot stand without quotes: found in a text that is not KDL, each at its own place.
//!
//! The parser stops counting after the first few and says of a property only that it is somewhere; a person who wrote
//! `30s` three times wants to hear it three times.

/// A word, or what should have been one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bare {
    /// Offset of its first byte.
    pub offset: usize,
    /// Length in bytes.
    pub len: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Why a word cannot stand as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It holds a character that only a quoted word may hold, or begins like a number and is none.
    NeedsQuotes,
    /// A keyword of KDL without its `#`.
    Keyword,
    /// Nothing stands behind the `=` of a property.
    NoValue,
}

/// Characters that end a bare word (<https://kdl.dev/spec/>, "Identifier String"); the slash is looked at separately.
const ENDS: &[char] = &['{', '}', '(', ')', ';', '=', '"'];

/// Every such word of a text, in order.
pub fn find(text: &str) -> Vec<Bare> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => until(rest, 2, "*/"),
            '/' if rest.starts_with("/-") => 2,
            '"' | '#' => quoted(rest),
            '=' => {
                let value = rest[1..].trim_start_matches([' ', '\t']).chars().next();
                if value.is_none_or(|c| matches!(c, '\n' | '\r' | ';' | '{' | '}')) {
                    found.push(Bare { offset: at, len: 1, fault: Fault::NoValue });
                }
                1
            }
            c if c.is_whitespace() || ENDS.contains(&c) || c == '\\' => c.len_utf8(),
            _ => {
                let len = word(rest);
                found.extend(fault(&rest[..len]).map(|fault| Bare { offset: at, len, fault }));
                len
            }
        };
    }
    found
}

/// Length of what ends with `end`, looked for from `from` on; the whole where it never comes.
fn until(text: &str, from: usize, end: &str) -> usize {
    text.get(from..).and_then(|rest| rest.find(end)).map_or(text.len(), |found| from + found + end.len())
}

/// Length of a quoted or raw string, or of a keyword such as `#true`.
fn quoted(text: &str) -> usize {
    let marks = text.len() - text.trim_start_matches('#').len();
    let body = &text[marks..];
    let quotes = if body.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    if !body.starts_with('"') {
        return marks + body.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(body.len());
    }
    if marks > 0 {
        return marks + until(body, quotes.len(), &format!("{quotes}{}", "#".repeat(marks)));
    }
    let mut at = quotes.len();
    while at < body.len() {
        match &body[at..] {
            rest if rest.starts_with(quotes) => return at + quotes.len(),
            rest if rest.starts_with('\n') && quotes.len() == 1 => return at,
            rest if rest.starts_with('\\') => at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            rest => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    body.len()
}

/// Length of a bare word: to a space, to a character that ends it, or to a comment.
fn word(text: &str) -> usize {
    let ends = |at: usize, c: char| c.is_whitespace() || ENDS.contains(&c) || text[at..].starts_with("//");
    text.char_indices().find(|(at, c)| ends(*at, *c)).map_or(text.len(), |(at, _)| at)
}

fn fault(word: &str) -> Option<Fault> {
    let unsigned = word.trim_start_matches(['+', '-']).trim_start_matches('.');
    let like_number = unsigned.starts_with(|c: char| c.is_ascii_digit());
    match word {
        "true" | "false" | "null" => Some(Fault::Keyword),
        _ if word.contains(['/', '\\', '[', ']', '#']) => Some(Fault::NeedsQuotes),
        _ if like_number && !is_number(word) => Some(Fault::NeedsQuotes),
        _ => None,
    }
}

fn is_number(word: &str) -> bool {
    let plain = word.replace('_', "");
    let unsigned = plain.trim_start_matches(['+', '-']);
    let radix = |prefix: &str, radix: u32| {
        let digits = unsigned.strip_prefix(prefix);
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    radix("0x", 16)
        || radix("0o", 8)
        || radix("0b", 2)
        || (!word.starts_with('.') && plain.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{Fault, find};

    fn found(text: &str) -> Vec<(&str, Fault)> {
        find(text).into_iter().map(|bare| (&text[bare.offset..bare.offset + bare.len], bare.fault)).collect()
    }

    #[test]
    fn words_that_need_quotes_are_found_each() {
        let text =
            "service web {\n  cwd src/web\n  ready tcp timeout=30s on=true\n  exec ./web a\\b 10.0.0.1\n}";
        let quotes = |word| (word, Fault::NeedsQuotes);
        let expected = [quotes("src/web"), quotes("30s"), ("true", Fault::Keyword)];
        assert_eq!(found(text), [&expected[..], &["./web", "a\\b", "10.0.0.1"].map(quotes)].concat());
    }

    #[test]
    fn what_may_stand_is_left_alone() {
        let text = "a --flag -x 1 -2.5e3 0xff 1_000 #true \"a/b\\\"30s\" #\"c:/d\"# \"\"\"\n x/y\n\"\"\" b=1 // c/d 30s\n/* e/f */ /-g h;i";
        assert_eq!(found(text), []);
        assert_eq!(found("let url http://localhost\n"), [], "a comment is another mistake");
    }

    #[test]
    fn a_property_without_a_value_is_found() {
        assert_eq!(found("port env=\nstop grace= ; x"), [("=", Fault::NoValue), ("=", Fault::NoValue)]);
    }

    #[test]
    fn nothing_is_too_broken_to_look_at() {
        for text in ["\"", "#", "#\"", "\"\\", "/*", "/", "\\", "é/ü", "\"\"\"", "=", "\u{0}"] {
            find(text);
        }
    }
}
