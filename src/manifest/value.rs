//! Values that a manifest names: `let NAME "text"`, `let NAME env=VARIABLE default="text"`, `port 50051 env=VARIABLE`.

use super::error::Problem;
use super::node::{Node, Shape};
use super::template::Template;
use crate::span::{Span, Spanned};

/// Where a named value comes from: the first environment variable that is set, the file, the program, or the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// Its name.
    pub name: Spanned<String>,
    /// Environment variables in the order they are tried; each may hold placeholders, whose expansion is upper-cased.
    pub env: Vec<Template>,
    /// What it is when none of them is set.
    pub text: Option<Template>,
    /// A file that holds it.
    pub file: Option<Template>,
    /// A program that prints it.
    pub from: Vec<Template>,
    /// Whether it is shown as `***`.
    pub secret: bool,
    /// The words it stands for: the first choice that this machine has.
    pub choices: Vec<Choice>,
}

/// `words program word… { try program word… }`: one of several ways to say a thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The words.
    pub words: Vec<Template>,
    /// A program that exits with 0 where this choice works; without it the first word must be a program on the machine.
    pub check: Vec<Template>,
    /// Where it stands.
    pub span: Span,
}

const CHILDREN: &[&str] = &["env", "file", "from", "default", "words"];
const PROPERTIES: &[&str] = &["env", "default", "secret"];

impl Value {
    /// Reads `let NAME …`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape {
            least: 1,
            most: 2,
            wants: "a name and a value",
            properties: PROPERTIES,
            children: CHILDREN,
        };
        if !node.check(&shape) {
            return None;
        }
        let name = node.text(0)?;
        Self::read(node, name, 1)
    }

    /// Reads a node that is itself the value's name (`password env=DB_PASSWORD`, `unit postgres`).
    pub fn parse_named(node: Node<'_>) -> Option<Self> {
        node.check(&Shape { least: 0, most: 1, wants: "", properties: PROPERTIES, children: CHILDREN });
        Self::read(node, Spanned::new(node.name().to_owned(), node.span()), 0)
    }

    fn read(node: Node<'_>, name: Spanned<String>, word: usize) -> Option<Self> {
        let mut env: Vec<Template> = node.property_template("env").into_iter().collect();
        for child in node.children().filter(|child| child.name() == "env") {
            child.check(&Shape::words("the name of a variable"));
            env.extend(child.templates(0));
        }
        let default = node.child("default").filter(|child| child.check(&Shape::word("a text")));
        let text = node.template(word).or_else(|| node.property_template("default"));
        let text = text.or_else(|| default.and_then(|child| child.template(0)));
        let file = node.child("file").filter(|child| child.check(&Shape::word("the path of a file")));
        let file = file.and_then(|child| child.template(0));
        let from =
            node.child("from").filter(|child| child.check_words(&Shape::words("a program and its words")));
        let from = from.map(|child| child.templates(0)).unwrap_or_default();
        let choices: Vec<Choice> = node.children().filter_map(Choice::parse).collect();
        let nothing =
            text.is_none() && env.is_empty() && choices.is_empty() && file.is_none() && from.is_empty();
        if nothing {
            let what = "a text, or `env=VARIABLE`";
            node.complain(Problem::MissingWord { node: node.name().to_owned(), what, span: node.span() });
            return None;
        }
        Some(Self { name, env, text, file, from, secret: node.switch("secret"), choices })
    }
}

impl Choice {
    fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape::words("a program").children(&["try"]);
        (node.name() == "words" && node.check(&shape)).then_some(())?;
        let check = node.child("try").filter(|child| child.check(&Shape::words("a program")));
        let check = check.map(|child| child.templates(0)).unwrap_or_default();
        Some(Self { words: node.templates(0), check, span: node.span() })
    }
}

/// The port of a service: a number, an environment variable that overrides it, and whether the checkout's offset
/// moves it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// As written.
    pub number: u16,
    /// Where the number stands.
    pub span: Span,
    /// The variable that overrides it; an overridden port is not moved.
    pub env: Option<Spanned<String>>,
    /// `fixed=#true`: the port of something that is there once per machine, never moved.
    pub fixed: bool,
}

impl Port {
    /// Reads `port NUMBER env=VARIABLE fixed=#true`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape::word("a number").properties(&["env", "fixed"]);
        if !node.check(&shape) {
            return None;
        }
        let number = node.number(0, "a port", 1, 65535)?;
        let port = u16::try_from(number.value).ok()?;
        Some(Self { number: port, span: number.span, env: node.property("env"), fixed: node.switch("fixed") })
    }
}
