//! Which services a request is about, what they need, and in which order.

use indexmap::{IndexMap, IndexSet};

use super::world::World;
use crate::manifest::Problem;
use crate::span::Span;

/// What a service needs directly, in this profile: as declared, and what the profile adds.
pub fn needs(world: &World<'_>, service: &str) -> Vec<String> {
    let declared = world.manifest.services.get(service).map(|service| service.needs.as_slice());
    let placed = world.placement(service).map(|placement| placement.needs.as_slice());
    let all = declared.unwrap_or_default().iter().chain(placed.unwrap_or_default());
    let real = all.filter_map(|need| world.manifest.service(need));
    real.map(|service| service.name.value.clone()).collect::<IndexSet<_>>().into_iter().collect()
}

/// The targets and everything they need, what is needed first. In a circle, which is a problem of its own, somebody
/// has to be.
pub fn closure(world: &World<'_>, targets: &IndexSet<String>) -> IndexSet<String> {
    let mut order = IndexSet::new();
    for target in targets {
        visit(world, target, &mut order, &mut IndexSet::new());
    }
    order
}

fn visit(world: &World<'_>, service: &str, order: &mut IndexSet<String>, seen: &mut IndexSet<String>) {
    if order.contains(service) || !seen.insert(service.to_owned()) {
        return;
    }
    for need in needs(world, service) {
        visit(world, &need, order, seen);
    }
    order.insert(service.to_owned());
}

/// The level of each service of an order: 0 for those that need nothing, one more than the highest they need
/// otherwise. What is not counted (`weightless`) passes its level on without adding to it.
pub fn levels(
    world: &World<'_>,
    order: &IndexSet<String>,
    weightless: impl Fn(&str) -> bool,
) -> IndexMap<String, usize> {
    let mut levels: IndexMap<String, usize> = IndexMap::new();
    for service in order {
        let below = needs(world, service)
            .into_iter()
            .filter_map(|need| levels.get(&need).map(|level| level + usize::from(!weightless(&need))));
        let level = below.max().unwrap_or(0);
        levels.insert(service.clone(), level);
    }
    levels
}

/// Notes every service of the order that this profile cannot run. `asked` are the targets themselves.
pub fn check_placed(world: &World<'_>, order: &IndexSet<String>, asked: &IndexSet<String>, span: Span) {
    for name in order {
        let Some(service) = world.manifest.services.get(name) else { continue };
        if world.is_external(name) || service.is_job() || world.placement(name).is_some() {
            continue;
        }
        let needed_by = order.iter().find(|other| needs(world, other).contains(name)).cloned();
        let needed_by = needed_by.filter(|_| !asked.contains(name));
        let span = if service.name.span == Span::default() { span } else { service.name.span };
        let profile = world.profile.name.value.clone();
        world.complain(Problem::NotInProfile { service: name.clone(), profile, needed_by, span });
    }
}
