//! What the manifest says now of a service that may run.

use super::invocation::{Presence, resolve};
use super::scope::Scope;
use super::world::World;
use crate::manifest::action::ActionKind;
use crate::manifest::profile::Placement;
use crate::process::Invocation;
use crate::supervisor::{self, Present};

/// What a service executes; `None` when something is wrong, which has been noted.
pub fn executed(scope: Scope<'_>, placement: &Placement) -> Option<Invocation> {
    let presence = if placement.prepare.is_empty() { Presence::Required } else { Presence::Made };
    resolve(scope, &placement.exec, placement.cwd.as_ref(), &placement.env, presence)
}

/// What the manifest says now of a service that a supervisor runs; nothing where it says something wrong, which whoever
/// starts the service is told.
pub fn present(world: &World<'_>, service: &str) -> Option<Present> {
    let quiet = World::new(world.manifest, world.profile, world.variables);
    let spawned = quiet.home(service).recipes.values().flat_map(|recipe| &recipe.actions);
    spawned.into_iter().find(|action| action.kind == ActionKind::Spawn)?;
    let services = [service.to_owned()];
    let invocation = executed(Scope::new(&quiet).with_services(&services), quiet.placement(service)?)?;
    let ports = quiet.port(service).into_iter().collect();
    let renew = quiet.renew(service);
    let definition = supervisor::definition(&invocation);
    quiet.into_problems().is_empty().then_some(Present { definition, ports, renew })
}
