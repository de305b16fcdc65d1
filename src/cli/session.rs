//! One command of the manifest: request, profile, plan, run.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::ArgMatches;

use super::Begun;
use super::exit::Exit;
use super::globals::Globals;
use super::report::{self, Style};
use crate::engine;
use crate::manifest::profile::Profile;
use crate::manifest::{Manifest, Problem};
use crate::plan::variables::Variables;
use crate::plan::{Plan, World, build, grammar, merge};
use crate::span::Span;

/// Runs a command of the manifest. Usage errors are returned.
pub fn run(
    manifest: &Manifest,
    name: &str,
    matches: &ArgMatches,
    globals: &Globals,
    begun: Begun,
    style: Style,
) -> Result<Exit, clap::Error> {
    let Some(command) = manifest.commands.get(name) else { return Ok(Exit::Refused) };
    let request = grammar::request(command, matches)?;
    let Begun { typed, mut problems } = begun;
    let variables = Variables::real().only_shown(globals.dry_run).with_files(
        &manifest.project,
        &manifest.root,
        &mut problems,
    );
    let profiles = keep(profiles(manifest, globals, &variables, typed), &mut problems).unwrap_or_default();
    let asked = if globals.profile.is_some() { profiles.as_slice() } else { &[] };
    let mut plans = Vec::new();
    for profile in &profiles {
        let world = World::new(manifest, profile, &variables).typed(typed).asked(asked);
        plans.push(build(&world, &request));
        problems.extend(world.into_problems());
    }
    problems.extend(variables.problems(gladys(typed)));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span().unwrap_or_default());
        problems.dedup();
        report::problems(&manifest.sources, &problems, style, globals.json);
        return Ok(Exit::Refused);
    }
    let plans = merge(plans).map_or_else(|plans| plans, |plan| vec![plan]);
    let interrupted = interruption();
    let several = plans.len() > 1;
    let mut worst = Exit::Ok;
    for plan in plans {
        let exit = execute(manifest, &plan, several, globals, style, &interrupted);
        worst = if exit.code() > worst.code() { exit } else { worst };
        if globals.fail_fast && worst.code() > 0 {
            break;
        }
    }
    Ok(worst)
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn execute(
    manifest: &Manifest,
    plan: &Plan,
    several: bool,
    globals: &Globals,
    style: Style,
    interrupted: &AtomicBool,
) -> Exit {
    if globals.dry_run {
        return report::plan(plan, globals.json, style);
    }
    report::run(manifest, plan, several, globals, style, |sink| {
        // One document for one run: a verb prints its own only where printing is what the run is for.
        let json = globals.json && report::prints(plan);
        let (color, terminal) = (style.color, style.interactive);
        let fail_fast = globals.fail_fast;
        engine::execute(plan, engine::Settings { json, color, terminal, fail_fast, sink, interrupted })
    })
}

/// Becomes true with the first Ctrl-C; the second one ends gladys at once, whatever it is waiting for.
fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, interrupted.clone());
        let _ = signal_hook::flag::register(signal, interrupted.clone());
    }
    interrupted
}

/// The first word of the command line.
pub fn gladys(typed: usize) -> Span {
    Span { file: typed, offset: 0, len: "gladys".len() }
}

/// The profiles that were asked for, by option or variable (`local,remote`, or `all` of them), or the default one.
pub fn profiles<'a>(
    manifest: &'a Manifest,
    globals: &Globals,
    variables: &Variables,
    typed: usize,
) -> Result<Vec<&'a Profile>, Problem> {
    let variable = variables.get("GLADYS_PROFILE").map(str::to_owned);
    let known = || manifest.profiles.keys().cloned().collect::<Vec<_>>();
    let kind = if globals.profile.is_some() { "profile" } else { "profile (GLADYS_PROFILE)" };
    let Some(names) = globals.profile.clone().or(variable) else {
        let default = manifest.default_profile().map(|profile| vec![profile]);
        return default.ok_or_else(|| Problem::NoDefault { known: known(), span: gladys(typed) });
    };
    if names == "all" {
        return Ok(manifest.profiles.values().collect());
    }
    let find = |name: &str| {
        manifest.profiles.get(name).ok_or_else(|| {
            let span = manifest.sources.find(typed, name);
            Problem::Unknown { kind, name: name.to_owned(), known: known(), span }
        })
    };
    names.split(',').map(find).collect()
}
