//! How a service's readiness is found out in this profile.

use super::invocation::{Presence, resolve};
use super::scope::Scope;
use super::{database, report};
use crate::manifest::Problem;
use crate::manifest::service::{Ready, ReadyKind};
use crate::probe::report::Watch;
use crate::probe::{ATTEMPT, Kind, Probe};
use crate::supervisor;

/// The probe of a service: what its place in the profile says, else the profile, else the service itself.
pub fn of_service(scope: Scope<'_>, service: &str) -> Option<Probe> {
    let world = scope.world;
    let placed = world.placement(service).and_then(|placement| placement.ready.as_ref());
    let declared = world.manifest.services.get(service).filter(|service| !service.is_job());
    let own = || declared.and_then(|service| service.ready.as_ref());
    let general = world.profile.ready.as_ref().filter(|_| declared.is_some_and(|service| !service.external));
    let ready = placed.or(general).or_else(own)?;
    let services = [service.to_owned()];
    let kind = kind(scope.with_services(&services), service, ready)?;
    let timeout = ready.timeout.unwrap_or(Ready::DEFAULT_TIMEOUT);
    Some(Probe { kind, timeout, attempt: ready.attempt.unwrap_or(ATTEMPT).min(timeout) })
}

fn kind(scope: Scope<'_>, service: &str, ready: &Ready) -> Option<Kind> {
    let host = || "localhost".to_owned();
    Some(match &ready.kind {
        ReadyKind::Tcp => Kind::Tcp { host: host(), port: port(scope, service, ready)? },
        ReadyKind::Grpc(name) => {
            let named = name.as_ref().map(|name| scope.word(name).reveal().to_owned()).unwrap_or_default();
            Kind::Grpc { host: host(), port: port(scope, service, ready)?, service: named }
        }
        ReadyKind::Http(template) => {
            let word = scope.word(template);
            let url = if word.reveal().starts_with('/') {
                format!("http://localhost:{}{}", port(scope, service, ready)?, word.reveal())
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
            let Some(asked) = report::of_profile(scope.world) else {
                let profile = scope.world.profile.name.value.clone();
                scope.world.complain(Problem::NoStatus { profile, span: ready.span });
                return None;
            };
            Kind::Report(Watch::new(asked, report::unit(scope.world, service)))
        }
        ReadyKind::Postgres(name) => {
            Kind::Postgres(database::named(scope.world, name.as_ref().map(|name| name.value.as_str()))?)
        }
    })
}

fn port(scope: Scope<'_>, service: &str, ready: &Ready) -> Option<u16> {
    let has_one = scope.world.placement(service).is_some_and(|placement| placement.port.is_some());
    if !has_one {
        let (service, profile) = (service.to_owned(), scope.world.profile.name.value.clone());
        scope.world.complain(Problem::NoPort { service, profile, span: ready.span });
    }
    scope.world.port(service)
}
