//! The one name space of targets: services, their aliases, and groups.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::service::Service;
use super::{Manifest, Problem};
use crate::span::{Span, Spanned};

impl Manifest {
    /// The service of a name or alias.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let aliased = || self.services.values().find(|service| has_alias(service, name));
        self.services.get(name).or_else(aliased)
    }

    /// Every name that may stand where a target is asked for.
    pub fn target_names(&self) -> Vec<String> {
        let aliases = self.services.values().flat_map(|service| &service.aliases);
        let services = self.services.keys().cloned().chain(aliases.map(|alias| alias.value.clone()));
        services.chain(self.groups.keys().cloned()).collect()
    }

    /// The services that targets stand for, in the order of declaration within a group; or a problem for each name
    /// that stands for nothing. `*` stands for those of its services that are `here`.
    pub fn expand(
        &self,
        targets: &[Spanned<String>],
        here: &dyn Fn(&str) -> bool,
    ) -> Result<IndexSet<String>, Vec<Problem>> {
        let (mut found, mut problems) = (IndexSet::new(), Vec::new());
        let mut open: Vec<&Spanned<String>> = targets.iter().rev().collect();
        // A group that was there already adds nothing; so circles end, and groups of groups cost no more than they are long.
        let mut seen = HashSet::new();
        while let Some(target) = open.pop() {
            let name = &target.value;
            if name == "*" {
                let names = self.application_services().map(|service| &service.name.value);
                found.extend(names.filter(|name| here(name)).cloned());
            } else if let Some(group) = self.groups.get(name) {
                if seen.insert(name) {
                    open.extend(group.members.iter().rev());
                }
            } else if let Some(service) = self.service(name) {
                found.insert(service.name.value.clone());
            } else {
                problems.push(self.unknown_target(target));
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    /// Whether a name stands for a service or a group.
    pub fn is_target(&self, name: &str) -> bool {
        self.groups.contains_key(name) || self.service(name).is_some()
    }

    /// The problem of a name that is no target.
    pub fn unknown_target(&self, target: &Spanned<String>) -> Problem {
        let (kind, name) = ("service or group", target.value.clone());
        Problem::Unknown { kind, name, known: self.target_names(), span: target.span }
    }

    /// The services that `*` stands for, wherever they have a place.
    fn application_services(&self) -> impl Iterator<Item = &Service> {
        self.services
            .values()
            .filter(|service| !service.infrastructure && !service.external && !service.is_job())
    }

    /// Every declared target with its kind and place, for finding duplicates.
    pub fn declared_targets(&self) -> impl Iterator<Item = (&'static str, &str, Span)> {
        let services = self.services.values().flat_map(|service| {
            let alias = service.aliases.iter().map(|alias| ("alias", alias.value.as_str(), alias.span));
            std::iter::once(("service", service.name.value.as_str(), service.name.span)).chain(alias)
        });
        services
            .chain(self.groups.values().map(|group| ("group", group.name.value.as_str(), group.name.span)))
    }
}

fn has_alias(service: &Service, name: &str) -> bool {
    service.aliases.iter().any(|alias| alias.value == name)
}
