//! Where something was written: a file and a range of bytes in it, so that an error can point at it.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{NamedSource, SourceSpan};

/// A range of bytes in one of the [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// Index of the file in [`Sources`].
    pub file: usize,
    /// Offset of the first byte.
    pub offset: usize,
    /// Length in bytes.
    pub len: usize,
}

impl From<Span> for SourceSpan {
    fn from(span: Span) -> Self {
        (span.offset, span.len).into()
    }
}

/// A value and the place it was written at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The text of one file.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it is shown: relative to the working directory where that is shorter.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

/// Every file that was read, in the order of reading; [`Span::file`] is an index into it.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Keeps a file and returns its index.
    pub fn add(&mut self, path: PathBuf, text: Arc<str>) -> usize {
        self.files.push(Source { path, text });
        self.files.len() - 1
    }

    /// The file with this index.
    pub fn get(&self, file: usize) -> Option<&Source> {
        self.files.get(file)
    }

    /// The source as miette wants it, with the file's name.
    pub fn named(&self, file: usize) -> NamedSource<Arc<str>> {
        match self.get(file) {
            Some(source) => NamedSource::new(source.path.to_string_lossy(), source.text.clone()),
            None => NamedSource::new("", Arc::from("")),
        }
    }

    /// Where a word stands in a file; its beginning if it does not.
    pub fn find(&self, file: usize, word: &str) -> Span {
        let text = self.get(file).map(|source| source.text.clone()).unwrap_or_default();
        let whole = |(at, _): &(usize, &str)| {
            let edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "'=,".contains(c));
            edge(text[..*at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
        };
        match text.match_indices(word).filter(|_| !word.is_empty()).find(whole) {
            Some((offset, found)) => Span { file, offset, len: found.len() },
            None => Span { file, offset: 0, len: text.find(' ').unwrap_or(text.len()) },
        }
    }

    /// Line and column of a span, both counted from 1, columns in characters.
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let text = self.get(span.file).map(|source| source.text.clone()).unwrap_or_default();
        let before = text.get(..span.offset).unwrap_or(&text);
        let line = before.rsplit('\n').next().unwrap_or("");
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// `path:line` of a span, for one-line messages.
    pub fn place(&self, span: Span) -> String {
        let Some(source) = self.get(span.file) else { return String::new() };
        format!("{}:{}", source.path.display(), self.line_and_column(span).0)
    }
}
