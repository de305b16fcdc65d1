//! The lines of a manifest, with every word quoted as it must be.

use kdl::KdlValue;

/// Longer lines get their children below each other.
const WIDEST: usize = 110;

/// A node of KDL, to be written.
#[derive(Clone, Debug, Default)]
pub struct Line {
    text: String,
    children: Vec<Line>,
}

impl Line {
    /// `name`.
    pub fn new(name: &str) -> Self {
        Self { text: quoted(name), children: Vec::new() }
    }

    /// With one more word.
    pub fn word(mut self, word: &str) -> Self {
        self.text = format!("{} {}", self.text, quoted(word));
        self
    }

    /// With more words.
    pub fn words<S: AsRef<str>>(self, words: impl IntoIterator<Item = S>) -> Self {
        words.into_iter().fold(self, |line, word| line.word(word.as_ref()))
    }

    /// With a word that is shown in quotes even where it need not be: one for people.
    pub fn summary(mut self, text: &str) -> Self {
        self.text = format!("{} {}", self.text, string(text));
        self
    }

    /// With a number.
    pub fn number(mut self, number: u16) -> Self {
        self.text = format!("{} {number}", self.text);
        self
    }

    /// With `name=value`.
    pub fn property(mut self, name: &str, value: &str) -> Self {
        self.text = format!("{} {}={}", self.text, quoted(name), quoted(value));
        self
    }

    /// With a switch that is on.
    pub fn switch(mut self, name: &str) -> Self {
        self.text = format!("{} {name}=#true", self.text);
        self
    }

    /// With a child.
    pub fn child(mut self, line: Self) -> Self {
        self.children.push(line);
        self
    }

    /// With children.
    pub fn with(self, lines: impl IntoIterator<Item = Self>) -> Self {
        lines.into_iter().fold(self, Self::child)
    }

    /// The text, `depth` levels in, with its line end.
    pub fn render(&self, depth: usize) -> String {
        let margin = "    ".repeat(depth);
        let short = self.short();
        if self.children.is_empty() || margin.len() + short.len() <= WIDEST {
            return format!("{margin}{short}\n");
        }
        let children: String = self.children.iter().map(|child| child.render(depth + 1)).collect();
        format!("{margin}{} {{\n{children}{margin}}}\n", self.text)
    }

    fn short(&self) -> String {
        if self.children.is_empty() {
            return self.text.clone();
        }
        let children: Vec<String> = self.children.iter().map(Self::short).collect();
        format!("{} {{ {} }}", self.text, children.join("; "))
    }
}

/// A text as a template that stands for itself: its braces are doubled.
pub fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A word, bare only where nobody could take it for something else.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(word);
    let bare = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    let is_value = matches!(name, "true" | "false" | "null" | "inf" | "nan");
    if bare && !is_value { word.to_owned() } else { string(word) }
}

/// Always in quotes.
fn string(text: &str) -> String {
    // What KDL does not allow as it stands (https://kdl.dev/spec/#section-3.19) is written as an escape.
    let forbidden = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{8}' | '\u{c}')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let shown = KdlValue::String(text.to_owned()).to_string();
    let shown = if shown.starts_with('"') { shown } else { format!("\"{shown}\"") };
    shown
        .chars()
        .map(|c| if forbidden(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Line;
    use kdl::KdlDocument;

    #[test]
    fn every_text_comes_back_as_it_was() {
        let ugly = [
            "",
            "plain",
            "two words",
            "true",
            "-1",
            "8080",
            "'x'",
            "a//b",
            "http://x/y?a=b&c",
            "\"",
            "\\",
            "{a}",
            "#",
            "r#\"x\"#",
            "line\nbreak\ttab\r",
            "\u{0}\u{1}\u{7f}\u{85}",
            "\u{202e}\u{feff}\u{2028}",
            "ö ☃ 🦀",
            "/* */",
            ";",
            "=",
            "/-x",
        ];
        for text in ugly {
            let line =
                Line::new("node").word(text).property("name", text).child(Line::new("child").summary(text));
            let rendered = line.render(0);
            let document =
                KdlDocument::parse_v2(&rendered).unwrap_or_else(|error| panic!("{rendered}: {error:?}"));
            let node = &document.nodes()[0];
            assert_eq!(node.get(0).and_then(|value| value.as_string()), Some(text), "{rendered}");
            assert_eq!(node.get("name").and_then(|value| value.as_string()), Some(text), "{rendered}");
            let child =
                node.iter_children().next().and_then(|child| child.get(0)?.as_string().map(str::to_owned));
            assert_eq!(child.as_deref(), Some(text), "{rendered}");
        }
    }

    #[test]
    fn short_children_stand_on_one_line_and_long_ones_below_each_other() {
        let child = |n: usize| Line::new("env").property("NAME", &"x".repeat(n));
        assert_eq!(Line::new("a").with([child(1), child(2)]).render(0), "a { env NAME=x; env NAME=xx }\n");
        let long = Line::new("a").with([child(60), child(60)]).render(1);
        let x = "x".repeat(60);
        assert_eq!(long, format!("    a {{\n        env NAME={x}\n        env NAME={x}\n    }}\n"));
    }
}
