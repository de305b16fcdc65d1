//! `command`: a verb of the command line, its parameters and what it does.

use super::action::{ACTIONS, Action};
use super::error::Problem;
use super::node::{Node, Shape};
use crate::span::{Span, Spanned};

/// A verb.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Its name.
    pub name: Spanned<String>,
    /// One line for `gladys list` and `--help`.
    pub summary: String,
    /// What may stand behind it on the command line, in order.
    pub params: Vec<Param>,
    /// What it does.
    pub actions: Vec<Action>,
}

/// One parameter of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its name in placeholders: that of a long flag without the dashes.
    pub name: String,
    /// One line for `--help`.
    pub summary: String,
    /// What kind.
    pub kind: ParamKind,
    /// Where it is declared.
    pub span: Span,
}

/// The kinds of parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// `targets default=all`: services, groups and aliases.
    Targets {
        /// What is taken when none is given; without it at least one must be given.
        default: Option<Spanned<String>>,
    },
    /// `flag -f --follow "…"`.
    Flag {
        /// The letter.
        short: Option<Spanned<char>>,
    },
    /// `option -n --tail "…" value=N`.
    Option {
        /// The letter.
        short: Option<Spanned<char>>,
        /// How its value is called in the help.
        value: String,
        /// Its value when it is not given.
        default: Option<String>,
        /// Whether it may be given several times.
        multiple: bool,
    },
    /// `arg name "…"`: one word.
    Arg {
        /// Its value when it is not given.
        default: Option<Spanned<String>>,
        /// Whether it may be left out without a default.
        optional: bool,
        /// The words it may be, each with what it stands for; empty means any word.
        choices: Vec<Choice>,
    },
    /// `rest name "…"`: every further word, dashes included.
    Rest,
}

/// `choice WORD "what it stands for"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The word on the command line.
    pub word: Spanned<String>,
    /// The text that placeholders get; the word itself when it is not given.
    pub value: String,
}

const CHILDREN: &[&str] =
    &["targets", "flag", "option", "arg", "rest", "run", "prepare", "do", "builtin", "each"];

impl Command {
    /// Reads `command NAME "summary" { … }`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: CHILDREN };
        if !node.check(&shape) {
            return None;
        }
        let name = node.text(0)?;
        let params: Vec<Param> = node.children().filter_map(Param::parse).collect();
        let actions = Action::parse_all(node, CHILDREN);
        if !node.children().any(|child| ACTIONS.contains(&child.name())) {
            let command = format!("the command `{}`", name.value);
            let example = "run program`, `each RECIPE`, `do COMMAND`, or `builtin VERB";
            let (child, span) = ("run", name.span);
            node.complain(Problem::MissingChild { node: command, child, example, span });
        }
        Some(Self { name, summary: node.text(1).map(|text| text.value).unwrap_or_default(), params, actions })
    }

    /// The parameter of a name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }
}

impl Param {
    /// As it is written on the command line or, for one without dashes, in the manifest.
    pub fn written(&self) -> String {
        match &self.kind {
            ParamKind::Targets { .. } => "targets".to_owned(),
            ParamKind::Flag { .. } | ParamKind::Option { .. } => format!("--{}", self.name),
            ParamKind::Arg { .. } => format!("arg {}", self.name),
            ParamKind::Rest => format!("rest {}", self.name),
        }
    }

    /// The letter, and where it is written.
    pub fn short(&self) -> Option<&Spanned<char>> {
        match &self.kind {
            ParamKind::Flag { short } | ParamKind::Option { short, .. } => short.as_ref(),
            ParamKind::Targets { .. } | ParamKind::Arg { .. } | ParamKind::Rest => None,
        }
    }

    /// Whether it stands in the command line by its position.
    pub fn is_positional(&self) -> bool {
        !matches!(self.kind, ParamKind::Flag { .. } | ParamKind::Option { .. })
    }

    /// Whether it takes every word that is left.
    pub fn takes_all(&self) -> bool {
        matches!(self.kind, ParamKind::Targets { .. } | ParamKind::Rest)
    }

    /// Whether a word must be given for it.
    pub fn is_required(&self) -> bool {
        matches!(self.kind, ParamKind::Arg { default: None, optional: false, .. })
    }

    fn parse(node: Node<'_>) -> Option<Self> {
        match node.name() {
            "targets" => Some(Self::targets(node)),
            "flag" => Self::flag(node),
            "option" => Self::option(node),
            "arg" => Self::arg(node),
            "rest" => Self::rest(node),
            _ => None,
        }
    }

    fn targets(node: Node<'_>) -> Self {
        node.check(&Shape { least: 0, most: 1, wants: "", properties: &["default"], children: &[] });
        let summary = node.text(0).map_or_else(|| "Services or groups".to_owned(), |text| text.value);
        let kind = ParamKind::Targets { default: node.property("default") };
        Self { name: "targets".to_owned(), summary, kind, span: node.span() }
    }

    fn flag(node: Node<'_>) -> Option<Self> {
        let shape =
            Shape { least: 1, most: 3, wants: "a long name: `--name`", properties: &[], children: &[] };
        node.check(&shape).then_some(())?;
        let (name, short, summary) = dashed(node)?;
        Some(Self { name: name.value, summary, kind: ParamKind::Flag { short }, span: name.span })
    }

    fn option(node: Node<'_>) -> Option<Self> {
        let properties = &["value", "default", "multiple"];
        node.check(&Shape { least: 1, most: 3, wants: "a long name: `--name`", properties, children: &[] })
            .then_some(())?;
        let (name, short, summary) = dashed(node)?;
        let value = node.property("value").map_or_else(|| name.to_uppercase(), |text| text.value);
        let default = node.property("default").map(|text| text.value);
        let kind = ParamKind::Option { short, value, default, multiple: node.switch("multiple") };
        Some(Self { name: name.value, summary, kind, span: name.span })
    }

    fn arg(node: Node<'_>) -> Option<Self> {
        let properties = &["default", "optional"];
        node.check(&Shape { least: 1, most: 2, wants: "a name", properties, children: &["choice"] })
            .then_some(())?;
        let choices = node.children().filter(|child| child.name() == "choice").filter_map(Choice::parse);
        let kind = ParamKind::Arg {
            default: node.property("default"),
            optional: node.switch("optional"),
            choices: choices.collect(),
        };
        let summary = node.text(1).map(|text| text.value).unwrap_or_default();
        let name = node.text(0)?;
        Some(Self { name: name.value, summary, kind, span: name.span })
    }

    fn rest(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: &[] };
        node.check(&shape).then_some(())?;
        let summary = node.text(1).map(|text| text.value).unwrap_or_default();
        let name = node.text(0)?;
        Some(Self { name: name.value, summary, kind: ParamKind::Rest, span: name.span })
    }
}

/// `-f --follow "summary"` in any order: the long name without dashes, the letter, the summary.
fn dashed(node: Node<'_>) -> Option<(Spanned<String>, Option<Spanned<char>>, String)> {
    let (mut long, mut short, mut summary) = (None, None, None);
    for word in node.texts() {
        let span = word.span;
        let (what, first) = if let Some(name) = word.strip_prefix("--") {
            ("long name", long.replace(Spanned::new(name.to_owned(), span)).map(|first| first.span))
        } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.contains(' ')) {
            let mut letters = letters.chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else {
                let (found, expected) = (word.value.clone(), "one letter, `-x`, or a name, `--name`".into());
                node.complain(Problem::BadValue { what: "a letter", found, expected, span });
                continue;
            };
            ("letter", short.replace(Spanned::new(letter, span)).map(|first| first.span))
        } else {
            ("summary text", summary.replace(word).map(|first: Spanned<String>| first.span))
        };
        if let Some(first) = first {
            node.complain(Problem::DuplicateWord { node: node.name().to_owned(), what, first, span });
        }
    }
    if long.is_none() {
        let what = "a long name: `--name`";
        node.complain(Problem::MissingWord { node: node.name().to_owned(), what, span: node.span() });
    }
    Some((long?, short, summary.map(|summary| summary.value).unwrap_or_default()))
}

impl Choice {
    fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a word", properties: &[], children: &[] };
        node.check(&shape).then_some(())?;
        let word = node.text(0)?;
        let value = node.text(1).map_or_else(|| word.value.clone(), |text| text.value);
        Some(Self { word, value })
    }
}
