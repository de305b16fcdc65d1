//! `migrate` against a real server.

mod history;
mod together;
mod undo;
mod whole;

use std::sync::atomic::AtomicBool;

use super::{Migrate, grammar, parse};
use crate::builtin::context::{Context, Verdict};
use crate::db::Target;
use crate::db::testing::{Folder, Recorder, sql};

fn migrate(words: &str) -> Migrate {
    let command = grammar(clap::Command::new("migrate").no_binary_name(true));
    let matches = command.try_get_matches_from(words.split_whitespace()).expect("the words are right");
    parse(&matches).expect("the words are right")
}

/// What a run printed and noted, with its summary or its error's message.
fn run(target: &Target, folder: &Folder, words: &str) -> (String, Vec<String>, Result<String, String>) {
    let (recorder, interrupted) = (Recorder::default(), AtomicBool::new(false));
    let targets = [folder.migrations(target.clone())];
    let context = Context {
        databases: &targets,
        root: folder.path(),
        profile: "local",
        json: false,
        color: false,
        terminal: false,
        step: 0,
        sink: &recorder,
        interrupted: &interrupted,
    };
    let result = migrate(words).run(&context);
    let result = match result {
        Ok(Verdict { summary, .. }) => Ok(summary.unwrap_or_default()),
        Err(error) => {
            let help = error.help().map(|help| format!(" / {help}")).unwrap_or_default();
            Err(format!("{error}{help}"))
        }
    };
    (recorder.printed(), recorder.noted(), result)
}

fn summary(target: &Target, folder: &Folder, words: &str) -> Result<String, String> {
    run(target, folder, words).2
}

fn ledger(target: &Target) -> Vec<String> {
    sql(target, "select version, name, tool, source from gladys_migrations order by version")
}
