//! Compose files (<https://github.com/compose-spec/compose-spec>): the profile that is made runs the same file, so what
//! a container is made of stays there; names, order, ports and readiness become the manifest's.
//!
//! - this file: the files, and what stands beside `services`; [`service`]: one service; [`needs`]: what it needs;
//!   [`ports`]: its published ports; [`health`]: how long it may take; [`database`]: a PostgreSQL that can be reached.
//! - [`variable`]: `${NAME:-default}`; [`extend`]: `extends`; [`order`]: circles; [`lines`]: the lines of both files.

mod database;
mod extend;
mod health;
mod lines;
mod needs;
mod order;
mod ports;
mod service;
mod variable;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Request;
use super::draft::{Draft, Parts, Place};
use super::error::Fault;
use super::item::Items;
use super::source;
use super::yaml::{self, Kind, Node};
use crate::span::Sources;
use service::Service;

/// The names that are looked for, in this order.
pub const NAMES: &[&str] = &["compose.yaml", "compose.yml", "*-compose.yml", "*-compose.yaml"];

/// The profile around what is taken over.
const TEMPLATE: &str = include_str!("../../../templates/compose.kdl");

/// Drafts the manifest of compose files; later files count before earlier ones.
pub fn draft(request: &Request, place: &Place, sources: &mut Sources) -> Result<Draft, Vec<Fault>> {
    let files = files(request).map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    let documents: Vec<Rc<Node>> =
        files.iter().filter_map(|file| keep(document(file, sources), &mut faults)).collect();
    let Some(whole) = documents.iter().cloned().reduce(|base, over| base.merged(&over)) else {
        return Err(faults);
    };
    let folder = files[0].parent().map(Path::to_owned).unwrap_or_default();
    let mut items = Items::default();
    tags(&whole, "", &mut items, &mut HashSet::new());
    let project = top_level(&whole, &mut items);
    let services = services(&whole, &folder, &mut items, &mut faults);
    if services.is_empty() && faults.is_empty() {
        let (path, expected) = (files[0].display().to_string(), "`services:` with at least one service");
        faults.push(Fault::Nothing { path, expected, span: whole.span });
    }
    order::check(&services, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let names: Vec<String> =
        files.iter().map(|file| crate::text::shell_word(&file.display().to_string())).collect();
    let written = lines::Written { place, files: &files, folder: &folder, project, services: &services };
    let parts = Parts {
        origin: format!("gladys import compose {}", names.join(" ")),
        manifest: written.manifest(),
        template: TEMPLATE,
        profile: written.profile(),
        secrets: services.iter().filter_map(|service| service.database.as_ref()?.secret()).collect(),
    };
    let (profile, files) = parts.files(place);
    items.0.sort_by_key(|item| item.span);
    Ok(Draft { profile, services: services.len(), files, items: items.0 })
}

fn keep<T>(result: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    let new = |fault: &Fault, known: &[Fault]| !known.contains(fault);
    result.map_err(|fault| faults.extend(Some(fault).filter(|fault| new(fault, faults)))).ok()
}

/// The files that were named; else the first that is there, with the override beside it that is always read with it.
fn files(request: &Request) -> Result<Vec<PathBuf>, Fault> {
    if !request.files.is_empty() {
        return Ok(request.files.clone());
    }
    let found = source::find(NAMES, request.format)?;
    let stem = found.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let over = ["yaml", "yml"].map(|end| found.with_file_name(format!("{stem}.override.{end}")));
    Ok(std::iter::once(found).chain(over.into_iter().find(|path| path.is_file())).collect())
}

fn document(path: &Path, sources: &mut Sources) -> Result<Rc<Node>, Fault> {
    let (file, text) = source::read(path, sources)?;
    let node = yaml::parse(&text, file)?;
    match node.kind {
        Kind::Map(_) => Ok(node),
        Kind::Null => {
            let (path, expected) = (path.display().to_string(), "`services:` with at least one service");
            Err(Fault::Nothing { path, expected, span: node.span })
        }
        _ => Err(Fault::BadValue {
            what: "this file".into(),
            expected: "a mapping with `services:`",
            span: node.span,
        }),
    }
}

/// Tags change how files are put together (`!reset`, `!override`); they are not followed. What anchors put into several
/// places is looked at in the first one: the number of places can be exponential in the length of the file.
fn tags(node: &Node, path: &str, items: &mut Items, seen: &mut HashSet<*const Node>) {
    if !seen.insert(std::ptr::from_ref(node)) {
        return;
    }
    if let Some(tag) = &node.tag {
        items.open(path.trim_start_matches('.'), node.span, format!("the tag `{tag}` is not followed here"));
    }
    for entry in node.entries() {
        tags(&entry.value, &format!("{path}.{}", entry.key), items, seen);
    }
}

/// Everything beside the services; the project's name, if it has one.
fn top_level(whole: &Node, items: &mut Items) -> Option<String> {
    for entry in whole.entries().iter().filter(|entry| entry.key != "services") {
        match entry.key.as_str() {
            "include" => {
                let why = "services of other files are not looked at: name those files too, behind this one";
                items.open("include", entry.span, why);
            }
            key => items.kept(key, entry.span),
        }
    }
    whole.get("name").and_then(|node| node.text()).filter(|name| !name.contains('$')).map(str::to_owned)
}

fn services(whole: &Node, folder: &Path, items: &mut Items, faults: &mut Vec<Fault>) -> Vec<Service> {
    let Some(node) = whole.get("services") else { return Vec::new() };
    if !matches!(node.kind, Kind::Map(_) | Kind::Null) {
        let expected = "a mapping from names to services";
        faults.push(Fault::BadValue { what: "`services`".into(), expected, span: node.span });
    }
    let mut all = service::Names::default();
    let (mut services, mut taken) = (Vec::new(), 0);
    for entry in node.entries() {
        let Some(resolved) = keep(extend::resolve(node, entry, &mut taken, items), faults) else { continue };
        let reading = service::Reading { known: node, folder, items, faults };
        services.push(reading.service(entry, &resolved, &mut all));
    }
    service::settle(&mut services, items);
    services
}
