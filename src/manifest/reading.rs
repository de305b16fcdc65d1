//! `read`: what the JSON of a `recipe status` means. The words of an engine are told here, in the manifest.

use std::time::Duration;

use indexmap::IndexMap;

use super::error::Problem;
use super::node::{Node, Shape};
use super::template::Template;
use crate::span::Span;

/// `read by="{unit}" in="items" timeout="5s" { FIELD "path" { WORD theirs … } }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What the unit of a service is called; the service's name otherwise.
    pub by: Option<Template>,
    /// The path of the list in each document; the document itself, or its elements, otherwise.
    pub list: Option<String>,
    /// How long the program may take.
    pub timeout: Option<Duration>,
    /// Where each field is, and which of its words means what; a field that is not here has its own name.
    pub fields: IndexMap<&'static str, Field>,
    /// Where it stands.
    pub span: Span,
}

/// `FIELD "path" … { WORD theirs … }`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Field {
    /// Paths of keys, divided by `/`; the first one that leads to something counts. `-1` is the last of a list.
    pub paths: Vec<String>,
    /// Their words, each with the one that gladys knows.
    pub words: Vec<(String, &'static str)>,
}

/// What is known of a unit.
pub const FIELDS: &[&str] =
    &["unit", "state", "health", "replicas", "id", "pid", "since", "exit", "restarts", "message", "check"];
/// What a unit's state can be.
pub const STATES: &[&str] = &["running", "starting", "exited", "missing"];
/// What a unit's health can be.
pub const HEALTHS: &[&str] = &["healthy", "starting", "unhealthy"];

impl Reading {
    /// Reads `read …`.
    pub fn parse(node: Node<'_>) -> Self {
        node.check(&Shape::bare().properties(&["by", "in", "timeout"]).children(FIELDS));
        let field = |name: &&'static str| {
            let words = match *name {
                "state" => STATES,
                "health" => HEALTHS,
                _ => &[],
            };
            Some((*name, Field::parse(node.child(name)?, words)))
        };
        Self {
            by: node.property_template("by"),
            list: node.property("in").map(|list| list.value),
            timeout: node.duration("timeout"),
            fields: FIELDS.iter().filter_map(field).collect(),
            span: node.span(),
        }
    }

    /// The paths and words of a field.
    pub fn field(&self, name: &str) -> Field {
        let own = || Field { paths: vec![name.to_owned()], words: Vec::new() };
        self.fields.get(name).cloned().unwrap_or_else(own)
    }
}

impl Field {
    fn parse(node: Node<'_>, known: &'static [&'static str]) -> Self {
        node.check(&Shape::words("a path of keys, such as \"State/Health\"").children(known));
        let words = known.iter().flat_map(|known| {
            let theirs = node.children().filter(|child| child.name() == *known);
            let theirs = theirs.filter(|child| child.check(&Shape::words("a word of the program")));
            theirs.flat_map(|child| child.texts()).map(move |word| (word.value.to_lowercase(), *known))
        });
        Self { paths: node.texts().into_iter().map(|path| path.value).collect(), words: words.collect() }
    }
}

/// The reading of a recipe, which must have a program to read from.
pub fn of_recipe(node: Node<'_>) -> Option<Reading> {
    let child = node.child("read")?;
    if node.child("run").is_none() {
        let (example, span) = ("run program --json", child.span());
        node.complain(Problem::MissingChild {
            node: "a recipe with `read`".into(),
            child: "run",
            example,
            span,
        });
    }
    Some(Reading::parse(child))
}
