//! One token at a time. What lies between the tokens' boundaries is copied, never changed.

/// What the lexer is in the middle of, at the start of a token: it lives on from line to line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Nothing.
    #[default]
    Initial,
    /// A `'…'` text.
    Quote(Quote),
    /// Just behind a closing `'`, which a text on a further line may continue.
    Stop(Quote),
    /// A `"…"` name.
    Name,
    /// A `$tag$ … $tag$` text; the whole tag with its dollars.
    Dollar(Vec<u8>),
    /// A `/* … */` comment, this many deep.
    Comment(usize),
}

/// Kinds of `'…'` text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    /// `''` stands for a quote, nothing else is special.
    Standard,
    /// A backslash escapes.
    Escape,
    /// `b'…'` or `x'…'`: no quote inside.
    Bits,
}

/// What a token is, as far as it matters for finding statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// White space.
    Space,
    /// A `--` comment, or a part of a `/* */` comment.
    Comment,
    /// A part of a text or a quoted name.
    Quoted,
    /// A keyword or a name.
    Word,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `\` at the start of a psql command.
    Backslash,
    /// `\;` or `\:`: the second character, literally.
    Escaped,
    /// `:name`, `:'name'`, `:"name"` or `:{?name}`.
    Variable,
    /// Anything else: numbers, operators, parameters, punctuation.
    Other,
}

/// The token at `at`, which must be inside `text`: its kind and where it ends.
///
/// `standard` is the server's `standard_conforming_strings`.
pub fn token(mode: &mut Mode, standard: bool, text: &[u8], at: usize) -> (Kind, usize) {
    match mode {
        Mode::Initial => initial(mode, standard, text, at),
        Mode::Quote(quote) => {
            let quote = *quote;
            in_quote(mode, quote, text, at)
        }
        Mode::Stop(quote) => {
            let quote = *quote;
            if let Some(end) = continuation(text, at) {
                *mode = Mode::Quote(quote);
                return (Kind::Quoted, end);
            }
            *mode = Mode::Initial;
            initial(mode, standard, text, at)
        }
        Mode::Name => in_name(mode, text, at),
        Mode::Dollar(_) => in_dollar(mode, text, at),
        Mode::Comment(_) => in_comment(mode, text, at),
    }
}

fn initial(mode: &mut Mode, standard: bool, text: &[u8], at: usize) -> (Kind, usize) {
    let rest = &text[at..];
    let next = rest.get(1).copied().unwrap_or(0);
    match rest[0] {
        byte if is_space(byte) => (Kind::Space, at + run(rest, is_space)),
        b'-' if next == b'-' => (Kind::Comment, at + run(rest, |byte| !is_newline(byte))),
        b'/' if next == b'*' => enter(mode, Mode::Comment(1), Kind::Comment, at + 2),
        b'\'' => {
            let quote = if standard { Quote::Standard } else { Quote::Escape };
            enter(mode, Mode::Quote(quote), Kind::Quoted, at + 1)
        }
        b'"' => enter(mode, Mode::Name, Kind::Quoted, at + 1),
        b';' => (Kind::Semicolon, at + 1),
        b'(' => (Kind::Open, at + 1),
        b')' => (Kind::Close, at + 1),
        b'\\' if matches!(next, b';' | b':') => (Kind::Escaped, at + 2),
        b'\\' => (Kind::Backslash, at + 1),
        b':' => colon(rest, at),
        b'$' => dollar(mode, rest, at),
        byte if is_word_start(byte) => word(mode, rest, at),
        byte if byte.is_ascii_digit() => (Kind::Other, at + number(rest)),
        byte if is_operator(byte) => (Kind::Other, at + operator(rest)),
        _ => (Kind::Other, at + 1),
    }
}

fn enter(mode: &mut Mode, next: Mode, kind: Kind, end: usize) -> (Kind, usize) {
    *mode = next;
    (kind, end)
}

/// A word, or the letters before a quote that belong to it (`E'`, `U&"`).
fn word(mode: &mut Mode, rest: &[u8], at: usize) -> (Kind, usize) {
    let (first, second, third) = (rest[0].to_ascii_lowercase(), rest.get(1), rest.get(2));
    match (first, second, third) {
        (b'e', Some(b'\''), _) => enter(mode, Mode::Quote(Quote::Escape), Kind::Quoted, at + 2),
        (b'b' | b'x', Some(b'\''), _) => enter(mode, Mode::Quote(Quote::Bits), Kind::Quoted, at + 2),
        (b'u', Some(b'&'), Some(b'\'')) => enter(mode, Mode::Quote(Quote::Standard), Kind::Quoted, at + 3),
        (b'u', Some(b'&'), Some(b'"')) => enter(mode, Mode::Name, Kind::Quoted, at + 3),
        _ => (Kind::Word, at + run(rest, is_word)),
    }
}

fn colon(rest: &[u8], at: usize) -> (Kind, usize) {
    let next = rest.get(1).copied().unwrap_or(0);
    if matches!(next, b':' | b'=') {
        return (Kind::Other, at + 2);
    }
    if is_variable(next) {
        return (Kind::Variable, at + 1 + run(&rest[1..], is_variable));
    }
    let closed = |open: usize, close: u8| {
        let length = run(&rest[open.min(rest.len())..], is_variable);
        (length > 0 && rest.get(open + length) == Some(&close)).then_some(at + open + length + 1)
    };
    let end = match next {
        b'\'' | b'"' => closed(2, next),
        b'{' if rest.get(2) == Some(&b'?') => closed(3, b'}'),
        _ => None,
    };
    end.map_or((Kind::Other, at + 1), |end| (Kind::Variable, end))
}

/// `$tag$` opens a text, `$1` is a parameter, any other `$` stands alone.
fn dollar(mode: &mut Mode, rest: &[u8], at: usize) -> (Kind, usize) {
    if let Some(length) = tag(rest) {
        return enter(mode, Mode::Dollar(rest[..length].to_vec()), Kind::Quoted, at + length);
    }
    match rest.get(1) {
        Some(digit) if digit.is_ascii_digit() => (Kind::Other, at + 1 + number(&rest[1..])),
        _ => (Kind::Other, at + 1),
    }
}

/// Length of the `$tag$` that `rest` begins with.
fn tag(rest: &[u8]) -> Option<usize> {
    let name = rest.get(1..)?;
    let length = if name.first().copied().is_some_and(is_word_start) {
        run(name, |byte| is_word(byte) && byte != b'$')
    } else {
        0
    };
    (name.get(length) == Some(&b'$')).then_some(length + 2)
}

/// Digits, and a word glued to them, which the server will refuse.
fn number(rest: &[u8]) -> usize {
    let digits = run(rest, |byte| byte.is_ascii_digit());
    match rest.get(digits) {
        Some(byte) if is_word_start(*byte) => digits + run(&rest[digits..], is_word),
        _ => digits,
    }
}

/// Operator characters up to the start of a comment.
fn operator(rest: &[u8]) -> usize {
    let length = run(rest, is_operator);
    let comment = rest[..length].windows(2).position(|pair| pair == b"--" || pair == b"/*");
    comment.unwrap_or(length).max(1)
}

fn in_quote(mode: &mut Mode, quote: Quote, text: &[u8], at: usize) -> (Kind, usize) {
    let mut end = at;
    while let Some(byte) = text.get(end) {
        match byte {
            b'\'' if quote != Quote::Bits && text.get(end + 1) == Some(&b'\'') => end += 2,
            b'\'' => return enter(mode, Mode::Stop(quote), Kind::Quoted, end + 1),
            b'\\' if quote == Quote::Escape => end += 2,
            _ => end += 1,
        }
    }
    (Kind::Quoted, end.min(text.len()))
}

/// Behind a closing quote: white space with a line end in it, then a quote. Gives the end of that quote.
fn continuation(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    let mut newline = false;
    loop {
        match text.get(end)? {
            byte if is_space(*byte) => {
                newline |= is_newline(*byte);
                end += 1;
            }
            b'-' if text.get(end + 1) == Some(&b'-') => end += run(&text[end..], |byte| !is_newline(byte)),
            b'\'' if newline => return Some(end + 1),
            _ => return None,
        }
    }
}

fn in_name(mode: &mut Mode, text: &[u8], at: usize) -> (Kind, usize) {
    let mut end = at;
    while let Some(byte) = text.get(end) {
        match byte {
            b'"' if text.get(end + 1) == Some(&b'"') => end += 2,
            b'"' => return enter(mode, Mode::Initial, Kind::Quoted, end + 1),
            _ => end += 1,
        }
    }
    (Kind::Quoted, end)
}

fn in_dollar(mode: &mut Mode, text: &[u8], at: usize) -> (Kind, usize) {
    let Mode::Dollar(tag) = &*mode else { return (Kind::Quoted, text.len()) };
    let found = text[at..].windows(tag.len()).position(|window| window == tag.as_slice());
    match found.map(|start| at + start + tag.len()) {
        Some(end) => enter(mode, Mode::Initial, Kind::Quoted, end),
        None => (Kind::Quoted, text.len()),
    }
}

fn in_comment(mode: &mut Mode, text: &[u8], at: usize) -> (Kind, usize) {
    let Mode::Comment(depth) = mode else { return (Kind::Comment, text.len()) };
    let mut end = at;
    while end < text.len() {
        match (text[end], text.get(end + 1)) {
            (b'/', Some(b'*')) => {
                *depth += 1;
                end += 2;
            }
            (b'*', Some(b'/')) => {
                *depth -= 1;
                end += 2;
                if *depth == 0 {
                    return enter(mode, Mode::Initial, Kind::Comment, end);
                }
            }
            _ => end += 1,
        }
    }
    (Kind::Comment, end)
}

fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is(*byte)).unwrap_or(bytes.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_variable(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit()
}

fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}
