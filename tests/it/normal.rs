//! What differs from run to run, made the same: times, process numbers, ports, folders.

use std::path::Path;

/// The places and ports of one project, with what stands for them in an expected text.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    words: Vec<(String, String)>,
    ports: Vec<(u16, String)>,
}

impl Normal {
    /// A path becomes `[name]`.
    pub fn path(&mut self, path: &Path, name: &str) {
        self.words.push((path.to_string_lossy().into_owned(), format!("[{name}]")));
    }

    /// A port becomes `[name]`.
    pub fn port(&mut self, port: u16, name: &str) {
        self.ports.push((port, format!("[{name}]")));
    }

    /// The text with everything replaced that differs from run to run.
    pub fn apply(&self, text: &str) -> String {
        let text = self.words.iter().fold(text.to_owned(), |text, (word, name)| text.replace(word, name));
        let text = self.ports.iter().fold(text, |text, (port, name)| number(&text, &port.to_string(), name));
        let text = [" in ", "failed after ", "interrupted after "]
            .iter()
            .fold(text, |text, before| time(&text, before));
        let digits = |c: char| c.is_ascii_digit();
        let text = ["pid ", "process ", "\"pid\": ", "\"pid\":"]
            .iter()
            .fold(text, |text, before| behind(&text, before, digits, "[pid]"));
        let text = ["\"elapsed_ms\": ", "\"uptime_ms\": ", "\"duration_ms\": "]
            .iter()
            .fold(text, |text, before| behind(&text, before, digits, "[ms]"));
        moments(&text)
    }
}

/// Replaces a number where it stands alone.
fn number(text: &str, digits: &str, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(digits) {
        let (before, after) = (&rest[..at], &rest[at + digits.len()..]);
        let alone = !before.ends_with(|c: char| c.is_ascii_digit())
            && !after.starts_with(|c: char| c.is_ascii_digit());
        out.push_str(before);
        out.push_str(if alone { name } else { digits });
        rest = after;
    }
    out + rest
}

/// Replaces what stands behind a text, as far as it consists of such characters.
fn behind(text: &str, before: &str, is: impl Fn(char) -> bool, name: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(&is);
        out.push_str(before);
        out.push_str(if rest.len() < part.len() { name } else { "" });
        out.push_str(rest);
    }
    out
}

/// Replaces a length of time (`47ms`, `1.3s`) behind a text.
fn time(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let rest = number.strip_prefix("ms").or_else(|| number.strip_prefix('s'));
        out.push_str(before);
        match rest.filter(|_| number.len() < part.len()) {
            Some(rest) => out.extend(["[time]", rest]),
            None => out.push_str(part),
        }
    }
    out
}

/// Replaces moments such as `2026-01-31T12:00:00.5Z`.
fn moments(text: &str) -> String {
    let of_moment = |c: char| c.is_ascii_digit() || "-:.TZ".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let word = &rest[at..];
        let end = word.find(|c: char| !of_moment(c)).unwrap_or(word.len());
        let (moment, after) = word.split_at(end);
        let is_one = moment.len() >= 20 && moment.ends_with('Z') && moment.contains('T');
        out.push_str(&rest[..at]);
        out.push_str(if is_one { "[moment]" } else { moment });
        rest = after;
    }
    out + rest
}
