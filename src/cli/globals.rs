//! The options that every command has.

use clap::{Arg, ArgAction, ArgMatches, Command};

/// What was given for them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Globals {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--json`.
    pub json: bool,
    /// `--verbose`.
    pub verbose: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--fail-fast`, unless `--keep-going` comes later.
    pub fail_fast: bool,
}

/// The identifier of `--profile`.
pub const PROFILE: &str = "gladys.profile";

/// What a failure means for the rest of a run: for commands that run something.
pub const FAIL_FAST: &str = "fail-fast";
/// The opposite, and the default.
pub const KEEP_GOING: &str = "keep-going";

const HEADING: &str = "Options of every command";

/// Identifiers of their own, so that a command's own option of the same name is never taken for one of these.
fn id(name: &str) -> String {
    format!("gladys.{name}")
}

fn all() -> Vec<Arg> {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(id(name)).long(name).help(help).action(ArgAction::SetTrue)
    };
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id(name)).long(name).value_name(value).help(help)
    };
    vec![
        option(
            "profile",
            "NAME",
            "Where to run: a profile of the manifest, several (`a,b`), or `all` [env: GLADYS_PROFILE]",
        )
        .short('p'),
        option(
            "manifest",
            "FILE",
            "The manifest, instead of the `gladys.kdl` found upward from here [env: GLADYS_MANIFEST]",
        ),
        flag("dry-run", "Print the plan that would run, and run nothing"),
        flag("json", "Print JSON for programs"),
        option("color", "WHEN", "Colours: auto, always or never").value_parser(["auto", "always", "never"]),
        flag("verbose", "Show every step and what its programs print").short('v'),
        flag("quiet", "Print only errors and what was asked for").short('q'),
        flag(FAIL_FAST, "Begin nothing new after the first failure"),
        flag(KEEP_GOING, "Go on with what does not depend on a failure (the default)"),
    ]
}

/// Adds them to a command. Where a native verb has an option of the same name or letter itself, that one counts; a command
/// of the manifest cannot.
pub fn add(command: Command) -> Command {
    add_but(command, &[])
}

/// Adds them to a command, but for those of these names, which mean nothing there.
pub fn add_but(command: Command, without: &[&str]) -> Command {
    let longs: Vec<String> =
        command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned)).collect();
    let shorts: Vec<char> = command.get_arguments().filter_map(Arg::get_short).collect();
    let free = all()
        .into_iter()
        .filter(|arg| !arg.get_long().is_some_and(|long| without.contains(&long)))
        .filter(|arg| !arg.get_long().is_some_and(|long| longs.iter().any(|own| own == long)));
    let command = free.fold(command, |command, arg| {
        let taken = arg.get_short().is_some_and(|short| shorts.contains(&short));
        let arg = if taken { arg.short(None) } else { arg };
        command.arg(arg.help_heading(HEADING))
    });
    let both = [FAIL_FAST, KEEP_GOING].map(id);
    if both.iter().any(|name| command.get_arguments().all(|arg| arg.get_id().as_str() != name)) {
        return command;
    }
    let [fast, going] = both;
    command.mut_arg(&fast, |arg| arg.overrides_with(&going)).mut_arg(&going, |arg| arg.overrides_with(&fast))
}

impl Globals {
    /// Reads them from the innermost command outward.
    pub fn read(levels: &[&ArgMatches]) -> Self {
        let text = |name: &str| {
            levels.iter().find_map(|matches| matches.try_get_one::<String>(&id(name)).ok().flatten().cloned())
        };
        let given = |matches: &ArgMatches, name: &str| {
            matches.try_get_one::<bool>(&id(name)).ok().flatten().copied().unwrap_or(false)
        };
        let flag = |name: &str| levels.iter().any(|matches| given(matches, name));
        // Of two on one level clap keeps the last one.
        let fail_fast =
            levels.iter().find_map(|level| match [FAIL_FAST, KEEP_GOING].map(|name| given(level, name)) {
                [true, _] => Some(true),
                [_, true] => Some(false),
                [false, false] => None,
            });
        Self {
            fail_fast: fail_fast.unwrap_or(false),
            profile: text("profile"),
            dry_run: flag("dry-run"),
            json: flag("json"),
            verbose: flag("verbose"),
            quiet: flag("quiet"),
        }
    }
}

/// Where the verb stands: the first word that is neither an option nor the value of one.
pub fn verb(words: &[String]) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "-p" | "--profile" | "--manifest" | "--color" => at += 2,
            word if word.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
    None
}

/// The value of an option that must be known before the command line can be parsed: the manifest defines its commands.
pub fn early(words: &[String], option: &str) -> Option<String> {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match word.strip_prefix(option) {
            Some("") => return words.next().cloned(),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::manifest::resolve::params::OWN;

    #[test]
    fn no_manifest_can_take_any_of_them() {
        let options = all();
        let named = options.iter().filter_map(|arg| Some((arg.get_long()?, arg.get_short())));
        let help = ("help", Some('h'));
        assert_eq!(std::iter::once(help).chain(named).collect::<Vec<_>>(), OWN);
    }
}
