//! What became of one thing that a file says.

use crate::span::Span;

/// One thing that stands in the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Where in the file's own structure: `services.web.ports`.
    pub what: String,
    /// What became of it.
    pub fate: Fate,
    /// Where it stands.
    pub span: Span,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The manifest or the profile says it, in these words.
    Translated(String),
    /// It stays in the file, which the profile goes on using.
    Kept,
    /// The manifest or the profile says it in a way that somebody should look at; and why.
    Check(String),
    /// It is said nowhere; and why.
    Open(String),
}

impl Fate {
    /// The word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Translated(_) => "translated",
            Self::Kept => "kept",
            Self::Check(_) => "to be checked",
            Self::Open(_) => "not translated",
        }
    }

    /// To what it was translated, or why it is to be looked at.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Translated(text) | Self::Check(text) | Self::Open(text) => Some(text),
            Self::Kept => None,
        }
    }
}

/// The list that is filled while a file is read.
#[derive(Debug, Default)]
pub struct Items(pub Vec<Item>);

impl Items {
    /// It became these words.
    pub fn translated(&mut self, what: impl Into<String>, span: Span, to: impl Into<String>) {
        self.0.push(Item { what: what.into(), fate: Fate::Translated(to.into()), span });
    }

    /// It stays where it is.
    pub fn kept(&mut self, what: impl Into<String>, span: Span) {
        self.0.push(Item { what: what.into(), fate: Fate::Kept, span });
    }

    /// It is translated, and somebody should look at it.
    pub fn check(&mut self, what: impl Into<String>, span: Span, why: impl Into<String>) {
        self.0.push(Item { what: what.into(), fate: Fate::Check(why.into()), span });
    }

    /// It is not translated.
    pub fn open(&mut self, what: impl Into<String>, span: Span, why: impl Into<String>) {
        self.0.push(Item { what: what.into(), fate: Fate::Open(why.into()), span });
    }
}
