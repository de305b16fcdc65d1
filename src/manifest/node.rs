//! Typed reading of KDL nodes: every complaint is collected, nothing stops at the first one.

use std::cell::RefCell;
use std::time::Duration;

use kdl::{KdlEntry, KdlNode, KdlValue};

use super::error::Problem;
use super::template::Template;
use crate::span::{Span, Spanned};
use crate::text::{closest, parse_bytes, parse_duration};

/// What is read with: the file and the list of complaints.
pub struct Reader<'a> {
    /// Index of the file.
    pub file: usize,
    /// Its text.
    pub text: &'a str,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Reader<'a> {
    /// A reader of one file; complaints go to `problems`.
    pub fn new(file: usize, text: &'a str, problems: &'a RefCell<Vec<Problem>>) -> Self {
        Self { file, text, problems }
    }

    /// Notes a problem and goes on.
    pub fn complain(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Notes the problem of a failed result; the value otherwise.
    pub fn keep<T>(&self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.complain(problem)).ok()
    }
}

/// What a node may consist of.
pub struct Shape {
    /// Fewest words.
    pub least: usize,
    /// Most words.
    pub most: usize,
    /// What the first missing word would be, for the message.
    pub wants: &'static str,
    /// Known properties.
    pub properties: &'static [&'static str],
    /// Known children.
    pub children: &'static [&'static str],
}

impl Shape {
    /// A node with exactly one word and nothing else.
    pub const fn word(wants: &'static str) -> Self {
        Self { least: 1, most: 1, wants, properties: &[], children: &[] }
    }

    /// A node with one or more words.
    pub const fn words(wants: &'static str) -> Self {
        Self { least: 1, most: usize::MAX, wants, properties: &[], children: &[] }
    }

    /// A node without words.
    pub const fn bare() -> Self {
        Self { least: 0, most: 0, wants: "", properties: &[], children: &[] }
    }

    /// With these properties.
    pub const fn properties(mut self, properties: &'static [&'static str]) -> Self {
        self.properties = properties;
        self
    }

    /// With these children.
    pub const fn children(mut self, children: &'static [&'static str]) -> Self {
        self.children = children;
        self
    }
}

/// One KDL node with the reader it is read by.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    kdl: &'a KdlNode,
    reader: &'a Reader<'a>,
}

impl<'a> Node<'a> {
    /// Wraps a node.
    pub fn new(kdl: &'a KdlNode, reader: &'a Reader<'a>) -> Self {
        Self { kdl, reader }
    }

    /// The node's name: what kind of declaration it is.
    pub fn name(&self) -> &'a str {
        self.kdl.name().value()
    }

    /// Where the name stands.
    pub fn span(&self) -> Span {
        self.at(self.kdl.name().span())
    }

    /// Notes a problem.
    pub fn complain(&self, problem: Problem) {
        self.reader.complain(problem);
    }

    fn at(&self, span: miette::SourceSpan) -> Span {
        Span { file: self.reader.file, offset: span.offset(), len: span.len() }
    }

    fn arguments(&self) -> impl Iterator<Item = &'a KdlEntry> {
        self.kdl.entries().iter().filter(|entry| entry.name().is_none())
    }

    fn written(&self, entry: &KdlEntry) -> &'a str {
        let span = entry.span();
        self.reader.text.get(span.offset()..span.offset() + span.len()).unwrap_or("")
    }

    /// The words, as text and unexpanded.
    pub fn texts(&self) -> Vec<Spanned<String>> {
        self.arguments().map(|entry| Spanned::new(text_of(entry), self.at(entry.span()))).collect()
    }

    /// The words and properties as they stand in the file, quotes and escapes included.
    pub fn written_entries(&self) -> impl Iterator<Item = (&'a str, Span)> {
        self.kdl.entries().iter().map(|entry| (self.written(entry), self.at(entry.span())))
    }

    /// The word at an index.
    pub fn text(&self, index: usize) -> Option<Spanned<String>> {
        self.arguments().nth(index).map(|entry| Spanned::new(text_of(entry), self.at(entry.span())))
    }

    /// The words from an index on, as templates.
    pub fn templates(&self, from: usize) -> Vec<Template> {
        self.arguments().skip(from).filter_map(|entry| self.template_of(entry)).collect()
    }

    /// The word at an index, as a template.
    pub fn template(&self, index: usize) -> Option<Template> {
        self.arguments().nth(index).and_then(|entry| self.template_of(entry))
    }

    fn template_of(&self, entry: &KdlEntry) -> Option<Template> {
        self.reader.keep(Template::parse(&text_of(entry), self.written(entry), self.at(entry.span())))
    }

    fn entry(&self, name: &str) -> Option<&'a KdlEntry> {
        self.kdl.entries().iter().rfind(|entry| entry.name().is_some_and(|n| n.value() == name))
    }

    /// A property's text.
    pub fn property(&self, name: &str) -> Option<Spanned<String>> {
        self.entry(name).map(|entry| Spanned::new(text_of(entry), self.at(entry.span())))
    }

    /// A property as a template.
    pub fn property_template(&self, name: &str) -> Option<Template> {
        self.entry(name).and_then(|entry| self.template_of(entry))
    }

    /// Every property as a name and a template (for `env A="x" B="y"`).
    pub fn properties(&self) -> Vec<(Spanned<String>, Template)> {
        let named = self.kdl.entries().iter().filter_map(|entry| Some((entry.name()?, entry)));
        named
            .filter_map(|(name, entry)| {
                let name = Spanned::new(name.value().to_owned(), self.at(entry.span()));
                Some((name, self.template_of(entry)?))
            })
            .collect()
    }

    /// A property that is `#true` or `#false`; absent is false.
    pub fn switch(&self, name: &str) -> bool {
        match self.entry(name).map(|entry| (entry, entry.value())) {
            None => false,
            Some((_, KdlValue::Bool(on))) => *on,
            Some((entry, _)) => {
                self.bad_value("a switch", entry, "`#true` or `#false`");
                false
            }
        }
    }

    /// Whether this node itself says yes: bare, or with `#true`.
    pub fn says_yes(&self) -> bool {
        self.check(&Shape { least: 0, most: 1, wants: "", properties: &[], children: &[] });
        match self.arguments().next().map(|entry| (entry, entry.value())) {
            None => true,
            Some((_, KdlValue::Bool(on))) => *on,
            Some((entry, _)) => {
                self.bad_value("a switch", entry, "`#true` or `#false`");
                false
            }
        }
    }

    /// A property that is a number of bytes.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        let entry = self.entry(name)?;
        let bytes = parse_bytes(&text_of(entry));
        if bytes.is_none() {
            self.bad_value("a size", entry, "a number with `k`, `M` or `G`, such as \"512M\"");
        }
        bytes
    }

    /// A property that is a duration.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        let entry = self.entry(name)?;
        let time = parse_duration(&text_of(entry));
        if time.is_none() {
            self.bad_value(
                "a duration",
                entry,
                "numbers with `ms`, `s`, `m`, `h`, `d` or `w`, such as \"30s\" or \"1h30m\"",
            );
        }
        time
    }

    /// A whole number within bounds, from the word at an index.
    pub fn number(&self, index: usize, what: &'static str, least: i128, most: i128) -> Option<Spanned<i128>> {
        let entry = self.arguments().nth(index)?;
        self.number_in(entry, what, least, most)
    }

    /// A whole number within bounds, from a property.
    pub fn number_property(
        &self,
        name: &str,
        what: &'static str,
        least: i128,
        most: i128,
    ) -> Option<Spanned<i128>> {
        self.number_in(self.entry(name)?, what, least, most)
    }

    fn number_in(
        &self,
        entry: &KdlEntry,
        what: &'static str,
        least: i128,
        most: i128,
    ) -> Option<Spanned<i128>> {
        match entry.value() {
            KdlValue::Integer(number) if (least..=most).contains(number) => {
                Some(Spanned::new(*number, self.at(entry.span())))
            }
            KdlValue::String(text) if text.parse().is_ok_and(|number| (least..=most).contains(&number)) => {
                let (found, expected) = (format!("\"{text}\""), format!("a number, without quotes: {text}"));
                self.complain(Problem::BadValue { what, found, expected, span: self.at(entry.span()) });
                None
            }
            _ => {
                self.bad_value(what, entry, &format!("a whole number from {least} to {most}"));
                None
            }
        }
    }

    fn bad_value(&self, what: &'static str, entry: &KdlEntry, expected: &str) {
        let (found, expected) = (text_of(entry), expected.to_owned());
        self.complain(Problem::BadValue { what, found, expected, span: self.at(entry.span()) });
    }

    /// The child nodes.
    pub fn children(&self) -> impl Iterator<Item = Node<'a>> {
        let reader = self.reader;
        self.kdl.iter_children().map(move |kdl| Node { kdl, reader })
    }

    /// The only child of a name; a second one is a problem.
    pub fn child(&self, name: &str) -> Option<Node<'a>> {
        let mut found = self.children().filter(|child| child.name() == name);
        let first = found.next()?;
        if let Some(again) = found.next() {
            let (name, first, span) = (name.to_owned(), first.span(), again.span());
            self.complain(Problem::DuplicateChild { name, first, span });
        }
        Some(first)
    }

    /// Compares the node with what it may consist of, and notes every difference. Returns whether nothing it must
    /// have is missing.
    pub fn check(&self, shape: &Shape) -> bool {
        self.check_with(shape, &[])
    }

    /// As [`Node::check`], with further children that only the manifest knows (names of `let`).
    pub fn check_with(&self, shape: &Shape, more_children: &[String]) -> bool {
        self.check_properties(shape);
        self.check_traps();
        self.check_children(shape, more_children);
        self.check_words(shape)
    }

    /// Compares only the number of words.
    pub fn check_words(&self, shape: &Shape) -> bool {
        let words: Vec<&KdlEntry> = self.arguments().collect();
        if let Some(extra) = words.get(shape.most) {
            let (node, word) = (self.name().to_owned(), text_of(extra));
            self.complain(Problem::ExtraWord { node, word, most: shape.most, span: self.at(extra.span()) });
        }
        if words.len() < shape.least {
            let (node, what) = (self.name().to_owned(), shape.wants);
            self.complain(Problem::MissingWord { node, what, span: self.span() });
        }
        words.len() >= shape.least
    }

    fn check_properties(&self, shape: &Shape) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for (name, entry) in
            self.kdl.entries().iter().filter_map(|entry| Some((entry.name()?.value(), entry)))
        {
            let span = self.at(entry.span());
            if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == name) {
                self.complain(Problem::DuplicateProperty { name: name.to_owned(), first: *first, span });
            }
            seen.push((name, span));
            if shape.properties.contains(&name) || shape.properties.contains(&"*") {
                continue;
            }
            let node = self.name().to_owned();
            let among_words =
                shape.most == usize::MAX && closest(name, shape.properties.iter().copied()).is_none();
            self.complain(if among_words {
                Problem::PropertyAmongWords { name: name.to_owned(), value: text_of(entry), node, span }
            } else {
                Problem::UnknownProperty {
                    name: name.to_owned(),
                    node,
                    known: shape.properties.to_vec(),
                    span,
                }
            });
        }
    }

    fn check_traps(&self) {
        for entry in self.arguments() {
            let (written, span) = (self.written(entry), self.at(entry.span()));
            let after = self.reader.text.get(span.offset + span.len..).unwrap_or("");
            if written.starts_with('\'') {
                self.complain(Problem::SingleQuoted { span });
            } else if !written.starts_with(['"', '#']) && after.starts_with("//") {
                self.complain(Problem::CutByComment { word: text_of(entry), span });
            }
        }
    }

    fn check_children(&self, shape: &Shape, more: &[String]) {
        let known = |name: &str| shape.children.contains(&name) || more.iter().any(|other| other == name);
        for child in self.children().filter(|child| !known(child.name())) {
            let (name, span) = (child.name().to_owned(), child.span());
            let takes_placeholders = shape.most > 1 || shape.properties.contains(&"*");
            let unquoted =
                takes_placeholders && child.kdl.entries().is_empty() && child.kdl.children().is_none();
            self.complain(if unquoted {
                Problem::UnquotedPlaceholder { name, span }
            } else {
                let known = shape.children.iter().map(|name| (*name).to_owned()).chain(more.iter().cloned());
                Problem::UnknownNode { name, place: place_of(self.name()), known: known.collect(), span }
            });
        }
    }
}

/// How a declaration is called in a sentence.
pub fn place_of(node: &str) -> &'static str {
    match node {
        "project" => "`project`",
        "service" => "a service",
        "job" => "a job",
        "group" => "a group",
        "database" => "a database",
        "command" => "a command",
        "check" => "a check",
        "profile" => "a profile",
        "recipe" => "a recipe",
        "each" => "`each`",
        "arg" => "an argument",
        "let" => "a value",
        _ => "this node",
    }
}

/// The text of a value; a number keeps the form it was written in.
fn text_of(entry: &KdlEntry) -> String {
    match entry.value() {
        KdlValue::String(text) => text.clone(),
        other => entry.format().map_or_else(|| other.to_string(), |f| f.value_repr.clone()),
    }
    .trim_start_matches(if matches!(entry.value(), KdlValue::Bool(_) | KdlValue::Null) { "#" } else { "" })
    .to_owned()
}
