//! A word with `{placeholders}`: parsed once into parts, expanded many times by the plan.

use super::error::Problem;
use crate::span::Span;

/// One piece of a [`Template`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Literal text.
    Text(String),
    /// `{name}`: looked up when the plan is built.
    Placeholder {
        /// What stands between the braces.
        name: String,
        /// The braces and what is between them.
        span: Span,
    },
}

/// A word of the manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its pieces in order.
    pub parts: Vec<Part>,
    /// The whole word.
    pub span: Span,
}

impl Template {
    /// Reads `{name}` placeholders; `{{` and `}}` are braces. `written` is the word as it stands in the file, so that
    /// a placeholder's span is exact wherever nothing is escaped.
    pub fn parse(text: &str, written: &str, span: Span) -> Result<Self, Problem> {
        let shift = written.find(text);
        let at = |from: usize, len: usize| match shift {
            Some(shift) => Span { file: span.file, offset: span.offset + shift + from, len },
            None => span,
        };
        // Neither a word of a program nor a variable can hold it (execve(2)), nor can a text of PostgreSQL.
        if text.contains('\0') {
            return Err(Problem::Nul { span });
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = 0;
        while let Some(found) = text[rest..].find(['{', '}']) {
            let brace = rest + found;
            literal.push_str(&text[rest..brace]);
            let after = &text[brace + 1..];
            let open = text[brace..].starts_with('{');
            if after.starts_with(if open { '{' } else { '}' }) {
                literal.push(if open { '{' } else { '}' });
                rest = brace + 2;
                continue;
            }
            let name = after.split(['{', '}']).next().unwrap_or("");
            let closed = after[name.len()..].starts_with('}');
            if !open || !closed || !is_placeholder(name) {
                return Err(Problem::StrayBrace { brace: if open { '{' } else { '}' }, span: at(brace, 1) });
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Placeholder { name: name.to_owned(), span: at(brace, name.len() + 2) });
            rest = brace + name.len() + 2;
        }
        literal.push_str(&text[rest..]);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts, span })
    }

    /// The name, if the word is one placeholder and nothing else: then it may become any number of words.
    pub fn alone(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Placeholder { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// The text, if there is no placeholder in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Every placeholder with its place.
    pub fn placeholders(&self) -> impl Iterator<Item = (&str, Span)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder { name, span } => Some((name.as_str(), *span)),
            Part::Text(_) => None,
        })
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder { name, .. } => write!(f, "{{{name}}}"),
        })
    }
}

fn is_placeholder(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::{Part, Template};
    use crate::span::Span;

    fn parse(text: &str) -> Result<Template, super::Problem> {
        let written = format!("\"{text}\"");
        Template::parse(text, &written, Span { file: 0, offset: 100, len: written.len() })
    }

    #[test]
    fn a_word_is_split_at_its_placeholders() {
        let span = Span { file: 0, offset: 108, len: 6 };
        let parts = parse("http://{host}/{{x}}").expect("a template").parts;
        assert_eq!(
            parts,
            [
                Part::Text("http://".into()),
                Part::Placeholder { name: "host".into(), span },
                Part::Text("/{x}".into())
            ]
        );
    }

    #[test]
    fn a_lone_brace_is_refused_at_its_place() {
        for text in ["a{b", "a}b", "{a b}", "{}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_word_that_is_one_placeholder_is_alone() {
        assert_eq!(parse("{tail}").expect("a template").alone(), Some("tail"));
        assert_eq!(parse("{tail}x").expect("a template").alone(), None);
    }
}
