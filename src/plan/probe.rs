//! How a service's readiness is found out in this profile.

use std::time::Duration;

use indexmap::IndexMap;

use super::invocation::{Presence, resolve};
use super::scope::Scope;
use super::{database, report};
use crate::manifest::Problem;
use crate::manifest::service::{Ready, ReadyKind};
use crate::manifest::supervision::Alive;
use crate::probe::report::Watch;
use crate::probe::{ATTEMPT, Kind, PROBED, Probe};
use crate::process::Invocation;
use crate::span::Span;
use crate::supervisor::{self, Liveness};

/// The probe of a service: what its place in the profile says, else the profile, else the service itself.
pub fn of_service(scope: Scope<'_>, service: &str) -> Option<Probe> {
    let world = scope.world;
    let placed = world.placement(service).and_then(|placement| placement.ready.as_ref());
    let declared = world.manifest.services.get(service).filter(|service| !service.is_job());
    let own = || declared.and_then(|service| service.ready.as_ref());
    let general =
        world.home(service).ready.as_ref().filter(|_| declared.is_some() && !world.is_external(service));
    let ready = placed.or(general).or_else(own)?;
    let services = [service.to_owned()];
    let kind = kind(scope.with_services(&services), service, &ready.kind, ready.span)?;
    let timeout = ready.timeout.unwrap_or(Ready::DEFAULT_TIMEOUT);
    let probe = Probe::new(kind, timeout);
    Some(Probe { attempt: ready.attempt.unwrap_or(probe.attempt).min(timeout), ..probe })
}

/// A liveness check as the program that a supervisor runs.
pub fn liveness(scope: Scope<'_>, service: &str, alive: &Alive) -> Option<Liveness> {
    Some(Liveness {
        check: asking(scope, service, kind(scope, service, &alive.kind, alive.span)?)?,
        every: alive.every.unwrap_or(Duration::from_secs(10)),
        timeout: alive.timeout.unwrap_or(ATTEMPT),
        failures: alive.failures.unwrap_or(3),
    })
}

/// The program that exits with 0 when a service is ready, and how long it may take; nothing where nobody said how that shows.
pub fn program(scope: Scope<'_>, service: &str) -> Option<(Invocation, Duration)> {
    let Probe { kind, attempt, .. } = of_service(scope, service)?;
    asking(scope, service, kind).map(|call| (call, attempt))
}

/// A probe as a program that asks once: the manifest's own, or `gladys tool probe`.
fn asking(scope: Scope<'_>, of: &str, kind: Kind) -> Option<Invocation> {
    let mut env = IndexMap::new();
    let words = match kind {
        Kind::Exec(check) => return Some(check),
        Kind::Tcp { host, port } => vec!["tcp".to_owned(), format!("{host}:{port}")],
        Kind::Http { url } => vec!["http".to_owned(), url],
        Kind::Grpc { host, port, service } => vec!["grpc".to_owned(), format!("{host}:{port}"), service],
        Kind::Log { pattern, .. } => {
            vec!["log".to_owned(), scope.world.state(of).display().to_string(), pattern]
        }
        Kind::Postgres(target) => {
            env.insert(PROBED.to_owned(), target.url);
            env.extend(target.password.map(|password| ("PGPASSWORD".to_owned(), password)));
            vec!["postgres".to_owned()]
        }
        Kind::Report(_) => return None,
    };
    let own = ["tool".to_owned(), "probe".to_owned()];
    let (program, cwd) = (scope.world.gladys.clone(), scope.world.root.clone());
    Some(Invocation { program, args: own.into_iter().chain(words).collect(), cwd, env })
}

fn kind(scope: Scope<'_>, service: &str, written: &ReadyKind, span: Span) -> Option<Kind> {
    let host = || "localhost".to_owned();
    Some(match written {
        ReadyKind::Tcp => Kind::Tcp { host: host(), port: port(scope, service, span)? },
        ReadyKind::Grpc(name) => {
            let named = name.as_ref().map(|name| scope.word(name).reveal().to_owned()).unwrap_or_default();
            Kind::Grpc { host: host(), port: port(scope, service, span)?, service: named }
        }
        ReadyKind::Http(template) => {
            let word = scope.word(template);
            let url = if word.reveal().starts_with('/') {
                format!("http://localhost:{}{}", port(scope, service, span)?, word.reveal())
            } else {
                word.reveal().to_owned()
            };
            Kind::Http { url }
        }
        ReadyKind::Exec(words) => Kind::Exec(resolve(scope, words, None, &[], Presence::Required)?),
        ReadyKind::Log(template) => Kind::Log {
            path: supervisor::log_path(&scope.world.state(service)),
            from: 0,
            pattern: scope.word(template).reveal().to_owned(),
        },
        ReadyKind::Status => {
            let home = scope.world.home(service);
            if !report::is_said(home) {
                let profile = scope.world.profile.name.value.clone();
                scope.world.complain(Problem::NoStatus { profile, span });
            }
            let asked = report::of_profile(scope.world, home)?;
            Kind::Report(Watch::new(asked, report::unit(scope.world, service)))
        }
        ReadyKind::Postgres(name) => {
            Kind::Postgres(database::named(scope.world, name.as_ref().map(|name| name.value.as_str()))?)
        }
    })
}

fn port(scope: Scope<'_>, service: &str, span: Span) -> Option<u16> {
    // That it has no place at all is a problem of its own, noted elsewhere.
    if scope.world.placement(service).is_some_and(|placement| placement.port.is_none()) {
        let (service, profile) = (service.to_owned(), scope.world.profile.name.value.clone());
        scope.world.complain(Problem::NoPort { service, profile, span });
    }
    scope.world.port(service)
}
