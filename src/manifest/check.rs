//! `check`: something that `sync-check` compares.

use super::action::Words;
use super::error::Problem;
use super::node::{Node, Shape};
use super::template::Template;
use crate::span::Spanned;

/// A check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Its name.
    pub name: Spanned<String>,
    /// The title of its section.
    pub summary: String,
    /// How it is answered.
    pub kind: CheckKind,
    /// Whether patterns that match nothing are fine.
    pub optional: bool,
    /// The program that mends what is found.
    pub fix: Option<Words>,
}

/// The kinds of check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CheckKind {
    /// `same PATTERN… { in FOLDER…; source FOLDER; everywhere }`: copies agree.
    Same {
        /// Relative to each place.
        patterns: Vec<Template>,
        /// Folders.
        places: Vec<Template>,
        /// The folder that is right when they differ.
        source: Option<Template>,
        /// Whether every file must be in every place.
        everywhere: bool,
    },
    /// `fresh { from PATTERN…; to PATTERN…; protobuf FOLDER…; by program…; verify program… }`: generated files
    /// correspond to their sources.
    Fresh {
        /// Sources.
        from: Vec<Template>,
        /// Generated files.
        to: Vec<Template>,
        /// The folders that protoc got with `-I`.
        protobuf: Vec<Template>,
        /// The generating command, a part of the record.
        by: Vec<Template>,
        /// Generates into `{out}`, for comparing.
        verify: Option<Words>,
    },
    /// `migrations`: every profile's database has the migrations that are there.
    Migrations,
    /// `schema`: every profile's database has the schema that the last migrate left.
    Schema,
    /// `locked FILE { by program… }`: a lock file agrees with what it locks.
    Locked {
        /// The lock file.
        file: Template,
        /// Exit 0 says that it agrees.
        by: Words,
    },
    /// `built FILE { from PATTERN…; by program…; running SERVICE… { identify program… } }`: built from what is there, and what runs.
    Built {
        /// The built file, or a name where `identify` is given.
        output: Template,
        /// Prints the identity of what is built where it is no file.
        identify: Option<Words>,
        /// What it is built from.
        from: Vec<Template>,
        /// The building command, a part of the record.
        by: Vec<Template>,
        /// Services that run it; for one that is not spawned here, the program that prints what it runs.
        running: Vec<(Spanned<String>, Option<Words>)>,
    },
    /// `run program…`: exit 0 says that it is in step.
    Run(Words),
}

const KINDS: &[&str] = &["same", "fresh", "migrations", "schema", "locked", "built", "run"];
/// What a check without a kind is told to add.
const ANY_KIND: &str =
    "run program argument`, or another kind: `same`, `fresh`, `migrations`, `schema`, `locked`, or `built";
const CHILDREN: &[&str] =
    &["same", "fresh", "migrations", "schema", "locked", "built", "run", "optional", "fix"];

impl Check {
    /// Reads `check NAME "summary" { KIND …; fix program…; optional }`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: CHILDREN };
        node.check(&shape).then_some(())?;
        let name = node.text(0)?;
        let mut kinds = node.children().filter(|child| KINDS.contains(&child.name()));
        let Some(kind) = kinds.next() else {
            let (child, example, span) = ("kind", ANY_KIND, name.span);
            let node_name = format!("the check `{}`", name.value);
            node.complain(Problem::MissingChild { node: node_name, child, example, span });
            return None;
        };
        if let Some(again) = kinds.next() {
            let (first, span) = (kind.span(), again.span());
            node.complain(Problem::DuplicateWord { node: "check".into(), what: "kind", first, span });
        }
        Some(Self {
            summary: node.text(1).map_or_else(|| name.value.clone(), |text| text.value),
            kind: CheckKind::parse(kind)?,
            optional: node.child("optional").is_some_and(|child| child.says_yes()),
            fix: node.child("fix").and_then(Words::parse),
            name,
        })
    }
}

impl CheckKind {
    fn parse(node: Node<'_>) -> Option<Self> {
        match node.name() {
            "same" => Self::same(node),
            "fresh" => Self::fresh(node),
            "locked" => {
                node.check(&Shape::word("the lock file").children(&["by"])).then_some(())?;
                let by = required(node, "by", "by uv lock --check")?;
                Some(Self::Locked { file: node.template(0)?, by: Words::parse(by)? })
            }
            "built" => Self::built(node),
            "run" => Words::parse(node).map(Self::Run),
            kind => {
                node.check(&Shape::bare());
                Some(if kind == "schema" { Self::Schema } else { Self::Migrations })
            }
        }
    }

    fn same(node: Node<'_>) -> Option<Self> {
        let shape = Shape::words("a file pattern").children(&["in", "source", "everywhere"]);
        node.check(&shape).then_some(())?;
        required(node, "in", "in \"folder-a\" \"folder-b\"")?;
        Some(Self::Same {
            patterns: node.templates(0),
            places: templates(node, "in"),
            source: templates(node, "source").into_iter().next(),
            everywhere: node.child("everywhere").is_some_and(|child| child.says_yes()),
        })
    }

    fn fresh(node: Node<'_>) -> Option<Self> {
        node.check(&Shape::bare().children(&["from", "to", "protobuf", "by", "verify"]));
        required(node, "from", "from \"proto/*.proto\"")?;
        required(node, "to", "to \"generated/*\"")?;
        Some(Self::Fresh {
            from: templates(node, "from"),
            to: templates(node, "to"),
            protobuf: templates(node, "protobuf"),
            by: templates(node, "by"),
            verify: node.child("verify").and_then(Words::parse),
        })
    }

    fn built(node: Node<'_>) -> Option<Self> {
        let children = &["from", "by", "running", "identify"];
        node.check(&Shape::word("what is built").children(children)).then_some(())?;
        required(node, "from", "from \"src/**/*.rs\"")?;
        let running = node.children().filter(|child| child.name() == "running").flat_map(|child| {
            child.check(&Shape::words("a service").children(&["identify"]));
            let identify = child.child("identify").and_then(Words::parse);
            child.texts().into_iter().map(move |service| (service, identify.clone()))
        });
        Some(Self::Built {
            output: node.template(0)?,
            identify: node.child("identify").and_then(Words::parse),
            from: templates(node, "from"),
            by: templates(node, "by"),
            running: running.collect(),
        })
    }

    /// Every word that may hold placeholders.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Same { patterns, places, source, .. } => {
                patterns.iter().chain(places).chain(source).collect()
            }
            Self::Fresh { from, to, protobuf, by, .. } => {
                from.iter().chain(to).chain(protobuf).chain(by).collect()
            }
            Self::Locked { file, .. } => vec![file],
            Self::Built { output, from, by, .. } => std::iter::once(output).chain(from).chain(by).collect(),
            Self::Migrations | Self::Schema | Self::Run(_) => Vec::new(),
        }
    }

    /// Every program that is run for an answer.
    pub fn programs(&self) -> Vec<&Words> {
        match self {
            Self::Fresh { verify, .. } => verify.iter().collect(),
            Self::Locked { by, .. } => vec![by],
            Self::Built { identify, running, .. } => {
                identify.iter().chain(running.iter().filter_map(|(_, identify)| identify.as_ref())).collect()
            }
            Self::Run(words) => vec![words],
            Self::Same { .. } | Self::Migrations | Self::Schema => Vec::new(),
        }
    }
}

fn required<'a>(node: Node<'a>, child: &'static str, example: &'static str) -> Option<Node<'a>> {
    let found = node.child(child);
    if found.is_none() {
        let name = format!("`{}`", node.name());
        node.complain(Problem::MissingChild { node: name, child, example, span: node.span() });
    }
    found
}

/// The words of every child of one name.
fn templates(node: Node<'_>, name: &str) -> Vec<Template> {
    let children = node.children().filter(|child| child.name() == name);
    let checked = children.filter(|child| child.check(&Shape::words("at least one word")));
    checked.flat_map(|child| child.templates(0)).collect()
}
