//! A PostgreSQL among the services: where `query` and `psql` connect to.

use super::ports::Port;
use super::variable::{Value, value};
use crate::import::item::{Fate, Items};
use crate::import::write::{Line, literal};
use crate::import::yaml::Node;

/// How it is logged in to.
pub struct Database {
    user: Value,
    name: Value,
    password: Option<Value>,
}

/// Images that are PostgreSQL, by the end of their names.
const IMAGES: [&str; 5] = ["postgres", "postgresql", "postgis", "pgvector", "timescaledb"];

/// What is shown for a password.
const HIDDEN: &str = "***";

const UNREACHABLE: &str = "PostgreSQL without a port of this machine: `query` and `psql` cannot reach it";

/// Whether a service is one.
pub fn is_postgres(node: &Node) -> bool {
    let image = node.get("image").and_then(|image| image.text()).unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or_default().split([':', '@']).next().unwrap_or_default();
    IMAGES.contains(&name)
}

/// The database of a service that is one, has a port, and says who may log in.
pub fn read(unit: &str, node: &Node, port: Option<&Port>, items: &mut Items) -> Option<Database> {
    let what = path(unit);
    if !is_postgres(node) {
        return None;
    }
    let span = node.get("image").map(|image| image.span)?;
    if port.is_none() {
        items.open(what, span, UNREACHABLE);
        return None;
    }
    // The variables of the official image and what they default to.
    let user = or_else(variable(node, "POSTGRES_USER"), "postgres");
    let same = match &user {
        Value::Literal(user) => user.clone(),
        Value::Variable { default, .. } => default.clone().unwrap_or_default(),
        Value::Mixed => String::new(),
    };
    let name = variable(node, "POSTGRES_DB").map_or_else(|| user.clone(), |name| or_else(Some(name), &same));
    let password = variable(node, "POSTGRES_PASSWORD").map(|password| or_else(Some(password), ""));
    let known = |value: &Value| match value {
        Value::Literal(text) => is_plain(text),
        Value::Variable { default, .. } => default.as_deref().is_none_or(is_plain),
        Value::Mixed => false,
    };
    if !known(&user) || !known(&name) || matches!(password, Some(Value::Mixed)) {
        items.open(
            what,
            span,
            "who logs in is known only to compose: add `database { url … }` to the manifest",
        );
        return None;
    }
    if password.is_none() && secret_elsewhere(node) {
        items.check(
            &what,
            span,
            "the password is in another file: set `PGPASSWORD`, or add `password` to `database`",
        );
    }
    items.translated(what, span, "database, query, psql");
    Some(Database { user, name, password })
}

/// Its service has lost its port.
pub fn lost(database: &mut Option<Database>, unit: &str, items: &mut Items) {
    if database.take().is_some() {
        let what = path(unit);
        items
            .0
            .iter_mut()
            .filter(|item| item.what == what)
            .for_each(|item| item.fate = Fate::Open(UNREACHABLE.to_owned()));
    }
}

fn path(unit: &str) -> String {
    format!("services.{unit}: database")
}

/// A variable that has no default gets one: whether it must be set is for compose to say, when it starts.
fn or_else(value: Option<Value>, default: &str) -> Value {
    match value {
        None => Value::Literal(default.to_owned()),
        Some(Value::Variable { name, default: None }) => {
            Value::Variable { name, default: Some(default.to_owned()) }
        }
        Some(value) => value,
    }
}

/// What can stand in an address as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn secret_elsewhere(node: &Node) -> bool {
    node.get("env_file").is_some() || variable(node, "POSTGRES_PASSWORD_FILE").is_some()
}

/// A variable of the container, from a mapping or a list.
fn variable(node: &Node, name: &str) -> Option<Value> {
    let environment = node.get("environment")?;
    let from_outside = || Value::Variable { name: name.to_owned(), default: None };
    if let Some(found) = environment.get(name) {
        return Some(found.text().map_or_else(from_outside, value));
    }
    let listed = environment.items().iter().filter_map(|item| item.text());
    let mut found = listed.filter_map(|text| match text.split_once('=') {
        Some((key, text)) => (key == name).then(|| value(text)),
        None => (text == name).then(from_outside),
    });
    found.next()
}

impl Database {
    /// The line that holds the password, where the file says it; and the same one without its text.
    pub fn secret(&self) -> Option<[Line; 2]> {
        let password = self.password.as_ref()?;
        let hidden = match password.clone() {
            Value::Variable { name, default: Some(text) } if !text.is_empty() => {
                Value::Variable { name, default: Some(HIDDEN.to_owned()) }
            }
            Value::Literal(_) => Value::Literal(HIDDEN.to_owned()),
            other => other,
        };
        Some([Self::password(password)?, Self::password(&hidden)?])
    }

    fn password(value: &Value) -> Option<Line> {
        match value {
            Value::Literal(text) => Some(Line::new("password").summary(&literal(text))),
            other => from(Line::new("password"), other),
        }
    }

    /// The values that its address is made of.
    pub fn lets(&self, service: &str) -> Vec<Line> {
        let pair = [("user", &self.user), ("name", &self.name)];
        let line = |what: &str| Line::new("let").word(&format!("{service}-{what}"));
        pair.into_iter().filter_map(|(what, value)| from(line(what), value)).collect()
    }

    /// The `database` of the manifest; without a name it is the one that is meant where none is said.
    pub fn line(&self, service: &str, named: bool) -> Line {
        let part = |what: &str, value: &Value| match value {
            Value::Literal(text) => text.clone(),
            _ => format!("{{{service}-{what}}}"),
        };
        let (user, name) = (part("user", &self.user), part("name", &self.name));
        let url = format!("postgres://{user}@localhost:{{{service}.port}}/{name}");
        let line = Line::new("database").words(named.then_some(service)).child(Line::new("url").word(&url));
        line.with(self.password.as_ref().and_then(Self::password)).child(Line::new("service").word(service))
    }
}

/// A value that is a variable.
fn from(line: Line, value: &Value) -> Option<Line> {
    let Value::Variable { name, default } = value else { return None };
    Some(line.property("env", name).property("default", &literal(default.as_deref().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::is_postgres;
    use crate::import::yaml;

    #[test]
    fn a_postgresql_is_known_by_its_image() {
        let is = |image: &str| is_postgres(&yaml::parse(&format!("image: {image}"), 0).expect("YAML"));
        for image in [
            "postgres",
            "postgres:15",
            "registry.example/postgis/postgis:16-3.4",
            "pgvector/pgvector:pg16",
            "timescale/timescaledb@sha256:0",
        ] {
            assert!(is(image), "{image}");
        }
        for image in ["postgres-exporter", "mysql:8", "pgadmin"] {
            assert!(!is(image), "{image}");
        }
    }
}
