//! The databases of a profile, resolved.

use crate::db::{Migrations, Target};
use crate::manifest::database::Database;
use crate::masked::Masked;

use super::scope::Scope;
use super::world::World;

/// Every database of the manifest as this profile has it.
pub fn targets(world: &World<'_>) -> Vec<Target> {
    world.manifest.databases.values().map(|database| target(world, database)).collect()
}

/// One database by name; the first one without a name.
pub fn named(world: &World<'_>, name: Option<&str>) -> Option<Target> {
    let databases = &world.manifest.databases;
    let database = match name {
        Some(name) => databases.get(name),
        None => databases.values().next(),
    };
    database.map(|database| target(world, database))
}

fn target(world: &World<'_>, base: &Database) -> Target {
    let scope = Scope::new(world);
    let here = world.profile.databases.get(&base.name.value);
    let url = here.and_then(|here| here.url.as_ref()).or(base.url.as_ref());
    let password = here.and_then(|here| here.password.as_ref()).or(base.password.as_ref());
    let migrations = here.and_then(|here| here.migrations.as_ref()).or(base.migrations.as_ref());
    let service = here.and_then(|here| here.service.as_ref()).or(base.service.as_ref());
    Target {
        name: base.name.value.clone(),
        url: url.map(|url| scope.word(url)).unwrap_or_default(),
        password: password.map(|value| scope.expand(value)),
        origin: world.manifest.sources.place(url.map_or(base.span, |url| url.span)),
        service: service.map(|service| service.value.clone()),
        migrations: migrations.map(|pattern| Migrations {
            pattern: world.absolute(scope.word(pattern).reveal()),
            shown: pattern.to_string(),
            span: pattern.span,
        }),
    }
}

/// `{database.host}` and its like.
pub fn part(world: &World<'_>, name: Option<&str>, what: &str) -> Option<Masked> {
    let target = named(world, name)?;
    if what == "url" {
        return Some(target.url);
    }
    if what == "password" {
        return Some(target.password.unwrap_or_default());
    }
    let config: postgres::Config = target.url.reveal().parse().ok()?;
    let text = match what {
        "host" => config.get_hosts().first().map(|host| match host {
            postgres::config::Host::Tcp(host) => host.clone(),
            postgres::config::Host::Unix(path) => path.to_string_lossy().into_owned(),
        })?,
        "port" => config.get_ports().first().copied().unwrap_or(5432).to_string(),
        "user" => config.get_user()?.to_owned(),
        "name" => config.get_dbname().or(config.get_user())?.to_owned(),
        _ => return None,
    };
    Some(Masked::plain(text))
}
