//! One command of the manifest: request, profile, plan, run.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::ArgMatches;

use super::exit::Exit;
use super::globals::Globals;
use super::report::{self, Style};
use crate::engine;
use crate::manifest::profile::Profile;
use crate::manifest::{Manifest, Problem};
use crate::plan::variables::Variables;
use crate::plan::{World, build, grammar};
use crate::span::Span;

/// Runs a command of the manifest. Usage errors are returned.
pub fn run(
    manifest: &Manifest,
    name: &str,
    matches: &ArgMatches,
    globals: &Globals,
    typed: usize,
    style: Style,
) -> Result<Exit, clap::Error> {
    let Some(command) = manifest.commands.get(name) else { return Ok(Exit::Refused) };
    let request = grammar::request(command, matches)?;
    let mut problems = Vec::new();
    let variables = Variables::real().with_files(&manifest.project, &manifest.root, &mut problems);
    let profile = match profile(manifest, globals, &variables, typed) {
        Ok(profile) => profile,
        Err(problem) => {
            problems.push(problem);
            report::problems(&manifest.sources, &problems, style, globals.json);
            return Ok(Exit::Refused);
        }
    };
    let world = World::new(manifest, profile, &variables).typed(typed);
    let plan = build(&world, &request);
    problems.extend(world.into_problems());
    if !problems.is_empty() {
        report::problems(&manifest.sources, &problems, style, globals.json);
        return Ok(Exit::Refused);
    }
    if globals.dry_run {
        return Ok(report::plan(&plan, globals.json));
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The second one ends gladys at once, whatever it is waiting for.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, interrupted.clone());
        let _ = signal_hook::flag::register(signal, interrupted.clone());
    }
    Ok(report::run(manifest, &plan, globals, style, |sink| {
        let (json, color, terminal) = (globals.json, style.color, style.interactive);
        engine::execute(&plan, engine::Settings { json, color, terminal, sink, interrupted: &interrupted })
    }))
}

/// The profile that was asked for, by option or variable, or the default one.
pub fn profile<'a>(
    manifest: &'a Manifest,
    globals: &Globals,
    variables: &Variables,
    typed: usize,
) -> Result<&'a Profile, Problem> {
    let variable = variables.get("GLADYS_PROFILE").map(str::to_owned);
    let known = || manifest.profiles.keys().cloned().collect::<Vec<_>>();
    let kind = if globals.profile.is_some() { "profile" } else { "profile (GLADYS_PROFILE)" };
    let Some(name) = globals.profile.clone().or(variable) else {
        let span = Span { file: typed, offset: 0, len: "gladys".len() };
        return manifest.default_profile().ok_or_else(|| Problem::NoDefault { known: known(), span });
    };
    manifest.profiles.get(&name).ok_or_else(|| {
        let span = manifest.sources.find(typed, &name);
        Problem::Unknown { kind, name, known: known(), span }
    })
}
