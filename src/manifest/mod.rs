//! Words: what the files of a manifest declare, checked and cross-checked, but not yet resolved.
//!
//! - [`load`] finds and reads the files; [`syntax`] parses KDL, with [`bare`] for what is
//!   not KDL, [`node`] reads typed values from it.
//! - one file for each kind of declaration: [`project`], [`service`], [`command`], [`profile`], [`database`], with
//!   [`value`], [`action`], [`reading`] and [`template`] inside them.
//! - [`shell`]: what only a shell would understand.
//! - [`resolve`] compares the names. [`error`] holds all problems and their wording.

pub mod action;
mod bare;
pub mod check;
pub mod command;
pub mod database;
pub mod error;
mod load;
mod names;
pub mod node;
pub mod profile;
pub mod project;
pub mod reading;
pub mod resolve;
pub mod service;
pub mod shell;
pub mod supervision;
mod syntax;
pub mod template;
pub mod value;

use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};

use crate::span::{Sources, Spanned};
use check::Check;
use command::Command;
use database::Database;
pub use error::Problem;
use node::Node;
use profile::Profile;
use project::Project;
use service::{Group, Service};
use value::Value;

/// Everything that the files of a project declare, in the order of declaration.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The files.
    pub sources: Sources,
    /// The folder of the manifest: relative paths start here.
    pub root: PathBuf,
    /// The root file.
    pub file: PathBuf,
    /// The project.
    pub project: Project,
    /// Values for every profile.
    pub lets: IndexMap<String, Value>,
    /// Services and jobs.
    pub services: IndexMap<String, Service>,
    /// Groups of services.
    pub groups: IndexMap<String, Group>,
    /// Databases.
    pub databases: IndexMap<String, Database>,
    /// What `sync-check` compares.
    pub checks: IndexMap<String, Check>,
    /// Commands.
    pub commands: IndexMap<String, Command>,
    /// Profiles.
    pub profiles: IndexMap<String, Profile>,
}

/// The name of the root file.
pub const FILE_NAME: &str = "gladys.kdl";

impl Manifest {
    /// Reads the manifest at `path` with its includes and compares all names. Returns it with every problem found, in
    /// the order of the files; with a problem in the list it must not be run.
    pub fn load(path: &Path) -> (Self, Vec<Problem>) {
        let (manifest, mut problems) = load::load(path);
        let broken = problems.iter().any(|problem| !problem.is_local());
        if !broken {
            problems.extend(resolve::problems(&manifest));
        }
        problems.sort_by_key(|problem| problem.span().unwrap_or_default());
        let all: IndexSet<Problem> = problems.into_iter().collect();
        (manifest, all.into_iter().collect())
    }

    /// The profile that is taken when none is asked for: the one that says so, or the only one.
    pub fn default_profile(&self) -> Option<&Profile> {
        let said = self.profiles.values().find(|profile| profile.default.is_some());
        said.or_else(|| self.profiles.values().next().filter(|_| self.profiles.len() == 1))
    }

    fn declare_named(&mut self, node: Node<'_>) {
        match node.name() {
            "let" => add(node, &mut self.lets, "value", Value::parse(node), |value| &value.name),
            "service" | "job" => {
                add(node, &mut self.services, "service", Service::parse(node), |service| &service.name);
            }
            "group" => add(node, &mut self.groups, "group", Group::parse(node), |group| &group.name),
            "database" => {
                add(node, &mut self.databases, "database", Some(Database::parse(node)), |database| {
                    &database.name
                });
            }
            "check" => add(node, &mut self.checks, "check", Check::parse(node), |check| &check.name),
            "command" => {
                add(node, &mut self.commands, "command", Command::parse(node), |command| &command.name);
            }
            "profile" => {
                add(node, &mut self.profiles, "profile", Profile::parse(node), |profile| &profile.name);
            }
            name => {
                let known =
                    ["project", "let", "service", "job", "group", "database", "command", "check", "profile"];
                let known = known.map(str::to_owned).to_vec();
                let (name, place, span) = (name.to_owned(), error::MANIFEST, node.span());
                node.complain(Problem::UnknownNode { name, place, known, span });
            }
        }
    }
}

fn add<T>(
    node: Node<'_>,
    all: &mut IndexMap<String, T>,
    kind: &'static str,
    item: Option<T>,
    name: impl Fn(&T) -> &Spanned<String>,
) {
    let Some(item) = item else { return };
    let named = name(&item).clone();
    match all.get(&named.value) {
        Some(first) => {
            let first = name(first).span;
            node.complain(Problem::Duplicate { kind, name: named.value, first, span: named.span });
        }
        None => {
            all.insert(named.value, item);
        }
    }
}
