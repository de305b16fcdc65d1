//! One service of a compose file.

use std::collections::HashSet;
use std::path::Path;

use super::database::{self, Database};
use super::needs::{self, Need};
use super::ports::{self, Port};
use super::{health, variable};
use crate::import::error::Fault;
use crate::import::item::Items;
use crate::import::yaml::{Entry, Node};
use crate::span::Span;

/// What is known of it.
pub struct Service {
    /// Its name in the manifest.
    pub name: String,
    /// Its name in the compose file.
    pub unit: String,
    /// Where that stands.
    pub span: Span,
    /// One line for people.
    pub summary: String,
    /// What it needs, by its name in the compose file.
    pub needs: Vec<Need>,
    /// The port it is reached at.
    pub port: Option<Port>,
    /// The compose profiles it belongs to.
    pub profiles: Vec<String>,
    /// How many seconds its health check may take, where that is long.
    pub timeout: Option<u64>,
    /// A PostgreSQL that can be reached.
    pub database: Option<Database>,
    /// It runs to completion.
    pub job: bool,
    /// Where the file says that it is not started again, and nothing says that it goes on running.
    once: Option<Span>,
}

/// The names that are taken. `all` is a group of every manifest, and `{database.…}` is a database's own.
pub struct Names(HashSet<String>);

impl Default for Names {
    fn default() -> Self {
        Self(["all", "database"].map(str::to_owned).into())
    }
}

impl Names {
    /// The name itself where a manifest can have it, or one that is near.
    pub fn take(&mut self, wanted: &str, kind: &str) -> String {
        let good = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        let name: String = wanted.chars().map(good).collect();
        let name = if name.starts_with(char::is_alphabetic) { name } else { format!("{kind}-{name}") };
        let others = std::iter::once(format!("{name}-{kind}")).chain((2..).map(|n| format!("{name}-{n}")));
        let free =
            std::iter::once(name.clone()).chain(others).find(|name| !self.0.contains(name)).unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

/// Where services are read.
pub struct Reading<'a> {
    /// The mapping of all services.
    pub known: &'a Node,
    /// The folder of the first file.
    pub folder: &'a Path,
    /// What became of what.
    pub items: &'a mut Items,
    /// What is wrong.
    pub faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    /// Reads a service.
    pub fn service(mut self, entry: &Entry, node: &Node, names: &mut Names) -> Service {
        let unit = entry.key.clone();
        let name = names.take(&unit, "service");
        let called =
            if name == unit { format!("service {name}") } else { format!("service {name}, unit {unit}") };
        self.items.translated(format!("services.{unit}"), entry.span, called);
        let needs = needs::read(&unit, node, self.known, self.items, self.faults);
        let port = self.port(&unit, node);
        let profiles = self.profiles(&unit, node);
        self.rest(&unit, node);
        Service {
            summary: summary(node),
            timeout: node.get("healthcheck").and_then(|check| health::limit(check)),
            database: database::read(&unit, node, port.as_ref(), self.items),
            span: entry.span,
            needs,
            port,
            profiles,
            name,
            unit,
            job: false,
            once: once(node),
        }
    }

    fn port(&mut self, unit: &str, node: &Node) -> Option<Port> {
        let ports = node.get("ports")?;
        let preferred = database::is_postgres(node).then_some("5432");
        match ports::read(unit, ports, self.folder, preferred, self.items) {
            Ok(port) => port,
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    fn profiles(&mut self, unit: &str, node: &Node) -> Vec<String> {
        let Some(profiles) = node.get("profiles") else { return Vec::new() };
        let (unnamed, names): (Vec<&str>, Vec<&str>) =
            profiles.items().iter().filter_map(|name| name.text()).partition(|name| name.trim().is_empty());
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        if !unnamed.is_empty() {
            let why = "one of them has no name, so no group stands for it; give it one";
            self.items.open(format!("services.{unit}.profiles"), profiles.span, why);
        }
        if !names.is_empty() {
            let to = "infrastructure: left out of `*`, and in a group of its own";
            self.items.translated(format!("services.{unit}.profiles"), profiles.span, to);
        }
        names
    }

    /// Everything that nobody else reads: it is about the container, and stays where it is.
    fn rest(&mut self, unit: &str, node: &Node) {
        const READ: [&str; 4] = ["depends_on", "ports", "profiles", "extends"];
        for entry in node.entries().iter().filter(|entry| !READ.contains(&entry.key.as_str())) {
            self.items.kept(format!("services.{unit}.{}", entry.key), entry.span);
        }
        let deploy = node.get("deploy").and_then(|deploy| deploy.get("replicas"));
        for replicas in deploy.into_iter().chain(node.get("scale")) {
            if replicas.text().is_some_and(|number| number != "1" && number != "0") {
                let why = "all of them are started; `status`, `logs` and the wait look at the latest one";
                self.items.check(format!("services.{unit}: replicas"), replicas.span, why);
            }
        }
    }
}

/// `restart: "no"` of a service that has nothing to be reached or watched by.
fn once(node: &Node) -> Option<Span> {
    let server = ["ports", "expose", "healthcheck"].iter().any(|key| node.get(key).is_some());
    let restart = node.get("restart").filter(|restart| restart.text() == Some("no"))?;
    (!server).then_some(restart.span)
}

fn summary(node: &Node) -> String {
    let build = node.get("build").and_then(|build| build.text().or_else(|| build.get("context")?.text()));
    let image = node.get("image").and_then(|image| image.text());
    match (image, build) {
        (_, Some(folder)) => format!("Built from {folder}"),
        (Some(image), None) => match variable::value(image) {
            variable::Value::Variable { default: Some(image), .. } => image,
            _ => image.to_owned(),
        },
        (None, None) => "A container".to_owned(),
    }
}

/// What depends on the other services: which ones are jobs, and who has a port first.
pub fn settle(services: &mut [Service], items: &mut Items) {
    jobs(services, items);
    let mut taken: Vec<(Port, String)> = Vec::new();
    for service in services {
        let Some(port) = &service.port else { continue };
        let what = format!("services.{}.ports", service.unit);
        let same = |other: &Port| other.number == port.number || other.env.is_some() && other.env == port.env;
        let first = taken.iter().find(|(other, _)| same(other));
        let why = match first {
            Some((_, other)) => Some(format!("`{other}` has the port {} already", port.number)),
            None if service.job => Some("what runs to completion has no port".to_owned()),
            None => None,
        };
        match why {
            Some(why) => {
                items.0.retain(|item| item.what != what || item.span != port.span);
                items.open(what, port.span, why);
                service.port = None;
                database::lost(&mut service.database, &service.unit, items);
            }
            None => taken.push((port.clone(), service.unit.clone())),
        }
    }
}

/// Jobs are what others wait for to run to completion, and what nobody needs and is not started again.
fn jobs(services: &mut [Service], items: &mut Items) {
    let needed = |completed: bool| -> HashSet<String> {
        let needs = services.iter().flat_map(|service| &service.needs);
        needs.filter(|need| need.completed == completed).map(|need| need.unit.clone()).collect()
    };
    let (completed, running) = (needed(true), needed(false));
    for service in services {
        service.job = completed.contains(&service.unit);
        let Some(span) = service.once.filter(|_| !service.job) else { continue };
        service.job = !running.contains(&service.unit);
        let why = if service.job {
            "`no`, and nobody needs it, nor has it a port or a check: taken for a job, which runs to completion"
        } else {
            "`no`, but others need it running: a service; one that runs to completion has to be a `job`"
        };
        let what = format!("services.{}.restart", service.unit);
        items.0.retain(|item| item.what != what);
        items.check(what, span, why);
    }
}
