//! `extends`: a service that begins as another one.

use std::rc::Rc;

use crate::import::error::Fault;
use crate::import::item::Items;
use crate::import::yaml::{Entry, Kind, Node};

/// A service that a person writes extends a few others.
const LONGEST: usize = 64;
/// So many values all services together may take over: a few lines that extend the same long list would otherwise take
/// for ever.
const MOST: usize = 1_000_000;

/// A service with everything of those that it extends in the same file; `taken` counts what all have taken over.
pub fn resolve(
    services: &Node,
    entry: &Entry,
    taken: &mut usize,
    items: &mut Items,
) -> Result<Rc<Node>, Fault> {
    let mut chain = vec![entry.clone()];
    let mut value = Rc::clone(&entry.value);
    if !matches!(value.kind, Kind::Map(_)) {
        let (what, expected) = (format!("`services.{}`", entry.key), "a mapping");
        return Err(Fault::BadValue { what, expected, span: entry.span });
    }
    while let Some(base) = base(services, chain.last().map_or(entry, |last| last), &entry.key, items)? {
        if let Some(at) = chain.iter().position(|known| known.key == base.key) {
            return Err(circle(chain.split_off(at)));
        }
        value = base.value.merged(&value);
        *taken += size(&value);
        chain.push(base);
        if chain.len() > LONGEST || *taken > MOST {
            let message = "services that extend each other come to more than any person writes".to_owned();
            let (label, help) = ("too much", "extend one service that has what is common");
            return Err(Fault::Syntax { message, label, help, span: entry.span });
        }
    }
    Ok(value)
}

/// How many values a service has, with those of its lists and mappings.
fn size(service: &Node) -> usize {
    let inside =
        service.entries().iter().map(|entry| entry.value.entries().len() + entry.value.items().len());
    service.entries().len() + inside.sum::<usize>()
}

/// The same fault from whichever of its services it is found.
fn circle(mut chain: Vec<Entry>) -> Fault {
    let first = (0..chain.len()).min_by_key(|at| chain[*at].span).unwrap_or(0);
    chain.rotate_left(first);
    let spans =
        chain.iter().map(|known| known.value.get("extends").map_or(known.span, |extends| extends.span));
    Fault::Circle {
        verb: "extend",
        spans: spans.collect(),
        names: chain.iter().map(|known| known.key.clone()).collect(),
    }
}

fn base(services: &Node, of: &Entry, whole: &str, items: &mut Items) -> Result<Option<Entry>, Fault> {
    let Some(extends) = of.value.get("extends") else { return Ok(None) };
    let what = format!("services.{whole}.extends");
    if let Some(file) = extends.get("file").and_then(|node| node.text()) {
        let why = format!(
            "ports, needs and profiles that `{file}` adds are not looked at: add them to the manifest"
        );
        items.open(what, extends.span, why);
        return Ok(None);
    }
    let name = extends.text().or_else(|| extends.get("service")?.text());
    let Some(name) = name else {
        return Err(Fault::BadValue {
            what: "`extends`".into(),
            expected: "the name of a service",
            span: extends.span,
        });
    };
    let found = services.entries().iter().find(|entry| entry.key == name);
    items.kept(what, extends.span);
    found.cloned().map(Some).ok_or_else(|| {
        let known = services.entries().iter().map(|entry| entry.key.clone()).collect();
        Fault::Unknown { name: name.to_owned(), known, span: extends.span }
    })
}
