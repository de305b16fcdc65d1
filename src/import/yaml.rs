//! YAML (<https://yaml.org/spec/1.2.2/>) with the place of every value, anchors and merge keys resolved.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::error::Fault;
use crate::span::Span;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands; of a mapping or list, where it begins.
    pub span: Span,
    /// Its tag, where it has one of its own (`!reset`).
    pub tag: Option<String>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing, `~`, or `null`.
    Null,
    /// A word, a number, a text.
    Scalar(String),
    /// A list.
    List(Vec<Rc<Node>>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub span: Span,
    /// Its value.
    pub value: Rc<Node>,
}

/// Deeper than any file that a person writes; below what would exhaust the stack.
const DEEPEST: usize = 64;
/// So many values may come from merge keys: a few lines that merge each other could otherwise fill the memory.
const MOST_MERGED: usize = 100_000;

impl Node {
    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The elements of a list; none of anything else.
    pub fn items(&self) -> &[Rc<Node>] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Scalar(text) = &self.kind { Some(text) } else { None }
    }

    /// A mapping in which `over` counts before what this one says: mappings are put together, lists appended.
    pub fn merged(self: &Rc<Self>, over: &Rc<Self>) -> Rc<Self> {
        let kind = match (&self.kind, &over.kind) {
            (Kind::Map(own), Kind::Map(other)) => {
                let mut all = own.clone();
                let places: HashMap<&str, usize> =
                    own.iter().enumerate().map(|(at, entry)| (entry.key.as_str(), at)).collect();
                for entry in other {
                    match places.get(entry.key.as_str()) {
                        Some(at) => all[*at].value = all[*at].value.merged(&entry.value),
                        None => all.push(entry.clone()),
                    }
                }
                Kind::Map(all)
            }
            (Kind::List(own), Kind::List(other)) => Kind::List(own.iter().chain(other).cloned().collect()),
            _ => return Rc::clone(over),
        };
        Rc::new(Self { kind, span: over.span, tag: over.tag.clone() })
    }
}

/// Reads the one document of a text. Returns what it holds, or the first thing that is wrong with it.
pub fn parse(text: &str, file: usize) -> Result<Rc<Node>, Fault> {
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut tree =
        Tree { text, file, offsets, open: Vec::new(), anchors: HashMap::new(), root: None, merged: 0 };
    let mut documents = 0;
    for event in Parser::new_from_str(text).keep_tags(false) {
        let (event, span) = event.map_err(|error| {
            let span = tree.span(error.marker().index(), error.marker().index() + 1);
            let message = format!("this is not YAML: {}", error.info());
            Fault::Syntax { message, label: "here", help: "correct the line, or the one above it", span }
        })?;
        let span = tree.span(span.start.index(), span.end.index());
        documents += usize::from(matches!(event, Event::DocumentStart(_)));
        if documents > 1 {
            let message = "a second document begins here".to_owned();
            let help = "put it into a file of its own, or into the first one";
            return Err(Fault::Syntax { message, label: "second document", help, span });
        }
        tree.take(event, span)?;
    }
    let empty = || Rc::new(Node { kind: Kind::Null, span: tree.span(0, 1), tag: None });
    Ok(tree.root.clone().unwrap_or_else(empty))
}

/// A list or mapping that is not closed yet.
struct Open {
    kind: Kind,
    key: Option<(String, Span)>,
    /// The keys of a mapping so far, and where they stand.
    keys: HashMap<String, Span>,
    merges: Vec<Rc<Node>>,
    span: Span,
    anchor: usize,
    tag: Option<String>,
}

struct Tree<'a> {
    text: &'a str,
    file: usize,
    offsets: Vec<usize>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    merged: usize,
}

impl Tree<'_> {
    /// From places in characters to a place in bytes, up to the end of its line and at least one character long.
    fn span(&self, from: usize, to: usize) -> Span {
        let at = |index: usize| self.offsets.get(index).copied().unwrap_or(self.text.len());
        let (from, to) = (at(from), at(to));
        let line = self.text[from..to.max(from)].lines().next().unwrap_or_default().trim_end().len();
        Span { file: self.file, offset: from.min(self.text.len().saturating_sub(1)), len: line.max(1) }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let kind = if null { Kind::Null } else { Kind::Scalar(text.into_owned()) };
                self.add(Rc::new(Node { kind, span, tag: own(tag.as_deref()) }), anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let unclosed = || {
                    let message = "this stands inside of what it refers to".to_owned();
                    Fault::Syntax { message, label: "refers to itself", help: "write it out", span }
                };
                self.add(node.ok_or_else(unclosed)?, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Kind::List(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(Kind::Map(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, span: Span) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            let message = "this is nested deeper than any file that a person writes".to_owned();
            return Err(Fault::Syntax { message, label: "too deep", help: "is this the right file?", span });
        }
        self.open.push(Open {
            kind,
            key: None,
            keys: HashMap::new(),
            merges: Vec::new(),
            span,
            anchor,
            tag: own(tag),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        if let Kind::Map(entries) = &mut open.kind {
            for base in &open.merges {
                let missing = base.entries().iter().filter(|entry| !open.keys.contains_key(&entry.key));
                let missing: Vec<Entry> = missing.cloned().collect();
                self.merged += base.entries().len();
                open.keys.extend(missing.iter().map(|entry| (entry.key.clone(), entry.span)));
                entries.extend(missing);
            }
        }
        if self.merged > MOST_MERGED {
            let message = "merge keys make this larger than any file that a person writes".to_owned();
            let help = "is this the right file?";
            return Err(Fault::Syntax { message, label: "too large", help, span: open.span });
        }
        self.add(Rc::new(Node { kind: open.kind, span: open.span, tag: open.tag }), open.anchor)
    }

    fn add(&mut self, node: Rc<Node>, anchor: usize) -> Result<(), Fault> {
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match (&mut open.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(node),
            (Kind::Map(entries), Some((key, span))) => match open.keys.get(&key) {
                _ if key == "<<" => open.merges.extend(bases(&node)?),
                Some(first) => return Err(Fault::DuplicateKey { key, first: *first, span }),
                None => {
                    open.keys.insert(key.clone(), span);
                    entries.push(Entry { key, span, value: node });
                }
            },
            (Kind::Map(_), None) => open.key = Some((key_of(&node)?, node.span)),
            _ => {}
        }
        Ok(())
    }
}

/// What a merge key (<https://yaml.org/type/merge.html>) takes its entries from.
fn bases(node: &Rc<Node>) -> Result<Vec<Rc<Node>>, Fault> {
    let all = if let Kind::List(items) = &node.kind { items.clone() } else { vec![Rc::clone(node)] };
    match all.iter().find(|base| !matches!(base.kind, Kind::Map(_))) {
        Some(other) => {
            let (what, expected) = ("what `<<` merges".to_owned(), "a mapping");
            Err(Fault::BadValue { what, expected, span: other.span })
        }
        None => Ok(all),
    }
}

fn key_of(node: &Node) -> Result<String, Fault> {
    match &node.kind {
        Kind::Scalar(text) => Ok(text.clone()),
        Kind::Null => Ok(String::new()),
        _ => Err(Fault::BadValue { what: "this key".into(), expected: "a word", span: node.span }),
    }
}

/// A tag that is not one of YAML's own types.
fn own(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Node, parse};

    fn show(node: &Node) -> String {
        let items = |parts: Vec<String>| parts.join(", ");
        match &node.kind {
            Kind::Null => "null".to_owned(),
            Kind::Scalar(text) => text.clone(),
            Kind::List(all) => format!("[{}]", items(all.iter().map(|node| show(node)).collect())),
            Kind::Map(all) => {
                let entries = all.iter().map(|entry| format!("{}: {}", entry.key, show(&entry.value)));
                format!("{{{}}}", items(entries.collect()))
            }
        }
    }

    fn read(text: &str) -> Result<String, String> {
        parse(text, 0).map(|node| show(&node)).map_err(|fault| format!("{fault:?}"))
    }

    #[test]
    fn merge_keys_and_aliases_are_resolved_and_own_keys_count_first() {
        let text = "x: &a { image: i, tty: yes }\ny: { <<: *a, tty: no }\nz: [*a, ~]\n";
        let expected = "{x: {image: i, tty: yes}, y: {tty: no, image: i}, z: [{image: i, tty: yes}, null]}";
        assert_eq!(read(text).as_deref(), Ok(expected));
    }

    #[test]
    fn places_are_in_bytes_of_their_line() {
        let text = "ä: ö\nkey:   value   # a comment\n";
        let node = parse(text, 3).expect("YAML");
        let spans: Vec<_> = node.entries().iter().map(|entry| entry.value.span).collect();
        assert_eq!(
            spans.iter().map(|span| &text[span.offset..span.offset + span.len]).collect::<Vec<_>>(),
            ["ö", "value"]
        );
        assert!(spans.iter().all(|span| span.file == 3));
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        assert!(read(&"[".repeat(100_000)).is_err());
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).expect_err("too deep").contains("nested deeper"));
        let laughs: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1)).collect();
        assert!(parse(&format!("a0: &a0 ha\n{laughs}"), 0).is_ok());
        let keys: String = (0..1000).map(|n| format!("  k{n}: 1\n")).collect();
        let merges: String = (0..1000).map(|n| format!("m{n}: {{ <<: *a }}\n")).collect();
        assert!(read(&format!("a: &a\n{keys}{merges}")).expect_err("too large").contains("larger than any"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, said) in [
            ("a: 1\na: 2\n", "DuplicateKey"),
            ("a: [1\n", "not YAML"),
            ("a: *b\n", "not YAML"),
            ("a: &a [*a]\n", "refers to itself"),
            ("a: 1\n---\nb: 1\n", "second document"),
            ("<<: 1\n", "BadValue"),
            ("[a]: 1\n", "BadValue"),
        ] {
            assert!(read(text).expect_err(text).contains(said), "{text}: {:?}", read(text));
        }
        assert_eq!(read("").as_deref(), Ok("null"));
    }
}
