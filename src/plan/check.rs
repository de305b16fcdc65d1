//! The checks of `sync-check`, resolved: paths, programs, databases of every profile, what runs.

use std::path::PathBuf;

use super::database;
use super::invocation::{Presence, of_words};
use super::scope::Scope;
use super::world::World;
use crate::builtin::sync_check::{SyncCheck, ledger_reader, schema_reader};
use crate::db::Target;
use crate::manifest::Problem;
use crate::manifest::action::Words;
use crate::manifest::check::{Check as Written, CheckKind};
use crate::manifest::template::Template;
use crate::process::Invocation;
use crate::span::Spanned;
use crate::supervisor::{self, Phase};
use crate::sync::{
    Built, Check, Database, Fresh, Glob, Kind, Locked, Output, Running, Runs, Same, Schema, Whose,
};
use crate::text::shell_word;

/// Fills in the checks that were asked for; all of them when none was named.
pub fn resolve(world: &World<'_>, asked: SyncCheck) -> SyncCheck {
    for name in &asked.only {
        if !world.manifest.checks.contains_key(name) {
            let known = world.manifest.checks.keys().cloned().collect();
            let span = world.place_of(name);
            world.complain(Problem::Unknown { kind: "check", name: name.clone(), known, span });
        }
    }
    let wanted = |name: &String| asked.only.is_empty() || asked.only.contains(name);
    let written = world.manifest.checks.iter().filter(|(name, _)| wanted(name));
    let checks = written.filter_map(|(_, check)| Resolver { world, scope: Scope::new(world) }.check(check));
    SyncCheck { checks: checks.collect(), sources: world.manifest.sources.clone(), ..asked }
}

/// The checks whose files `invocation` makes, as their `by` says. What is wrong with a check is said where it is asked for.
pub fn made_by(world: &World<'_>, invocation: &Invocation) -> Vec<Check> {
    let quiet = World::new(world.manifest, world.profile, world.variables);
    let resolver = Resolver { world: &quiet, scope: Scope::new(&quiet) };
    let made = world.manifest.checks.values().filter(|check| resolver.is_made_by(check, invocation));
    let made: Vec<Check> = made.filter_map(|check| resolver.check(check)).collect();
    if quiet.into_problems().is_empty() { made } else { Vec::new() }
}

struct Resolver<'a> {
    world: &'a World<'a>,
    scope: Scope<'a>,
}

impl Resolver<'_> {
    fn check(&self, written: &Written) -> Option<Check> {
        let fix = written.fix.as_ref().and_then(|words| self.program(words));
        Some(Check {
            name: written.name.value.clone(),
            summary: written.summary.clone(),
            kind: self.kind(&written.kind)?,
            optional: written.optional,
            fix_shown: written.fix.as_ref().map(|words| self.shown(&words.program)),
            fix,
            span: written.name.span,
        })
    }

    fn is_made_by(&self, written: &Written, invocation: &Invocation) -> bool {
        let (CheckKind::Built { by, .. } | CheckKind::Fresh { by, .. }) = &written.kind else { return false };
        let mut words = self.scope.words(by).into_iter().map(|(word, _)| word.reveal().to_owned());
        let Some(program) = words.next() else { return false };
        let path = self.world.variables.get("PATH");
        let same = || {
            which::which_in(program, path, &self.world.root).is_ok_and(|found| found == invocation.program)
        };
        invocation.cwd == self.world.root && words.eq(invocation.args.iter().cloned()) && same()
    }

    fn kind(&self, written: &CheckKind) -> Option<Kind> {
        Some(match written {
            CheckKind::Same { patterns, places, source, everywhere } => Kind::Same(Same {
                patterns: patterns.iter().map(|pattern| self.relative_glob(pattern)).collect(),
                places: places.iter().map(|place| self.path(place)).collect(),
                source: source.as_ref().map(|source| self.path(source)),
                everywhere: *everywhere,
            }),
            CheckKind::Fresh { from, to, protobuf, by, verify } => Kind::Fresh(Fresh {
                sources: self.globs(from),
                outputs: self.globs(to),
                command: self.command(by),
                protobuf: (!protobuf.is_empty())
                    .then(|| protobuf.iter().map(|folder| self.path(folder)).collect()),
                verify: verify.as_ref().and_then(|words| self.program(words)),
            }),
            CheckKind::Migrations => Kind::Migrations(self.databases()),
            CheckKind::Schema => Kind::Schema(self.schemas()),
            CheckKind::Locked { file, by } => {
                Kind::Locked(Locked { command: self.program(by)?, file: self.path(file) })
            }
            CheckKind::Built { output, identify, from, by, running } => {
                let output = match identify {
                    None => Output::File(self.path(output)),
                    Some(words) => {
                        let name = self.scope.word(output).to_string();
                        Output::Named { name, identify: self.program(words)? }
                    }
                };
                let running = running
                    .iter()
                    .filter_map(|(service, identify)| self.running(service, identify.as_ref()))
                    .collect();
                Kind::Built(Built { inputs: self.globs(from), output, command: self.command(by), running })
            }
            CheckKind::Run(words) => Kind::Run(self.program(words)?),
        })
    }

    fn program(&self, words: &Words) -> Option<Invocation> {
        of_words(self.scope, words, Presence::Required)
    }

    fn shown(&self, words: &[Template]) -> String {
        let gladys = self.world.gladys.to_string_lossy();
        let typed = |word: String| if word == gladys { "gladys".to_owned() } else { shell_word(&word) };
        let words = self.scope.words(words);
        words.iter().map(|(word, _)| typed(word.to_string())).collect::<Vec<_>>().join(" ")
    }

    fn command(&self, words: &[Template]) -> Option<String> {
        (!words.is_empty()).then(|| self.shown(words))
    }

    fn path(&self, template: &Template) -> PathBuf {
        self.world.absolute(self.scope.word(template).reveal())
    }

    fn globs(&self, templates: &[Template]) -> Vec<Glob> {
        let glob = |template| Glob { pattern: self.path(template), ..self.relative_glob(template) };
        templates.iter().map(glob).collect()
    }

    fn relative_glob(&self, template: &Template) -> Glob {
        let pattern = PathBuf::from(self.scope.word(template).reveal());
        Glob { pattern, shown: template.to_string(), span: template.span }
    }

    /// The databases of every profile that is compared, with the flags that name each; what is wrong in another
    /// profile is that profile's own business.
    fn targets(&self) -> Vec<(Whose, String, Target)> {
        let World { manifest, variables, .. } = *self.world;
        let all = self.world.compared().into_iter().flat_map(|profile| {
            let world = World::new(manifest, profile, variables);
            let targets =
                database::targets(&world, true).into_iter().filter(|target| target.migrations.is_some());
            let profile = &profile.name.value;
            let named = targets.map(|target| {
                let database = (manifest.databases.len() > 1).then(|| target.name.clone());
                let whose = Whose { profile: profile.clone(), database };
                (whose.clone(), self.flags(&whose), target)
            });
            named.collect::<Vec<_>>()
        });
        all.collect()
    }

    /// The flags that name a database to `gladys migrate`.
    fn flags(&self, whose: &Whose) -> String {
        let profile = self.world.profile_option(&whose.profile);
        let database = whose.database.as_ref().map(|name| format!(" --database {name}"));
        format!("{profile}{}", database.unwrap_or_default())
    }

    fn databases(&self) -> Vec<Database> {
        let root = self.world.root.clone();
        let database =
            |(whose, flags, target)| Database { whose, flags, read: ledger_reader(target, root.clone()) };
        self.targets().into_iter().map(database).collect()
    }

    fn schemas(&self) -> Vec<Schema> {
        let schema = |(whose, _, target)| Schema { whose, read: schema_reader(target) };
        self.targets().into_iter().map(schema).collect()
    }

    /// A service that runs under a supervisor now; nothing for one that does not.
    fn running(&self, name: &Spanned<String>, identify: Option<&Words>) -> Option<Running> {
        let service = self.world.manifest.service(name)?.name.value.clone();
        let restart = self.world.renew(&service);
        if let Some(words) = identify {
            let runs = Runs::Named(self.program(words)?);
            return Some(Running { service, runs, definition: None, restart });
        }
        let state = supervisor::find(&self.world.state(&service)).ok()?;
        let pid = state.pid.filter(|_| state.phase == Phase::Running)?;
        let present = super::present::present(self.world, &service);
        let definition = state.definition.zip(present.map(|present| present.definition));
        Some(Running { runs: Runs::Processes(vec![pid]), definition, restart, service })
    }
}
