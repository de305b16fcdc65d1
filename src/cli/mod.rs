//! The command line: find the manifest, build the commands from it, plan, run, report.
//!
//! - [`globals`]: the options that every command has; [`find`]: where the manifest is; [`tree`]: the clap commands.
//! - [`list`], [`check`], [`import`], [`completions`]: the verbs of gladys itself; [`tool`]: programs that a manifest can run. [`exit`]:
//!   the exit codes.
//! - [`report`]: everything that is printed, and the only place that prints.

mod check;
mod completions;
pub mod exit;
mod find;
mod globals;
mod import;
mod list;
mod report;
mod session;
mod tool;
mod tree;

use std::ffi::OsString;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue};

use crate::manifest::{FILE_NAME, Manifest, Problem};
use crate::plan::grammar;
use exit::Exit;
use globals::Globals;
use report::Style;

/// Runs a command line and returns its exit code.
pub fn run(args: &[OsString]) -> Exit {
    if let Some(exit) = completions::answer(args, tree::build) {
        return exit;
    }
    let words = match args.iter().map(text).collect::<Result<Vec<_>, _>>() {
        Ok(words) => help(words),
        Err(error) => {
            report::error(&error, Style::detect(None));
            return Exit::Refused;
        }
    };
    let style = Style::detect(globals::early(&words, "--color").as_deref());
    report::close(run_words(&words, style), style)
}

fn run_words(words: &[String], style: Style) -> Exit {
    if words.get(1).is_some_and(|word| word == "tool") {
        return tool::run(words, style);
    }
    match globals::verb(words).map(|verb| words[verb].as_str()) {
        Some("import") => return import::run(words, style),
        Some("completions") => return completions::run(words, style),
        _ => {}
    }
    let path = match find::manifest(globals::early(words, "--manifest")) {
        Ok(path) => path,
        Err(missing) => return without_manifest(words, &missing, style),
    };
    let (mut manifest, mut problems) = Manifest::load(&path);
    problems.extend(grammar::problems(&manifest));
    let json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let refuse = |manifest: &Manifest| {
        report::problems(&manifest.sources, &problems, style, json);
        Exit::Refused
    };
    if !problems.iter().all(Problem::leaves_plans) {
        return refuse(&manifest);
    }
    let matches = match tree::build(&manifest).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(_) if !problems.is_empty() => return refuse(&manifest),
        Err(error) if manifest.commands.is_empty() && error.use_stderr() => {
            report::error(&find::Missing::NoCommands { file: manifest.file }, style);
            return Exit::Refused;
        }
        Err(error) => return usage(&native_told(nearest_first(error)), style),
    };
    let typed = words.iter().skip(1).map(|word| crate::text::shell_word(word)).collect::<Vec<_>>().join(" ");
    let typed = manifest.sources.add("command line".into(), format!("gladys {typed}").into());
    match dispatch(&manifest, &matches, Begun { typed, problems }, style) {
        Ok(exit) => exit,
        Err(error) => usage(&error, style),
    }
}

/// A word of the command line that is no text: what is passed on would not be what was typed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the word `{shown}` of the command line is not UTF-8")]
#[diagnostic(
    code(gladys::not_text),
    help("give a file another name, or a program its bytes in a file or on standard input")
)]
struct NotText {
    shown: String,
}

fn text(arg: &OsString) -> Result<String, NotText> {
    let shown = || NotText { shown: arg.to_string_lossy().into_owned() };
    arg.to_str().map(str::to_owned).ok_or_else(shown)
}

/// `help COMMAND…` is `COMMAND… --help`.
fn help(mut words: Vec<String>) -> Vec<String> {
    if let Some(verb) = globals::verb(&words).filter(|verb| words[*verb] == "help") {
        words.remove(verb);
        words.push("--help".to_owned());
    }
    words
}

/// What a verb begins with.
struct Begun {
    /// The command line among the sources.
    typed: usize,
    /// What is wrong with the manifest, although plans can be made.
    problems: Vec<Problem>,
}

fn dispatch(
    manifest: &Manifest,
    matches: &ArgMatches,
    begun: Begun,
    style: Style,
) -> Result<Exit, clap::Error> {
    let (name, inner) = matches.subcommand().unwrap_or(("list", matches));
    let (name, inner) =
        if name == "run" { inner.subcommand().unwrap_or(("list", inner)) } else { (name, inner) };
    let deeper = std::iter::successors(Some(inner), |level| level.subcommand().map(|(_, deeper)| deeper));
    let mut levels: Vec<&ArgMatches> = std::iter::once(matches).chain(deeper).collect();
    levels.reverse();
    let globals = Globals::read(&levels);
    match name {
        "list" if begun.problems.is_empty() => Ok(list::run(manifest, &globals, style)),
        "list" => {
            report::problems(&manifest.sources, &begun.problems, style, globals.json);
            Ok(Exit::Refused)
        }
        "check" => Ok(check::run(manifest, &globals, begun, style)),
        _ => session::run(manifest, name, inner, &globals, begun, style),
    }
}

/// The commands that may have been meant: clap has the likeliest last, and people read the first.
fn nearest_first(mut error: clap::Error) -> clap::Error {
    let wrong = error.get(ContextKind::InvalidSubcommand).cloned();
    let near = error.get(ContextKind::SuggestedSubcommand).cloned();
    if let (Some(ContextValue::String(wrong)), Some(ContextValue::Strings(mut near))) = (wrong, near) {
        near.sort_by_key(|name| crate::text::distance(&wrong, name));
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
    }
    error
}

/// A native verb that the manifest makes no command of: what to add comes in place of commands with a like name.
fn native_told(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let Some(verb) = crate::builtin::verb(name) else { return error };
    let name = verb.name;
    let tip = format!("to have it, add `command {name} {{ builtin {name} }}` to the manifest");
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// Help and usage errors come from clap; its own colours follow ours.
fn usage(error: &clap::Error, style: Style) -> Exit {
    report::clap(error, style);
    if error.use_stderr() { Exit::Refused } else { Exit::Ok }
}

/// Without a manifest there is only help, the version, and a way to begin.
fn without_manifest(words: &[String], missing: &find::Missing, style: Style) -> Exit {
    let help = words.len() <= 1 || words.iter().any(|word| matches!(word.as_str(), "-h" | "--help"));
    let version = words.iter().any(|word| matches!(word.as_str(), "-V" | "--version"));
    if help || version {
        let parsed = tree::build(&Manifest::default()).try_get_matches_from(words);
        if let Err(error) = parsed
            && !error.use_stderr()
        {
            return usage(&error, style);
        }
    }
    report::error(missing, style);
    Exit::Refused
}

/// How a manifest begins, for the message of those who have none.
const FIRST_MANIFEST: &str = r#"service web "A web server" { ready tcp }

profile local "On this machine" default=#true {
    recipe start { spawn }
    recipe stop { terminate }
    service web { port 8000; exec python3 -m http.server "{port}" }
}

command start "Start services" { targets default=web; each start order=needs { wait } }
command stop "Stop services" { targets default=web; each stop order=reverse }
"#;

/// The name of the file, for the modules here.
const MANIFEST: &str = FILE_NAME;
