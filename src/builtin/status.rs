//! `status`: state, health, port, pid and uptime of every service.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches};

use super::{Context, Failure, Verdict};
use crate::probe::Probe;

/// What `status` is about.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The targets that were named.
    pub names: Vec<String>,
    /// The services they stand for, once the plan has resolved them.
    pub targets: Vec<Target>,
}

impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

/// One service to look at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub service: String,
    /// Its port.
    pub port: Option<u16>,
    /// How its health is found out.
    pub probe: Option<Probe>,
    /// How its state is found out.
    pub look: Look,
}

/// How a service's state is found out.
#[derive(Clone, Debug)]
pub enum Look {
    /// From its supervisor's state folder.
    Supervised(PathBuf),
    /// By its probe alone; it never counts in the exit code.
    External,
    /// By its probe alone.
    Probe,
}

/// Flags and arguments.
pub fn grammar(command: clap::Command) -> clap::Command {
    command.arg(
        Arg::new("targets")
            .value_name("TARGET")
            .num_args(0..)
            .action(ArgAction::Append)
            .help("Services or groups"),
    )
}

/// What was typed.
pub fn parse(matches: &ArgMatches) -> Status {
    let names = matches.get_many::<String>("targets").unwrap_or_default().cloned().collect();
    Status { names, targets: Vec::new() }
}

impl Status {
    /// Looks at every target.
    pub fn run(&self, _context: &Context<'_>) -> Result<Verdict, Failure> {
        Ok(Verdict::default())
    }
}
