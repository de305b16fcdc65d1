//! `gladys completions SHELL`: a script that asks gladys itself, at every TAB, what can stand there; so what is offered
//! is always that of the manifest of the folder one is in.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, ValueHint};
use clap_complete::env::Shells;

use super::exit::Exit;
use super::report::{self, Style};
use super::{find, globals};
use crate::manifest::Manifest;

/// Names the shell that asks.
const VARIABLE: &str = "GLADYS_COMPLETE";
/// The program that is completed, and that is asked.
const PROGRAM: &str = "gladys";

/// The command line of `completions`.
pub fn grammar() -> Command {
    let shells = PossibleValuesParser::new(Shells::builtins().names());
    let shell = Arg::new("shell").value_name("SHELL").required(true).value_parser(shells);
    Command::new("completions")
        .about("Print a script that completes commands, services, groups and profiles")
        .arg(shell.help("What reads the script: `source <(gladys completions bash)`"))
}

/// Prints the script for a shell. No manifest is needed.
pub fn run(words: &[String], style: Style) -> Exit {
    let matches = match Command::new(PROGRAM).subcommand(grammar()).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return super::usage(&error, style),
    };
    let shell = matches.subcommand_matches("completions").and_then(|inner| inner.get_one::<String>("shell"));
    let shells = Shells::builtins();
    let Some(shell) = shell.and_then(|name| shells.completer(name)) else { return Exit::Refused };
    print(|script| shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, script))
}

/// Answers a shell that asks what can stand where the cursor is; nothing where no shell asks. The words typed so far
/// stand behind a `--`; `tree` makes the command line of a manifest.
pub fn answer(args: &[OsString], tree: impl Fn(&Manifest) -> Command) -> Option<Exit> {
    let name = std::env::var(VARIABLE).ok()?;
    let shells = Shells::builtins();
    let shell = shells.completer(&name)?;
    let at = args.iter().position(|word| word == "--")?;
    let typed = args[at + 1..].to_vec();
    let words: Vec<String> = typed.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let path = find::manifest(globals::early(&words, "--manifest"));
    // Of a manifest with problems, what could be read is offered.
    let manifest = path.map(|path| Manifest::load(&path).0).unwrap_or_default();
    let mut command = with_names(tree(&manifest), &Names::new(&manifest));
    command.build();
    let here = std::env::current_dir().ok();
    Some(print(|answer| shell.write_complete(&mut command, typed, here.as_deref(), answer)))
}

fn print(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Exit {
    let mut text = Vec::new();
    if write(&mut text).is_err() {
        return Exit::Failed;
    }
    report::raw(&String::from_utf8_lossy(&text));
    Exit::Ok
}

/// What can stand for an argument, by what its help calls it.
struct Names {
    targets: Vec<PossibleValue>,
    services: Vec<PossibleValue>,
    profiles: Vec<PossibleValue>,
    commands: Vec<PossibleValue>,
    checks: Vec<PossibleValue>,
}

impl Names {
    fn new(manifest: &Manifest) -> Self {
        let value = |(name, about): (&String, &String)| PossibleValue::new(name.clone()).help(about.clone());
        let named = manifest.services.values().flat_map(|service| {
            let names = std::iter::once(&service.name).chain(&service.aliases);
            names.map(|name| (&name.value, &service.summary))
        });
        let services: Vec<_> = named.map(value).collect();
        let groups = manifest.groups.values().map(|group| value((&group.name.value, &group.summary)));
        let profiles = manifest.profiles.values().map(|profile| (&profile.name.value, &profile.summary));
        let commands = manifest.commands.values().map(|command| (&command.name.value, &command.summary));
        let checks = manifest.checks.values().map(|check| (&check.name.value, &check.summary));
        Self {
            targets: groups.chain(services.iter().cloned()).collect(),
            profiles: profiles.map(value).collect(),
            commands: commands.map(value).collect(),
            checks: checks.map(value).collect(),
            services,
        }
    }

    fn of(&self, arg: &Arg) -> Option<&Vec<PossibleValue>> {
        match arg.get_value_names()?.first()?.as_str() {
            "TARGET" => Some(&self.targets),
            "SERVICE" => Some(&self.services),
            "COMMAND" => Some(&self.commands),
            "CHECK" => Some(&self.checks),
            _ if arg.get_id() == globals::PROFILE => Some(&self.profiles),
            _ => None,
        }
    }
}

/// Whether the help calls an argument a file.
fn is_file(arg: &Arg) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "FILE"))
}

/// The command with what can stand for its arguments. Only completion has this: a name that is not known is refused
/// with a place and a suggestion.
fn with_names(command: Command, names: &Names) -> Command {
    let named = |arg: Arg| match names.of(&arg) {
        Some(values) => arg.value_parser(PossibleValuesParser::new(values.clone())),
        None if is_file(&arg) => arg.value_hint(ValueHint::FilePath),
        None => arg,
    };
    command.mut_args(named).mut_subcommands(|inner| with_names(inner, names))
}
