//! What placeholders stand for in one place: `{port}`, `{tail}`, `{memory-rust.port}`, `{DB_NAME}`.

use super::request::Request;
use super::world::World;
use crate::manifest::Problem;
use crate::manifest::database::Database;
use crate::manifest::profile::Profile;
use crate::manifest::resolve::placeholders::is_variable;
use crate::manifest::template::{Part, Template};
use crate::manifest::value::Value;
use crate::masked::Masked;
use crate::span::Span;

/// The place a template is expanded in.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Profile, environment, paths.
    pub world: &'a World<'a>,
    /// The services that are meant: none outside a recipe, one in most, several in a batch.
    pub services: &'a [String],
    /// The command's words.
    pub request: Option<&'a Request>,
}

impl<'a> Scope<'a> {
    /// A place without service and command.
    pub fn new(world: &'a World<'a>) -> Self {
        Self { world, services: &[], request: None }
    }

    /// The same place, for these services.
    pub fn with_services(self, services: &'a [String]) -> Self {
        Self { services, ..self }
    }

    /// One word; placeholders that stand for several words are a problem.
    pub fn word(&self, template: &Template) -> Masked {
        if let Some(text) = template.as_literal() {
            return Masked::plain(text);
        }
        let cost = &self.world.cost;
        let word = cost.begin().and_then(|()| {
            let word = self.join(template);
            cost.end(word.reveal()).map(|()| word)
        });
        word.unwrap_or_else(|excess| {
            self.world.exceed(excess, template.span);
            Masked::default()
        })
    }

    fn join(&self, template: &Template) -> Masked {
        let mut word = Masked::default();
        for part in &template.parts {
            match part {
                Part::Text(text) => word.push(&Masked::plain(text.as_str())),
                Part::Placeholder { name, span } => word.push(&self.text(name, *span)),
            }
        }
        word
    }

    /// Words; a placeholder that stands alone becomes any number of them, and in a batch a word that depends on the
    /// service becomes one for each.
    pub fn words(&self, templates: &[Template]) -> Vec<(Masked, Span)> {
        let expand = |template: &Template| match template.alone() {
            Some(name) => self.many(name, template),
            None if self.services.len() > 1 => self.one_each(template),
            None => vec![self.word(template)],
        };
        let with_span = |template: &Template| {
            let span = template.span;
            expand(template).into_iter().map(move |word| (word, span))
        };
        templates.iter().flat_map(with_span).collect()
    }

    fn many(&self, name: &str, template: &Template) -> Vec<Masked> {
        if let Some(given) = self.request.and_then(|request| request.params.get(name)) {
            return given.words.iter().map(|word| Masked::plain(word.as_str())).collect();
        }
        if self.is_param_of_another_command(name) {
            return Vec::new();
        }
        if let Some(value) = self.value(name).filter(|value| !value.choices.is_empty()) {
            return super::choice::words(self.world, value, |word| self.word(word));
        }
        if self.services.len() > 1 {
            return self.one_each(template);
        }
        vec![self.word(template)]
    }

    /// Whether a word is a choice of which none works here, which has been noted.
    pub fn lacks_choice(&self, template: &Template) -> bool {
        let value = template.alone().and_then(|name| self.value(name));
        value.is_some_and(|value| !value.choices.is_empty())
            && self.words(std::slice::from_ref(template)).is_empty()
    }

    /// One word for each service; one for all where it does not depend on the service.
    fn one_each(&self, template: &Template) -> Vec<Masked> {
        let one = |service: &String| {
            let services = std::slice::from_ref(service);
            Scope { services, ..*self }.word(template)
        };
        let mut words: Vec<Masked> = self.services.iter().map(one).collect();
        words.dedup();
        words
    }

    /// A recipe serves several commands, and not each has every parameter: what it does not have is not given.
    fn is_param_of_another_command(&self, name: &str) -> bool {
        !self.services.is_empty()
            && self.value(name).is_none()
            && self.builtin(name).is_none()
            && self.world.manifest.commands.values().any(|command| command.param(name).is_some())
    }

    fn text(&self, name: &str, span: Span) -> Masked {
        if let Some(given) = self.request.and_then(|request| request.params.get(name)) {
            return given.text.clone().map_or_else(
                || {
                    self.world.complain(Problem::ManyInsideWord { name: name.to_owned(), span });
                    Masked::default()
                },
                Masked::plain,
            );
        }
        if let Some(text) = self.builtin(name) {
            return text;
        }
        if let Some(value) = self.value(name) {
            if !value.choices.is_empty() {
                self.world.complain(Problem::ManyInsideWord { name: name.to_owned(), span });
            }
            return self.expand(value);
        }
        if let Some((of, what)) = name.rsplit_once('.') {
            return self.path(of, what, name, span);
        }
        if is_variable(name) {
            return self.variable(name, span);
        }
        self.unknown(name, span)
    }

    fn unknown(&self, name: &str, span: Span) -> Masked {
        self.world.complain(Problem::UnknownPlaceholder { name: name.to_owned(), known: Vec::new(), span });
        Masked::default()
    }

    fn builtin(&self, name: &str) -> Option<Masked> {
        let world = self.world;
        let service = self.services.first();
        let text = match name {
            "root" => world.root.to_string_lossy().into_owned(),
            "project" => world.manifest.project.name.clone(),
            "profile" => world.profile.name.value.clone(),
            "checkout" => world.checkout(),
            // The folder that a check generates into; `sync` puts it in.
            "out" => "{out}".to_owned(),
            "gladys" => world.gladys.to_string_lossy().into_owned(),
            "service" => service?.clone(),
            "port" => {
                // A port that is written and cannot be used is a problem of its own, noted where it stands.
                world.placement(service?)?.port.as_ref()?;
                world.port(service?).map(|port| port.to_string()).unwrap_or_default()
            }
            "state" => world.state(service?).to_string_lossy().into_owned(),
            _ => return None,
        };
        Some(Masked::plain(text))
    }

    /// The profile whose recipes run what is meant here.
    pub fn home(&self) -> &'a Profile {
        self.services.first().map_or(self.world.profile, |service| self.world.home(service))
    }

    /// The nearest `let`: of the service in the profile, of the profile (and of the one that the service is used from), of
    /// the manifest.
    fn value(&self, name: &str) -> Option<&'a Value> {
        let of_service =
            self.services.first().and_then(|service| self.world.placement(service)?.lets.get(name));
        let of_profile = self.world.profile.lets.get(name).or_else(|| self.home().lets.get(name));
        of_service.or(of_profile).or_else(|| self.world.manifest.lets.get(name))
    }

    /// A value: its first variable that is set, or its text.
    pub fn expand(&self, value: &Value) -> Masked {
        let set =
            value.env.iter().find_map(|template| self.world.variables.get(&self.variable_name(template)));
        let file = || self.content(value.file.as_ref()?);
        let text = match (set.map(Masked::plain).or_else(file), &value.text) {
            (Some(text), _) => text,
            (None, _) if !value.from.is_empty() => {
                let words: Vec<Masked> = self.words(&value.from).into_iter().map(|(word, _)| word).collect();
                super::ask::text(self.world, value, &words)
            }
            (None, Some(template)) => self.word(template),
            (None, None) if !value.choices.is_empty() => Masked::default(),
            (None, None) => {
                let plain = value.env.iter().find(|template| template.as_literal().is_some());
                let template = plain.or(value.env.first());
                let variable = template.map(|template| self.variable_name(template)).unwrap_or_default();
                let span = template.map_or(value.name.span, |template| template.span);
                self.world.complain(Problem::Unset { variable, span });
                Masked::default()
            }
        };
        if value.secret { Masked::secret(text.reveal()) } else { text }
    }

    /// What a file holds, without the line end; nothing if there is none.
    fn content(&self, path: &Template) -> Option<Masked> {
        let name = self.word(path);
        let path_here = self.world.absolute(name.reveal());
        match crate::text::regular(&path_here).and_then(|()| std::fs::read_to_string(&path_here)) {
            Ok(text) => Some(Masked::plain(text.trim_end_matches(['\n', '\r']))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let reason = crate::text::io_reason(&error);
                let problem = Problem::Unreadable { path: name.to_string(), reason, span: Some(path.span) };
                self.world.complain(problem);
                None
            }
        }
    }

    /// A variable's name may itself hold a variable: `OLLAMA_ENDPOINT_{OLLAMA_ENDPOINT}`. One that is not set makes a
    /// name that is not set either.
    fn variable_name(&self, template: &Template) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Placeholder { name, .. } if is_variable(name) => {
                self.world.variables.get(name).unwrap_or_default().to_uppercase().replace('-', "_")
            }
            Part::Placeholder { name, span } => self.text(name, *span).reveal().to_uppercase(),
        };
        template.parts.iter().map(part).collect()
    }

    fn path(&self, of: &str, what: &str, name: &str, span: Span) -> Masked {
        if of == "database" || of.starts_with("database.") {
            let database = self.world.database(of.strip_prefix("database."));
            let part = database.and_then(|database| self.of_database(database, what));
            return part.unwrap_or_else(|| self.unknown(name, span));
        }
        let Some(service) = self.world.manifest.service(of).map(|service| service.name.value.clone()) else {
            return self.unknown(name, span);
        };
        if what == "port" {
            // A port that is written and cannot be used is a problem of its own, noted where it stands.
            if self.world.placement(&service).is_none_or(|placement| placement.port.is_none()) {
                let profile = self.world.profile.name.value.clone();
                self.world.complain(Problem::NoPort { service: service.clone(), profile, span });
            }
            return self.world.port(&service).map(|port| Masked::plain(port.to_string())).unwrap_or_default();
        }
        let services = [service];
        let scope = Scope { world: self.world, services: &services, request: None };
        match scope.value(what) {
            Some(value) => scope.expand(value),
            None => self.unknown(name, span),
        }
    }

    /// `{database.host}` and its like.
    fn of_database(&self, database: &Database, what: &str) -> Option<Masked> {
        let scope = Scope::new(self.world);
        match what {
            "url" => Some(scope.url(database)),
            "password" => Some(scope.password(database).unwrap_or_default()),
            what => part_of(&scope.url(database), what),
        }
    }

    /// The URL of a database in this profile; nothing if it has none.
    pub fn url(&self, database: &Database) -> Masked {
        let url = self.world.of_database(database, |database| database.url.as_ref());
        url.map(|url| self.word(url)).unwrap_or_default()
    }

    /// The password of a database in this profile.
    pub fn password(&self, database: &Database) -> Option<Masked> {
        let password = self.world.of_database(database, |database| database.password.as_ref());
        password.map(|value| self.expand(value))
    }

    fn variable(&self, name: &str, span: Span) -> Masked {
        if let Some(text) = self.world.variables.get(name) {
            Masked::plain(text)
        } else {
            self.world.complain(Problem::Unset { variable: name.to_owned(), span });
            Masked::default()
        }
    }
}

/// Host, port, user or name, as a URL has it.
fn part_of(url: &Masked, what: &str) -> Option<Masked> {
    let config: postgres::Config = url.reveal().parse().ok()?;
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
