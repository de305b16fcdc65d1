//! The program that prints the log of a service which something else runs.

use indexmap::IndexMap;

use super::invocation::{Presence, of_words};
use super::report;
use super::request::{Given, Request};
use super::scope::Scope;
use super::world::World;
use crate::builtin::logs::{EVER, Printed};
use crate::manifest::action::{ActionKind, Words};
use crate::probe::report::Watch;
use crate::supervisor::LogOptions;

/// The log of a service that this program prints; `None` when something is wrong, which has been noted.
pub fn of_service(world: &World<'_>, from: &Words, service: &str, options: &LogOptions) -> Option<Printed> {
    let services = [service.to_owned()];
    let program = |options: &LogOptions| {
        let request = Request { params: params(options), ..Request::default() };
        let scope = Scope { request: Some(&request), ..Scope::new(world).with_services(&services) };
        of_words(scope, from, Presence::Required)
    };
    let invocation = program(options)?;
    let again = if options.follow {
        program(&LogOptions { tail: None, since: Some(EVER), ..options.clone() })?
    } else {
        invocation.clone()
    };
    let watch =
        report::of_service(world, service).map(|asked| Watch::new(asked, report::unit(world, service)));
    Some(Printed { service: service.to_owned(), invocation, again, watch })
}

/// The program whose output explains why a service is not ready, where the profile has one.
pub fn last_lines(world: &World<'_>, service: &str, count: usize) -> Option<Printed> {
    let actions = world.home(service).recipes.get("logs").map(|recipe| recipe.actions.as_slice());
    let from = actions.unwrap_or_default().iter().find_map(|action| match &action.kind {
        ActionKind::Tail(tail) => tail.from.as_ref(),
        _ => None,
    });
    let options = LogOptions { tail: Some(count), ..LogOptions::default() };
    of_service(world, from?, service, &options)
}

/// What the placeholders of `from` stand for: times in full, and only what the program may leave out before gladys
/// has filtered.
fn params(options: &LogOptions) -> IndexMap<String, Given> {
    let tail = options.tail.filter(|_| options.grep.is_none() && options.until.is_none());
    let given = |name: &str, text: Option<String>| {
        let long = format!("--{name}");
        let words = text.iter().flat_map(|text| [long.clone(), text.clone()]).collect();
        (name.to_owned(), Given { words, text })
    };
    let follow = options.follow.then(|| "--follow".to_owned());
    IndexMap::from([
        ("follow".to_owned(), Given { words: follow.into_iter().collect(), text: None }),
        given("tail", tail.map(|count| count.to_string())),
        given("since", options.since.map(|time| time.to_string())),
        given("until", options.until.map(|time| time.to_string())),
    ])
}
