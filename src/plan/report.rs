//! The profile's `recipe status`, resolved: one program for all services that something else runs.

use std::sync::Arc;

use super::invocation::{Presence, of_words};
use super::scope::Scope;
use super::world::World;
use crate::manifest::action::{ActionKind, Words};
use crate::manifest::profile::{Profile, Recipe};
use crate::manifest::reading::Reading;
use crate::probe::report::{Field, LIMIT, Layout, Report};
use crate::span::Span;

/// The recipe whose program tells the state of this profile's services.
const RECIPE: &str = "status";

/// The report that tells of a service, made once for each profile; `None` where that has none, or where something is
/// wrong, which has been noted.
pub fn of_service(world: &World<'_>, service: &str) -> Option<Arc<Report>> {
    of_profile(world, world.home(service))
}

/// Whether a profile says how it is made; its program may still be missing on this machine.
pub fn is_said(home: &Profile) -> bool {
    parts(home).is_some()
}

/// Where the program stands that is asked; the beginning of the manifest where there is none.
pub fn place(home: &Profile) -> Span {
    parts(home).and_then(|(words, _)| words.program.first()).map(|word| word.span).unwrap_or_default()
}

/// The report of the services that are run as in this profile.
pub fn of_profile<'a>(world: &World<'a>, home: &'a Profile) -> Option<Arc<Report>> {
    let known = world.reports.borrow().get(&home.name.value).cloned();
    known.unwrap_or_else(|| {
        let made = make(world, home);
        world.reports.borrow_mut().insert(home.name.value.clone(), made.clone());
        made
    })
}

fn parts(home: &Profile) -> Option<(&Words, &Reading)> {
    let Recipe { actions, read, .. } = home.recipes.get(RECIPE)?;
    let words = actions.iter().find_map(|action| match &action.kind {
        ActionKind::Run(words) => Some(words),
        _ => None,
    });
    words.zip(read.as_ref())
}

fn make<'a>(world: &World<'a>, home: &'a Profile) -> Option<Arc<Report>> {
    let (words, reading) = parts(home)?;
    let here = |service: &&str| world.home(service).name == home.name;
    let services: Vec<String> = world.services().filter(here).map(str::to_owned).collect();
    let scope = Scope::new(world).with_services(&services);
    let invocation = of_words(scope, words, Presence::Required)?;
    Some(Arc::new(Report::new(invocation, layout(reading), reading.timeout.unwrap_or(LIMIT))))
}

/// What the report calls a service.
pub fn unit(world: &World<'_>, service: &str) -> String {
    let by = parts(world.home(service)).and_then(|(_, reading)| reading.by.as_ref());
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
