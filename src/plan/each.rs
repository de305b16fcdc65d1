//! `each RECIPE`: the recipe of the profile, or of the profiles that services are used from, for every service.

use std::ops::Range;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::build::{Builder, Site, holds};
use super::request::Request;
use super::{Action as Deed, Stdio, merge, order, report};
use crate::event::StepId;
use crate::manifest::Problem;
use crate::manifest::action::{Action, ActionKind, Each, Order};
use crate::manifest::profile::{Profile, Recipe};
use crate::probe::report::Watch;
use crate::span::{Span, Spanned};

/// The recipe that an `each` means in each profile, by its name.
type Recipes<'a> = IndexMap<String, (&'a Profile, &'a Recipe)>;

impl<'a> Builder<'a> {
    /// The steps of the recipe, in the order of the `each`.
    pub fn each(&mut self, each: &Each, site: Site<'_>, after: &[StepId]) -> Vec<StepId> {
        let strays = self.strays(each, site, after);
        let Some(targets) = self.targets(site.request, each.recipe.span, &strays) else {
            return after.to_vec();
        };
        let order = match each.order {
            Order::Needs => order::closure(self.world, &targets),
            Order::Reverse | Order::Together => self.runnable(&targets),
        };
        let Some(recipes) = self.recipes(each, &order) else { return after.to_vec() };
        let after = recipes.values().fold(after.to_vec(), |after, recipe| self.look(recipe, site, &after));
        let site = Site { stdio: Stdio::Capture, earliest: &after, ..site };
        let asked = if each.order == Order::Reverse { &order } else { &targets };
        self.check_placed(&order, asked, each.recipe.span);
        match each.order {
            Order::Needs => self.each_needs(each, &recipes, &order, site, &after),
            Order::Reverse => [self.each_reverse(&recipes, &order, site, &after), strays].concat(),
            Order::Together => self.each_together(&recipes, &order, site, &after),
        }
    }

    /// The recipe of each profile that runs some of these services; nothing where one has none, which is noted.
    fn recipes(&self, each: &Each, order: &IndexSet<String>) -> Option<Recipes<'a>> {
        let ours = self.runnable(order);
        let mut homes: Vec<&Profile> = ours.iter().map(|service| self.world.home(service)).collect();
        if homes.is_empty() {
            homes.push(self.world.profile);
        }
        let recipe = |home: &'a Profile| {
            let found = home.recipes.get(&each.recipe.value);
            if found.is_none() {
                let known = home.recipes.keys().cloned().collect();
                let (recipe, span) = (each.recipe.value.clone(), each.recipe.span);
                let (profile, profile_span) = (home.name.value.clone(), home.name.span);
                self.world.complain(Problem::NoRecipe { recipe, profile, known, profile_span, span });
            }
            Some((home.name.value.clone(), (home, found?)))
        };
        homes.into_iter().map(recipe).collect()
    }

    /// All services of a profile in one step, and all logs in one.
    fn each_together(
        &mut self,
        recipes: &Recipes<'_>,
        order: &IndexSet<String>,
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let first = self.steps.len();
        let mut last = after.to_vec();
        for (home, (_, recipe)) in recipes {
            let here = |service: &&String| self.world.home(service).name.value == *home;
            let services: Vec<String> = order.iter().filter(here).cloned().collect();
            if services.is_empty() {
                continue;
            }
            let site = Site { services: &services, stdio: Stdio::Inherit, ..site };
            last = self.actions(&recipe.actions, site, &last);
        }
        if recipes.len() > 1 && merge::one_log(&mut self.steps, first) { vec![first] } else { last }
    }

    /// Before programs do something with services, one look shows whether whatever runs them answers at all.
    fn look(
        &mut self,
        (home, recipe): &(&'a Profile, &Recipe),
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let program = |action: &Action| matches!(action.kind, ActionKind::Run(_) | ActionKind::Prepare(_));
        let runs = recipe.actions.iter().any(program);
        let first = runs && !self.looked.contains(&home.name.value);
        let Some(report) = first.then(|| report::of_profile(self.world, home)).flatten() else {
            return after.to_vec();
        };
        self.looked.insert(home.name.value.clone());
        let title = format!("look at {}", home.name.value);
        let last = self.push(site, title, report::place(home), after, Deed::Look(report));
        self.steps[last[0]].silent = true;
        last
    }

    /// The services that the command's `targets` stand for, without those that are dealt with already by these steps.
    fn targets(&self, request: &Request, span: Span, strays: &[StepId]) -> Option<IndexSet<String>> {
        let words = request.words("targets");
        let stray =
            |word: &&String| strays.iter().any(|step| self.steps[*step].service.as_ref() == Some(*word));
        let mut targets: Vec<_> = words
            .iter()
            .filter(|word| !stray(word))
            .map(|word| Spanned::new(word.clone(), self.place_of(word, span)))
            .collect();
        if words.is_empty() {
            targets.push(Spanned::new("*".to_owned(), span));
        }
        self.world.expand(&targets)
    }

    /// A target stands on the command line, or, in a `do`, in the manifest.
    fn place_of(&self, word: &str, span: Span) -> Span {
        if self.calls.depth == 0 { self.world.place_of(word) } else { span }
    }

    /// Those that are services of ours: neither jobs nor external.
    pub fn runnable(&self, names: &IndexSet<String>) -> IndexSet<String> {
        let services = &self.world.manifest.services;
        let ours = |name: &&String| {
            services.get(*name).is_some_and(|service| !service.is_job()) && !self.world.is_external(name)
        };
        names.iter().filter(ours).cloned().collect()
    }

    fn check_placed(&self, order: &IndexSet<String>, asked: &IndexSet<String>, span: Span) {
        order::check_placed(self.world, order, asked, span);
    }

    fn each_needs(
        &mut self,
        each: &Each,
        recipes: &Recipes<'_>,
        order: &IndexSet<String>,
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let waits = each.wait.as_ref().is_some_and(|when| holds(when, site.request));
        let needed: IndexSet<String> =
            order.iter().flat_map(|service| order::needs(self.world, service)).collect();
        let mut done: IndexMap<String, Vec<StepId>> = IndexMap::new();
        let prepared: IndexMap<&str, Vec<StepId>> = recipes
            .iter()
            .map(|(home, (_, recipe))| (home.as_str(), self.prepare_batch(home, recipe, order, site, after)))
            .collect();
        for group in self.groups(order, recipes, false) {
            let Some((home, recipe)) = self.recipe_of(recipes, &group[0]) else { continue };
            let mut before = self.before(&group, &done, after);
            let prepared = prepared.get(home).into_iter().flatten();
            before.extend(prepared.filter(|_| !self.world.is_external(&group[0])));
            let awaited: Vec<bool> = group.iter().map(|service| waits || needed.contains(service)).collect();
            let ended = self.group(each, recipe, &group, &awaited, site, &before);
            done.extend(group.into_iter().zip(ended));
        }
        let all: IndexSet<StepId> = done.into_values().flatten().collect();
        if all.is_empty() { after.to_vec() } else { all.into_iter().collect() }
    }

    /// The recipe for a service, and the profile it is of; any, for what is not ours.
    fn recipe_of<'r>(&self, recipes: &'r Recipes<'r>, service: &str) -> Option<(&'r str, &'r Recipe)> {
        let found = recipes.get_key_value(&self.world.home(service).name.value).or_else(|| recipes.first());
        found.map(|(home, (_, recipe))| (home.as_str(), *recipe))
    }

    /// What a batch recipe prepares is prepared once, for all its services of the order, before the first of them and
    /// of the jobs: a network that both make is made once.
    fn prepare_batch(
        &mut self,
        home: &str,
        recipe: &Recipe,
        order: &IndexSet<String>,
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let here = |service: &String| self.world.home(service).name.value == home;
        let all: Vec<String> = self.runnable(order).into_iter().filter(here).collect();
        if !recipe.batch || all.is_empty() {
            return Vec::new();
        }
        let first = self.steps.len();
        let actions = self.actions(&prepares(recipe, true), Site { services: &all, ..site }, after);
        // Told once, when all is prepared.
        let others = self.steps.get_mut(first..).and_then(<[_]>::split_last_mut).map(|(_, others)| others);
        others.into_iter().flatten().for_each(|step| step.silent = true);
        actions.into_iter().filter(|step| !after.contains(step)).collect()
    }

    /// Services that are taken in one go: those of one level and profile where the recipe is a batch, else each by itself.
    fn groups(&self, order: &IndexSet<String>, recipes: &Recipes<'_>, reverse: bool) -> Vec<Vec<String>> {
        let ours = self.runnable(order);
        let batch = |name: &str| {
            let home = self.recipe_of(recipes, name).filter(|(_, recipe)| recipe.batch);
            home.map(|(home, _)| home).filter(|_| ours.contains(name))
        };
        let levels = order::levels(self.world, order, |_| false);
        let mut groups: IndexMap<(usize, Option<&str>, &str), Vec<String>> = IndexMap::new();
        for name in order {
            let level = levels.get(name).copied().unwrap_or(0);
            // A profile may be called as a service is.
            let key = (level, batch(name), if batch(name).is_some() { "" } else { name.as_str() });
            groups.entry(key).or_default().push(name.clone());
        }
        if recipes.values().any(|(_, recipe)| recipe.batch) {
            groups.sort_by_cached_key(|(level, home, _), _| (*level, home.is_some()));
        }
        let mut groups: Vec<Vec<String>> = groups.into_values().collect();
        if reverse {
            groups.reverse();
        }
        groups
    }

    /// The last steps of everything a group needs; what came before the whole where it needs nothing.
    fn before(
        &self,
        group: &[String],
        done: &IndexMap<String, Vec<StepId>>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let needs = group.iter().flat_map(|service| order::needs(self.world, service));
        let steps: IndexSet<StepId> = needs.filter_map(|need| done.get(&need)).flatten().copied().collect();
        if steps.is_empty() { after.to_vec() } else { steps.into_iter().collect() }
    }

    /// The steps of one group; returns the last ones of each of its services.
    fn group(
        &mut self,
        each: &Each,
        recipe: &Recipe,
        group: &[String],
        awaited: &[bool],
        site: Site<'_>,
        before: &[StepId],
    ) -> Vec<Vec<StepId>> {
        let manifest = self.world.manifest;
        if let [name] = group
            && let Some(service) = manifest.services.get(name)
            && (service.is_job() || self.world.is_external(name))
        {
            return vec![self.not_ours(each, service, site, before)];
        }
        let site = Site { services: group, ..site };
        let first = self.steps.len();
        let batch = prepares(recipe, false);
        let last = self.actions(if recipe.batch { &batch } else { &recipe.actions }, site, before);
        let spawned = recipe.actions.iter().any(|action| action.kind == ActionKind::Spawn);
        let span = self.steps.get(first).map_or(recipe.name.span, |step| step.span);
        if !spawned {
            // What nobody waits for is told once, by the last program.
            let told = usize::from(awaited.contains(&false));
            self.silence_programs(first..self.steps.len().saturating_sub(told).max(first));
        }
        let ends = group.iter().zip(awaited).map(|(service, awaited)| {
            let alone = Site { services: std::slice::from_ref(service), ..site };
            let end = if *awaited { self.wait(alone, spawned, span, &last) } else { last.clone() };
            if end != last {
                self.silence(service, &last);
            }
            end
        });
        ends.collect()
    }

    /// What programs do with services is told by a later step.
    fn silence_programs(&mut self, steps: Range<StepId>) {
        let runs = self.steps[steps].iter_mut().filter(|step| matches!(step.action, Deed::Run { .. }));
        runs.filter(|step| !step.is_preparation()).for_each(|step| step.silent = true);
    }

    /// The start of a service is told by the wait for it.
    fn silence(&mut self, service: &str, steps: &[StepId]) {
        for step in steps {
            let step = &mut self.steps[*step];
            step.silent |= step.service.as_deref() == Some(service) && matches!(step.action, Deed::Spawn(_));
        }
    }

    fn each_reverse(
        &mut self,
        recipes: &Recipes<'_>,
        ours: &IndexSet<String>,
        site: Site<'_>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let order: IndexSet<String> = order::closure(self.world, ours);
        // What ends before a service does: its dependents, through services that are not asked for too.
        let mut above: IndexMap<String, IndexSet<StepId>> = IndexMap::new();
        let mut all: IndexSet<StepId> = IndexSet::new();
        for group in self.groups(&order, recipes, true) {
            let Some((_, recipe)) = self.recipe_of(recipes, &group[0]) else { continue };
            let (asked, passed): (Vec<String>, Vec<String>) =
                group.into_iter().partition(|service| ours.contains(service));
            for service in passed {
                let ended = above.get(&service).cloned().unwrap_or_default();
                self.note_ended(&mut above, &[service], &ended);
            }
            if asked.is_empty() {
                continue;
            }
            let before: IndexSet<StepId> =
                asked.iter().filter_map(|name| above.get(name)).flatten().copied().collect();
            let before = if before.is_empty() { after.to_vec() } else { before.into_iter().collect() };
            let first = self.steps.len();
            let last = self.actions(&recipe.actions, Site { services: &asked, ..site }, &before);
            self.steps[first..].iter_mut().for_each(|step| step.tolerant = true);
            all.extend(&last);
            self.tell_ended(&asked, first, site, &last);
            self.note_ended(&mut above, &asked, &last.into_iter().collect());
        }
        if all.is_empty() { after.to_vec() } else { all.into_iter().collect() }
    }

    /// The end of services by a program (the steps from `first` on) is told for each of them.
    fn tell_ended(&mut self, services: &[String], first: StepId, site: Site<'_>, last: &[StepId]) {
        let mut runs = self.steps[first..].iter().filter(|step| matches!(step.action, Deed::Run { .. }));
        let Some(span) = runs.find(|step| !step.is_preparation()).map(|step| step.span) else { return };
        let Some(report) = report::of_service(self.world, &services[0]) else { return };
        self.silence_programs(first..self.steps.len());
        for service in services {
            let watch = Watch::new(Arc::clone(&report), report::unit(self.world, service));
            let site = Site { services: std::slice::from_ref(service), ..site };
            self.push(site, format!("stop {service}"), span, last, Deed::Ended(watch));
        }
    }

    /// What services need ends after these steps.
    fn note_ended(
        &self,
        above: &mut IndexMap<String, IndexSet<StepId>>,
        services: &[String],
        steps: &IndexSet<StepId>,
    ) {
        for need in services.iter().flat_map(|service| order::needs(self.world, service)) {
            above.entry(need).or_default().extend(steps);
        }
    }
}

/// The actions of a recipe that prepare, or those that do not.
fn prepares(recipe: &Recipe, which: bool) -> Vec<Action> {
    let is = |action: &&Action| matches!(action.kind, ActionKind::Prepare(_)) == which;
    recipe.actions.iter().filter(is).cloned().collect()
}
