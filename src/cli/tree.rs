//! The clap commands, made from the manifest.

use clap::{Arg, Command};

use super::{completions, globals, import};
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
        looks(Command::new("list").about("List commands, services, groups, profiles and ports")),
        looks(Command::new("check").about("Check the manifest, every profile and every command")),
        import::grammar(),
        completions::grammar(),
        help(),
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

/// A command that runs nothing.
fn looks(command: Command) -> Command {
    globals::add_but(command, &[globals::FAIL_FAST, globals::KEEP_GOING])
}

/// `help COMMAND…`, which is read before the manifest is.
fn help() -> Command {
    let command = Arg::new("command").value_name("COMMAND").num_args(0..).help("The command, as it is typed");
    Command::new("help").about("Show the help of a command").arg(command)
}
