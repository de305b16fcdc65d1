//! How a line of a log is told to a program: one object for each.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ending;
use crate::supervisor::Line;

/// Prints objects one after another; a line that comes in pieces is one object.
#[derive(Default)]
pub struct Objects {
    /// The pieces so far, by service.
    held: BTreeMap<String, Held>,
}

/// The beginning of a line.
struct Held {
    time: Option<Timestamp>,
    run: u64,
    bytes: Vec<u8>,
}

impl Objects {
    /// Prints one line, or keeps a piece of a long one.
    pub fn print(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
        let Line::Text { service, time, run, bytes, whole } = line else { return self.event(out, line) };
        let mut held = self.held.remove(service).unwrap_or(Held { time, run, bytes: Vec::new() });
        held.bytes.extend_from_slice(bytes);
        if whole {
            return writeln!(out, "{}", held.told(service));
        }
        self.held.insert(service.to_owned(), held);
        Ok(())
    }

    /// Prints what was kept of lines that got no end.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        std::mem::take(&mut self.held)
            .iter()
            .try_for_each(|(service, held)| writeln!(out, "{}", held.told(service)))
    }

    /// Something between lines, so whatever was kept of this service has no end.
    fn event(&mut self, out: &mut dyn Write, line: Line<'_>) -> io::Result<()> {
        let Some((service, object)) = event(line) else { return Ok(()) };
        if let Some(held) = self.held.remove(service) {
            writeln!(out, "{}", held.told(service))?;
        }
        writeln!(out, "{object}")
    }
}

impl Held {
    fn told(&self, service: &str) -> Value {
        json!({
            "kind": "line", "service": service, "time": text(self.time), "run": (self.run > 0).then_some(self.run),
            "text": String::from_utf8_lossy(&self.bytes),
        })
    }
}

/// Whose it is, and its object; nothing for a line of text.
fn event(line: Line<'_>) -> Option<(&str, Value)> {
    Some(match line {
        Line::Text { .. } => return None,
        Line::RunStart { service, time, run, pid } => (
            service,
            json!({ "kind": "run-start", "service": service, "time": text(time), "run": run, "pid": pid }),
        ),
        Line::RunEnd { service, time, run, exit, cause } => (
            service,
            json!({
                "kind": "run-end", "service": service, "time": text(time), "run": run,
                "text": ending(exit, cause),
            }),
        ),
        Line::Dropped { service, bytes } => {
            (service, json!({ "kind": "dropped", "service": service, "bytes": bytes }))
        }
    })
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
