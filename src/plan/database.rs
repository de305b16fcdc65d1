//! The databases of a profile, resolved.

use crate::db::{Migrations, Provider, Target};
use crate::manifest::database::Database;

use super::scope::Scope;
use super::world::World;

/// Every database of the manifest as this profile has it; without passwords where nothing logs in.
pub fn targets(world: &World<'_>, login: bool) -> Vec<Target> {
    world.manifest.databases.values().map(|database| target(world, database, login)).collect()
}

/// One database by name; the first one without a name.
pub fn named(world: &World<'_>, name: Option<&str>) -> Option<Target> {
    world.database(name).map(|database| target(world, database, true))
}

fn target(world: &World<'_>, base: &Database, login: bool) -> Target {
    let scope = Scope::new(world);
    let url = world.of_database(base, |database| database.url.as_ref());
    let span = url.map_or(base.span, |url| url.span);
    let migrations = world.of_database(base, |database| database.migrations.as_ref());
    let service = world.of_database(base, |database| database.service.as_ref());
    Target {
        name: base.name.value.clone(),
        url: scope.url(base),
        password: if login { scope.password(base) } else { None },
        origin: world.manifest.sources.place(span),
        span,
        service: service
            .map(|service| Provider { start: world.start(&service.value), service: service.value.clone() }),
        migrations: migrations.map(|pattern| Migrations {
            pattern: world.absolute(scope.word(pattern).reveal()),
            shown: pattern.to_string(),
            span: pattern.span,
        }),
    }
}
