//! `database`: where the native database verbs connect to.

use super::node::{Node, Shape};
use super::template::Template;
use super::value::Value;
use crate::span::{Span, Spanned};

/// `database NAME { … }`: where the native database verbs connect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Database {
    /// Its name; `main` when it has none.
    pub name: Spanned<String>,
    /// Connection string, without a password.
    pub url: Option<Template>,
    /// The password.
    pub password: Option<Value>,
    /// Glob of the migration files.
    pub migrations: Option<Template>,
    /// The service that provides it.
    pub service: Option<Spanned<String>>,
    /// Where its name stands.
    pub span: Span,
}

impl Database {
    /// Reads a database. In a profile every child is optional: what is not said there is taken from the manifest.
    pub fn parse(node: Node<'_>) -> Self {
        let children = &["url", "password", "migrations", "service"];
        node.check(&Shape { least: 0, most: 1, wants: "", properties: &[], children });
        let word = |name: &str| {
            let child = node.child(name)?;
            child.check(&Shape::word("one word")).then_some(child)
        };
        let password = node.child("password").and_then(Value::parse_named);
        let unnamed = || Spanned::new("main".to_owned(), node.span());
        Self {
            name: node.text(0).unwrap_or_else(unnamed),
            url: word("url").and_then(|child| child.template(0)),
            password: password.map(|value| Value { secret: true, ..value }),
            migrations: word("migrations").and_then(|child| child.template(0)),
            service: word("service").and_then(|child| child.text(0)),
            span: node.span(),
        }
    }
}
