//! `status`: state, health, port, pid and uptime of every service, in one profile or in several.
//!
//! [`row`]: what is found out; [`table`]: how it is shown.

mod row;
mod table;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches};
use serde::Serialize;

use super::{Context, Verdict};
use crate::probe::Probe;
use crate::probe::report::Report;
use crate::supervisor::Present;
use row::Row;

/// What `status` is about.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The targets that were named.
    pub names: Vec<String>,
    /// The services they stand for, once the plan has resolved them.
    pub targets: Vec<Target>,
}

/// Two requests are the same when the same was asked; what it resolves to is the plan's business.
impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

/// One service to look at.
#[derive(Clone, Debug)]
pub struct Target {
    /// The profile it is looked at in.
    pub profile: String,
    /// Its name.
    pub service: String,
    /// Its port.
    pub port: Option<u16>,
    /// How its health is found out.
    pub probe: Option<Probe>,
    /// What it would be started as now, where a supervisor runs it.
    pub present: Option<Present>,
    /// What to know of one that runs and is in the manifest no more.
    pub stray: Option<String>,
    /// How its state is found out.
    pub look: Look,
}

/// How a service's state is found out.
#[derive(Clone, Debug)]
pub enum Look {
    /// From its supervisor's state folder.
    Supervised(PathBuf),
    /// From a program that tells the state of many; and by its probe, where that is another one.
    Reported {
        /// The program.
        report: Arc<Report>,
        /// What it calls the service.
        unit: String,
    },
    /// By its probe alone; it never counts in the exit code.
    External,
    /// By its probe alone.
    Probe,
}

impl Target {
    /// Whether somebody else runs it, in no profile.
    pub fn is_external(&self) -> bool {
        matches!(self.look, Look::External)
    }
}

/// Flags and arguments.
pub fn grammar(command: clap::Command) -> clap::Command {
    let targets = Arg::new("targets").value_name("TARGET").num_args(0..).action(ArgAction::Append);
    command.arg(targets.help("Services or groups; all services and external ones when none is named"))
}

/// What was typed.
pub fn parse(matches: &ArgMatches) -> Status {
    let names = matches.get_many::<String>("targets").unwrap_or_default().cloned().collect();
    Status { names, targets: Vec::new() }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    profile: &'a str,
    ready: bool,
    services: &'a [Row],
}

impl Status {
    /// Looks at every target, all at once, and prints what it finds. The code is 0 when every target that is not
    /// external is ready, else 1.
    pub fn run(&self, context: &Context<'_>) -> Verdict {
        let rows = row::rows(&self.targets);
        let ready = rows.iter().all(|row| row.ready || row.external);
        if context.json {
            let (schema, profile) = ("gladys.status/1", context.profile);
            context.document(&Document { schema, profile, ready, services: &rows });
        } else {
            context.print(&table::table(&rows, context));
        }
        Verdict { code: u8::from(!ready), summary: None }
    }
}
