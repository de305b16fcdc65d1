//! `tail`: the logs of services, from their supervisors or from a program.

use super::build::{Builder, Site};
use super::world::World;
use super::{Action, printed};
use crate::builtin::logs::{self, Logs, Source};
use crate::event::StepId;
use crate::manifest::action::Tail;
use crate::span::{Span, Spanned};
use crate::supervisor::{LogOptions, LogSource};

impl Builder<'_> {
    /// `tail`: the logs of all services of the place, in one step.
    pub fn tail(&mut self, tail: &Tail, site: Site<'_>, span: Span, after: &[StepId]) -> Vec<StepId> {
        let words = self.scope(site).words(&tail.words);
        match logs::parse_words(words.iter().map(|(word, _)| word.reveal().to_owned())) {
            Ok(parsed) => {
                let sources = site.services.iter();
                let sources =
                    sources.filter_map(|service| source(self.world, tail, service, &parsed.options));
                let logs = Logs { sources: sources.collect(), ..parsed };
                self.push(site, "logs".to_owned(), span, after, Action::Logs(logs.into()))
            }
            Err(error) => {
                self.bad_call(&Spanned::new("tail".to_owned(), span), &words, &error, site);
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
    printed::of_service(world, from, service, options).map(|printed| Source::Printed(printed.into()))
}
