//! `gladys import FORMAT [FILE]`: from another tool's file to a manifest.

use std::path::Path;

use clap::Command;
use serde_json::{Value, json};

use super::exit::Exit;
use super::globals::{self, Globals};
use super::report::{self, Style};
use crate::import::{self, Draft, Fate, Item};
use crate::span::Sources;
use crate::text::{count, list, shell_word};

/// Reads, drafts, writes and tells.
pub fn run(words: &[String], style: Style) -> Exit {
    let command = with_globals(Command::new("gladys").subcommand(grammar()));
    let matches = match command.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return super::usage(&error, style),
    };
    let Some(verb) = matches.subcommand_matches("import") else { return Exit::Refused };
    let Some((format, inner)) = verb.subcommand() else { return Exit::Refused };
    let globals = Globals::read(&[inner, verb, &matches]);
    let Some(request) = import::request(format, inner) else { return Exit::Refused };
    let mut sources = Sources::default();
    let drafted = import::draft(&request, &mut sources).and_then(|draft| {
        if !globals.dry_run {
            import::save(&draft, inner.get_flag("force"))?;
        }
        Ok(draft)
    });
    match drafted {
        Ok(draft) => {
            tell(&draft, &request.output, &sources, &globals, style);
            Exit::Ok
        }
        Err(faults) => {
            report::problems(&sources, &faults, style, globals.json);
            Exit::Refused
        }
    }
}

/// The command with a subcommand for each format.
pub fn grammar() -> Command {
    let formats = import::grammar();
    let names: Vec<String> = formats.get_subcommands().map(|format| format.get_name().to_owned()).collect();
    with_globals(names.iter().fold(formats, |command, name| command.mut_subcommand(name, with_globals)))
}

/// There is no manifest yet, and the profile is named by the format's own option.
fn with_globals(command: Command) -> Command {
    globals::add_but(command, &["manifest", "profile", globals::FAIL_FAST, globals::KEEP_GOING])
}

fn tell(draft: &Draft, output: &Path, sources: &Sources, globals: &Globals, style: Style) {
    if globals.json {
        report::document(&document(draft, sources, globals.dry_run));
    } else if globals.dry_run {
        let files = draft.files.iter().map(|file| format!("// {}\n{}", file.path.display(), file.shown));
        report::text(&files.collect::<Vec<_>>().join("\n"), style);
        report::note(open(draft, sources).trim_start_matches('\n'), style);
    } else if !globals.quiet {
        report::text(&written(draft, output), style);
        if globals.verbose {
            report::text(&translated(draft, sources), style);
        }
        report::text(&(kept(draft) + &open(draft, sources)), style);
    } else {
        report::note(open(draft, sources).trim_start_matches('\n'), style);
    }
}

fn written(draft: &Draft, output: &Path) -> String {
    let paths: Vec<String> = draft.files.iter().map(|file| file.path.display().to_string()).collect();
    let place = if output == Path::new(".") {
        String::new()
    } else {
        format!(" in {}", shell_word(&output.display().to_string()))
    };
    let services = count(draft.services, "service");
    format!(
        "{services} written to {}, for the profile `{}`\nsee `gladys list` and `gladys start --dry-run`{place}\n",
        list(paths),
        draft.profile
    )
}

/// What is left for a person: what should be looked at, and what is not translated.
fn open(draft: &Draft, sources: &Sources) -> String {
    let told = |fate: &str| {
        let items = draft.items.iter().filter(|item| item.fate.word() == fate);
        let lines: String = items.map(|item| line(item, ": ", sources)).collect();
        if lines.is_empty() { lines } else { format!("\n{fate}:\n{lines}") }
    };
    let (check, open) = (Fate::Check(String::new()), Fate::Open(String::new()));
    told(check.word()) + &told(open.word())
}

fn translated(draft: &Draft, sources: &Sources) -> String {
    let items = draft.items.iter().filter(|item| matches!(item.fate, Fate::Translated(_)));
    format!("\ntranslated:\n{}", items.map(|item| line(item, " -> ", sources)).collect::<String>())
}

fn line(item: &Item, between: &str, sources: &Sources) -> String {
    let text = item.fate.text().unwrap_or_default();
    format!("  {}  {}{between}{text}\n", sources.place(item.span), item.what)
}

/// The last words of what stays, each once.
fn kept(draft: &Draft) -> String {
    let kept = draft.items.iter().filter(|item| item.fate == Fate::Kept);
    let mut names: Vec<&str> = kept.filter_map(|item| item.what.rsplit('.').next()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    format!("\nstays in the file, which the profile goes on using: {}\n", names.join(", "))
}

fn document(draft: &Draft, sources: &Sources, dry_run: bool) -> Value {
    let files = draft.files.iter().map(|file| json!({ "path": file.path, "text": file.shown }));
    let items = draft.items.iter().map(|item| {
        let (line, column) = sources.line_and_column(item.span);
        json!({
            "what": item.what,
            "fate": item.fate.word(),
            "text": item.fate.text(),
            "file": sources.get(item.span.file).map(|source| source.path.clone()),
            "line": line,
            "column": column,
        })
    });
    json!({
        "schema": "gladys.import/1",
        "profile": draft.profile,
        "written": !dry_run,
        "files": files.collect::<Vec<_>>(),
        "items": items.collect::<Vec<_>>(),
    })
}
