//! The clap commands, made from the manifest.

use clap::Command;

use super::{globals, import};
use crate::manifest::Manifest;
use crate::plan::grammar;

/// The whole command line of a manifest.
pub fn build(manifest: &Manifest) -> Command {
    let commands = || manifest.commands.values().map(|command| globals::add(grammar::grammar(command)));
    let run = Command::new("run")
        .about("Run a command of the manifest; `gladys COMMAND` is its short form")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands());
    let own = [
        globals::add(Command::new("list").about("List commands, services, groups, profiles and ports")),
        globals::add(Command::new("check").about("Check the manifest, every profile and every command")),
        import::grammar(),
        run,
    ];
    let root = Command::new("gladys")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Run a team's services and commands, in any environment, from one manifest")
        .disable_help_subcommand(true)
        .subcommands(own)
        .subcommands(commands());
    globals::add(root)
}
