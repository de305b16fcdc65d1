//! What a diagnostic shows of a text: whole lines, or only the surroundings of its place where a line is too long to be read.

use std::fmt;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents,
};

/// How many bytes a line may have that is shown whole.
const LONG: usize = 400;
/// How much is shown on either side of a place where one has more.
const ROOM: usize = 100;

/// A diagnostic that shows excerpts of its source.
#[derive(Debug)]
pub struct Brief<'a> {
    diagnostic: &'a dyn Diagnostic,
    source: Option<Excerpt<'a>>,
}

impl<'a> Brief<'a> {
    /// The same diagnostic.
    pub fn new(diagnostic: &'a dyn Diagnostic) -> Self {
        Self { diagnostic, source: diagnostic.source_code().map(Excerpt) }
    }
}

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.diagnostic, f)
    }
}

impl std::error::Error for Brief<'_> {}

impl Diagnostic for Brief<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.diagnostic.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.diagnostic.labels()?;
        Some(Box::new(
            labels.map(|label| self.source.as_ref().map_or(label.clone(), |source| source.cut(label))),
        ))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.diagnostic.related()
    }
}

struct Excerpt<'a>(&'a dyn SourceCode);

impl Excerpt<'_> {
    /// A label that is not longer than what is shown of it.
    fn cut(&self, label: LabeledSpan) -> LabeledSpan {
        let long = self.0.read_span(label.inner(), 0, 0).is_ok_and(|contents| has_long_line(contents.data()));
        let cut = SourceSpan::from((label.offset(), LONG));
        if long { LabeledSpan::new_with_span(label.label().map(str::to_owned), cut) } else { label }
    }
}

fn has_long_line(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.len() > LONG)
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Excerpt")
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = self.0.read_span(span, before, after)?;
        Ok(if has_long_line(whole.data()) { Box::new(around(span, whole.as_ref())) } else { whole })
    }
}

/// The surroundings of a place, cut between characters.
fn around<'a>(place: &SourceSpan, whole: &dyn SpanContents<'a>) -> MietteSpanContents<'a> {
    let (data, offset) = (whole.data(), whole.span().offset());
    let at = place.offset().saturating_sub(offset).min(data.len());
    let begins = |at: &usize| data.get(*at).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let begin = (at.saturating_sub(ROOM)..at).find(begins).unwrap_or(at);
    let least = (at + place.len().min(LONG) + ROOM).min(data.len());
    let end = (least..data.len()).find(begins).unwrap_or(data.len());
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').skip(1).count();
    let (line, shown) = (whole.line() + lines(&data[..begin]), &data[begin..end]);
    let span = (offset + begin, shown.len()).into();
    let name = whole.name().unwrap_or_default().to_owned();
    MietteSpanContents::new_named(name, shown, span, line, whole.column(), line + lines(shown))
}
