//! `psql`: the shell of the database, or the commands and files that were given. [`person`] is the terminal.

mod highlight;
mod person;

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;

use super::context::{Context, Verdict};
use crate::db::shell::person::Person;
use crate::db::shell::{Action, Shell, Start};
use crate::db::{self, Settings};
use person::{Plain, Terminal};

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
    /// `-n`: lines as they come from the terminal, without editing and history.
    pub plain: bool,
    /// Whether a password is asked for: `-W` always, `-w` never, else where the server wants one.
    pub asking: Option<bool>,
}

/// Options of psql that stand for a variable: letter, name, variable, value, help.
const VARIABLES: [(char, &str, &str, &str, &str); 7] = [
    ('a', "echo-all", "ECHO", "all", "Echo all input"),
    ('e', "echo-queries", "ECHO", "queries", "Echo what is sent to the server"),
    ('b', "echo-errors", "ECHO", "errors", "Echo what failed"),
    ('E', "echo-hidden", "ECHO_HIDDEN", "on", "Show the queries of the commands"),
    ('q', "quiet", "QUIET", "on", "Only what was asked for"),
    ('s', "single-step", "SINGLESTEP", "on", "Show each statement and ask before it is sent"),
    ('S', "single-line", "SINGLELINE", "on", "The end of a line ends a statement"),
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
            one("log-file", "FILE", "A copy of what is sent and shown, behind what is in the file")
                .short('L'),
        )
        .arg(one("table-attr", "TEXT", "Attributes of the HTML table").short('T'))
        .arg(flag("field-separator-zero", "A zero byte between the cells of -A").short('z'))
        .arg(flag("record-separator-zero", "A zero byte between the rows of -A").short('0'))
        .arg(flag("list", "List the databases and leave").short('l'))
        .arg(flag("no-readline", "Lines as the terminal gives them: no editing, no history").short('n'))
        .arg(flag("no-password", "Never ask for a password").short('w'))
        .arg(
            flag("password", "Ask for the password before anything else")
                .short('W')
                .conflicts_with("no-password"),
        )
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
            log: matches.get_one("log-file").cloned(),
            list: matches.get_flag("list"),
            json: false,
        },
        over: matches.get_one("over").cloned(),
        database: matches.get_one("database").cloned(),
        plain: matches.get_flag("no-readline"),
        asking: match (matches.get_flag("password"), matches.get_flag("no-password")) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
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
    let separators =
        [("field-separator", "fieldsep"), ("record-separator", "recordsep"), ("table-attr", "tableattr")];
    let separators = separators.into_iter().filter_map(|(name, setting)| {
        Some((setting.to_owned(), Some(matches.get_one::<String>(name)?.clone())))
    });
    let zeros = [("field-separator-zero", "fieldsep_zero"), ("record-separator-zero", "recordsep_zero")];
    let zeros = zeros.into_iter().filter(|(name, _)| matches.get_flag(name));
    let zeros = zeros.map(|(_, setting)| (setting.to_owned(), None));
    flags.chain(csv).chain(separators).chain(zeros).collect::<Vec<_>>().into_iter()
}

impl Psql {
    /// Runs what was given; without anything, what standard input or the person at the terminal gives.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let settings = match &self.over {
            Some(words) => Settings::over(target, words)?,
            None => Settings::of(target)?,
        };
        let mut settings = settings.titled("psql");
        let asks = context.terminal;
        if asks && self.asking == Some(true) {
            settings = person::with_password(settings);
        }
        let screen: fn() -> (usize, usize) = if asks { person::size } else { || (0, 0) };
        let open = |settings| {
            Shell::open(target, settings, context.interrupted, context.sink.told_stdout(), (asks, screen))
        };
        let shell = match open(settings.clone()) {
            Err(error) if asks && self.asking.is_none() && error.wants_password() => {
                open(person::with_password(settings))?
            }
            other => other?,
        };
        let start = Start { json: context.json, ..self.start.clone() };
        let typed = start.actions.is_empty() && !start.list && asks;
        let person = typed.then(|| -> Box<dyn Person + '_> {
            let able = !self.plain && std::env::var("TERM").is_ok_and(|term| term != "dumb");
            match Terminal::open(context.color).filter(|_| able) {
                Some(terminal) => Box::new(terminal),
                None => Box::new(Plain(context.interrupted)),
            }
        });
        Ok(Verdict { code: shell.run(&start, person), summary: None })
    }
}
