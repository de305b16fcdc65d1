//! Where words meet the world: a manifest, a profile and a request become a flat list of resolved steps.
//!
//! - [`request`]: what was asked for; [`grammar`]: the command line of one command, made from its parameters.
//! - [`world`]: the profile, the environment, the paths; [`scope`]: what placeholders stand for in one place.
//! - [`order`]: targets, what they need, in which order. [`invocation`], [`present`], [`choice`], [`ask`], [`probe`],
//!   [`report`], [`database`]: resolved values. [`status`]: what is looked at; [`stray`]: what runs and is in the manifest
//!   no more.
//! - [`mod@build`]: the steps of a command; [`each`]: those of a recipe for many services; [`service`]: the steps of one service; [`logs`]: those that show logs, [`printed`] by a program.
//! - [`mod@merge`]: several profiles at once. [`cost`]: how much a plan may come to.
//!
//! Everything that can be refused is refused here, before the first step runs.

mod ask;
mod build;
mod check;
mod choice;
mod cost;
mod database;
mod each;
pub mod grammar;
mod invocation;
mod logs;
mod merge;
pub mod order;
mod present;
mod printed;
mod probe;
mod report;
pub mod request;
pub mod scope;
mod service;
mod status;
mod stray;
pub mod variables;
pub mod world;

use std::path::PathBuf;
use std::sync::Arc;

use crate::builtin::Builtin;
use crate::builtin::logs::{Logs, Printed};
use crate::db;
use crate::event::StepId;
use crate::probe::Probe;
use crate::probe::report::{Report, Watch};
use crate::process::Invocation;
use crate::span::Span;
use crate::supervisor::{Spec, Stop};
use crate::sync::Check;

pub use build::build;
pub use merge::merge;
pub use world::World;

/// What will be done, in an order that respects every `after`.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The command.
    pub command: String,
    /// The profile.
    pub profile: String,
    /// Absolute path of the manifest's folder.
    pub root: PathBuf,
    /// The steps; [`Step::after`] holds smaller indices only.
    pub steps: Vec<Step>,
    /// The databases of this profile, the default one first.
    pub databases: Vec<db::Target>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// The service it is about.
    pub service: Option<String>,
    /// What it does, in a few words (`start db`).
    pub title: String,
    /// The steps that end before it begins.
    pub after: Vec<StepId>,
    /// Whether it is done even where one of those failed that is tolerant too: a stop goes on after another stop failed,
    /// and not where something failed that was to come before all of them.
    pub tolerant: bool,
    /// Whether a later step tells how it went: a start is told by the wait for it.
    pub silent: bool,
    /// The word of the manifest it comes from.
    pub span: Span,
    /// The checks of `sync-check` that it makes good: its program is the one they are made by.
    pub makes: Vec<Check>,
    /// What is done.
    pub action: Action,
}

/// How the title of a step begins that makes what later ones need.
pub const PREPARE: &str = "prepare ";

impl Step {
    /// Whether it logs in to a database of the profile.
    pub fn logs_in(&self) -> bool {
        matches!(&self.action, Action::Builtin(builtin) if builtin.needs_database())
    }

    /// Whether it makes what later ones need.
    pub fn is_preparation(&self) -> bool {
        self.title.starts_with(PREPARE)
    }
}

/// What helps where a program fails.
#[derive(Clone, Debug)]
pub enum Hint {
    /// These words.
    Text(String),
    /// What this program prints then.
    From(Invocation),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// A program, in the foreground.
    Run {
        /// The program.
        invocation: Invocation,
        /// Whether it has the terminal for itself, or its lines are collected.
        stdio: Stdio,
        /// The ports of the services it is about: one that is taken explains a failure.
        ports: Vec<u16>,
        /// What helps where it fails, in the words of the manifest.
        hint: Option<Box<Hint>>,
        /// The file that is locked while it runs, where it runs alone.
        alone: Option<PathBuf>,
    },
    /// One look at all services that something else runs: when nobody answers, nothing is begun.
    Look(Arc<Report>),
    /// A service, under a supervisor of its own.
    Spawn(Box<Spec>),
    /// The end of a service's process tree.
    Terminate {
        /// The service's state folder.
        dir: PathBuf,
        /// How.
        stop: Stop,
    },
    /// Telling of a service that the steps before were to end whether it ran until then.
    Ended(Watch),
    /// Waiting until a service is ready.
    Wait(Wait),
    /// Printing logs.
    Logs(Arc<Logs>),
    /// Nothing but a word about a service.
    Tell(String),
    /// A native verb.
    Builtin(Arc<Builtin>),
}

/// Who has the terminal while a program runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stdio {
    /// The program: it is what the user asked for.
    Inherit,
    /// The reporter: the program is one of several things going on.
    Capture,
}

/// What is waited for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The probe.
    pub probe: Probe,
    /// The service's own state folder and port, where it runs under a supervisor: then only its own process tree counts.
    pub supervised: Option<Supervised>,
    /// The program that prints the service's log, where something else runs it.
    pub log: Option<Box<Printed>>,
    /// How the service is ended again if it does not become ready, where something else runs it.
    pub undo: Option<Box<Undo>>,
    /// The service is run by somebody else.
    pub external: bool,
}

/// How the start of a service that something else runs is undone.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The program that ends it.
    pub invocation: Invocation,
    /// Its state folder, where all who wait for it know of each other.
    pub dir: PathBuf,
}

/// A service under a supervisor.
#[derive(Clone, Debug)]
pub struct Supervised {
    /// Its state folder.
    pub dir: PathBuf,
    /// The port it must own to be ready.
    pub port: Option<u16>,
    /// How it is ended if it does not become ready.
    pub stop: Stop,
}
