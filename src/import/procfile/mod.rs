//! Procfiles (<https://devcenter.heroku.com/articles/procfile>), with ports as foreman gives them
//! (<https://ddollar.github.io/foreman/>): each line is a process of this machine.
//!
//! - this file: the lines; [`words`]: from a command to words, where that needs no shell; [`lines`]: what is written.

mod lines;
mod words;

use std::path::Path;

use super::Request;
use super::draft::{Draft, Parts, Place};
use super::error::Fault;
use super::item::Items;
use super::source;
use crate::span::{Sources, Span};
use words::Program;

/// The names that are looked for, in this order.
pub const NAMES: &[&str] = &["Procfile", "Procfile.dev"];

/// The profile around what is taken over.
const TEMPLATE: &str = include_str!("../../../templates/procfile.kdl");
/// The first port that foreman gives, and how far the next ones are from each other.
const FIRST_PORT: u16 = 5000;
const STEP: u16 = 100;
/// The process that runs to completion before all others.
const RELEASE: &str = "release";

/// One process.
struct Process {
    /// What the file calls it, which a manifest can do as well unless it begins with a digit.
    name: String,
    /// The text of its command.
    command: String,
    /// What is run.
    program: Program,
    /// Its port.
    port: u16,
    /// Where the name stands.
    span: Span,
}

/// Drafts the manifest of a Procfile.
pub fn draft(request: &Request, place: &Place, sources: &mut Sources) -> Result<Draft, Vec<Fault>> {
    let one = |fault| vec![fault];
    let path = match request.files.as_slice() {
        [] => source::find(NAMES, request.format).map_err(one)?,
        [path, ..] => path.clone(),
    };
    let (file, text) = source::read(&path, sources).map_err(one)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let (mut items, mut faults) = (Items::default(), Vec::new());
    if let Some(other) = request.files.get(1) {
        items.open(
            other.display().to_string(),
            Span::default(),
            "one Procfile at a time: this one was not read",
        );
    }
    let base = first_port(&folder, &mut items);
    let processes = processes(&text, file, base, &mut items, &mut faults);
    if processes.is_empty() && faults.is_empty() {
        let (path, expected) = (path.display().to_string(), "lines such as `web: npm start`");
        faults.push(Fault::Nothing { path, expected, span: Span { file, offset: 0, len: 1 } });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let written = lines::Written { place, folder: &folder, processes: &processes };
    let parts = Parts {
        origin: format!("gladys import procfile {}", crate::text::shell_word(&path.display().to_string())),
        manifest: written.manifest(),
        template: TEMPLATE,
        profile: written.profile(),
        secrets: Vec::new(),
    };
    let (profile, files) = parts.files(place);
    Ok(Draft { profile, services: processes.len(), files, items: items.0 })
}

/// `PORT` of the `.env` is where foreman begins to count.
fn first_port(folder: &Path, items: &mut Items) -> u16 {
    if folder.join(".foreman").is_file() {
        items.open(".foreman", Span::default(), "options of foreman are not looked at");
    }
    source::dotenv(folder, "PORT").and_then(|text| text.trim().parse().ok()).unwrap_or(FIRST_PORT)
}

fn processes(text: &str, file: usize, base: u16, items: &mut Items, faults: &mut Vec<Fault>) -> Vec<Process> {
    let mut processes: Vec<Process> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let begin = offset;
        offset += line.len();
        let line = line.trim_end();
        if line.trim_start().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let whole = Span { file, offset: begin, len: line.len() };
        let Some((name, command)) = parts(line) else {
            items.open(line, whole, "this is no `name: command` line");
            continue;
        };
        let span = Span { len: name.len(), ..whole };
        if let Some(first) = processes.iter().find(|process| process.name == name) {
            faults.push(Fault::DuplicateKey { key: name.to_owned(), first: first.span, span });
            continue;
        }
        let at = Span { file, offset: begin + line.len() - command.len(), len: command.len() };
        match words::read(command, at) {
            Ok(program) => {
                let step = u16::try_from(processes.len()).unwrap_or(u16::MAX).saturating_mul(STEP);
                let port = base.saturating_add(step);
                note(name, &program, span, at, items);
                let (name, command) = (name.to_owned(), command.to_owned());
                processes.push(Process { name, command, program, port, span });
            }
            Err(fault) => faults.push(fault),
        }
    }
    processes
}

/// Name and command of a line, as foreman finds them: `^([A-Za-z0-9_-]+):\s*(.+)$`.
fn parts(line: &str) -> Option<(&str, &str)> {
    let (name, command) = line.split_once(':')?;
    let command = command.trim_start();
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    (good && !command.is_empty()).then_some((name, command))
}

fn note(name: &str, program: &Program, span: Span, at: Span, items: &mut Items) {
    let (kind, called) = if name == RELEASE { ("job", "run") } else { ("service", "exec") };
    items.translated(name, span, format!("{kind} {}", lines::called(name)));
    match program {
        Program::Words { .. } => items.translated(format!("{name}: command"), at, called),
        Program::Shell { why, .. } => {
            let why = format!("{why} needs a shell: written as {called} sh \"-c\" \"…\"");
            items.check(format!("{name}: command"), at, why);
        }
    }
}
