//! `service`, `job` and `group`: what there is, whatever the profile.

use std::time::Duration;

use super::action::Action;
use super::node::{Node, Shape};
use super::template::Template;
use crate::span::{Span, Spanned};

/// Something that runs, or that is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its name.
    pub name: Spanned<String>,
    /// One line for `gladys list`.
    pub summary: String,
    /// Whether it keeps running or runs to completion.
    pub nature: Nature,
    /// What must be ready before it starts.
    pub needs: Vec<Spanned<String>>,
    /// What becomes of it when one of those goes away.
    pub lost: Vec<Lost>,
    /// Other names for it.
    pub aliases: Vec<Spanned<String>>,
    /// How its readiness is found out.
    pub ready: Option<Ready>,
    /// It is run by somebody else and only probed.
    pub external: bool,
    /// It is not one of "every service": `*` in a group leaves it out.
    pub infrastructure: bool,
}

/// What "ready" means for a [`Service`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Nature {
    /// It keeps running.
    Service,
    /// It runs to completion; exit 0 counts as ready.
    Job(Vec<Action>),
}

/// `ready KIND …`: how a service's readiness is found out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ready {
    /// The kind of probe with its words.
    pub kind: ReadyKind,
    /// How long the service has; the default is [`Ready::DEFAULT_TIMEOUT`].
    pub timeout: Option<Duration>,
    /// How long one attempt may take.
    pub attempt: Option<Duration>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of probe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadyKind {
    /// The service's port accepts connections.
    Tcp,
    /// A URL, or a path on the service's port, answers 2xx or 3xx.
    Http(Template),
    /// `grpc.health.v1` says SERVING, for the whole server or for one of its services.
    Grpc(Option<Template>),
    /// A program exits 0.
    Exec(Vec<Template>),
    /// A line of the service's log contains this text.
    Log(Template),
    /// A database of the manifest accepts a login and answers.
    Postgres(Option<Spanned<String>>),
    /// The profile's `recipe status` says so.
    Status,
}

impl Ready {
    /// How long a service has to become ready where the manifest does not say.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Reads `ready KIND …`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let kind = ReadyKind::parse(node, &["timeout", "attempt"])?;
        let (timeout, attempt) = (node.duration("timeout"), node.duration("attempt"));
        Some(Self { kind, timeout, attempt, span: node.span() })
    }
}

impl ReadyKind {
    /// Reads the words of a probe, whose node may have these properties.
    pub fn parse(node: Node<'_>, properties: &'static [&'static str]) -> Option<Self> {
        const KINDS: &[&str] = &["tcp", "http", "grpc", "exec", "log", "postgres", "status"];
        let shape =
            Shape::words("a kind of probe: `tcp`, `http`, `grpc`, `exec`, `log`, `postgres` or `status`")
                .properties(properties);
        if !node.check(&shape) {
            return None;
        }
        let kind = node.text(0)?;
        let (least, most) = match kind.as_str() {
            "tcp" | "status" => (1, 1),
            "exec" => (2, usize::MAX),
            "http" | "log" => (2, 2),
            _ => (1, 2),
        };
        let wants = "what to ask: a path or URL, a program, or a text";
        if !node.check_words(&Shape { least, most, wants, ..shape }) {
            return None;
        }
        Some(match kind.as_str() {
            "tcp" => Self::Tcp,
            "status" => Self::Status,
            "grpc" => Self::Grpc(node.template(1)),
            "postgres" => Self::Postgres(node.text(1)),
            "http" => {
                path_or_address(node);
                Self::Http(node.template(1)?)
            }
            "log" => Self::Log(node.template(1)?),
            "exec" => Self::Exec(node.templates(1)),
            _ => {
                let known = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
                let (found, span) = (kind.value, kind.span);
                node.complain(super::Problem::UnknownWord { what: "a kind of probe", found, known, span });
                return None;
            }
        })
    }
}

/// What `ready http` asks; a host and a port without `http://` would be taken for a path.
fn path_or_address(node: Node<'_>) {
    let begins = ["/", "http://", "https://", "{"];
    let Some(asked) = node.text(1).filter(|asked| !begins.iter().any(|begin| asked.starts_with(begin)))
    else {
        return;
    };
    node.complain(super::Problem::BadValue {
        what: "a path or an address",
        found: asked.value,
        expected: "a path on its port, \"/health\", or a whole address, \"http://host:8080/health\"".into(),
        span: asked.span,
    });
}

const CHILDREN: &[&str] = &["needs", "alias", "ready", "external", "infrastructure"];
const JOB_CHILDREN: &[&str] = &["needs", "alias", "prepare", "run", "do", "builtin"];

impl Service {
    /// Reads `service NAME "summary" { … }` or `job NAME "summary" { … }`.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let job = node.name() == "job";
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: CHILDREN };
        if !node.check(&Shape { children: if job { JOB_CHILDREN } else { CHILDREN }, ..shape }) {
            return None;
        }
        let said = |name: &str| node.child(name).is_some_and(|child| child.says_yes());
        Some(Self {
            name: node.text(0)?,
            summary: node.text(1).map(|text| text.value).unwrap_or_default(),
            nature: if job { Nature::Job(Action::parse_all(node, JOB_CHILDREN)) } else { Nature::Service },
            needs: if job { names(node, "needs") } else { needs(node) },
            lost: if job { Vec::new() } else { Lost::parse_all(node) },
            aliases: names(node, "alias"),
            ready: node.child("ready").and_then(Ready::parse),
            external: said("external"),
            infrastructure: said("infrastructure"),
        })
    }

    /// Whether it runs to completion.
    pub fn is_job(&self) -> bool {
        matches!(self.nature, Nature::Job(_))
    }
}

/// `group NAME "summary" { members A B "*" }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Its name.
    pub name: Spanned<String>,
    /// One line for `gladys list`.
    pub summary: String,
    /// Services, other groups, or `*` for every service that is neither infrastructure, external nor a job.
    pub members: Vec<Spanned<String>>,
}

impl Group {
    /// Reads a group.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape { least: 1, most: 2, wants: "a name", properties: &[], children: &["members"] };
        if !node.check(&shape) {
            return None;
        }
        let name = node.text(0)?;
        let members = names(node, "members");
        if members.is_empty() {
            let group = format!("the group `{}`", name.value);
            let (child, example, span) = ("members", "members service-a service-b", name.span);
            node.complain(super::Problem::MissingChild { node: group, child, example, span });
        }
        Some(Self { name, summary: node.text(1).map(|text| text.value).unwrap_or_default(), members })
    }
}

/// `needs NAME… lost=keep|stop|restart`: what becomes of a service when one that it needs goes away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// What is needed.
    pub need: Spanned<String>,
    /// The policy.
    pub policy: Spanned<String>,
}

impl Lost {
    /// Reads those of every `needs` of a service that say it.
    pub fn parse_all(node: Node<'_>) -> Vec<Self> {
        let mut all = Vec::new();
        for needs in node.children().filter(|child| child.name() == "needs") {
            let Some(policy) = needs.property("lost") else { continue };
            one_of(needs, "a policy for a lost need", &policy, &["keep", "stop", "restart"]);
            all.extend(needs.texts().into_iter().map(|need| Self { need, policy: policy.clone() }));
        }
        all
    }
}

/// Notes a word that is not one of a fixed list.
pub fn one_of(node: Node<'_>, what: &'static str, word: &Spanned<String>, known: &[&str]) {
    if !known.contains(&word.as_str()) {
        let known = known.iter().map(|word| (*word).to_owned()).collect();
        node.complain(super::Problem::UnknownWord {
            what,
            found: word.value.clone(),
            known,
            span: word.span,
        });
    }
}

/// The words of every child of one name.
fn names(node: Node<'_>, child: &str) -> Vec<Spanned<String>> {
    words(node, child, &[])
}

/// What a service says that it needs.
pub fn needs(node: Node<'_>) -> Vec<Spanned<String>> {
    words(node, "needs", &["lost"])
}

fn words(node: Node<'_>, child: &str, properties: &'static [&'static str]) -> Vec<Spanned<String>> {
    let shape = Shape::words("a name").properties(properties);
    let found = node.children().filter(|other| other.name() == child);
    found.filter(|node| node.check(&shape)).flat_map(|node| node.texts()).collect()
}
