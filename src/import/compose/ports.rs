//! Published ports (<https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports>). The manifest knows
//! one port of a service, the one that others reach it at; the container publishes all of them all the same.

use std::path::Path;

use super::variable::{Value, fields, value};
use crate::import::error::Fault;
use crate::import::item::{Fate, Items};
use crate::import::source;
use crate::import::yaml::{Kind, Node};
use crate::span::Span;

/// The port that a service is reached at.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its number, without any variable.
    pub number: u16,
    /// The variable that it is taken from.
    pub env: Option<String>,
    /// What it leads to in the container.
    pub target: String,
    /// Where it stands.
    pub span: Span,
}

/// One entry of `ports`, whatever its syntax.
struct Published {
    host: Value,
    target: String,
    protocol: String,
    span: Span,
}

/// The port: the first one that is fixed, or that leads to `preferred`. Everything else is told.
pub fn read(
    unit: &str,
    ports: &Node,
    folder: &Path,
    preferred: Option<&str>,
    items: &mut Items,
) -> Result<Option<Port>, Fault> {
    if !matches!(ports.kind, Kind::List(_) | Kind::Null) {
        return Err(Fault::BadValue { what: "`ports`".into(), expected: "a list", span: ports.span });
    }
    let mut found: Vec<(Port, usize)> = Vec::new();
    for node in ports.items() {
        let what = format!("services.{unit}.ports");
        let published = published(node)?;
        match port(&published, folder) {
            Ok(port) => {
                let to = match &port.env {
                    Some(env) => format!("port {} env={env}", port.number),
                    None => format!("port {} fixed=#true", port.number),
                };
                items.translated(what, published.span, to);
                found.push((port, items.0.len() - 1));
            }
            Err(why) => items.open(what, published.span, why),
        }
    }
    let chosen = found.iter().position(|(port, _)| Some(port.target.as_str()) == preferred).unwrap_or(0);
    for (_, (_, item)) in found.iter().enumerate().filter(|(index, _)| *index != chosen) {
        items.0[*item].fate =
            Fate::Open("published, but the manifest knows one port of a service".to_owned());
    }
    Ok(found.into_iter().nth(chosen).map(|(port, _)| port))
}

fn published(node: &Node) -> Result<Published, Fault> {
    let text = |key: &str| node.get(key).and_then(|node| node.text());
    match &node.kind {
        Kind::Map(_) => Ok(Published {
            host: value(text("published").unwrap_or_default()),
            target: text("target").unwrap_or_default().to_owned(),
            protocol: text("protocol").unwrap_or("tcp").to_owned(),
            span: node.span,
        }),
        Kind::Scalar(text) => Ok(short(text, node.span)),
        _ => {
            let expected = "a text such as \"8080:80\", or a mapping with `target` and `published`";
            Err(Fault::BadValue { what: "this port".into(), expected, span: node.span })
        }
    }
}

/// `[HOST:][PUBLISHED:]TARGET[/PROTOCOL]`.
fn short(text: &str, span: Span) -> Published {
    let mut fields = fields(text);
    let last = fields.pop();
    let target = match &last {
        Some(Value::Literal(text)) => text.as_str(),
        _ => "",
    };
    let (target, protocol) = target.split_once('/').unwrap_or((target, "tcp"));
    let host = fields.pop().unwrap_or(Value::Literal(String::new()));
    Published { host, target: target.to_owned(), protocol: protocol.to_owned(), span }
}

/// The port, or why it is none that a manifest can say.
fn port(published: &Published, folder: &Path) -> Result<Port, String> {
    if published.protocol != "tcp" {
        return Err(format!("a port of {}, and the manifest knows TCP", published.protocol.to_uppercase()));
    }
    let (env, text) = match &published.host {
        Value::Literal(text) => (None, text.clone()),
        Value::Variable { name, default } => {
            let text =
                default.clone().filter(|text| !text.is_empty()).or_else(|| source::dotenv(folder, name));
            let text = text
                .ok_or_else(|| format!("`{name}` has no default: add `port N env={name}` to the profile"))?;
            (Some(name.clone()), text)
        }
        Value::Mixed => {
            return Err("its number is known only to compose: add `port N` to the profile".to_owned());
        }
    };
    let number = text.trim().parse::<u16>().ok().filter(|number| *number > 0);
    let why = || match text.as_str() {
        "" | "0" => "published at a port that the engine chooses".to_owned(),
        text if text.contains('-') => format!("`{text}` is a range of ports"),
        text => format!("`{text}` is not a port"),
    };
    let number = number.ok_or_else(why)?;
    Ok(Port { number, env, target: published.target.clone(), span: published.span })
}
