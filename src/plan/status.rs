//! The services that `status` is about, each with the way to look at it.

use indexmap::IndexSet;

use super::scope::Scope;
use super::world::World;
use super::{order, present, printed, probe, report, stray};
use crate::builtin::status::{Look, Status, Target};
use crate::builtin::why::Why;
use crate::manifest::Problem;
use crate::manifest::action::ActionKind;
use crate::manifest::service::Service;
use crate::span::Spanned;

/// Fills in the targets of a `status`: those that were named, or all services of the profile and all external ones.
pub fn resolve(world: &World<'_>, asked: Status) -> Status {
    let strays = stray::all(world);
    let is_stray = |name: &&String| strays.iter().any(|stray| stray.service == **name);
    let names = asked.names.iter().filter(|name| !is_stray(name));
    let names: Vec<_> = names.map(|name| Spanned::new(name.clone(), world.place_of(name))).collect();
    let services: IndexSet<String> = if asked.names.is_empty() {
        let all = world.manifest.services.values();
        let here = all.filter(|service| service.external || world.placement(&service.name).is_some());
        here.map(|service| service.name.value.clone()).collect()
    } else {
        world.expand(&names).unwrap_or_default()
    };
    let services = services.iter().filter_map(|name| world.manifest.services.get(name));
    let known = services.filter(|service| !service.is_job()).map(|service| target(world, service));
    let wanted = |stray: &&stray::Stray| asked.names.is_empty() || asked.names.contains(&stray.service);
    let targets = known.chain(strays.iter().filter(wanted).map(|stray| stray.target(world))).collect();
    Status { names: asked.names, targets }
}

/// Fills in the service that a `why` is about, and what it needs.
pub fn explain(world: &World<'_>, asked: Why) -> Why {
    if let Some(stray) = stray::all(world).into_iter().find(|stray| stray.service == asked.service) {
        return Why { target: Some(stray.target(world)), ..asked };
    }
    let name = Spanned::new(asked.service.clone(), world.place_of(&asked.service));
    let service = world.manifest.service(&name);
    if service.is_some_and(Service::is_job) {
        let message = format!("`{}` is a job: it runs to its end, and nothing is kept of it", name.value);
        let help = Some("`gladys why` of a service that needs it says how it failed".to_owned());
        world.complain(Problem::BadCall {
            name: "why".to_owned(),
            message,
            help,
            label: "this word",
            span: name.span,
        });
        return asked;
    }
    let Some(service) = service else {
        let known = world.manifest.services.keys().cloned().collect();
        world.complain(Problem::Unknown { kind: "service", name: name.value, known, span: name.span });
        return asked;
    };
    let own = service.name.value.clone();
    let needs = order::closure(world, &IndexSet::from([own.clone()]));
    let needs =
        needs.iter().filter(|need| **need != own).filter_map(|need| world.manifest.services.get(need));
    let needs = needs.filter(|service| !service.is_job()).map(|service| target(world, service)).collect();
    let log = printed::last_lines(world, &own, Why::LINES);
    Why { target: Some(target(world, service)), needs, log, ..asked }
}

fn target(world: &World<'_>, service: &Service) -> Target {
    let name = service.name.value.clone();
    let spawned = world.home(&name).recipes.values().flat_map(|recipe| &recipe.actions);
    let spawned = spawned.into_iter().any(|action| action.kind == ActionKind::Spawn);
    let external = world.is_external(&name);
    let report = if external || spawned { None } else { report::of_service(world, &name) };
    let look = match (external, spawned, report) {
        (true, ..) => Look::External,
        (false, true, _) => Look::Supervised(world.state(&name)),
        (false, false, Some(report)) => Look::Reported { report, unit: report::unit(world, &name) },
        (false, false, None) => Look::Probe,
    };
    let services = [name.clone()];
    let scope = Scope::new(world).with_services(&services);
    let probe = probe::of_service(scope, &name);
    let profile = world.profile.name.value.clone();
    let present = present::present(world, &name);
    Target { profile, probe, port: world.port(&name), present, stray: None, service: name, look }
}
