//! `project`: the name of the whole and the files that belong to it.

use super::node::{Node, Shape};
use crate::span::{Span, Spanned};

/// The project.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Project {
    /// Its name; that of the manifest's folder when it has none.
    pub name: String,
    /// One line for `gladys list`.
    pub summary: String,
    /// Files with variables, relative to the manifest's folder; one that is not there is left out.
    pub dotenv: Vec<Spanned<String>>,
    /// Globs of further manifest files.
    pub includes: Vec<Include>,
    /// Where it is declared, if it is.
    pub span: Option<Span>,
}

/// `include "environments/*.kdl"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Include {
    /// The pattern, relative to the manifest's folder.
    pub pattern: String,
    /// Whether it may match nothing.
    pub optional: bool,
    /// Where it stands.
    pub span: Span,
}

impl Project {
    /// Reads `project NAME "summary" { … }`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let children = &["dotenv", "include"];
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children };
        node.check(&shape).then_some(())?;
        let dotenv = node.children().filter(|child| child.name() == "dotenv");
        let include = node.children().filter(|child| child.name() == "include");
        Some(Self {
            name: node.text(0)?.value,
            summary: node.text(1).map(|text| text.value).unwrap_or_default(),
            dotenv: dotenv
                .filter(|child| child.check(&Shape::words("a file")))
                .flat_map(|child| child.texts())
                .collect(),
            includes: include.flat_map(Include::parse).collect(),
            span: Some(node.span()),
        })
    }
}

impl Include {
    fn parse(node: Node<'_>) -> Vec<Self> {
        if !node.check(&Shape::words("a file pattern").properties(&["optional"])) {
            return Vec::new();
        }
        let optional = node.switch("optional");
        let include = |text: Spanned<String>| Self { pattern: text.value, optional, span: text.span };
        node.texts().into_iter().map(include).collect()
    }
}
