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
        short: Option<char>,
    },
    /// `option -n --tail "…" value=N`.
    Option {
        /// The letter.
        short: Option<char>,
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
        repeated_names(node, &params);
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

fn repeated_names(node: Node<'_>, params: &[Param]) {
    for (index, param) in params.iter().enumerate() {
        if let Some(first) = params[..index].iter().find(|other| other.name == param.name) {
            let (kind, name) = ("parameter", param.name.clone());
            node.complain(Problem::Duplicate { kind, name, first: first.span, span: param.span });
        }
    }
}

impl Param {
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
        Some(Self { name, summary, kind: ParamKind::Flag { short }, span: node.span() })
    }

    fn option(node: Node<'_>) -> Option<Self> {
        let properties = &["value", "default", "multiple"];
        node.check(&Shape { least: 1, most: 3, wants: "a long name: `--name`", properties, children: &[] })
            .then_some(())?;
        let (name, short, summary) = dashed(node)?;
        let value = node.property("value").map_or_else(|| name.to_uppercase(), |text| text.value);
        let default = node.property("default").map(|text| text.value);
        let kind = ParamKind::Option { short, value, default, multiple: node.switch("multiple") };
        Some(Self { name, summary, kind, span: node.span() })
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
        Some(Self { name: node.text(0)?.value, summary, kind, span: node.span() })
    }

    fn rest(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: &[] };
        node.check(&shape).then_some(())?;
        let summary = node.text(1).map(|text| text.value).unwrap_or_default();
        Some(Self { name: node.text(0)?.value, summary, kind: ParamKind::Rest, span: node.span() })
    }
}

/// `-f --follow "summary"` in any order: the long name without dashes, the letter, the summary.
fn dashed(node: Node<'_>) -> Option<(String, Option<char>, String)> {
    let (mut long, mut short, mut summary) = (None, None, String::new());
    for word in node.texts() {
        match word.strip_prefix("--") {
            Some(name) => long = Some(name.to_owned()),
            None => match word.strip_prefix('-').map(|rest| rest.chars().collect::<Vec<_>>()) {
                Some(letters) if letters.len() == 1 => short = letters.first().copied(),
                _ => summary = word.value,
            },
        }
    }
    if long.is_none() {
        let what = "a long name: `--name`";
        node.complain(Problem::MissingWord { node: node.name().to_owned(), what, span: node.span() });
    }
    Some((long?, short, summary))
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
