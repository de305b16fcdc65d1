//! What a service needs: `depends_on`, and what names other services in passing.

use crate::import::error::Fault;
use crate::import::item::Items;
use crate::import::yaml::{Kind, Node};
use crate::span::Span;

/// Another service that must be there first.
pub struct Need {
    /// Its name in the compose file.
    pub unit: String,
    /// Where that stands.
    pub span: Span,
    /// It must have run to completion.
    pub completed: bool,
}

/// Everything that a service needs, each once.
pub fn read(unit: &str, node: &Node, known: &Node, items: &mut Items, faults: &mut Vec<Fault>) -> Vec<Need> {
    let mut needs = depends_on(unit, node, known, items, faults);
    let named = named(node).into_iter().filter(|need| known.get(&need.unit).is_some());
    needs.extend(named);
    for need in needs.iter().filter(|need| known.get(&need.unit).is_none()) {
        let known = known.entries().iter().map(|entry| entry.key.clone()).collect();
        faults.push(Fault::Unknown { name: need.unit.clone(), known, span: need.span });
    }
    let mut seen = Vec::new();
    needs.retain(|need| {
        let new = !seen.contains(&need.unit);
        seen.push(need.unit.clone());
        new
    });
    needs
}

fn depends_on(
    unit: &str,
    node: &Node,
    known: &Node,
    items: &mut Items,
    faults: &mut Vec<Fault>,
) -> Vec<Need> {
    let Some(depends) = node.get("depends_on") else { return Vec::new() };
    let what = format!("services.{unit}.depends_on");
    let mut needs = Vec::new();
    if matches!(depends.kind, Kind::Scalar(_)) {
        let expected = "a list of services, or a mapping with a `condition` for each";
        faults.push(Fault::BadValue { what: "`depends_on`".into(), expected, span: depends.span });
    }
    for item in depends.items() {
        if let Some(name) = item.text() {
            items.translated(&what, item.span, format!("needs {name}"));
            needs.push(Need { unit: name.to_owned(), span: item.span, completed: false });
        }
    }
    for entry in depends.entries() {
        let optional = is(&entry.value, "required", "false");
        if optional && known.get(&entry.key).is_none() {
            items.open(&what, entry.span, format!("`{}` is not required, and not there", entry.key));
            continue;
        }
        let condition = entry.value.get("condition");
        let completed = match condition.map_or(Some("service_started"), |node| node.text()) {
            Some("service_completed_successfully") => true,
            Some("service_started" | "service_healthy") => false,
            _ => {
                let span = condition.map_or(entry.span, |node| node.span);
                let expected = "`service_started`, `service_healthy`, or `service_completed_successfully`";
                faults.push(Fault::BadValue { what: "`condition`".into(), expected, span });
                false
            }
        };
        items.translated(&what, entry.span, format!("needs {}", entry.key));
        if optional {
            let why = format!("`required: false`: a start of `{unit}` fails where `{}` does", entry.key);
            items.check(&what, entry.span, why);
        }
        if is(&entry.value, "restart", "true") {
            let why = format!("`restart: true`: `gladys restart {}` leaves `{unit}` alone", entry.key);
            items.open(&what, entry.span, why);
        }
        needs.push(Need { unit: entry.key.clone(), span: entry.span, completed });
    }
    needs
}

fn is(node: &Node, key: &str, text: &str) -> bool {
    node.get(key).and_then(|value| value.text()) == Some(text)
}

/// `links`, `volumes_from`, and `network_mode: service:NAME`: compose starts those first, too.
fn named(node: &Node) -> Vec<Need> {
    let need = |text: &str, span| {
        let unit = text.split(':').next().unwrap_or(text).to_owned();
        Need { unit, span, completed: false }
    };
    let lists = ["links", "volumes_from"].into_iter().filter_map(|key| node.get(key));
    let listed = lists.flat_map(|list| list.items()).filter_map(|item| Some(need(item.text()?, item.span)));
    let modes = ["network_mode", "ipc", "pid"].into_iter().filter_map(|key| node.get(key));
    let shared = modes.filter_map(|mode| Some(need(mode.text()?.strip_prefix("service:")?, mode.span)));
    listed.chain(shared).collect()
}
