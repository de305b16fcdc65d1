//! `gladys check`: the plan of every command in every profile, built and thrown away.

use serde_json::json;

use super::Begun;
use super::exit::Exit;
use super::globals::Globals;
use super::report::{self, Style};
use super::session;
use crate::manifest::command::{Command, ParamKind};
use crate::manifest::profile::Profile;
use crate::manifest::{Manifest, Problem};
use crate::plan::variables::Variables;
use crate::plan::{World, build, grammar};

/// Plans everything with the parameters that a bare call would have. Programs and variables are asked for only in the
/// profiles that are chosen: another one may belong to another machine.
pub fn run(manifest: &Manifest, globals: &Globals, begun: Begun, style: Style) -> Exit {
    let Begun { typed, mut problems } = begun;
    let variables =
        Variables::real().only_shown(true).with_files(&manifest.project, &manifest.root, &mut problems);
    let chosen = match session::profiles(manifest, globals, &variables, typed) {
        // Without a default profile the programs and variables of none are asked for.
        Err(Problem::NoDefault { .. }) => Vec::new(),
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
        Ok(profiles) => profiles,
    };
    let mut plans = 0;
    for profile in manifest.profiles.values() {
        let here = chosen.iter().any(|chosen| chosen.name.value == profile.name.value);
        for command in manifest.commands.values() {
            plans += 1;
            for problem in check(manifest, profile, command, &variables) {
                if (here || !problem.is_of_machine()) && !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }
    problems.extend(variables.problems(session::gladys(typed)));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span().unwrap_or_default());
        report::problems(&manifest.sources, &problems, style, globals.json);
        return Exit::Refused;
    }
    let jobs = manifest.services.values().filter(|service| service.is_job()).count();
    let (services, profiles) = (manifest.services.len() - jobs, manifest.profiles.len());
    if globals.json {
        report::document(&json!({ "schema": "gladys.check/1", "ok": true, "plans": plans }));
    } else if !globals.quiet {
        let (services, profiles) =
            (crate::text::count(services, "service"), crate::text::count(profiles, "profile"));
        let commands = crate::text::count(manifest.commands.len(), "command");
        let jobs = if jobs > 0 { format!("{}, ", crate::text::count(jobs, "job")) } else { String::new() };
        let file = manifest.file.display();
        let all = format!("{file}: {services}, {jobs}{commands}, {profiles}: nothing wrong\n");
        report::text(&all, style);
        if manifest.commands.is_empty() {
            report::text(
                "there are no commands yet, so there is nothing to run: `gladys start` shows how to begin\n",
                style,
            );
        }
    }
    Exit::Ok
}

fn check(manifest: &Manifest, profile: &Profile, command: &Command, variables: &Variables) -> Vec<Problem> {
    let world = World::new(manifest, profile, variables);
    // A command that cannot be called bare is called with a word for each argument it insists on.
    let words = command.params.iter().filter_map(|param| match &param.kind {
        ParamKind::Arg { default: None, optional: false, choices } => {
            Some(choices.first().map_or_else(|| "word".to_owned(), |choice| choice.word.value.clone()))
        }
        _ => None,
    });
    if let Ok(request) = grammar::parse(command, &words.collect::<Vec<_>>()) {
        build(&world, &request);
    }
    world.into_problems()
}
