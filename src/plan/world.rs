//! What a plan is built in: one manifest, one profile, the environment, and the list of what is wrong.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexSet;
use sha2::{Digest, Sha256};

use super::cost::{Cost, Excess};
use super::variables::Variables;
use crate::manifest::database::Database;
use crate::manifest::profile::{Placement, Profile};
use crate::manifest::{Manifest, Problem};
use crate::probe::report::Report;
use crate::span::{Span, Spanned};
use crate::supervisor;

/// Everything the steps of a plan are resolved with.
pub struct World<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// The chosen profile.
    pub profile: &'a Profile,
    /// The environment.
    pub variables: &'a Variables,
    /// Absolute path of the manifest's folder.
    pub root: PathBuf,
    /// Absolute path of this program.
    pub gladys: PathBuf,
    /// What tells the state of all services, by the profile that has such a thing.
    pub reports: RefCell<HashMap<String, Option<Arc<Report>>>>,
    /// What expanding the present word has cost, see [`super::cost`].
    pub cost: Cost,
    asked: Vec<&'a Profile>,
    typed: Option<usize>,
    problems: RefCell<Vec<Problem>>,
}

/// The variable that moves every port of a checkout.
pub const PORT_OFFSET: &str = "GLADYS_PORT_OFFSET";

impl<'a> World<'a> {
    /// A world without problems.
    pub fn new(manifest: &'a Manifest, profile: &'a Profile, variables: &'a Variables) -> Self {
        let root = manifest.root.canonicalize().unwrap_or_else(|_| manifest.root.clone());
        let gladys = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gladys"));
        Self {
            manifest,
            profile,
            variables,
            root,
            gladys,
            reports: RefCell::default(),
            cost: Cost::default(),
            asked: Vec::new(),
            typed: None,
            problems: RefCell::default(),
        }
    }

    /// With the command line as a source, so that a word of it can be pointed at.
    pub fn typed(self, file: usize) -> Self {
        Self { typed: Some(file), ..self }
    }

    /// With the profiles that were named on the command line; none if none was.
    pub fn asked(self, profiles: &[&'a Profile]) -> Self {
        Self { asked: profiles.to_vec(), ..self }
    }

    /// The profiles to compare: those that were named on the command line, else all there are.
    pub fn compared(&self) -> Vec<&'a Profile> {
        if self.asked.is_empty() { self.manifest.profiles.values().collect() } else { self.asked.clone() }
    }

    /// Whether there is a command line to point at.
    pub fn is_typed(&self) -> bool {
        self.typed.is_some()
    }

    /// Where a word of the command line stands.
    pub fn place_of(&self, word: &str) -> Span {
        self.typed.map(|file| self.manifest.sources.find(file, word)).unwrap_or_default()
    }

    /// Notes a problem and goes on.
    pub fn complain(&self, problem: Problem) {
        // Words that come to too much are empty from then on, and what lacks them is wrong for no other reason.
        if self.cost.is_spent() && !matches!(problem, Problem::TooMuch { .. }) {
            return;
        }
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Notes that something comes to too much; nothing where that has been noted.
    pub fn exceed(&self, excess: Option<Excess>, span: Span) {
        let problem = excess.map(|[what, help]| Problem::TooMuch { what, help, span });
        problem.into_iter().for_each(|problem| self.complain(problem));
    }

    /// Notes problems, if there are any.
    pub fn keep<T>(&self, result: Result<T, Vec<Problem>>) -> Option<T> {
        result.map_err(|problems| problems.into_iter().for_each(|problem| self.complain(problem))).ok()
    }

    /// The services that targets stand for; `*` is what has a place in this profile.
    pub fn expand(&self, targets: &[Spanned<String>]) -> Option<IndexSet<String>> {
        self.keep(self.manifest.expand(targets, &|service| self.placement(service).is_some()))
    }

    /// The problems so far, in the order of the files.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.span().unwrap_or_default());
        problems
    }

    /// A short name for this checkout that another one does not have: of the path of its root.
    pub fn checkout(&self) -> String {
        let hash = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{number:08x}")
    }

    /// The state folder of a service in this profile.
    pub fn state(&self, service: &str) -> PathBuf {
        self.profile_state().join(service)
    }

    /// The folder that the state folders of this profile are in.
    pub fn profile_state(&self) -> PathBuf {
        supervisor::state_root(&self.root).join(&self.profile.name.value)
    }

    /// The command that starts a service; the profile is told where it is not the default one.
    pub fn start(&self, service: &str) -> String {
        format!("gladys start {service}{}", self.profile_option(&self.profile.name.value))
    }

    /// The command that ends a service and starts it anew; the profile is told where it is not the default one.
    pub fn renew(&self, service: &str) -> String {
        format!("gladys restart {service}{}", self.profile_option(&self.profile.name.value))
    }

    /// ` --profile remote`, or nothing for the default profile.
    pub fn profile_option(&self, profile: &str) -> String {
        let default = self.manifest.default_profile().is_none_or(|default| default.name.value != profile);
        if default { format!(" --profile {profile}") } else { String::new() }
    }

    /// The profile whose recipes run a service: this one, or the one it is used from.
    pub fn home(&self, service: &str) -> &'a Profile {
        let used = self.profile.uses.iter().find(|used| used.service.value == service);
        used.and_then(|used| self.manifest.profiles.get(&used.profile.value)).unwrap_or(self.profile)
    }

    /// Every service that has a place in this profile.
    pub fn services(&self) -> impl Iterator<Item = &'a str> {
        let used = self.profile.uses.iter().map(|used| used.service.value.as_str());
        self.profile.services.keys().map(String::as_str).chain(used)
    }

    /// A service in this profile.
    pub fn placement(&self, service: &str) -> Option<&'a Placement> {
        self.home(service).services.get(service)
    }

    /// A database by name; the first one without a name.
    pub fn database(&self, name: Option<&str>) -> Option<&'a Database> {
        let databases = &self.manifest.databases;
        name.map_or_else(|| databases.values().next(), |name| databases.get(name))
    }

    /// What this profile says of a database, or else the manifest.
    pub fn of_database<T>(
        &self,
        base: &'a Database,
        what: impl Fn(&'a Database) -> Option<&'a T>,
    ) -> Option<&'a T> {
        self.profile.databases.get(&base.name.value).and_then(&what).or_else(|| what(base))
    }

    /// Whether somebody else runs a service: everywhere, or in this profile.
    pub fn is_external(&self, service: &str) -> bool {
        self.manifest.services.get(service).is_some_and(|service| service.external)
            || self.placement(service).is_some_and(|placement| placement.external)
    }

    /// The port of a service: the variable that overrides it, or the number moved by the checkout's offset.
    pub fn port(&self, service: &str) -> Option<u16> {
        let port = self.placement(service)?.port.as_ref()?;
        if let Some((variable, text)) =
            port.env.as_ref().and_then(|env| Some((env, self.variables.get(&env.value)?)))
        {
            return text.trim().parse().ok().filter(|port| *port > 0).or_else(|| {
                let (variable, expected) = (variable.value.clone(), "a port from 1 to 65535".to_owned());
                self.complain(Problem::BadVariable { variable, expected, span: port.span });
                None
            });
        }
        let offset = if port.fixed { 0 } else { self.offset(port.span) };
        let moved = i64::from(port.number) + offset;
        u16::try_from(moved).ok().filter(|port| *port > 0).or_else(|| {
            self.complain(Problem::PortRange { port: port.number, offset, span: port.span });
            None
        })
    }

    fn offset(&self, span: Span) -> i64 {
        let Some(text) = self.variables.get(PORT_OFFSET) else { return 0 };
        text.trim().parse().unwrap_or_else(|_| {
            let (variable, expected) = (PORT_OFFSET.to_owned(), "a whole number".to_owned());
            self.complain(Problem::BadVariable { variable, expected, span });
            0
        })
    }

    /// Two services that would get the same port, after overrides and offset; those that were written so are told when
    /// the manifest is read.
    pub fn check_ports(&self) {
        let mut seen: HashMap<u16, &Placement> = HashMap::new();
        for placement in self.services().filter_map(|service| self.placement(service)) {
            let (Some(written), Some(port)) = (&placement.port, self.port(&placement.service)) else {
                continue;
            };
            let number = |placement: &Placement| placement.port.as_ref().map(|port| port.number);
            if let Some(first) = seen.get(&port).filter(|first| number(first) != Some(written.number)) {
                self.complain(Problem::PortTaken {
                    port,
                    profile: self.profile.name.value.clone(),
                    first_service: first.service.value.clone(),
                    service: placement.service.value.clone(),
                    first: first.port.as_ref().map(|port| port.span).unwrap_or_default(),
                    span: written.span,
                });
            }
            seen.insert(port, placement);
        }
    }

    /// A path of the manifest, made absolute.
    pub fn absolute(&self, path: &str) -> PathBuf {
        let joined = self.root.join(path);
        if path.is_empty() || path == "." { self.root.clone() } else { clean(&joined) }
    }
}

/// Removes `.` and resolves `..` by name.
fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    path.components().fold(PathBuf::new(), |mut clean, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
        clean
    })
}
