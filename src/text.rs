//! Wording helpers: lists, plurals, columns, durations, "did you mean".

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

/// `a`, `a and b`, `a, b, and c`, each in backticks.
pub fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    join(names, "and")
}

/// `a`, `a or b`, `a, b, or c`, each in backticks.
pub fn either<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    join(names, "or")
}

fn join<S: AsRef<str>>(names: impl IntoIterator<Item = S>, word: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} {word} {two}"),
        [most @ .., last] => format!("{}, {word} {last}", most.join(", ")),
    }
}

/// `1 service`, `2 services`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A text with its control characters made visible (`\u{1b}`), so that a name cannot move the cursor or write over what
/// stands on a terminal. Line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    screen(text, false)
}

/// The same for a whole text that may be `painted`: then colours stay too.
pub fn screen(text: &str, painted: bool) -> Cow<'_, str> {
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(hidden) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let kept = colour(rest).filter(|_| painted).or(rest.starts_with("\r\n").then_some(1)).unwrap_or(0);
        shown.push_str(&rest[..kept]);
        rest = &rest[kept..];
        if kept == 0 {
            let mut chars = rest.chars();
            chars.next().into_iter().for_each(|c| shown.extend(c.escape_unicode()));
            rest = chars.as_str();
        }
    }
    Cow::Owned(shown + rest)
}

/// A program's output without its colours.
pub fn unpainted(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let part = format!("\x1b{part}");
        plain + &part[colour(&part).unwrap_or(0)..]
    })
}

/// The length of the colour sequence (SGR of ECMA-48) that a text begins with.
fn colour(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\x1b[")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    rest[end..].starts_with('m').then_some(end + 3)
}

/// A duration with the precision a person wants: `12ms`, `3.4s`, `2m 05s`, `3h 12m`, `2d 4h`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.as_millis() < 1000 => format!("{}ms", time.as_millis()),
        0..60 => format!("{:.1}s", time.as_secs_f64()),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {}h", seconds / 86400, seconds % 86400 / 3600),
    }
}

/// The units of durations, in seconds; a day has 24 hours.
const UNITS: [(&str, f64); 7] = [
    ("us", 0.000_001),
    ("ms", 0.001),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86400.0),
    ("w", 604_800.0),
];

/// Reads a duration: numbers with a unit each, such as `500ms`, `1.5s`, `1h30m`, `2w`; `None` if it is not one.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let (mut rest, mut total) = (text, Duration::ZERO);
    loop {
        let (number, behind) = rest.split_at(rest.find(|c| !is_number(c))?);
        let (unit, behind) = behind.split_at(behind.find(is_number).unwrap_or(behind.len()));
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        if behind.is_empty() {
            return Some(total);
        }
        rest = behind;
    }
}

/// A word as a POSIX shell reads it: quoted where it must be.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Rows with their columns padded to the widest cell; the last column is never padded. Returns text with line ends.
pub fn align(rows: &[Vec<String>], indent: &str) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{indent}{}", cells.join("  ")).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// What the last column of a narrow table needs, in columns; with less it stands below the others.
const NARROWEST: usize = 24;

/// Rows as [`align`] has them, in a width: the last column is wrapped between words, or where it is too narrow for
/// that, everything but the first column stands below it. Without a width nothing is wrapped.
pub fn fit(rows: &[Vec<String>], indent: &str, width: Option<usize>) -> String {
    let aligned = align(rows, indent);
    let Some(width) = width.filter(|width| aligned.lines().any(|line| line.width() > *width)) else {
        return aligned;
    };
    let heads: Vec<Vec<String>> =
        rows.iter().map(|row| row[..row.len().saturating_sub(1)].to_vec()).collect();
    let heads = align(&heads, indent);
    let left = heads.lines().map(UnicodeWidthStr::width).max().unwrap_or(0) + 2;
    let row = |(head, row): (&str, &Vec<String>)| match row.as_slice() {
        [.., last] if left + NARROWEST <= width => {
            wrap(last, &format!("{head:<left$}"), &" ".repeat(left), Some(width))
        }
        [first, rest @ ..] => {
            let below = format!("{indent}    ");
            let rest = rest.iter().map(|cell| wrap(cell, &below, &below, Some(width)));
            wrap(first, indent, &below, Some(width)) + &rest.collect::<String>()
        }
        [] => "\n".to_owned(),
    };
    heads.lines().zip(rows).map(row).collect()
}

/// A text in lines of a width, broken between words: the first one begins with `first`, the others with `next`. Nothing
/// for an empty text.
pub fn wrap(text: &str, first: &str, next: &str, width: Option<usize>) -> String {
    let options = textwrap::Options::new(width.unwrap_or(usize::MAX)).break_words(false);
    let options = options.wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    let options = options.word_separator(textwrap::WordSeparator::AsciiSpace);
    let lines = textwrap::wrap(text, options.initial_indent(first).subsequent_indent(next));
    lines.iter().filter(|line| !line.is_empty()).map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Whether the locale has more than ASCII, from its variables in the order of POSIX; where nothing is said, a C locale is assumed only for `C` and `POSIX`.
pub fn unicode() -> bool {
    let variables = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = variables.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_none_or(|locale| {
        let upper = locale.to_ascii_uppercase();
        upper.contains("UTF-8") || upper.contains("UTF8")
    })
}

/// Why an operation of the system failed, without the error number.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Refuses what is neither a file nor a folder, which says so itself: a pipe may keep its reader for ever (fifo(7)), and a
/// device has no end.
pub fn regular(path: &std::path::Path) -> std::io::Result<()> {
    let kind = path.metadata()?.file_type();
    if kind.is_file() || kind.is_dir() { Ok(()) } else { Err(std::io::Error::other("it is no file")) }
}

/// Reads a size such as `4096`, `64k`, `512M`, `1.5G` (powers of 1024) as bytes; `None` if it is not one.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let power = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "k" | "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    let whole: Option<u64> = number.parse().ok();
    whole.and_then(|number| number.checked_mul(1 << power)).or_else(|| {
        let (whole, tenths) = number.split_once('.')?;
        let tenths: u64 = tenths.get(..1)?.parse().ok()?;
        whole
            .parse::<u64>()
            .ok()?
            .checked_mul(10)?
            .checked_add(tenths)?
            .checked_mul(1 << power)
            .map(|tenths| tenths / 10)
    })
}

/// How many letters two words differ by; a swap of two counts once.
pub fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}

/// The name closest to a misspelt one, if any is close enough to be meant: of a word of one letter nothing would be left.
pub fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = wrong.chars().count();
    let limit = (letters / 3).max(1).min(letters.saturating_sub(1));
    names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, name)| *distance <= limit || (wrong.len() >= 3 && name.starts_with(wrong)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{
        closest, count, duration, either, list, parse_bytes, parse_duration, screen, unpainted, visible,
    };
    use std::time::Duration;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b"]), "`a` and `b`");
        assert_eq!(either(["a", "b", "c"]), "`a`, `b`, or `c`");
        assert_eq!(count(1, "service"), "1 service");
        assert_eq!(count(0, "service"), "0 services");
    }

    #[test]
    fn durations_are_read_and_shown() {
        assert_eq!(duration(Duration::from_millis(12)), "12ms");
        assert_eq!(duration(Duration::from_millis(3440)), "3.4s");
        assert_eq!(duration(Duration::from_secs(125)), "2m 05s");
        assert_eq!(duration(Duration::from_secs(90_000)), "1d 1h");
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("1d"), Some(Duration::from_secs(86400)));
        assert_eq!(parse_duration("2w1d"), Some(Duration::from_secs(15 * 86400)));
        for wrong in ["", "30", "s", "1h30", "1h 30m", "-1h", "1.2.3s", "1y", "99999999999999999999w"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
        assert_eq!(parse_bytes("64k"), Some(65536));
        assert_eq!(parse_bytes("1.5G"), Some(3 << 29));
        assert_eq!(parse_bytes("12 apples"), None);
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\x1b[2Jb\r\u{9b}1m\tc\n"), "a\\u{1b}[2Jb\\u{d}\\u{9b}1m\tc\n");
        assert_eq!(
            screen("\x1b[38;2;1;2;3mred\x1b[0m\r\n\x1b]0;title\x07", true),
            "\x1b[38;2;1;2;3mred\x1b[0m\r\n\\u{1b}]0;title\\u{7}"
        );
        assert_eq!(visible("\x1b[31mred"), "\\u{1b}[31mred");
        assert_eq!(unpainted("a \x1b[31mred\x1b[0m one\x1b[2J"), "a red one\x1b[2J");
    }

    #[test]
    fn only_close_names_are_suggested() {
        let names = ["memory-rust", "memory-python", "orchestrator"];
        assert_eq!(closest("memory-rsut", names), Some("memory-rust"));
        assert_eq!(closest("orch", names), Some("orchestrator"));
        assert_eq!(closest("zebra", names), None);
        assert_eq!(closest("x", ["a"]), None);
    }
}
