//! Comparing names: everything that can be known to be wrong before a profile and a command are chosen.
//!
//! - this file: declarations and references; [`circles`]: things that refer to each other for ever;
//!   [`params`]: what can stand on one command line; [`placeholders`]: what templates may name.

mod circles;
pub mod params;
pub mod placeholders;

use std::collections::HashMap;

use super::action::{Action, ActionKind, When};
use super::check::CheckKind;
use super::command::{Command, ParamKind};
use super::profile::{Profile, Use};
use super::service::{Lost, Nature, Ready, ReadyKind};
use super::{Manifest, Problem};
use crate::span::{Span, Spanned};

/// Names of commands that gladys has itself.
pub const RESERVED: &[&str] = &["run", "list", "check", "help", "tool", "internal", "import", "completions"];

/// Every problem between the declarations.
pub fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut found = Vec::new();
    declared_names(manifest, &mut found);
    value_names(manifest, &mut found);
    services(manifest, &mut found);
    for command in manifest.commands.values() {
        self::command(manifest, command, &mut found);
    }
    for profile in manifest.profiles.values() {
        self::profile(manifest, profile, &mut found);
    }
    databases(manifest, &mut found);
    checks(manifest, &mut found);
    profiles(manifest, &mut found);
    circles::find(manifest, &mut found);
    placeholders::check(manifest, &mut found);
    found
}

fn declared_names(manifest: &Manifest, found: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, (&str, Span)> = HashMap::new();
    for (kind, name, span) in manifest.declared_targets() {
        name_is_good(kind, name, span, found);
        if let Some((first_kind, first)) = seen.insert(name, (kind, span)) {
            let kind = if kind == first_kind { kind } else { "name" };
            found.push(Problem::Duplicate { kind, name: name.to_owned(), first, span });
        }
    }
    for command in manifest.commands.values() {
        let name = &command.name;
        name_is_good("command", name, name.span, found);
        if RESERVED.contains(&name.as_str()) {
            found.push(Problem::Reserved { kind: "command", name: name.value.clone(), span: name.span });
        }
    }
    for profile in manifest.profiles.values() {
        name_is_good("profile", &profile.name, profile.name.span, found);
        if profile.name.value == "all" {
            found.push(Problem::Reserved { kind: "profile", name: "all".into(), span: profile.name.span });
        }
    }
}

/// A value that has the name of something of gladys's own would never be looked at.
fn value_names(manifest: &Manifest, found: &mut Vec<Problem>) {
    let profiles = manifest.profiles.values();
    let services = profiles.clone().flat_map(|profile| profile.services.values());
    let lets = profiles.map(|profile| &profile.lets).chain(services.map(|placement| &placement.lets));
    let values = std::iter::once(&manifest.lets).chain(lets).flat_map(|lets| lets.values());
    for name in values.map(|value| &value.name).filter(|name| placeholders::is_own(name)) {
        found.push(Problem::Reserved { kind: "value", name: name.value.clone(), span: name.span });
    }
}

fn name_is_good(kind: &'static str, name: &str, span: Span, found: &mut Vec<Problem>) {
    let good = name.starts_with(|c: char| c.is_alphabetic())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !good {
        found.push(Problem::BadName { kind, name: name.to_owned(), span });
    }
}

fn services(manifest: &Manifest, found: &mut Vec<Problem>) {
    for service in manifest.services.values() {
        for need in &service.needs {
            service_exists(manifest, need, found);
        }
        watched(manifest, &service.lost, found);
        if let Some(ready) = &service.ready {
            probe(manifest, ready, found);
        }
        if let Nature::Job(actions) = &service.nature {
            for action in actions {
                self::action(manifest, action, &[], found);
            }
        }
    }
    for group in manifest.groups.values() {
        let unknown =
            group.members.iter().filter(|member| member.value != "*" && !manifest.is_target(member));
        found.extend(unknown.map(|member| manifest.unknown_target(member)));
    }
}

fn service_exists(manifest: &Manifest, name: &Spanned<String>, found: &mut Vec<Problem>) {
    if manifest.service(name).is_none() {
        let aliases = manifest.services.values().flat_map(|service| &service.aliases);
        let known = manifest.services.keys().chain(aliases.map(|alias| &alias.value)).cloned().collect();
        found.push(Problem::Unknown { kind: "service", name: name.value.clone(), known, span: name.span });
    }
}

/// What runs to completion, or is run by somebody else, has no supervisor that could be asked.
fn watched(manifest: &Manifest, lost: &[Lost], found: &mut Vec<Problem>) {
    for lost in lost.iter().filter(|lost| lost.policy.value != "keep") {
        let Some(need) = manifest.service(&lost.need) else { continue };
        let why = if need.is_job() { "a job" } else { "run by somebody else" };
        if need.is_job() || need.external {
            found.push(Problem::NotWatched { need: lost.need.value.clone(), why, span: lost.need.span });
        }
    }
}

fn probe(manifest: &Manifest, ready: &Ready, found: &mut Vec<Problem>) {
    let ReadyKind::Postgres(database) = &ready.kind else { return };
    match database {
        None if manifest.databases.is_empty() => found.push(Problem::NoDatabase { span: ready.span }),
        Some(name) if !manifest.databases.contains_key(&name.value) => {
            let known = manifest.databases.keys().cloned().collect();
            found.push(Problem::Unknown {
                kind: "database",
                name: name.value.clone(),
                known,
                span: name.span,
            });
        }
        _ => {}
    }
}

fn command(manifest: &Manifest, command: &Command, found: &mut Vec<Problem>) {
    for param in &command.params {
        if let ParamKind::Targets { default: Some(target) } = &param.kind {
            let expanded = manifest.expand(std::slice::from_ref(target), &|_| true);
            found.extend(expanded.err().into_iter().flatten());
        }
        if let ParamKind::Arg { default: Some(default), choices, .. } = &param.kind {
            let known: Vec<String> = choices.iter().map(|choice| choice.word.value.clone()).collect();
            if !known.is_empty() && !known.contains(&default.value) {
                let name = default.value.clone();
                found.push(Problem::Unknown { kind: "choice", name, known, span: default.span });
            }
        }
    }
    params::check(command, found);
    let flags = flags(command);
    for action in &command.actions {
        self::action(manifest, action, &flags, found);
    }
}

fn flags(command: &Command) -> Vec<String> {
    command.params.iter().map(|param| param.name.clone()).collect()
}

fn action(manifest: &Manifest, action: &Action, flags: &[String], found: &mut Vec<Problem>) {
    condition(&action.when, flags, found);
    match &action.kind {
        ActionKind::Do(words) => {
            let Some(name) = words.first().and_then(|word| Some(Spanned::new(word.as_literal()?, word.span)))
            else {
                return;
            };
            if !manifest.commands.contains_key(name.value) {
                let known = manifest.commands.keys().cloned().collect();
                found.push(Problem::Unknown {
                    kind: "command",
                    name: name.value.into(),
                    known,
                    span: name.span,
                });
            }
        }
        ActionKind::Each(each) => {
            if let Some(when) = &each.wait {
                condition(when, flags, found);
            }
            for (job, when) in &each.skip {
                service_exists(manifest, job, found);
                condition(when, flags, found);
            }
        }
        _ => {}
    }
}

fn condition(when: &When, flags: &[String], found: &mut Vec<Problem>) {
    let Some(flag) = when.flag() else { return };
    if !flags.contains(&flag.value) {
        let (name, known) = (flag.value.clone(), flags.to_vec());
        found.push(Problem::Unknown { kind: "parameter", name, known, span: flag.span });
    }
}

fn profile(manifest: &Manifest, profile: &Profile, found: &mut Vec<Problem>) {
    profile.ready.iter().for_each(|ready| probe(manifest, ready, found));
    let flags: Vec<String> = manifest.commands.values().flat_map(self::flags).collect();
    for recipe in profile.recipes.values() {
        for action in &recipe.actions {
            self::action(manifest, action, &flags, found);
        }
    }
    for placement in profile.services.values() {
        service_exists(manifest, &placement.service, found);
        placement.needs.iter().for_each(|need| service_exists(manifest, need, found));
        watched(manifest, &placement.lost, found);
        placement.ready.iter().for_each(|ready| probe(manifest, ready, found));
    }
    uses(manifest, profile, found);
    ports(profile, found);
}

/// A used service is one of the other profile's own, and comes from one profile only.
fn uses(manifest: &Manifest, profile: &Profile, found: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    seen.extend(profile.services.values().map(|own| (own.service.value.as_str(), own.service.span)));
    for Use { profile: other, service } in &profile.uses {
        let unknown = |kind, name: &Spanned<String>, known| Problem::Unknown {
            kind,
            name: name.value.clone(),
            known,
            span: name.span,
        };
        let known =
            || manifest.profiles.keys().filter(|name| **name != profile.name.value).cloned().collect();
        match manifest.profiles.get(&other.value).filter(|other| other.name != profile.name) {
            None => found.push(unknown("other profile", other, known())),
            Some(other) if !other.services.contains_key(&service.value) => {
                found.push(unknown(
                    "service of that profile",
                    service,
                    other.services.keys().cloned().collect(),
                ));
            }
            Some(_) => {}
        }
        if let Some(first) = seen.insert(&service.value, service.span) {
            found.push(Problem::Duplicate {
                kind: "service",
                name: service.value.clone(),
                first,
                span: service.span,
            });
        }
    }
}

fn ports(profile: &Profile, found: &mut Vec<Problem>) {
    let mut seen: HashMap<u16, (&str, Span)> = HashMap::new();
    for placement in profile.services.values() {
        let Some(port) = &placement.port else { continue };
        if let Some((first_service, first)) = seen.get(&port.number) {
            found.push(Problem::PortTaken {
                port: port.number,
                profile: profile.name.value.clone(),
                first_service: (*first_service).to_owned(),
                service: placement.service.value.clone(),
                first: *first,
                span: port.span,
            });
        }
        seen.insert(port.number, (&placement.service.value, port.span));
    }
}

fn databases(manifest: &Manifest, found: &mut Vec<Problem>) {
    for database in manifest.databases.values() {
        if database.url.is_none() {
            let node = format!("the database `{}`", database.name.value);
            let (child, example) = ("url", "url \"postgres://user@localhost:5432/name\"");
            found.push(Problem::MissingChild { node, child, example, span: database.span });
        }
    }
    let placed = manifest.profiles.values().flat_map(|profile| profile.databases.values());
    for database in placed.clone() {
        if !manifest.databases.contains_key(&database.name.value) {
            let known = manifest.databases.keys().cloned().collect();
            let (name, span) = (database.name.value.clone(), database.span);
            found.push(Problem::Unknown { kind: "database", name, known, span });
        }
    }
    let services = manifest.databases.values().chain(placed).filter_map(|database| database.service.as_ref());
    services.for_each(|service| service_exists(manifest, service, found));
}

fn checks(manifest: &Manifest, found: &mut Vec<Problem>) {
    for check in manifest.checks.values() {
        name_is_good("check", &check.name, check.name.span, found);
        match &check.kind {
            CheckKind::Built { running, .. } => {
                for (service, _) in running {
                    service_exists(manifest, service, found);
                }
            }
            CheckKind::Migrations | CheckKind::Schema if manifest.databases.is_empty() => {
                found.push(Problem::NoDatabase { span: check.name.span });
            }
            _ => {}
        }
    }
}

fn profiles(manifest: &Manifest, found: &mut Vec<Problem>) {
    let mut defaults = manifest.profiles.values().filter_map(|profile| profile.default);
    if let (Some(first), Some(span)) = (defaults.next(), defaults.next()) {
        found.push(Problem::TwoDefaults { first, span });
    }
    if manifest.profiles.is_empty()
        && let Some(service) =
            manifest.services.values().find(|service| !service.external && !service.is_job())
    {
        found.push(Problem::NoProfile { span: service.name.span });
    }
}
