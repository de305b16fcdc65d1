//! `psql`: the shell of PostgreSQL, or the commands and files that were given.

mod person;

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;

use super::context::{Context, Verdict};
use crate::db::shell::{Action, Person, Shell, Start};
use crate::db::{self, Settings};
use person::Terminal;

type Failure = Box<dyn Diagnostic + Send + Sync>;

/// What to run, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Psql {
    /// How the shell begins.
    pub start: Start,
    /// A database on the server, or an address, in place of the manifest's.
    pub over: Option<String>,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
}

/// Options of psql that stand for a variable: letter, name, variable, value, help.
const VARIABLES: [(char, &str, &str, &str, &str); 5] = [
    ('a', "echo-all", "ECHO", "all", "Echo all input"),
    ('e', "echo-queries", "ECHO", "queries", "Echo what is sent to the server"),
    ('b', "echo-errors", "ECHO", "errors", "Echo what failed"),
    ('E', "echo-hidden", "ECHO_HIDDEN", "on", "Show the queries of the commands"),
    ('q', "quiet", "QUIET", "on", "Only what was asked for"),
];

/// Options of psql that stand for a setting of `\pset`: letter, name, setting, value, help.
const LOOKS: [(char, &str, &str, &str, &str); 4] = [
    ('A', "no-align", "format", "unaligned", "Cells with a separator between them"),
    ('t', "tuples-only", "tuples_only", "on", "Rows only"),
    ('x', "expanded", "expanded", "on", "Each row as a block"),
    ('H', "html", "format", "html", "A table of HTML"),
];

/// Adds the flags and arguments of `psql`.
pub fn grammar(command: Command) -> Command {
    let many = |name: &'static str, short: char, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).short(short).value_name(value).action(ArgAction::Append).help(help)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switches =
        VARIABLES.iter().chain(&LOOKS).map(|(short, name, _, _, help)| flag(name, help).short(*short));
    command
        .arg(many("command", 'c', "COMMAND", "Run a command and leave"))
        .arg(many("file", 'f', "FILE", "Run the commands of a file and leave; - is standard input"))
        .args(switches)
        .arg(one("field-separator", "TEXT", "What stands between the cells of -A").short('F'))
        .arg(one("record-separator", "TEXT", "What stands between the rows of -A").short('R'))
        .arg(many("pset", 'P', "NAME[=VALUE]", "A setting of \\pset"))
        .arg(many("variable", 'v', "NAME=VALUE", "Set a variable").visible_alias("set"))
        .arg(flag("csv", "Comma-separated values"))
        .arg(flag("single-transaction", "Everything in one transaction").short('1'))
        .arg(flag("no-psqlrc", "Do not read ~/.psqlrc").short('X'))
        .arg(one("output", "FILE", "Where results go").short('o'))
        .arg(
            Arg::new("over")
                .value_name("DB")
                .help("A database on the server, or an address, instead of the manifest's"),
        )
        .arg(one("database", "NAME", "Which database of the manifest; the first by default").short('d'))
}

/// The value that a command line stands for.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Psql, clap::Error> {
    let many = |name: &str| matches.get_many::<String>(name).unwrap_or_default();
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.clone(), None),
    };
    let given = VARIABLES.iter().filter(|(_, name, ..)| matches.get_flag(name));
    let mut variables: Vec<(String, String)> =
        given.map(|(_, _, variable, value, _)| ((*variable).to_owned(), (*value).to_owned())).collect();
    variables.extend(many("variable").map(pair).map(|(name, value)| (name, value.unwrap_or_default())));
    Ok(Psql {
        start: Start {
            actions: actions(matches),
            variables,
            looks: looks(matches).chain(many("pset").map(pair)).collect(),
            output: matches.get_one("output").cloned(),
            single: matches.get_flag("single-transaction"),
            rc: !matches.get_flag("no-psqlrc"),
        },
        over: matches.get_one("over").cloned(),
        database: matches.get_one("database").cloned(),
    })
}

/// Commands and files, in the order in which they were given.
fn actions(matches: &ArgMatches) -> Vec<Action> {
    let given = |name: &str, action: fn(String) -> Action| -> Vec<(usize, Action)> {
        let values = matches.get_many::<String>(name).unwrap_or_default().cloned().map(action);
        matches.indices_of(name).unwrap_or_default().zip(values).collect()
    };
    let mut actions = given("command", Action::Command);
    actions.extend(given("file", Action::File));
    actions.sort_by_key(|(index, _)| *index);
    actions.into_iter().map(|(_, action)| action).collect()
}

fn looks(matches: &ArgMatches) -> impl Iterator<Item = (String, Option<String>)> {
    let flags = LOOKS.iter().filter(|(_, name, ..)| matches.get_flag(name));
    let flags = flags.map(|(_, _, setting, value, _)| ((*setting).to_owned(), Some((*value).to_owned())));
    let csv = matches.get_flag("csv").then(|| ("format".to_owned(), Some("csv".to_owned())));
    let separators = [("field-separator", "fieldsep"), ("record-separator", "recordsep")];
    let separators = separators.into_iter().filter_map(|(name, setting)| {
        Some((setting.to_owned(), Some(matches.get_one::<String>(name)?.clone())))
    });
    flags.chain(csv).chain(separators).collect::<Vec<_>>().into_iter()
}

impl Psql {
    /// Runs what was given; without anything, what standard input or the person at the terminal gives.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let settings = match &self.over {
            Some(words) => Settings::over(target, words)?,
            None => Settings::of(target)?,
        };
        let width = if context.terminal { person::width() } else { 0 };
        let settings = settings.titled("psql");
        let shell = Shell::open(target, settings, context.interrupted, context.sink.stdout(), width)?;
        let asked = self.start.actions.is_empty() && context.terminal;
        let person: Option<Box<dyn Person>> =
            if asked { Terminal::open().map(|terminal| Box::new(terminal) as Box<dyn Person>) } else { None };
        Ok(Verdict { code: shell.run(&self.start, person), summary: None })
    }
}
