//! Where a connection goes, and where each part of that was written.
//!
//! The manifest's address comes first, then a service file, then the `PG…` variables, then the defaults, as in
//! libpq ("Database Connection Control Functions", chapter 34.1).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

pub use super::files::Environment;
use super::{address, files};
use crate::db::{Error, Provider, Target};
use crate::masked::Masked;

/// How long reaching a server may take when nothing else is said.
pub const PATIENCE: Duration = Duration::from_millis(4500);

/// The keywords of an address and the variable that stands in for each.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("service", "PGSERVICE"),
    ("servicefile", "PGSERVICEFILE"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("client_encoding", "PGCLIENTENCODING"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    // Accepted because they change nothing that matters here: tuning, and GSS, which is never used.
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_count", ""),
    ("tcp_user_timeout", ""),
    ("sslcompression", ""),
    ("sslsni", ""),
    ("gssencmode", ""),
    ("fallback_application_name", ""),
];

/// The variables that set a parameter of the session (libpq, chapter 34.15).
const SESSION: &[(&str, &str)] = &[("PGDATESTYLE", "datestyle"), ("PGTZ", "timezone"), ("PGGEQO", "geqo")];

/// A value and where it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// The value; a password only ever as a secret.
    pub value: Masked,
    /// `environments/local.kdl:12`, `the variable PGPORT`, `the default`.
    pub origin: String,
}

/// How to reach a database and who to be there.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database's name in the manifest.
    pub name: String,
    /// The service that provides it.
    pub service: Option<Provider>,
    /// How long reaching the server may take.
    pub timeout: Duration,
    /// Parameters of the session (`timezone`).
    pub session: Vec<(String, String)>,
    pub(super) given: BTreeMap<&'static str, Given>,
}

/// A server that may be tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    /// Its name, for messages, the password file and its certificate.
    pub name: String,
    /// What is connected to: the name, or the address given with `hostaddr`.
    pub address: String,
    /// Its port.
    pub port: String,
}

impl Settings {
    /// The settings of a database of the manifest, completed from the real environment.
    pub fn of(target: &Target) -> Result<Self, Error> {
        Self::resolve(target, None, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The same, with an address or a database name from the command line laid over it.
    pub fn over(target: &Target, words: &str) -> Result<Self, Error> {
        let real = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self::resolve(target, Some(words), &real)
    }

    /// The settings of `target`, under `over` from the command line, completed from `environment`.
    pub fn resolve(target: &Target, over: Option<&str>, environment: Environment<'_>) -> Result<Self, Error> {
        let mut settings = Self {
            name: target.name.clone(),
            service: target.service.clone(),
            timeout: PATIENCE,
            session: Vec::new(),
            given: BTreeMap::new(),
        };
        if let Some(words) = over {
            settings.lay(address::parse_or_name(words), "the command line")?;
        }
        let words =
            address::parse(target.url.reveal()).map_err(|cause| settings.refused(&target.origin, cause))?;
        let differs = |keys: &[&str]| {
            let given = |key: &str, value: &str| settings.text(key).is_some_and(|given| given != value);
            words.iter().any(|(key, value)| keys.contains(&key.as_str()) && given(key, value))
        };
        // What the manifest says is about its server, and its password is for its user there.
        let (another, elsewhere) =
            (differs(&["host", "hostaddr"]), differs(&["host", "hostaddr", "port", "user"]));
        let kept =
            words.iter().filter(|(key, _)| !(another || elsewhere && key == "password")).cloned().collect();
        settings.lay(Ok(kept), &target.origin)?;
        if let Some(password) = target.password.as_ref().filter(|_| !elsewhere) {
            settings.put("password", password.clone(), &target.origin);
        }
        settings.service_file(environment)?;
        settings.variables(environment);
        settings.defaults(environment);
        settings.patience()?;
        Ok(settings)
    }

    fn lay(&mut self, words: Result<address::Words, String>, origin: &str) -> Result<(), Error> {
        let words = words.map_err(|cause| self.refused(origin, cause))?;
        for (key, value) in words {
            let Some((known, _)) = KEYWORDS.iter().find(|(known, _)| *known == key) else {
                return Err(self.refused(origin, format!("`{key}` is not a setting that gladys knows")));
            };
            self.put(known, value.into(), origin);
        }
        Ok(())
    }

    /// A setting that cannot be used.
    pub(super) fn refused(&self, origin: &str, cause: String) -> Error {
        Error::Address { name: self.name.clone(), origin: origin.to_owned(), cause }
    }

    /// The first to give a value wins; a password is a secret whoever gave it.
    fn put(&mut self, key: &'static str, value: Masked, origin: &str) {
        let value = if key == "password" { Masked::secret(value.reveal()) } else { value };
        self.given.entry(key).or_insert(Given { value, origin: origin.to_owned() });
    }

    fn service_file(&mut self, environment: Environment<'_>) -> Result<(), Error> {
        let named = self.text("service").map(str::to_owned).or_else(|| environment("PGSERVICE"));
        let Some(service) = named else { return Ok(()) };
        let given = self.text("servicefile").map(PathBuf::from);
        let (path, words) =
            files::service(&service, given, environment).map_err(|cause| self.refused("PGSERVICE", cause))?;
        self.lay(Ok(words), &path.display().to_string())
    }

    fn variables(&mut self, environment: Environment<'_>) {
        for (key, variable) in KEYWORDS.iter().filter(|(_, variable)| !variable.is_empty()) {
            if let Some(value) = environment(variable) {
                self.put(key, value.into(), &format!("the variable {variable}"));
            }
        }
        let session = SESSION.iter().filter_map(|(variable, name)| Some((*name, environment(variable)?)));
        self.session = session.map(|(name, value)| (name.to_owned(), value)).collect();
    }

    fn defaults(&mut self, environment: Environment<'_>) {
        self.put("port", "5432".into(), "the default");
        let host = files::socket_folder(self.text("port").unwrap_or_default());
        self.put("host", host.into(), "the default");
        let login = files::login_name(environment);
        self.put("user", login.into(), "your login name");
        let user = self.text("user").unwrap_or_default().to_owned();
        self.put("dbname", user.into(), "the name of the user");
        self.put("application_name", "gladys".into(), "the default");
        self.put("client_encoding", "UTF8".into(), "the default");
        let system = self.text("sslrootcert") == Some("system");
        self.put("sslmode", if system { "verify-full" } else { "prefer" }.into(), "the default");
    }

    fn patience(&mut self) -> Result<(), Error> {
        let Some(given) = self.given.get("connect_timeout") else { return Ok(()) };
        let text = given.value.reveal();
        let Ok(seconds) = text.parse::<u64>() else {
            let cause = format!("`connect_timeout` is a number of seconds, not `{text}`");
            return Err(self.refused(&given.origin, cause));
        };
        if seconds > 0 {
            self.timeout = Duration::from_secs(seconds);
        }
        Ok(())
    }

    /// Names the session, as others see it in `pg_stat_activity`.
    pub fn named(mut self, application: &str) -> Self {
        let given = Given { value: application.into(), origin: "gladys".to_owned() };
        self.given.insert("application_name", given);
        self
    }

    /// Names the session unless a name is given already.
    pub fn titled(self, application: &str) -> Self {
        let given = self.given.get("application_name").is_some_and(|given| given.origin != "the default");
        if given { self } else { self.named(application) }
    }

    /// The same server, another database.
    pub fn in_database(mut self, name: &str) -> Self {
        let given = Given { value: name.into(), origin: "gladys".to_owned() };
        self.given.insert("dbname", given);
        self
    }

    /// The same, with another value of one keyword from the command line; a new user, host or port is not given the
    /// password of the old.
    pub fn replaced(mut self, keyword: &str, value: &str) -> Self {
        let Some((key, _)) = KEYWORDS.iter().find(|(known, _)| *known == keyword) else { return self };
        let same = self.text(key) == Some(value);
        if !same && keyword != "dbname" {
            self.given.remove("password");
        }
        if !same && keyword == "host" {
            self.given.remove("hostaddr");
        }
        self.given.insert(key, Given { value: value.into(), origin: "the command line".to_owned() });
        self
    }

    /// Sets a parameter of the session from its start, so that `RESET ALL` keeps it.
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.session.push((parameter.to_owned(), value.to_owned()));
        self
    }

    /// The value of a keyword.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(|given| given.value.reveal())
    }

    /// The name of the user.
    pub fn user(&self) -> &str {
        self.text("user").unwrap_or_default()
    }

    /// The name of the database on the server.
    pub fn database(&self) -> &str {
        self.text("dbname").unwrap_or_default()
    }

    /// Every server, in the order in which they are tried (libpq, chapter 34.1.1.3).
    pub fn servers(&self) -> Vec<Server> {
        let list =
            |key: &str| self.text(key).map(|text| text.split(',').map(str::to_owned).collect::<Vec<_>>());
        let (hosts, addresses) = (list("host").unwrap_or_default(), list("hostaddr"));
        let ports = list("port").unwrap_or_default();
        let port = |index: usize| match ports.get(index).or(ports.first()) {
            Some(port) if !port.is_empty() => port.clone(),
            _ => "5432".to_owned(),
        };
        let places = addresses.unwrap_or_else(|| hosts.clone());
        let server = |(index, address): (usize, String)| {
            let given = self.given.get("host").is_some_and(|given| given.origin != "the default");
            let name = hosts.get(index).filter(|name| given && !name.is_empty()).unwrap_or(&address).clone();
            Server { name, address, port: port(index) }
        };
        places.into_iter().enumerate().map(server).collect()
    }

    /// The password for this host: the given one, else the one of the password file.
    pub fn password(&self, host: &str, port: &str) -> Option<Masked> {
        let given = self.given.get("password").map(|given| given.value.clone());
        given.or_else(|| files::password(self.text("passfile"), [host, port, self.database(), self.user()]))
    }

    /// Where the password comes from, for messages.
    pub(super) fn password_origin(&self) -> String {
        match self.given.get("password") {
            Some(given) => given.origin.clone(),
            None => format!(
                "the password file {}",
                files::password_file(self.text("passfile")).unwrap_or_default().display()
            ),
        }
    }

    /// `host localhost from environments/local.kdl:12, user me from your login name`, without what is a default.
    pub fn origins(&self) -> String {
        let mut by_origin: Vec<(&str, Vec<String>)> = Vec::new();
        for (key, word) in [("host", "host"), ("port", "port"), ("user", "user"), ("dbname", "database")] {
            let Some(given) = self.given.get(key) else { continue };
            let text = format!("{word} `{}`", given.value);
            match by_origin.iter_mut().find(|(origin, _)| *origin == given.origin) {
                Some((_, words)) => words.push(text),
                None => by_origin.push((&given.origin, vec![text])),
            }
        }
        let parts: Vec<String> =
            by_origin.iter().map(|(origin, words)| format!("{} from {origin}", words.join(", "))).collect();
        parts.join("; ")
    }
}
