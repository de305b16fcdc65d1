//! How a line of a log is shown to people.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};

use super::objects::Objects;
use super::{Context, Logs, Source, ending};
use crate::supervisor::Line;
use crate::text::{screen, unpainted, visible};

/// The colours that tell services apart (SGR parameters): cyan, yellow, green, magenta, blue, bright red.
const COLORS: [&str; 6] = ["36", "33", "32", "35", "34", "91"];

/// Prints lines one after another.
pub struct Printer<'a> {
    context: &'a Context<'a>,
    timestamps: bool,
    /// The services, in the order of the request.
    names: Vec<&'a str>,
    width: usize,
    /// Whose line was begun and has not ended: the reader hands out a very long one in pieces.
    open: Option<String>,
    /// In place of all that, where the output is for a program.
    objects: Objects,
}

impl<'a> Printer<'a> {
    /// A printer for these logs.
    pub fn new(logs: &'a Logs, context: &'a Context<'a>) -> Self {
        let names: Vec<&str> = logs.sources.iter().map(Source::service).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let timestamps = logs.timestamps;
        Self { context, timestamps, names, width, open: None, objects: Objects::default() }
    }

    /// Prints one line, or a piece of a long one.
    pub fn print(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
        if self.context.json {
            return self.objects.print(out, line);
        }
        match line {
            Line::Text { service, time, bytes, whole, .. } => self.text(out, service, time, bytes, whole),
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

    /// Ends what was begun; nothing more is printed.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.objects.finish(out)?;
        self.close(out)
    }

    /// Goes on with the line of this service if that was begun, else begins one.
    fn text(
        &mut self,
        out: &mut dyn Write,
        service: &str,
        time: Option<Timestamp>,
        bytes: &[u8],
        whole: bool,
    ) -> io::Result<()> {
        if self.open.as_deref() != Some(service) {
            self.close(out)?;
            self.prefix(out, service, time)?;
            self.open = Some(service.to_owned());
        }
        out.write_all(&self.shown(bytes))?;
        if whole { self.close(out) } else { Ok(()) }
    }

    /// The bytes as they are; on a terminal they must not move its cursor or change anything but the colour of this line.
    fn shown<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if !self.context.terminal {
            return Cow::Borrowed(bytes);
        }
        let line = String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(bytes));
        if !self.context.color {
            return Cow::Owned(visible(&unpainted(&line)).into_owned().into_bytes());
        }
        let reset = if line.contains('\x1b') { "\x1b[0m" } else { "" };
        Cow::Owned(format!("{}{reset}", screen(&line, true)).into_bytes())
    }

    fn close(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.open.take().is_some() { out.write_all(b"\n") } else { Ok(()) }
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
        &mut self,
        out: &mut dyn Write,
        service: &str,
        time: Option<Timestamp>,
        text: &str,
    ) -> io::Result<()> {
        self.close(out)?;
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
}

fn moment(time: Option<Timestamp>) -> String {
    time.map_or_else(
        || " ".repeat(12),
        |time| time.to_zoned(TimeZone::system()).strftime("%H:%M:%S.%3f").to_string(),
    )
}
