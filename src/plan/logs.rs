//! `tail`: the logs of services, from their supervisors or from a program.

use indexmap::IndexMap;

use super::build::{Builder, Site};
use super::invocation::{Presence, of_words};
use super::request::{Given, Request};
use super::scope::Scope;
use super::world::World;
use super::{Action, report};
use crate::builtin::logs::{self, Logs, Printed, Source};
use crate::event::StepId;
use crate::manifest::action::{ActionKind, Tail, Words};
use crate::probe::report::Watch;
use crate::span::Span;
use crate::supervisor::{LogOptions, LogSource};

impl Builder<'_> {
    /// `tail`: the logs of all services of the place, in one step.
    pub fn tail(&mut self, tail: &Tail, site: Site<'_>, span: Span, after: &[StepId]) -> Vec<StepId> {
        let words = self.scope(site).words(&tail.words);
        let words: Vec<String> = words.iter().map(|(word, _)| word.reveal().to_owned()).collect();
        match logs::parse_words(words) {
            Ok(parsed) => {
                let sources = site.services.iter();
                let sources =
                    sources.filter_map(|service| source(self.world, tail, service, &parsed.options));
                let logs = Logs { sources: sources.collect(), ..parsed };
                self.push(site, "logs".to_owned(), span, after, Action::Logs(logs.into()))
            }
            Err(error) => {
                self.bad_call("tail", &error, site, span);
                after.to_vec()
            }
        }
    }
}

fn source(world: &World<'_>, tail: &Tail, service: &str, options: &LogOptions) -> Option<Source> {
    let named = || service.to_owned();
    let Some(from) = &tail.from else {
        return Some(Source::Supervised(LogSource { service: named(), dir: world.state(service) }));
    };
    printed(world, from, service, options).map(|printed| Source::Printed(printed.into()))
}

fn printed(world: &World<'_>, from: &Words, service: &str, options: &LogOptions) -> Option<Printed> {
    let services = [service.to_owned()];
    let request = Request { params: params(options), ..Request::default() };
    let scope = Scope { request: Some(&request), ..Scope::new(world).with_services(&services) };
    let invocation = of_words(scope, from, Presence::Required)?;
    let watch =
        report::of_service(world, service).map(|asked| Watch::new(asked, report::unit(world, service)));
    Some(Printed { service: service.to_owned(), invocation, watch })
}

/// The program whose output explains why a service is not ready, where the profile has one.
pub fn last_lines(world: &World<'_>, service: &str, count: usize) -> Option<Printed> {
    let actions = world.home(service).recipes.get("logs").map(|recipe| recipe.actions.as_slice());
    let from = actions.unwrap_or_default().iter().find_map(|action| match &action.kind {
        ActionKind::Tail(tail) => tail.from.as_ref(),
        _ => None,
    });
    let options = LogOptions { tail: Some(count), ..LogOptions::default() };
    printed(world, from?, service, &options)
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
