//! The lines of the manifest and of the profile.

use std::path::{Path, PathBuf};

use super::service::{Names, Service};
use crate::import::draft::Place;
use crate::import::write::{Line, literal};

/// What is written.
pub struct Written<'a> {
    /// Where to.
    pub place: &'a Place,
    /// The compose files.
    pub files: &'a [PathBuf],
    /// The folder of the first one.
    pub folder: &'a Path,
    /// The project's own name.
    pub project: Option<String>,
    /// The services.
    pub services: &'a [Service],
}

impl Written<'_> {
    /// The blocks of the manifest.
    pub fn manifest(&self) -> Vec<Vec<Line>> {
        let name = self.project.clone().unwrap_or_else(|| self.place.folder_name());
        let dotenv = Path::new(&self.place.path(self.folder)).join(".env");
        let project = Line::new("project")
            .word(&name)
            .child(Line::new("dotenv").word(&dotenv.to_string_lossy()))
            .child(Line::new("include").word("environments/*.kdl"));
        let (jobs, services): (Vec<&Service>, Vec<_>) = self.services.iter().partition(|service| service.job);
        let mut blocks = vec![
            vec![project],
            services.into_iter().map(|service| self.service(service)).collect(),
            jobs.into_iter().map(|service| self.job(service)).collect(),
            self.groups(),
        ];
        blocks.extend(self.databases());
        blocks
    }

    /// Every database, the first one without a name, and the verbs for them.
    fn databases(&self) -> Vec<Vec<Line>> {
        let all =
            self.services.iter().filter_map(|service| Some((&service.name, service.database.as_ref()?)));
        let lines = all
            .enumerate()
            .map(|(index, (name, database))| (database.lets(name), database.line(name, index > 0)));
        let (lets, databases): (Vec<_>, Vec<Line>) = lines.unzip();
        let verb = |name: &str, about: &str| {
            Line::new("command").word(name).summary(about).child(Line::new("builtin").word(name))
        };
        let verbs = vec![
            verb("query", "Run SQL and print the result"),
            verb("psql", "Open a database shell, or run commands in it"),
        ];
        if databases.is_empty() { Vec::new() } else { vec![lets.concat(), databases, verbs] }
    }

    fn service(&self, service: &Service) -> Line {
        let outside = !service.profiles.is_empty();
        let line =
            Line::new("service").word(&service.name).summary(&service.summary).with(self.needs(service));
        line.with(outside.then(|| Line::new("infrastructure")))
    }

    /// A container that runs to completion.
    fn job(&self, service: &Service) -> Line {
        let words = ["{compose}", "run", "--rm", "-T", "--no-deps", &literal(&service.unit)];
        let line = Line::new("job").word(&service.name).summary(&service.summary).with(self.needs(service));
        line.with(self.networks(service)).child(Line::new("run").words(words))
    }

    /// Two jobs that begin at once would both make the network that is not there: all say the same words, which are run once.
    fn networks(&self, job: &Service) -> Option<Line> {
        let alike = |other: &&Service| other.job && other.profiles == job.profiles;
        let units: Vec<String> =
            self.services.iter().filter(alike).map(|service| literal(&service.unit)).collect();
        let words = ["{compose}", "up", "--no-start", "--no-deps", "--no-recreate"];
        let words = words.into_iter().chain(units.iter().map(String::as_str));
        (units.len() > 1).then(|| Line::new("prepare").words(words))
    }

    fn needs(&self, service: &Service) -> Option<Line> {
        let name = |unit: &String| self.services.iter().find(|service| service.unit == *unit);
        let names: Vec<&str> =
            service.needs.iter().filter_map(|need| Some(name(&need.unit)?.name.as_str())).collect();
        (!names.is_empty()).then(|| Line::new("needs").words(names))
    }

    /// A job that nothing leads to; `*` leaves jobs out.
    fn is_alone(&self, job: &Service) -> bool {
        let needed =
            self.services.iter().flat_map(|service| &service.needs).any(|need| need.unit == job.unit);
        job.job && job.profiles.is_empty() && !needed
    }

    /// Every service, and a group for each profile of compose.
    fn groups(&self) -> Vec<Line> {
        let members = |names: &[&str]| Line::new("members").words(names);
        let group = |name: &str, about: &str| Line::new("group").word(name).summary(about);
        let mut every = vec!["*"];
        every.extend(
            self.services
                .iter()
                .filter(|service| self.is_alone(service))
                .map(|service| service.name.as_str()),
        );
        let mut groups = vec![group("all", "Every service").child(members(&every))];
        let mut names = Names::default();
        for service in self.services {
            names.take(&service.name, "service");
        }
        let mut profiles: Vec<&String> = self.services.iter().flat_map(|service| &service.profiles).collect();
        profiles.sort();
        profiles.dedup();
        for profile in profiles {
            let inside = self.services.iter().filter(|service| service.profiles.contains(profile));
            let inside: Vec<&str> = inside.map(|service| service.name.as_str()).collect();
            let about = format!("The profile {profile} of the compose file");
            groups.push(group(&names.take(profile, "group"), &about).child(members(&inside)));
        }
        groups
    }

    /// What the profile gets.
    pub fn profile(&self) -> Vec<Line> {
        let rooted = |path: &Path| {
            let path = literal(&self.place.path(path));
            match path.as_str() {
                "" => "{root}".to_owned(),
                path if path.starts_with('/') => path.to_owned(),
                path => format!("{{root}}/{path}"),
            }
        };
        let files: Vec<String> = self.files.iter().map(|file| rooted(file)).collect();
        let mut lines = vec![
            Line::new("let").word("folder").word(&rooted(self.folder)),
            Line::new("env").property("COMPOSE_FILE", &files.join(":")),
        ];
        let ports = self.services.iter().filter_map(|service| Some((service, service.port.as_ref()?)));
        let named = ports.filter_map(|(service, port)| Some((port.env.as_ref()?, service)));
        lines.extend(
            named.map(|(env, service)| Line::new("env").property(env, &format!("{{{}.port}}", service.name))),
        );
        lines.extend(self.services.iter().filter(|service| !service.job).map(Self::placement));
        lines
    }

    fn placement(service: &Service) -> Line {
        let port = service.port.as_ref().map(|port| {
            let line = Line::new("port").number(port.number);
            match &port.env {
                Some(env) => line.property("env", env),
                None => line.switch("fixed"),
            }
        });
        let unit = (service.name != service.unit).then(|| Line::new("unit").word(&literal(&service.unit)));
        let ready = service
            .timeout
            .map(|seconds| Line::new("ready").word("status").property("timeout", &format!("{seconds}s")));
        Line::new("service").word(&service.name).with(port).with(unit).with(ready)
    }
}
