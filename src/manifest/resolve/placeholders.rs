//! What the placeholders of a template may name, by the place it stands in.

use crate::manifest::action::{Action, ActionKind, Hint, Words};
use crate::manifest::command::Command;
use crate::manifest::profile::{Placement, Profile};
use crate::manifest::service::{Nature, Ready, ReadyKind};
use crate::manifest::template::Template;
use crate::manifest::value::Value;
use crate::manifest::{Manifest, Problem};

/// Names that every template knows.
const EVERYWHERE: &[&str] = &["root", "project", "profile", "gladys", "checkout"];
/// Names that a template knows where one service is meant.
const OF_SERVICE: &[&str] = &["service", "port", "state"];
/// Names that the program of a log knows.
const OF_LOG: &[&str] = &["follow", "tail", "since", "until"];
/// What a check knows beside.
const OF_CHECK: &str = "out";
/// What `{database.…}` knows.
const OF_DATABASE: &[&str] = &["url", "host", "port", "user", "name", "password"];

/// Whether a name is gladys's own, so that a value of that name would never be looked at.
pub fn is_own(name: &str) -> bool {
    EVERYWHERE.contains(&name) || OF_SERVICE.contains(&name) || name == OF_CHECK
}

/// Notes every placeholder that can stand for nothing.
pub fn check(manifest: &Manifest, found: &mut Vec<Problem>) {
    let everywhere = Names::everywhere(manifest);
    let mut check = Check { manifest, found };
    for value in manifest.lets.values() {
        check.value(value, &everywhere);
    }
    for database in manifest.databases.values() {
        let templates = database.url.iter().chain(&database.migrations);
        for template in templates {
            check.template(template, &everywhere);
        }
        if let Some(value) = &database.password {
            check.value(value, &everywhere);
        }
    }
    let of_service = everywhere.clone().with_service();
    for service in manifest.services.values() {
        if let Some(ready) = &service.ready {
            check.ready(ready, &of_service);
        }
        if let Nature::Job(actions) = &service.nature {
            check.actions(actions, &of_service);
        }
    }
    for declared in manifest.checks.values() {
        for template in declared.kind.templates() {
            check.template(template, &everywhere);
        }
        for words in declared.kind.programs().into_iter().chain(&declared.fix) {
            check.words(words, &Names(everywhere.0.iter().cloned().chain([OF_CHECK.to_owned()]).collect()));
        }
    }
    for command in manifest.commands.values() {
        check.actions(&command.actions, &everywhere.clone().with_params(command));
    }
    for profile in manifest.profiles.values() {
        check.profile(profile, &everywhere);
    }
}

/// The names a template may use.
#[derive(Clone)]
struct Names(Vec<String>);

impl Names {
    /// What does not depend on a profile; the values of every profile count, because the profile is chosen later.
    fn everywhere(manifest: &Manifest) -> Self {
        let fixed = EVERYWHERE.iter().map(|name| (*name).to_owned());
        let profiles = manifest.profiles.values().flat_map(|profile| profile.lets.keys());
        Self(fixed.chain(manifest.lets.keys().chain(profiles).cloned()).collect())
    }

    fn with_service(mut self) -> Self {
        self.0.extend(OF_SERVICE.iter().map(|name| (*name).to_owned()));
        self
    }

    fn with_log(mut self) -> Self {
        self.0.extend(OF_LOG.iter().map(|name| (*name).to_owned()));
        self
    }

    fn with_params(mut self, command: &Command) -> Self {
        self.0.extend(command.params.iter().map(|param| param.name.clone()));
        self
    }

    fn with_lets<'a>(mut self, lets: impl Iterator<Item = &'a String>) -> Self {
        self.0.extend(lets.cloned());
        self
    }
}

struct Check<'a> {
    manifest: &'a Manifest,
    found: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn profile(&mut self, profile: &Profile, everywhere: &Names) {
        for value in profile.lets.values() {
            self.value(value, &everywhere.clone().with_service());
        }
        for placement in profile.services.values() {
            let names = everywhere.clone().with_service().with_lets(placement.lets.keys());
            self.placement(placement, &names);
        }
        let mut names = everywhere.clone().with_service();
        for command in self.manifest.commands.values() {
            names = names.with_params(command);
        }
        let lets = profile.services.values().flat_map(|placement| placement.lets.keys());
        let names = names.with_lets(lets);
        if let Some(ready) = &profile.ready {
            self.ready(ready, &names);
        }
        for recipe in profile.recipes.values() {
            self.actions(&recipe.actions, &names);
            let by = recipe.read.iter().flat_map(|read| &read.by);
            by.for_each(|template| self.template(template, &names));
        }
        for (_, text) in &profile.env {
            self.template(text, everywhere);
        }
        for database in profile.databases.values() {
            let templates = database.url.iter().chain(&database.migrations);
            for template in templates {
                self.template(template, everywhere);
            }
        }
    }

    fn placement(&mut self, placement: &Placement, names: &Names) {
        let templates = placement.cwd.iter().chain(&placement.exec);
        let templates = templates.chain(placement.env.iter().map(|(_, text)| text));
        for text in templates {
            self.template(text, names);
        }
        for words in &placement.prepare {
            self.words(words, names);
        }
        if let Some(alive) = &placement.alive {
            self.probe(&alive.kind, names);
        }
        if let Some(ready) = &placement.ready {
            self.ready(ready, names);
        }
        for value in placement.lets.values() {
            self.value(value, names);
        }
    }

    fn actions(&mut self, actions: &[Action], names: &Names) {
        for action in actions {
            match &action.kind {
                ActionKind::Run(words) | ActionKind::Prepare(words) => self.words(words, names),
                ActionKind::Do(words) | ActionKind::Builtin { words, .. } => self.templates(words, names),
                ActionKind::Tail(tail) => {
                    self.templates(&tail.words, names);
                    let names = names.clone().with_log();
                    tail.from.iter().for_each(|words| self.words(words, &names));
                }
                ActionKind::Each(_) | ActionKind::Spawn | ActionKind::Terminate(_) => {}
            }
        }
    }

    fn templates(&mut self, words: &[Template], names: &Names) {
        for word in words {
            self.template(word, names);
        }
    }

    fn words(&mut self, words: &Words, names: &Names) {
        let templates = words.program.iter().chain(&words.cwd).chain(words.env.iter().map(|(_, text)| text));
        for template in templates.chain(&words.reads) {
            self.template(template, names);
        }
        match words.hint.as_deref() {
            Some(Hint::Text(text)) => self.template(text, names),
            Some(Hint::From(from)) => self.words(from, names),
            None => {}
        }
    }

    fn ready(&mut self, ready: &Ready, names: &Names) {
        self.probe(&ready.kind, names);
    }

    fn probe(&mut self, kind: &ReadyKind, names: &Names) {
        match kind {
            ReadyKind::Http(template) | ReadyKind::Log(template) => self.template(template, names),
            ReadyKind::Grpc(template) => template.iter().for_each(|template| self.template(template, names)),
            ReadyKind::Exec(words) => words.iter().for_each(|word| self.template(word, names)),
            ReadyKind::Tcp | ReadyKind::Postgres(_) | ReadyKind::Status => {}
        }
    }

    fn value(&mut self, value: &Value, names: &Names) {
        for template in value.env.iter().chain(&value.text) {
            self.template(template, names);
        }
        for choice in &value.choices {
            self.templates(&choice.words, names);
            self.templates(&choice.check, names);
        }
    }

    fn template(&mut self, template: &Template, names: &Names) {
        for (name, span) in template.placeholders() {
            if !is_variable(name) && !names.0.iter().any(|known| known == name) && !self.is_path(name) {
                let known = names.0.iter().cloned().chain(self.paths()).collect();
                self.found.push(Problem::UnknownPlaceholder { name: name.to_owned(), known, span });
            }
        }
    }

    /// `service.port`, `service.value`, `database.url`, `database.NAME.url`.
    fn is_path(&self, name: &str) -> bool {
        let Some((of, what)) = name.rsplit_once('.') else { return false };
        let database = of.strip_prefix("database.");
        if of == "database" || database.is_some() {
            let named = database.is_none_or(|name| self.manifest.databases.contains_key(name));
            return named && OF_DATABASE.contains(&what) && !self.manifest.databases.is_empty();
        }
        let mut profiles = self.manifest.profiles.values();
        self.manifest.service(of).is_some()
            && (what == "port" || profiles.any(|profile| profile.has_value(of, what)))
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        let ports = self.manifest.services.keys().map(|service| format!("{service}.port"));
        let database = (!self.manifest.databases.is_empty()).then_some(OF_DATABASE).into_iter().flatten();
        ports.chain(database.map(|name| format!("database.{name}")))
    }
}

impl Profile {
    fn has_value(&self, service: &str, name: &str) -> bool {
        self.lets.contains_key(name)
            || self.services.get(service).is_some_and(|placement| placement.lets.contains_key(name))
    }
}

/// Names in capitals are environment variables; whether they are set is known when the plan is built.
pub fn is_variable(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
