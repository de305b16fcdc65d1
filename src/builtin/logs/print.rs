//! How a line of a log is shown.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::{Context, Logs, Source};
use crate::supervisor::{self, Line};

/// The colours that tell services apart (SGR parameters): cyan, yellow, green, magenta, blue, bright red.
const COLORS: [&str; 6] = ["36", "33", "32", "35", "34", "91"];

/// Prints lines one after another.
pub struct Printer<'a> {
    context: &'a Context<'a>,
    timestamps: bool,
    /// The services, in the order of the request.
    names: Vec<&'a str>,
    width: usize,
    /// Pieces of a line too long to be held whole by the reader.
    pending: Vec<u8>,
}

impl<'a> Printer<'a> {
    /// A printer for these logs.
    pub fn new(logs: &'a Logs, context: &'a Context<'a>) -> Self {
        let names: Vec<&str> = logs.sources.iter().map(Source::service).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        Self { context, timestamps: logs.timestamps, names, width, pending: Vec::new() }
    }

    /// Whether the last piece was not the end of its line.
    pub fn in_line(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Prints one line, or a piece of a long one.
    pub fn print(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
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
            Line::Dropped { service, bytes: Some(bytes) } => {
                self.note(out, service, None, &format!("{bytes} older bytes were not kept"))
            }
            Line::Dropped { service, bytes: None } => self.note(
                out,
                service,
                None,
                "the log was cut here: what was written at that moment may be missing",
            ),
        }
    }

    /// One service needs no name, several do.
    fn prefix(&self, out: &mut dyn Write, service: &str, time: Option<Timestamp>) -> io::Result<()> {
        if self.timestamps {
            write!(out, "{} ", moment(time))?;
        }
        if self.names.len() > 1 {
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
        let place = self.names.iter().position(|name| *name == service).unwrap_or(0);
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
                json!({ "kind": "line", "service": service, "time": time.map(|time| time.to_string()), "run": (run > 0).then_some(run), "text": text })
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
        supervisor::Cause::NotExecuted => "its program could not be executed".to_owned(),
        cause => format!("{exit}{}", cause.told()),
    }
}

fn moment(time: Option<Timestamp>) -> String {
    time.map_or_else(
        || " ".repeat(12),
        |time| time.to_zoned(TimeZone::system()).strftime("%H:%M:%S.%3f").to_string(),
    )
}
