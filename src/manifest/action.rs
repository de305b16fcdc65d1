//! What a command, a recipe or a job does: a list of actions.

use std::time::Duration;

use super::error::Problem;
use super::node::{Node, Shape};
use super::shell;
use super::template::Template;
use crate::span::{Span, Spanned};

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// On which condition.
    pub when: When,
    /// Where its name stands.
    pub span: Span,
}

/// The kinds of action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// `run program word…`: a program in the foreground.
    Run(Words),
    /// `prepare program word…`: a program that makes what later ones need; its output is shown only when it fails.
    Prepare(Words),
    /// `do command word…`: another command of the manifest.
    Do(Vec<Template>),
    /// `builtin verb word…`: a native verb; without words it takes the command's own.
    Builtin {
        /// The verb.
        verb: Spanned<String>,
        /// Its words.
        words: Vec<Template>,
    },
    /// `each recipe`: the profile's recipe, for every target.
    Each(Each),
    /// `spawn`: start the service's `exec` under a supervisor of its own.
    Spawn,
    /// `terminate`: end the service's process tree.
    Terminate(Stop),
    /// `tail word…`: print the service's log.
    Tail(Tail),
}

/// `tail word… { from program word… }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tail {
    /// What is shown: the flags of a `logs` command.
    pub words: Vec<Template>,
    /// A program that prints a service's log, each line behind its time; without one the log of a supervisor is read.
    pub from: Option<Words>,
}

/// A program's words with its folder and variables.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Words {
    /// The program and its arguments.
    pub program: Vec<Template>,
    /// The folder it runs in; the manifest's folder otherwise.
    pub cwd: Option<Template>,
    /// Variables it gets.
    pub env: Vec<(Spanned<String>, Template)>,
    /// Files that must be there for it.
    pub reads: Vec<Template>,
    /// What helps where it fails.
    pub hint: Option<Box<Hint>>,
    /// Whether it runs alone: others that do wait until it has ended.
    pub alone: bool,
}

/// What helps where a program fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hint {
    /// `hint "text"`.
    Text(Template),
    /// `hint { from program word… }`: what the program prints then.
    From(Words),
}

/// How a service is ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stop {
    /// The signal that asks it to end, as written (`TERM`, `INT`).
    pub signal: Option<Spanned<String>>,
    /// How long it has before it is killed.
    pub grace: Option<Duration>,
}

/// `each RECIPE order=…`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Each {
    /// The recipe of the profile.
    pub recipe: Spanned<String>,
    /// In which order.
    pub order: Order,
    /// Whether to wait until the targets are ready, and on which condition.
    pub wait: Option<When>,
    /// Jobs that are left out, and on which condition.
    pub skip: Vec<(Spanned<String>, When)>,
}

/// The order in which the targets of an `each` are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Everything they need is added and comes first.
    Needs,
    /// Dependents come first; nothing is added.
    Reverse,
    /// All at once, in one step.
    Together,
}

/// On which condition something is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum When {
    /// On none.
    Always,
    /// `if=FLAG`: the flag, or another parameter, was given.
    If(Spanned<String>),
    /// `unless=FLAG`: it was not.
    Unless(Spanned<String>),
}

impl When {
    fn parse(node: Node<'_>) -> Self {
        match (node.property("if"), node.property("unless")) {
            (Some(flag), _) => Self::If(flag),
            (None, Some(flag)) => Self::Unless(flag),
            (None, None) => Self::Always,
        }
    }

    /// The parameter it asks about.
    pub fn flag(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Always => None,
            Self::If(flag) | Self::Unless(flag) => Some(flag),
        }
    }
}

const CONDITION: &[&str] = &["if", "unless"];
const WORDS: &[&str] = &["cwd", "env", "reads"];
/// What is a step of its own.
const STEP: &[&str] = &["cwd", "env", "reads", "hint", "alone"];

impl Words {
    /// Reads the words of a node and its `cwd`, `env`, `reads` and `hint` children.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let is_step = matches!(node.name(), "run" | "prepare");
        let children = if is_step { STEP } else { WORDS };
        let shape = Shape::words("a program").properties(CONDITION).children(children);
        shell::check_program(node);
        node.check(&shape).then(|| Self {
            program: node.templates(0),
            cwd: cwd(node),
            env: env(node),
            reads: reads(node),
            hint: node.child("hint").and_then(Hint::parse).map(Box::new),
            alone: node.child("alone").is_some_and(|child| child.says_yes()),
        })
    }
}

impl Hint {
    fn parse(node: Node<'_>) -> Option<Self> {
        if let Some(from) = node.child("from") {
            node.check(&Shape::bare().children(&["from"]));
            return Words::parse(from).map(Self::From);
        }
        node.check(&Shape::word("what helps, as a text").children(&["from"])).then_some(())?;
        node.template(0).map(Self::Text)
    }
}

fn reads(node: Node<'_>) -> Vec<Template> {
    let found = node.children().filter(|child| child.name() == "reads");
    found.filter(|child| child.check(&Shape::words("a file"))).flat_map(|child| child.templates(0)).collect()
}

/// The `cwd` child.
pub fn cwd(node: Node<'_>) -> Option<Template> {
    let child = node.child("cwd")?;
    shell::check_variables(child);
    child.check(&Shape::word("a folder")).then(|| child.template(0)).flatten()
}

/// The variables of every `env` child.
pub fn env(node: Node<'_>) -> Vec<(Spanned<String>, Template)> {
    let found = node.children().filter(|child| child.name() == "env");
    found
        .flat_map(|child| {
            child.check(&Shape::bare().properties(&["*"]));
            shell::check_variables(child);
            child.properties()
        })
        .collect()
}

impl Stop {
    /// Reads `terminate signal=… grace=…` or `stop signal=… grace=…`.
    pub fn parse(node: Node<'_>) -> Self {
        node.check(&Shape::bare().properties(&["signal", "grace", "if", "unless"]));
        Self { signal: node.property("signal"), grace: node.duration("grace") }
    }
}

/// The nodes that are actions.
pub const ACTIONS: &[&str] = &["run", "prepare", "do", "builtin", "each", "spawn", "terminate", "tail"];

impl Action {
    /// Reads every child that is an action; the others are in `known` and belong to the caller.
    pub fn parse_all(node: Node<'_>, known: &[&str]) -> Vec<Self> {
        let actions = node.children().filter(|child| ACTIONS.contains(&child.name()));
        actions.filter(|child| known.contains(&child.name())).filter_map(Self::parse).collect()
    }

    fn parse(node: Node<'_>) -> Option<Self> {
        let words = Shape::words("at least one word").properties(CONDITION);
        let kind = match node.name() {
            "run" => ActionKind::Run(Words::parse(node)?),
            "prepare" => ActionKind::Prepare(Words::parse(node)?),
            "do" => node.check(&words).then(|| ActionKind::Do(node.templates(0)))?,
            "builtin" => {
                node.check(&words).then_some(())?;
                ActionKind::Builtin { verb: node.text(0)?, words: node.templates(1) }
            }
            "each" => ActionKind::Each(Each::parse(node)?),
            "spawn" => {
                node.check(&Shape::bare().properties(CONDITION));
                ActionKind::Spawn
            }
            "terminate" => ActionKind::Terminate(Stop::parse(node)),
            _ => {
                node.check(&Shape { least: 0, ..words }.children(&["from"]));
                let from = node.child("from").and_then(Words::parse);
                ActionKind::Tail(Tail { words: node.templates(0), from })
            }
        };
        Some(Self { kind, when: When::parse(node), span: node.span() })
    }
}

impl Each {
    fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape::word("the name of a recipe")
            .properties(&["order", "if", "unless"])
            .children(&["wait", "skip"]);
        if !node.check(&shape) {
            return None;
        }
        let wait = node.child("wait").map(|child| {
            child.check(&Shape::bare().properties(CONDITION));
            When::parse(child)
        });
        let skips = node.children().filter(|child| child.name() == "skip");
        let skip = skips.flat_map(|child| {
            child.check(&Shape::words("the name of a job").properties(CONDITION));
            let when = When::parse(child);
            child.texts().into_iter().map(move |name| (name, when.clone()))
        });
        Some(Self { recipe: node.text(0)?, order: Order::parse(node), wait, skip: skip.collect() })
    }
}

impl Order {
    fn parse(node: Node<'_>) -> Self {
        let Some(word) = node.property("order") else { return Self::Together };
        match word.as_str() {
            "needs" => Self::Needs,
            "reverse" => Self::Reverse,
            "together" => Self::Together,
            _ => {
                let known = ["needs", "reverse", "together"].map(str::to_owned).to_vec();
                let (found, span) = (word.value, word.span);
                node.complain(Problem::UnknownWord { what: "an order", found, known, span });
                Self::Together
            }
        }
    }
}
