//! The clap commands, made from the manifest.

use clap::{Arg, Command};

use super::{completions, globals, import};
use crate::manifest::Manifest;
use crate::plan::grammar;

/// The whole command line of a manifest.
pub fn build(manifest: &Manifest) -> Command {
    let commands = || manifest.commands.values().map(|command| runs(grammar::grammar(command)));
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

/// A command that runs something, and the commands below it.
fn runs(command: Command) -> Command {
    globals::add(command.mut_subcommands(runs))
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::manifest::Manifest;
    use crate::plan::grammar;

    const PARAMS: &[&str] = &[
        "",
        "targets",
        "targets default=web",
        "rest r",
        "rest help",
        "arg a",
        "arg a optional=#true",
        "arg a default=x",
        "arg a { choice x; choice y }",
        "arg a default=z { choice x }",
        "arg help",
        "arg \"\"",
        "arg gladys.json",
        "arg sql",
        "arg tables",
        "arg service",
        "flag -a --aa",
        "flag -a --bb",
        "flag --a",
        "flag -h --host",
        "flag --help",
        "flag --version",
        "flag -V --vv",
        "flag ---x",
        "flag \"--\"",
        "flag \"--a=b\"",
        "flag \"-=\" --equals",
        "flag \"--\" \"---\"",
        "flag -1 --one",
        "flag --targets",
        "flag --database",
        "flag --json",
        "flag -p --pp",
        "flag -v --vv",
        "option -a --aa",
        "option --aa default=1 multiple=#true",
        "option --oo value=\"\"",
        "option -f --ff",
        "option -d --dd",
    ];

    /// The manifest of one command, unless it is refused.
    fn accepted(folder: &Path, params: &[&str], action: &str) -> Option<Manifest> {
        let path = folder.join("gladys.kdl");
        let text = format!(
            "database {{ url \"postgres://a@localhost/b\" }}\nservice web\nprofile local\ncommand x {{\n{}\n{action}\n}}\n",
            params.join("\n")
        );
        std::fs::write(&path, text).expect("a file can be written");
        let (manifest, problems) = Manifest::load(&path);
        (problems.is_empty() && grammar::problems(&manifest).is_empty()).then_some(manifest)
    }

    #[test]
    fn every_example_makes_a_command_line() {
        let pattern = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/*/gladys.kdl");
        let mut seen = 0;
        for path in glob::glob(pattern).expect("a pattern") {
            super::build(&Manifest::load(&path.expect("a readable folder")).0).debug_assert();
            seen += 1;
        }
        assert!(seen > 1, "only {seen} examples");
    }

    #[test]
    fn no_parameters_make_a_command_line_that_cannot_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let verbs = ["status", "why", "query", "psql", "clean", "migrate", "sync-check"];
        let verbs = verbs.map(|verb| format!("builtin {verb}"));
        let beside_verbs =
            verbs.iter().flat_map(|verb| PARAMS.iter().map(move |param| ([*param, ""], verb.as_str())));
        let pairs =
            PARAMS.iter().flat_map(|first| PARAMS.iter().map(move |second| ([*first, *second], "run ls")));
        let (mut taken, mut panicked) = (0, Vec::new());
        for (params, action) in beside_verbs.chain(pairs) {
            let Some(manifest) = accepted(folder.path(), &params, action) else { continue };
            taken += 1;
            let clap = || super::runs(grammar::grammar(&manifest.commands["x"])).debug_assert();
            if std::panic::catch_unwind(clap).is_err() {
                panicked.push((params, action.to_owned()));
            }
        }
        assert!(panicked.is_empty(), "{panicked:#?}");
        assert!(taken > 500, "only {taken} were accepted");
    }
}
