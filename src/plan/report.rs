//! The profile's `recipe status`, resolved: one program for all services that something else runs.

use std::sync::Arc;

use super::invocation::{Presence, of_words};
use super::scope::Scope;
use super::world::World;
use crate::manifest::action::{ActionKind, Words};
use crate::manifest::profile::Recipe;
use crate::manifest::reading::Reading;
use crate::probe::report::{Field, LIMIT, Layout, Report};

/// The recipe whose program tells the state of this profile's services.
const RECIPE: &str = "status";

/// The report of the profile, made once; `None` where it has none, or where something is wrong, which has been noted.
pub fn of_profile(world: &World<'_>) -> Option<Arc<Report>> {
    world.report.get_or_init(|| make(world)).clone()
}

/// Whether the profile says how it is made; its program may still be missing on this machine.
pub fn is_said(world: &World<'_>) -> bool {
    parts(world).is_some()
}

fn parts<'a>(world: &World<'a>) -> Option<(&'a Words, &'a Reading)> {
    let Recipe { actions, read, .. } = world.profile.recipes.get(RECIPE)?;
    let words = actions.iter().find_map(|action| match &action.kind {
        ActionKind::Run(words) => Some(words),
        _ => None,
    });
    words.zip(read.as_ref())
}

fn make(world: &World<'_>) -> Option<Arc<Report>> {
    let (words, reading) = parts(world)?;
    let services: Vec<String> = world.profile.services.keys().cloned().collect();
    let scope = Scope::new(world).with_services(&services);
    let invocation = of_words(scope, words, Presence::Required)?;
    Some(Arc::new(Report::new(invocation, layout(reading), reading.timeout.unwrap_or(LIMIT))))
}

/// What the report calls a service.
pub fn unit(world: &World<'_>, service: &str) -> String {
    let by = parts(world).and_then(|(_, reading)| reading.by.as_ref());
    let services = [service.to_owned()];
    let scope = Scope::new(world).with_services(&services);
    by.map_or_else(|| service.to_owned(), |template| scope.word(template).reveal().to_owned())
}

fn layout(reading: &Reading) -> Layout {
    let field = |name: &str| {
        let written = reading.field(name);
        Field { paths: written.paths, words: written.words }
    };
    Layout {
        list: reading.list.clone(),
        unit: field("unit"),
        state: field("state"),
        health: field("health"),
        replicas: field("replicas"),
        id: field("id"),
        pid: field("pid"),
        since: field("since"),
        exit: field("exit"),
        restarts: field("restarts"),
        message: field("message"),
        check: field("check"),
    }
}
