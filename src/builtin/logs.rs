//! `tail`: the logs of services, merged by time.

use std::io::{self, Write};

use clap::{Arg, ArgAction, ArgMatches};
use jiff::{Span, Timestamp, Zoned, tz::TimeZone};
use serde_json::json;

use super::{Context, Failure, Verdict};
use crate::supervisor::{self, Line, LogOptions, LogSource};

/// Logs to print.
#[derive(Clone, Debug)]
pub struct Logs {
    /// Whose.
    pub sources: Vec<LogSource>,
    /// Which lines.
    pub options: LogOptions,
    /// Whether each line says when it was written.
    pub timestamps: bool,
}

/// Adds the flags of `tail`.
pub fn grammar(command: clap::Command) -> clap::Command {
    let option = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    command
        .arg(Arg::new("follow").short('f').long("follow").action(ArgAction::SetTrue))
        .arg(option("tail", "N").short('n').value_parser(clap::value_parser!(u32)))
        .arg(option("since", "TIME").value_parser(parse_time))
        .arg(option("until", "TIME").value_parser(parse_time))
        .arg(option("grep", "TEXT"))
        .arg(option("run", "N").value_parser(clap::value_parser!(i64)).allow_negative_numbers(true))
        .arg(Arg::new("timestamps").short('t').long("timestamps").action(ArgAction::SetTrue))
}

/// Parses the words of `tail`.
pub fn parse_words(words: Vec<String>, sources: Vec<LogSource>) -> Result<Logs, clap::Error> {
    let command = grammar(clap::Command::new("tail")).no_binary_name(true).disable_help_flag(true);
    Ok(parse(&command.try_get_matches_from(words)?, sources))
}

fn parse(matches: &ArgMatches, sources: Vec<LogSource>) -> Logs {
    let tail = matches.get_one::<u32>("tail").and_then(|lines| usize::try_from(*lines).ok());
    let options = LogOptions {
        follow: matches.get_flag("follow"),
        tail,
        since: matches.get_one::<Timestamp>("since").copied(),
        until: matches.get_one::<Timestamp>("until").copied(),
        grep: matches.get_one::<String>("grep").cloned(),
        run: matches.get_one::<i64>("run").copied(),
    };
    Logs { sources, options, timestamps: matches.get_flag("timestamps") }
}

/// A moment (`2026-01-31T12:00:00Z`, `2026-01-31 12:00`, `12:00`), or how long ago it was (`10m`, `2h`).
fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Some(ago) = crate::text::parse_duration(text) {
        let ago = Span::try_from(ago).map_err(|error| error.to_string())?;
        return Timestamp::now().checked_sub(ago).map_err(|error| error.to_string());
    }
    let zone = TimeZone::system();
    let here = |date: jiff::civil::DateTime| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    let moment = text.parse::<Timestamp>().or_else(|_| text.parse().and_then(here)).or_else(|_| {
        let time: jiff::civil::Time = text.parse()?;
        here(Zoned::now().date().to_datetime(time))
    });
    moment.map_err(|_| {
        "expected a time such as `2026-01-31T12:00:00Z` or `12:00`, or an age such as `10m`".to_owned()
    })
}

/// The colours that tell services apart (SGR parameters): cyan, yellow, green, magenta, blue, bright red.
const COLORS: [&str; 6] = ["36", "33", "32", "35", "34", "91"];

impl Logs {
    /// Prints them, and goes on with `--follow` until interrupted.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let mut out = context.sink.stdout();
        let width = self.sources.iter().map(|source| source.service.chars().count()).max().unwrap_or(0);
        let mut printer = Printer { logs: self, context, width, pending: Vec::new() };
        let result = supervisor::logs(&self.sources, &self.options, context.interrupted, &mut |line| {
            printer.print(&mut out, line)?;
            if self.options.follow { out.flush() } else { Ok(()) }
        });
        result.map_err(|error| Box::new(error) as Failure)?;
        let _ = out.flush();
        Ok(Verdict::default())
    }
}

struct Printer<'a> {
    logs: &'a Logs,
    context: &'a Context<'a>,
    width: usize,
    /// Pieces of a line too long to be held whole by the reader.
    pending: Vec<u8>,
}

impl Printer<'_> {
    fn print(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
        if self.context.json {
            return self.json(out, line);
        }
        match line {
            Line::Text { service, time, bytes, whole, .. } => {
                if self.pending.is_empty() {
                    self.prefix(out, service, time)?;
                }
                out.write_all(bytes)?;
                self.pending = if whole { Vec::new() } else { vec![0] };
                if whole { out.write_all(b"\n") } else { Ok(()) }
            }
            Line::RunStart { service, time, run, pid } => {
                self.note(out, service, time, &format!("run {run} began, pid {pid}"))
            }
            Line::RunEnd { service, time, run, exit, cause } => {
                self.note(out, service, time, &format!("run {run} ended: {}", ending(exit, cause)))
            }
            Line::Dropped { service, bytes } => {
                self.note(out, service, None, &format!("{bytes} older bytes were not kept"))
            }
        }
    }

    /// One service needs no name, several do.
    fn prefix(&self, out: &mut dyn Write, service: &str, time: Option<Timestamp>) -> io::Result<()> {
        if self.logs.timestamps {
            write!(out, "{} ", moment(time))?;
        }
        if self.logs.sources.len() > 1 {
            let name = format!("{service:<width$} |", width = self.width);
            write!(out, "{} ", self.paint(self.color(service), &name))?;
        }
        Ok(())
    }

    fn note(
        &self,
        out: &mut dyn Write,
        service: &str,
        time: Option<Timestamp>,
        text: &str,
    ) -> io::Result<()> {
        self.prefix(out, service, time)?;
        writeln!(out, "{}", self.paint("2", &format!("--- {text}")))
    }

    fn color(&self, service: &str) -> &'static str {
        let place = self.logs.sources.iter().position(|source| source.service == service).unwrap_or(0);
        COLORS[place % COLORS.len()]
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.context.color { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// One object for each line, `gladys.logs/1`.
    fn json(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
        let value = match line {
            Line::Text { service, time, run, bytes, whole } => {
                self.pending.extend_from_slice(bytes);
                if !whole {
                    return Ok(());
                }
                let text = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
                json!({ "kind": "line", "service": service, "time": time.map(|time| time.to_string()), "run": run, "text": text })
            }
            Line::RunStart { service, time, run, pid } => {
                json!({ "kind": "run-start", "service": service, "time": time.map(|time| time.to_string()), "run": run, "pid": pid })
            }
            Line::RunEnd { service, time, run, exit, cause } => json!({
                "kind": "run-end", "service": service, "time": time.map(|time| time.to_string()), "run": run,
                "text": ending(exit, cause),
            }),
            Line::Dropped { service, bytes } => {
                json!({ "kind": "dropped", "service": service, "bytes": bytes })
            }
        };
        writeln!(out, "{value}")
    }
}

fn ending(exit: supervisor::Exit, cause: supervisor::Cause) -> String {
    match cause {
        supervisor::Cause::Stopped => format!("{exit}, it was stopped"),
        supervisor::Cause::Hung => format!("{exit}, its liveness check failed"),
        supervisor::Cause::NotExecuted => "its program could not be executed".to_owned(),
        supervisor::Cause::Itself | supervisor::Cause::Lost => exit.to_string(),
    }
}

fn moment(time: Option<Timestamp>) -> String {
    time.map_or_else(
        || " ".repeat(12),
        |time| time.to_zoned(TimeZone::system()).strftime("%H:%M:%S.%3f").to_string(),
    )
}
