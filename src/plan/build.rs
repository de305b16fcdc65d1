//! The steps of a command.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use indexmap::IndexSet;

use super::cost::Calls;
use super::invocation::Presence;
use super::request::Request;
use super::scope::Scope;
use super::world::World;
use super::{Action as Deed, Hint, Plan, Stdio, Step, check, database, grammar, invocation, status};
use crate::builtin::{self, Builtin};
use crate::event::StepId;
use crate::manifest::Problem;
use crate::manifest::action::{self, Action, ActionKind, When, Words};
use crate::masked::Masked;
use crate::process::Invocation;
use crate::span::{Span, Spanned};

/// Builds the plan of a request. What is wrong is noted in `world`; with a problem there, the plan must not be run.
pub fn build(world: &World<'_>, request: &Request) -> Plan {
    let mut builder = Builder {
        world,
        steps: Vec::new(),
        prepared: Vec::new(),
        looked: IndexSet::new(),
        calls: Calls::default(),
    };
    if let Some(command) = world.manifest.commands.get(&request.command) {
        builder.actions(
            &command.actions,
            Site { request, services: &[], stdio: Stdio::Inherit, earliest: &[] },
            &[],
        );
    }
    world.check_ports();
    let login = builder.steps.iter().any(Step::logs_in);
    Plan {
        command: request.command.clone(),
        profile: world.profile.name.value.clone(),
        root: world.root.clone(),
        databases: database::targets(world, login),
        steps: builder.steps,
    }
}

/// Where an action stands: in which request, for which services.
#[derive(Clone, Copy)]
pub struct Site<'s> {
    /// The words of the command.
    pub request: &'s Request,
    /// The services that are meant.
    pub services: &'s [String],
    /// Who has the terminal.
    pub stdio: Stdio,
    /// The steps before the whole `each`: what is prepared waits for these only, not for what the service needs.
    pub earliest: &'s [StepId],
}

/// The plan in the making.
pub struct Builder<'a> {
    /// What it is built in.
    pub world: &'a World<'a>,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// Programs that run before services, each once.
    pub prepared: Vec<(Invocation, StepId)>,
    /// The profiles that a look has been had at.
    pub looked: IndexSet<String>,
    /// The commands done by `do`.
    pub calls: Calls,
}

impl Builder<'_> {
    /// The steps of actions in order. Returns the last ones, those that whatever follows has to wait for.
    pub fn actions(&mut self, actions: &[Action], site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        let mut last = after.to_vec();
        for action in actions {
            if holds(&action.when, site.request) {
                last = self.action(action, site, &last);
            }
        }
        last
    }

    fn action(&mut self, action: &Action, site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        match &action.kind {
            ActionKind::Run(words) => self.run(words, site, action.span, after),
            ActionKind::Prepare(words) => self.prepare(words, site, after),
            ActionKind::Do(words) => self.call(words, site, action.span, after),
            ActionKind::Builtin { verb, words } => self.builtin(verb, words, site, after),
            ActionKind::Each(each) => self.each(each, site, after),
            ActionKind::Spawn => self.spawn(site, action.span, after),
            ActionKind::Terminate(stop) => self.terminate(stop, site, action.span, after),
            ActionKind::Tail(tail) => self.tail(tail, site, action.span, after),
        }
    }

    /// The scope of a place.
    pub fn scope<'s>(&'s self, site: Site<'s>) -> Scope<'s> {
        Scope { world: self.world, services: site.services, request: Some(site.request) }
    }

    /// Adds a step and returns it as the only last one.
    pub fn push(
        &mut self,
        site: Site<'_>,
        title: String,
        span: Span,
        after: &[StepId],
        action: Deed,
    ) -> Vec<StepId> {
        let service = site.services.first().filter(|_| site.services.len() == 1).cloned();
        let makes = match &action {
            Deed::Run { invocation, .. } => check::made_by(self.world, invocation),
            _ => Vec::new(),
        };
        let after = after.to_vec();
        self.steps.push(Step { service, title, after, tolerant: false, silent: false, span, makes, action });
        vec![self.steps.len() - 1]
    }

    fn run(&mut self, words: &Words, site: Site<'_>, span: Span, after: &[StepId]) -> Vec<StepId> {
        let presence = if self.prepared.is_empty() { Presence::Required } else { Presence::Made };
        let Some(invocation) = invocation::of_words(self.scope(site), words, presence) else {
            return after.to_vec();
        };
        let written = words.program.first().filter(|word| word.alone().is_none());
        let title = written.map_or_else(|| invocation.name(), ToString::to_string);
        let title =
            if site.services.is_empty() { title } else { format!("{title} {}", site.services.join(" ")) };
        let span = words.program.first().map_or(span, |word| word.span);
        let ports = site.services.iter().filter_map(|service| self.world.port(service)).collect();
        let hint = self.hint(words, site, presence);
        let alone = self.alone(words);
        self.push(site, title, span, after, Deed::Run { invocation, stdio: site.stdio, ports, hint, alone })
    }

    /// What helps where the program fails.
    pub fn hint(&self, words: &Words, site: Site<'_>, presence: Presence) -> Option<Box<Hint>> {
        let hint = match words.hint.as_deref()? {
            action::Hint::Text(text) => Hint::Text(self.scope(site).word(text).to_string()),
            action::Hint::From(from) => Hint::From(invocation::of_words(self.scope(site), from, presence)?),
        };
        Some(Box::new(hint))
    }

    /// The file that is locked while a program runs alone: the one of the manifest in which it stands.
    pub fn alone(&self, words: &Words) -> Option<PathBuf> {
        let span = words.program.first().filter(|_| words.alone)?.span;
        let source = self.world.manifest.sources.get(span.file)?;
        Some(self.world.root.join(&source.path))
    }

    /// `do command word…`: the steps of another command, as if it had been typed.
    fn call(
        &mut self,
        words: &[crate::manifest::template::Template],
        site: Site<'_>,
        span: Span,
        after: &[StepId],
    ) -> Vec<StepId> {
        if let Err(excess) = self.calls.count(self.steps.len()) {
            self.world.exceed(excess, span);
            return after.to_vec();
        }
        let expanded = self.scope(site).words(words);
        let mut words = expanded.iter().map(|(word, _)| word.reveal().to_owned());
        let name = words.next().unwrap_or_default();
        let Some(command) = self.world.manifest.commands.get(&name) else {
            let known = self.world.manifest.commands.keys().cloned().collect();
            self.world.complain(Problem::Unknown { kind: "command", name, known, span });
            return after.to_vec();
        };
        match grammar::parse(command, &words.collect::<Vec<_>>()) {
            Ok(request) => {
                self.calls.depth += 1;
                let last = self.actions(&command.actions, Site { request: &request, ..site }, after);
                self.calls.depth -= 1;
                last
            }
            Err(error) => {
                self.bad_call(&Spanned::new(name, span), &expanded, &error, site);
                after.to_vec()
            }
        }
    }

    fn builtin(
        &mut self,
        verb: &Spanned<String>,
        words: &[crate::manifest::template::Template],
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let Some(found) = builtin::verb(verb) else {
            let known = builtin::VERBS.iter().map(|verb| verb.name.to_owned()).collect();
            self.world.complain(Problem::Unknown {
                kind: "native verb",
                name: verb.value.clone(),
                known,
                span: verb.span,
            });
            return after.to_vec();
        };
        let own = site.request.native.as_ref().filter(|own| words.is_empty() && own.name() == verb.value);
        let words = self.scope(site).words(words);
        let parsed = match own {
            Some(native) => Ok(native.clone()),
            None => found.parse_words(words.iter().map(|(word, _)| word.reveal().to_owned())),
        };
        let builtin = match parsed {
            Ok(builtin) => builtin,
            Err(error) => {
                self.bad_call(verb, &words, &error, site);
                return after.to_vec();
            }
        };
        if builtin.needs_database() && self.world.manifest.databases.is_empty() {
            self.world.complain(Problem::NoDatabase { span: verb.span });
        }
        let builtin = match builtin {
            Builtin::Status(asked) => Builtin::Status(status::resolve(self.world, asked)),
            Builtin::Why(asked) => Builtin::Why(status::explain(self.world, asked)),
            Builtin::SyncCheck(asked) => Builtin::SyncCheck(check::resolve(self.world, asked)),
            other => other,
        };
        self.push(site, verb.value.clone(), verb.span, after, Deed::Builtin(builtin.into()))
    }

    /// Notes that words are not of the form of what is called: at the word that is wrong, where it was typed or else where it
    /// is written; at the call where it is no single word.
    pub fn bad_call(
        &self,
        called: &Spanned<String>,
        words: &[(Masked, Span)],
        error: &clap::Error,
        site: Site<'_>,
    ) {
        let (message, help) = told(error);
        let wrong = [ContextKind::InvalidValue, ContextKind::InvalidArg].into_iter().find_map(|kind| {
            let Some(ContextValue::String(word)) = error.get(kind) else { return None };
            Some(word.as_str())
        });
        let typed = wrong.filter(|word| {
            let mut given = site.request.params.values();
            let top = self.calls.depth == 0 && self.world.is_typed();
            top && given.any(|given| given.words.iter().any(|given| given == word))
        });
        let holds = |word: &str, part: &str| word == part || word.split('=').any(|own| own == part);
        let written = wrong.and_then(|wrong| words.iter().find(|(word, _)| holds(word.reveal(), wrong)));
        let (name, label, span) = match (typed, written) {
            (Some(word), _) => (&site.request.command, "this word", self.world.place_of(word)),
            (None, Some((_, span))) => (&called.value, "this word", *span),
            (None, None) => (&called.value, "called here", called.span),
        };
        self.world.complain(Problem::BadCall { name: name.clone(), message, help, label, span });
    }
}

/// Whether a condition is met by what was given.
pub fn holds(when: &When, request: &Request) -> bool {
    let given = |flag: &str| request.params.get(flag).is_some_and(super::request::Given::is_given);
    match when {
        When::Always => true,
        When::If(flag) => given(flag),
        When::Unless(flag) => !given(flag),
    }
}

/// The first sentence of a usage error, with what is expected, what is meant or how it is used as its help.
fn told(error: &clap::Error) -> (String, Option<String>) {
    let text = error.render().to_string();
    let sentence = text.split("\n\n").next().unwrap_or_default();
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = sentence.strip_prefix("error: ").unwrap_or(&sentence).replace('\'', "`");
    let tips = text.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    let tip = tips.filter(|tip| !tip.starts_with("to pass")).map(|tip| tip.replace('\'', "`")).next();
    let usage =
        text.lines().find_map(|line| Some(format!("its form is `{}`", line.strip_prefix("Usage: ")?)));
    match message.split_once(": expected ") {
        Some((message, expected)) => (message.to_owned(), Some(format!("expected {expected}"))),
        None => (message, tip.or(usage)),
    }
}
