//! Everything that keeps a file from being taken over, and all of its wording.

use crate::manifest::error::{Told, Wording, suggestion};
use crate::span::Span;
use crate::text::{either, list};

/// Why nothing was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// No file was named, and none of the usual names is there.
    NoFile { names: Vec<String>, format: &'static str },
    /// A file or folder cannot be read.
    Unreadable { path: String, reason: String },
    /// A file is not UTF-8.
    NotText { path: String, offset: usize },
    /// A file is larger than any of its kind.
    TooLarge { path: String, limit: u64 },
    /// The text is not of its format.
    Syntax { message: String, label: &'static str, help: &'static str, span: Span },
    /// One key twice in one mapping.
    DuplicateKey { key: String, first: Span, span: Span },
    /// A value of another kind than the format has there.
    BadValue { what: String, expected: &'static str, span: Span },
    /// There is nothing to take over.
    Nothing { path: String, expected: &'static str, span: Span },
    /// A name that refers to no service of the file.
    Unknown { name: String, known: Vec<String>, span: Span },
    /// Services that need or extend each other, each with the place where it does.
    Circle { verb: &'static str, names: Vec<String>, spans: Vec<Span> },
    /// A name that a profile cannot have.
    BadProfile { name: String },
    /// A file is there already.
    Exists { path: String },
    /// A file cannot be written.
    Unwritable { path: String, reason: String },
}

impl Told for Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::NoFile { .. } => "import::no-file",
            Self::Unreadable { .. } => "import::unreadable",
            Self::NotText { .. } => "import::not-text",
            Self::TooLarge { .. } => "import::too-large",
            Self::Syntax { .. } => "import::syntax",
            Self::DuplicateKey { .. } => "import::duplicate-key",
            Self::BadValue { .. } => "import::bad-value",
            Self::Nothing { .. } => "import::nothing",
            Self::Unknown { .. } => "import::unknown-name",
            Self::Circle { .. } => "import::circle",
            Self::BadProfile { .. } => "import::bad-profile",
            Self::Exists { .. } => "import::exists",
            Self::Unwritable { .. } => "import::unwritable",
        }
    }

    #[expect(clippy::too_many_lines, reason = "all wording of the domain stands in one exhaustive match")]
    fn wording(&self) -> Wording {
        let say = |message: String, labels: Vec<(Span, String)>, help: String| Wording {
            message,
            labels,
            help: Some(help),
        };
        let at = |span: &Span, label: &str| vec![(*span, label.to_owned())];
        match self {
            Self::NoFile { names, format } => say(
                format!("there is no {} in this folder", either(names)),
                Vec::new(),
                format!("name the file: `gladys import {format} FILE`"),
            ),
            Self::Unreadable { path, reason } => say(
                format!("cannot read `{path}`: {reason}"),
                Vec::new(),
                "check that the file exists and that you may read it".into(),
            ),
            Self::NotText { path, offset } => say(
                format!("`{path}` is not text: byte {offset} is not UTF-8"),
                Vec::new(),
                "is this the right file?".into(),
            ),
            Self::TooLarge { path, limit } => say(
                format!("`{path}` is larger than {} kB", limit >> 10),
                Vec::new(),
                "is this the right file?".into(),
            ),
            Self::Syntax { message, label, help, span } => {
                say(message.clone(), at(span, label), (*help).to_owned())
            }
            Self::DuplicateKey { key, first, span } => say(
                format!("`{key}` stands twice"),
                vec![(*first, "first here".into()), (*span, "again here".into())],
                "keep one of them, or put both together".into(),
            ),
            Self::BadValue { what, expected, span } => say(
                format!("{what} is not {expected}"),
                at(span, "this value"),
                format!("write {expected}, or remove it"),
            ),
            Self::Nothing { path, expected, span } => say(
                format!("`{path}` has nothing to take over"),
                at(span, "looked at from here on"),
                format!("it should have {expected}"),
            ),
            Self::Unknown { name, known, span } => {
                say(format!("there is no service `{name}`"), at(span, "unknown"), suggestion(name, known))
            }
            Self::Circle { verb, names, spans } => circle(verb, names, spans),
            Self::BadProfile { name } => say(
                format!("`{name}` cannot be the name of a profile"),
                Vec::new(),
                "a name starts with a letter and has letters, digits, `-` and `_`; `all` is taken".into(),
            ),
            Self::Exists { path } => say(
                format!("`{path}` is there already"),
                Vec::new(),
                "write to another folder with `--output DIR`, or over it with `--force`".into(),
            ),
            Self::Unwritable { path, reason } => say(
                format!("cannot write `{path}`: {reason}"),
                Vec::new(),
                "choose a folder that you may write to: `--output DIR`".into(),
            ),
        }
    }
}

fn circle(verb: &str, names: &[String], spans: &[Span]) -> Wording {
    let edges = names.iter().zip(names.iter().cycle().skip(1)).zip(spans);
    let (message, help) = match names {
        [one] => (format!("`{one}` {verb}s itself, so it could not be the first"), "remove this edge"),
        _ => (
            format!("{} {verb} each other, so none could be the first", list(names)),
            "remove one of these edges",
        ),
    };
    Wording {
        message,
        labels: edges.map(|((from, to), span)| (*span, format!("`{from}` {verb}s `{to}`"))).collect(),
        help: Some(help.into()),
    }
}
