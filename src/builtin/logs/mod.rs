//! `tail`: the logs of services, merged by time: those of supervisors, and those that a program prints.
//!
//! [`mod@print`]: how a line is shown, [`objects`]: told to a program; [`program`]: the log that a program prints, [`stamped`]: a line of it; [`merge`]: several kinds at once.

mod merge;
mod objects;
mod print;
mod program;
mod stamped;

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{Context, Failure, Verdict};
use crate::supervisor::{self, LogOptions, LogSource};
use print::Printer;
pub use program::{EVER, Error, Printed};

/// Logs to print.
#[derive(Clone, Debug)]
pub struct Logs {
    /// Whose.
    pub sources: Vec<Source>,
    /// Which lines.
    pub options: LogOptions,
    /// Whether each line says when it was written.
    pub timestamps: bool,
}

/// Where a log comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// From the folder of a supervisor.
    Supervised(LogSource),
    /// From a program.
    Printed(Box<Printed>),
}

impl Source {
    /// The name it is shown under.
    pub fn service(&self) -> &str {
        match self {
            Self::Supervised(source) => &source.service,
            Self::Printed(printed) => &printed.service,
        }
    }

    /// The same log, shown as `profile/service`.
    pub fn within(mut self, profile: &str) -> Self {
        let name = match &mut self {
            Self::Supervised(source) => &mut source.service,
            Self::Printed(printed) => &mut printed.service,
        };
        *name = format!("{profile}/{name}");
        self
    }

    fn supervised(&self) -> Option<LogSource> {
        match self {
            Self::Supervised(source) => Some(source.clone()),
            Self::Printed(_) => None,
        }
    }
}

/// Adds the flags of `tail`.
pub fn grammar(command: clap::Command) -> clap::Command {
    let option = |name: &'static str, value: &'static str| {
        Arg::new(name).long(name).value_name(value).allow_negative_numbers(true)
    };
    command
        .arg(Arg::new("follow").short('f').long("follow").action(ArgAction::SetTrue))
        .arg(option("tail", "N").short('n').value_parser(parse_count))
        .arg(option("since", "TIME").value_parser(parse_time))
        .arg(option("until", "TIME").value_parser(parse_time))
        .arg(option("grep", "TEXT"))
        .arg(option("run", "N").value_parser(clap::value_parser!(i64)))
        .arg(Arg::new("timestamps").short('t').long("timestamps").action(ArgAction::SetTrue))
}

/// Parses the words of `tail`; whose logs they are is for the caller to say.
pub fn parse_words(words: impl Iterator<Item = String>) -> Result<Logs, clap::Error> {
    let command = grammar(clap::Command::new("tail")).no_binary_name(true).disable_help_flag(true);
    Ok(parse(&command.try_get_matches_from(words)?))
}

fn parse(matches: &ArgMatches) -> Logs {
    let tail = matches.get_one::<u32>("tail").and_then(|lines| usize::try_from(*lines).ok());
    let options = LogOptions {
        follow: matches.get_flag("follow"),
        tail,
        since: matches.get_one::<Timestamp>("since").copied(),
        until: matches.get_one::<Timestamp>("until").copied(),
        grep: matches.get_one::<String>("grep").cloned(),
        run: matches.get_one::<i64>("run").copied(),
    };
    Logs { sources: Vec::new(), options, timestamps: matches.get_flag("timestamps") }
}

fn parse_count(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "expected a number of lines, such as `100`".to_owned())
}

/// A moment (`2026-01-31T12:00:00Z`, `2026-01-31 12:00`, `12:00`), or how long ago it was (`10m`, `1h30m`, `2d`).
fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Some(ago) = crate::text::parse_duration(text) {
        return Timestamp::now().checked_sub(ago).map_err(|error| error.to_string());
    }
    let zone = TimeZone::system();
    let here = |date: jiff::civil::DateTime| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    let moment = text.parse::<Timestamp>().or_else(|_| text.parse().and_then(here)).or_else(|_| {
        let time: jiff::civil::Time = text.parse()?;
        here(Zoned::now().date().to_datetime(time))
    });
    moment.map_err(|_| {
        "expected a time such as `2026-01-31T12:00:00Z` or `12:00`, or an age such as `10m` or `2d`"
            .to_owned()
    })
}

impl Logs {
    /// Prints them, and goes on with `--follow` until interrupted.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let supervised: Option<Vec<LogSource>> = self.sources.iter().map(Source::supervised).collect();
        let result = match supervised {
            Some(sources) => self.supervised(&sources, context),
            None => merge::run(self, context),
        };
        result.map(|()| Verdict::default())
    }

    /// A run that was asked for and that nobody has is an error; while following, it may still come.
    fn check_run(&self, sources: &[LogSource]) -> Result<(), supervisor::Error> {
        let Some(run) = self.options.run.filter(|_| !self.options.follow) else { return Ok(()) };
        if sources.iter().any(|source| supervisor::has_run(&source.dir, run)) {
            return Ok(());
        }
        let services = sources.iter().map(|source| source.service.clone()).collect();
        Err(supervisor::Error::NoRun { run, services })
    }

    fn supervised(&self, sources: &[LogSource], context: &Context<'_>) -> Result<(), Failure> {
        self.check_run(sources).map_err(|error| Box::new(error) as Failure)?;
        let mut out = context.sink.stdout();
        let mut printer = Printer::new(self, context);
        let result = supervisor::logs(sources, &self.options, context.interrupted, &mut |line| match line {
            Some(line) => printer.print(&mut out, line),
            None => out.flush(),
        });
        let _ = printer.finish(&mut out).and_then(|()| out.flush());
        result.map_err(|error| Box::new(error) as Failure)
    }
}

/// How a run ended.
fn ending(exit: supervisor::Exit, cause: supervisor::Cause) -> String {
    match cause {
        supervisor::Cause::NotExecuted => "its program could not be executed".to_owned(),
        cause => format!("{exit}{}", cause.told()),
    }
}
