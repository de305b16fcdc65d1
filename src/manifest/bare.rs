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

/// Blocks and comments nested deeper than this are no manifest, and more than the parser's recursion is to bear.
const DEEPEST: usize = 64;

/// Every such word of a text, in order.
pub fn find(text: &str) -> Vec<Bare> {
    let look = |(offset, piece): (usize, &str)| {
        if piece != "=" {
            return fault(piece).map(|fault| Bare { offset, len: piece.len(), fault });
        }
        let after = &text[offset + 1..];
        match placeholder(after) {
            Some(len) => Some(Bare { offset: offset + 1, len, fault: Fault::NeedsQuotes }),
            None => no_value(after).map(|fault| Bare { offset, len: piece.len(), fault }),
        }
    };
    pieces(text).filter_map(look).collect()
}

/// Offset of the brace or comment that is nested too deep, if there is one.
pub fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let deep = pieces(text).find(|(_, piece)| {
        match *piece {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST || (piece.starts_with("/*") && comment(piece).1 > DEEPEST)
    });
    deep.map(|(offset, _)| offset)
}

/// The pieces of a text with their offsets: words, strings, comments, and single characters between them.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let len = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest).0,
            '/' if rest.starts_with("/-") => 2,
            '"' | '#' => quoted(rest),
            c if c.is_whitespace() || ENDS.contains(&c) || c == '\\' => c.len_utf8(),
            _ => word(rest),
        };
        at += len;
        Some((at - len, &rest[..len]))
    })
}

/// Length of a comment in slashes and stars, and how deep such comments are nested in it.
fn comment(text: &str) -> (usize, usize) {
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while let Some(c) = text[at..].chars().next() {
        let here = &text[at..];
        if here.starts_with("/*") {
            (at, depth, deepest) = (at + 2, depth + 1, deepest.max(depth + 1));
        } else if here.starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            at += c.len_utf8();
        }
    }
    (at, deepest)
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

fn no_value(after: &str) -> Option<Fault> {
    let value = after.trim_start_matches([' ', '\t']).chars().next();
    value.is_none_or(|c| matches!(c, '\n' | '\r' | ';' | '{' | '}')).then_some(Fault::NoValue)
}

/// Length of a placeholder at the beginning of a text: `{name}` without a blank, which no block is.
fn placeholder(text: &str) -> Option<usize> {
    let name = text.strip_prefix('{')?;
    let end = name.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.'))?;
    (end > 0 && name[end..].starts_with('}')).then_some(end + 2)
}

/// What is wrong with a piece, if it is a word.
fn fault(word: &str) -> Option<Fault> {
    let apart = ["//", "/*", "/-"].iter().any(|start| word.starts_with(start));
    if apart || word.starts_with(['"', '#']) || word == "\\" {
        return None;
    }
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
    use super::{Fault, find, too_deep};

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
    fn a_placeholder_as_a_value_needs_quotes() {
        let quotes = |word| (word, Fault::NeedsQuotes);
        assert_eq!(found("env PORT={port} API={api.port}"), [quotes("{port}"), quotes("{api.port}")]);
        assert_eq!(found("group all default={ a }"), [("=", Fault::NoValue)], "a block");
    }

    #[test]
    fn what_is_nested_too_deep_is_found_before_it_is_parsed() {
        assert_eq!(too_deep(&"a { b; } ".repeat(1000)), None);
        assert_eq!(too_deep(&format!("a \"{}\"", "{".repeat(1000))), None, "a string");
        assert_eq!(too_deep(&"a { ".repeat(1000)), Some(64 * 4 + 2));
        assert_eq!(too_deep(&format!("x {}", "/*".repeat(1000))), Some(2));
    }

    #[test]
    fn nothing_is_too_broken_to_look_at() {
        for text in ["\"", "#", "#\"", "\"\\", "/*", "/", "\\", "é/ü", "\"\"\"", "=", "\u{0}"] {
            find(text);
            too_deep(text);
        }
    }
}
