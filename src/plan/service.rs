//! The steps of one service: prepare, spawn, wait; terminate; and of what is not ours: jobs and external services.

use std::time::Duration;

use indexmap::IndexMap;

use super::build::{Builder, Site, holds};
use super::invocation::{Presence, of_words};
use super::present::executed;
use super::scope::Scope;
use super::{Action, Stdio, Supervised, Undo, Wait, printed, probe, stray};
use crate::event::StepId;
use crate::manifest::Problem;
use crate::manifest::action::{ActionKind, Each, Order, Stop as Written, Words};
use crate::manifest::profile::Placement;
use crate::manifest::service::{Nature, Service};
use crate::process::Invocation;
use crate::span::Span;
use crate::supervisor::{Limits, Lost, Need, Orphan, Policy, Restart, Signal, Spec, Stop, state_root};

/// How many lines of a service's log explain why it is not ready.
const LINES: usize = 12;

impl Builder<'_> {
    /// A job runs its actions unless it is skipped; an external service is only waited for.
    pub fn not_ours(
        &mut self,
        each: &Each,
        service: &Service,
        site: Site<'_>,
        before: &[StepId],
    ) -> Vec<StepId> {
        let services = [service.name.value.clone()];
        let site = Site { services: &services, stdio: Stdio::Capture, ..site };
        match &service.nature {
            Nature::Service => self.wait(site, false, service.name.span, before),
            Nature::Job(actions) => {
                let mut skips = each.skip.iter().filter(|(name, _)| name.value == service.name.value);
                let skipped = skips.any(|(_, when)| holds(when, site.request));
                if skipped { before.to_vec() } else { self.actions(actions, site, before) }
            }
        }
    }

    /// Waiting until a service is ready; nothing where nobody said how that shows.
    pub fn wait(&mut self, site: Site<'_>, spawned: bool, span: Span, after: &[StepId]) -> Vec<StepId> {
        let Some(service) = site.services.first() else { return after.to_vec() };
        let Some(probe) = probe::of_service(self.scope(site), service) else { return after.to_vec() };
        let external = self.world.is_external(service);
        let supervised = spawned.then(|| Supervised {
            dir: self.world.state(service),
            port: self.world.port(service),
            stop: self.stop_of(service, None),
        });
        let ours = !external && supervised.is_none();
        let log = if ours { printed::last_lines(self.world, service, LINES).map(Box::new) } else { None };
        let undo = if ours { self.undo(service).map(Box::new) } else { None };
        let title = format!("wait for {service}");
        self.push(site, title, span, after, Action::Wait(Wait { probe, supervised, log, undo, external }))
    }

    fn undo(&self, service: &str) -> Option<Undo> {
        let home = &self.world.home(service).name.value;
        let dir = state_root(&self.world.root).join(home).join(service);
        Some(Undo { invocation: self.program_of("stop", service)?, dir })
    }

    /// The program that a recipe runs, for one service.
    fn program_of(&self, recipe: &str, service: &str) -> Option<Invocation> {
        let recipe = self.world.home(service).recipes.get(recipe)?;
        let words = recipe.actions.iter().find_map(|action| match &action.kind {
            ActionKind::Run(words) => Some(words),
            _ => None,
        })?;
        let services = [service.to_owned()];
        of_words(Scope::new(self.world).with_services(&services), words, Presence::Required)
    }

    /// `spawn`: for each service its `prepare` programs, then the service itself under its supervisor.
    pub fn spawn(&mut self, site: Site<'_>, span: Span, after: &[StepId]) -> Vec<StepId> {
        let mut last = Vec::new();
        for service in site.services {
            let Some(placement) = self.world.placement(service) else { continue };
            let site = Site { services: std::slice::from_ref(service), ..site };
            let prepared = self.prepare_all(placement, site, after);
            let Some(spec) = self.spec(placement, site) else { continue };
            let span = placement.exec.first().map_or(span, |word| word.span);
            last.extend(self.push(
                site,
                format!("start {service}"),
                span,
                &prepared,
                Action::Spawn(spec.into()),
            ));
        }
        if last.is_empty() { after.to_vec() } else { last }
    }

    /// Everything a service prepares, in order, beside what it waits for anyway.
    fn prepare_all(&mut self, placement: &Placement, site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        let mut last = site.earliest.to_vec();
        for words in &placement.prepare {
            last = self.prepare(words, site, &last);
        }
        let mut all: Vec<StepId> = after.to_vec();
        all.extend(last.into_iter().filter(|step| !after.contains(step)));
        all
    }

    /// A program that runs to completion first. Two services that prepare alike share the step, and what is prepared
    /// does not wait for what the service needs.
    pub fn prepare(&mut self, words: &Words, site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        let Some(invocation) = of_words(self.scope(site), words, Presence::Required) else {
            return after.to_vec();
        };
        if let Some((_, step)) = self.prepared.iter().find(|(other, _)| *other == invocation) {
            let step = *step;
            if self.steps[step].service.as_ref() != site.services.first() {
                self.share(step, &invocation);
            }
            return vec![step];
        }
        let span = words.program.first().map(|word| word.span).unwrap_or_default();
        let of = if site.services.is_empty() { invocation.name() } else { site.services.join(" ") };
        let (stdio, hint) = (Stdio::Capture, self.hint(words, site, Presence::Required));
        let (alone, ports) = (self.alone(words), Vec::new());
        let run = Action::Run { invocation: invocation.clone(), stdio, ports, hint, alone };
        let last = self.push(site, format!("prepare {of}"), span, after, run);
        self.prepared.extend(last.iter().map(|step| (invocation.clone(), *step)));
        last
    }

    /// A step that serves several services is called after its program.
    fn share(&mut self, step: StepId, invocation: &Invocation) {
        let words = invocation.args.iter().take_while(|arg| !arg.starts_with('-')).take(2);
        let name = std::iter::once(&invocation.name()).chain(words).cloned().collect::<Vec<_>>().join(" ");
        let step = &mut self.steps[step];
        step.title = format!("prepare {name}");
        step.service = None;
    }

    fn spec(&self, placement: &Placement, site: Site<'_>) -> Option<Spec> {
        let service = &placement.service.value;
        if placement.exec.is_empty() {
            let (profile, span) = (self.world.profile.name.value.clone(), placement.service.span);
            self.world.complain(Problem::NothingToExec { service: service.clone(), profile, span });
            return None;
        }
        let scope = self.scope(site);
        let invocation = executed(scope, placement)?;
        Some(Spec {
            service: service.clone(),
            profile: self.world.profile.name.value.clone(),
            dir: self.world.state(service),
            invocation,
            ports: self.world.port(service).into_iter().collect(),
            stop: self.stop_of(service, None),
            restart: restart(scope, placement),
            needs: self.required(scope, placement),
            limits: limits(placement),
            renew: self.world.renew(service),
        })
    }

    /// What a service does not keep running without, as far as it is run by a supervisor here: its place in the profile decides
    /// before its declaration.
    fn required(&self, scope: Scope<'_>, placement: &Placement) -> Vec<Need> {
        let world = self.world;
        let declared = world.manifest.services.get(&placement.service.value);
        let said = declared.into_iter().flat_map(|service| &service.lost).chain(&placement.lost);
        let mut policies: IndexMap<&str, &str> = IndexMap::new();
        for lost in said {
            let need = world.manifest.service(&lost.need).map(|need| need.name.value.as_str());
            policies.extend(need.map(|need| (need, lost.policy.as_str())));
        }
        let all = policies.into_iter().filter_map(|(service, policy)| {
            let lost = match policy {
                "stop" => Lost::Stop,
                "restart" => Lost::Restart,
                _ => return None,
            };
            world.placement(service).filter(|placement| !placement.exec.is_empty())?;
            let ready = probe::program(scope, service);
            Some(Need { service: service.to_owned(), dir: world.state(service), lost, ready })
        });
        all.collect()
    }

    /// How a service is ended: what its place in the profile says, else the recipe, else SIGTERM and 5 s.
    fn stop_of(&self, service: &str, recipe: Option<&Written>) -> Stop {
        let placed = self.world.placement(service).and_then(|placement| placement.stop.as_ref());
        let terminate = self.world.home(service).recipes.values().flat_map(|recipe| &recipe.actions);
        let written = terminate.filter_map(|action| match &action.kind {
            ActionKind::Terminate(stop) => Some(stop),
            _ => None,
        });
        let all: Vec<&Written> = placed.into_iter().chain(recipe).chain(written).collect();
        let grace: Option<Duration> = all.iter().find_map(|stop| stop.grace);
        let signal = all.iter().find_map(|stop| stop.signal.as_ref()).and_then(|word| self.signal(word));
        let default = Stop::default();
        Stop { signal: signal.unwrap_or(default.signal), grace: grace.unwrap_or(default.grace) }
    }

    fn signal(&self, word: &crate::span::Spanned<String>) -> Option<Signal> {
        Signal::parse(word).or_else(|| {
            let known = Signal::ALL.iter().map(|signal| signal.to_string()[3..].to_owned()).collect();
            let (found, span) = (word.value.clone(), word.span);
            self.world.complain(Problem::UnknownWord { what: "a signal", found, known, span });
            None
        })
    }

    /// `terminate`: the end of each service's process tree.
    pub fn terminate(&mut self, stop: &Written, site: Site<'_>, span: Span, after: &[StepId]) -> Vec<StepId> {
        let mut last = Vec::new();
        for service in site.services {
            let action =
                Action::Terminate { dir: self.world.state(service), stop: self.stop_of(service, Some(stop)) };
            let site = Site { services: std::slice::from_ref(service), ..site };
            last.extend(self.push(site, format!("stop {service}"), span, after, action));
        }
        if last.is_empty() { after.to_vec() } else { last }
    }

    /// A stop ends those that are named, and tells of the others unless all that is named are services.
    pub fn strays(&mut self, each: &Each, site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        if each.order != Order::Reverse {
            return Vec::new();
        }
        let words = site.request.words("targets");
        let several = |word: &String| word == "*" || self.world.manifest.groups.contains_key(word);
        let only = !words.is_empty() && !words.iter().any(several);
        let mut last = Vec::new();
        for stray in stray::all(self.world) {
            let named = words.contains(&stray.service);
            if only && !named {
                continue;
            }
            let (dir, stop) = (self.world.state(&stray.service), stray.state.stop);
            let action =
                if named { Action::Terminate { dir, stop } } else { Action::Tell(stray.told(self.world)) };
            let services = [stray.service];
            let title = format!("stop {}", services[0]);
            last.extend(self.push(
                Site { services: &services, ..site },
                title,
                each.recipe.span,
                after,
                action,
            ));
        }
        last
    }
}

fn restart(scope: Scope<'_>, placement: &Placement) -> Restart {
    let alive = placement.alive.as_ref();
    let liveness = alive.and_then(|alive| probe::liveness(scope, &placement.service, alive));
    let default = Restart { liveness, ..Restart::default() };
    let Some(written) = &placement.restart else { return default };
    let policy = match written.policy.as_str() {
        "always" => Policy::Always,
        "on-failure" => Policy::OnFailure,
        _ => Policy::Never,
    };
    let kill = written.orphan.as_ref().is_some_and(|word| word.value == "kill");
    Restart {
        policy,
        max: written.max.unwrap_or(default.max),
        initial: written.initial.unwrap_or(default.initial),
        longest: written.longest.unwrap_or(default.longest),
        stable: written.stable.unwrap_or(default.stable),
        orphan: if kill { Orphan::Kill } else { Orphan::Keep },
        ..default
    }
}

fn limits(placement: &Placement) -> Limits {
    let written = &placement.limits;
    Limits {
        open_files: written.open_files,
        nice: written.nice,
        memory: written.memory,
        cpu: written.cpu,
        log: written.log,
    }
}
