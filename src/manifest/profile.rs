//! `profile`: how the services are run in one place.

use indexmap::IndexMap;

use super::action::{Action, Stop, Words, cwd, env};
use super::database::Database;
use super::error::Problem;
use super::node::{Node, Shape};
use super::reading::{self, Reading};
use super::service::{Lost, Ready, needs};
use super::supervision::{Alive, Limits, Restart};
use super::template::Template;
use super::value::{Port, Value};
use crate::span::{Span, Spanned};

/// One place to run the services in.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    /// Its name.
    pub name: Spanned<String>,
    /// One line for `gladys list`.
    pub summary: String,
    /// Whether it is taken when none is asked for.
    pub default: Option<Span>,
    /// Values of this profile.
    pub lets: IndexMap<String, Value>,
    /// What is done with a service, by the name that `each` uses.
    pub recipes: IndexMap<String, Recipe>,
    /// How readiness is found out here, in place of what the services say.
    pub ready: Option<Ready>,
    /// Variables that every program of this profile gets.
    pub env: Vec<(Spanned<String>, Template)>,
    /// The services of this profile.
    pub services: IndexMap<String, Placement>,
    /// Services that run here as in another profile.
    pub uses: Vec<Use>,
    /// What differs in the databases.
    pub databases: IndexMap<String, Database>,
}

/// One service of `use PROFILE SERVICE…`.
#[derive(Clone, PartialEq, Debug)]
pub struct Use {
    /// The other profile.
    pub profile: Spanned<String>,
    /// The service.
    pub service: Spanned<String>,
}

/// `recipe NAME { … }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipe {
    /// Its name.
    pub name: Spanned<String>,
    /// One call for all targets of a level.
    pub batch: bool,
    /// What is done.
    pub actions: Vec<Action>,
    /// How to read what its program prints: `recipe status` only.
    pub read: Option<Reading>,
}

/// A service in a profile.
#[derive(Clone, PartialEq, Debug)]
pub struct Placement {
    /// The service.
    pub service: Spanned<String>,
    /// It is run by somebody else here, and only probed.
    pub external: bool,
    /// Its port here.
    pub port: Option<Port>,
    /// The folder it runs in.
    pub cwd: Option<Template>,
    /// Programs that run to completion before it, without the readiness clock.
    pub prepare: Vec<Words>,
    /// The program it is.
    pub exec: Vec<Template>,
    /// Variables it gets.
    pub env: Vec<(Spanned<String>, Template)>,
    /// How it is ended.
    pub stop: Option<Stop>,
    /// What happens when it ends by itself.
    pub restart: Option<Restart>,
    /// How it is found out that it hangs.
    pub alive: Option<Alive>,
    /// What it may use.
    pub limits: Limits,
    /// How its readiness is found out here.
    pub ready: Option<Ready>,
    /// What it needs here, beside what it needs everywhere.
    pub needs: Vec<Spanned<String>>,
    /// What becomes of it when something it needs goes away, in place of what it says elsewhere.
    pub lost: Vec<Lost>,
    /// Values of this service here.
    pub lets: IndexMap<String, Value>,
}

const CHILDREN: &[&str] = &["let", "recipe", "ready", "env", "service", "use", "database"];
const SERVICE_CHILDREN: &[&str] = &[
    "external", "port", "cwd", "prepare", "exec", "env", "stop", "restart", "alive", "limits", "ready",
    "needs", "let",
];
const RECIPE_CHILDREN: &[&str] = &["prepare", "run", "do", "builtin", "spawn", "terminate", "tail", "read"];

impl Profile {
    /// Reads `profile NAME "summary" { … }`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape =
            Shape { least: 1, most: 2, wants: "a name", properties: &["default"], children: CHILDREN };
        if !node.check(&shape) {
            return None;
        }
        let lets = unique(node, "let", "value", Value::parse, |value| &value.name);
        let known: Vec<String> = lets.keys().cloned().collect();
        let placement = |child: Node<'_>| Placement::parse(child, &known);
        Some(Self {
            name: node.text(0)?,
            summary: node.text(1).map(|text| text.value).unwrap_or_default(),
            default: node.switch("default").then(|| node.span()),
            recipes: unique(node, "recipe", "recipe", Recipe::parse, |recipe| &recipe.name),
            ready: node.child("ready").and_then(Ready::parse),
            env: env(node),
            services: unique(node, "service", "service", placement, |placement| &placement.service),
            uses: node.children().filter(|child| child.name() == "use").flat_map(uses).collect(),
            databases: unique(
                node,
                "database",
                "database",
                |child| Some(Database::parse(child)),
                |database| &database.name,
            ),
            lets,
        })
    }
}

fn uses(node: Node<'_>) -> Vec<Use> {
    node.check(&Shape { least: 2, ..Shape::words("a profile and its services") });
    let mut words = node.texts().into_iter();
    let Some(profile) = words.next() else { return Vec::new() };
    words.map(|service| Use { profile: profile.clone(), service }).collect()
}

impl Recipe {
    fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape::word("a name").properties(&["batch"]).children(RECIPE_CHILDREN);
        node.check(&shape).then_some(())?;
        let (name, batch) = (node.text(0)?, node.switch("batch"));
        let actions = Action::parse_all(node, RECIPE_CHILDREN);
        Some(Self { name, batch, actions, read: reading::of_recipe(node) })
    }
}

impl Placement {
    fn parse(node: Node<'_>, lets: &[String]) -> Option<Self> {
        let shape = Shape::word("the name of a service").children(SERVICE_CHILDREN);
        node.check_with(&shape, lets).then_some(())?;
        let exec = node.child("exec").filter(|child| child.check(&Shape::words("a program")));
        let prepare = node.children().filter(|child| child.name() == "prepare").filter_map(Words::parse);
        for child in node.children().filter(|child| matches!(child.name(), "prepare" | "stop")) {
            unconditional(child);
        }
        let mut values = unique(node, "let", "value", Value::parse, |value| &value.name);
        for child in node.children().filter(|child| lets.iter().any(|name| name == child.name())) {
            values.extend(Value::parse_named(child).map(|value| (value.name.value.clone(), value)));
        }
        Some(Self {
            service: node.text(0)?,
            external: node.child("external").is_some_and(|child| child.says_yes()),
            port: node.child("port").and_then(Port::parse),
            cwd: cwd(node),
            prepare: prepare.collect(),
            exec: exec.map(|child| child.templates(0)).unwrap_or_default(),
            env: env(node),
            stop: node.child("stop").map(Stop::parse),
            restart: node.child("restart").and_then(Restart::parse),
            alive: node.child("alive").and_then(Alive::parse),
            limits: node.child("limits").map(Limits::parse).unwrap_or_default(),
            ready: node.child("ready").and_then(Ready::parse),
            needs: needs(node),
            lost: Lost::parse_all(node),
            lets: values,
        })
    }
}

/// Conditions ask for parameters of a command; how a service runs does not depend on who starts it.
fn unconditional(node: Node<'_>) {
    for name in ["if", "unless"] {
        if let Some(property) = node.property(name) {
            let known: &[&str] = if node.name() == "stop" { &["signal", "grace"] } else { &[] };
            let (name, node_name) = (name.to_owned(), node.name().to_owned());
            let (known, span) = (known.to_vec(), property.span);
            node.complain(Problem::UnknownProperty { name, node: node_name, known, span });
        }
    }
}

/// Every child of one name, by its declared name; the second of a name is a problem.
fn unique<T>(
    node: Node<'_>,
    child: &str,
    kind: &'static str,
    parse: impl Fn(Node<'_>) -> Option<T>,
    name: impl Fn(&T) -> &Spanned<String>,
) -> IndexMap<String, T> {
    let mut found: IndexMap<String, T> = IndexMap::new();
    for item in node.children().filter(|other| other.name() == child).filter_map(parse) {
        let named = name(&item).clone();
        if let Some(first) = found.get(&named.value) {
            let first = name(first).span;
            node.complain(Problem::Duplicate { kind, name: named.value, first, span: named.span });
        } else {
            found.insert(named.value, item);
        }
    }
    found
}
