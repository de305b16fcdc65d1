//! Things that refer to each other for ever: needs, groups, values, commands.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::manifest::action::ActionKind;
use crate::manifest::value::Value;
use crate::manifest::{Manifest, Problem};
use crate::span::{Span, Spanned};

type Edges<'a> = IndexMap<&'a str, Vec<(&'a str, Span)>>;

/// Every circle, each reported once.
pub fn find(manifest: &Manifest, found: &mut Vec<Problem>) {
    let needs = |(names, spans)| Problem::NeedsCircle { names, spans };
    found.extend(circles(&needs_of(manifest)).into_iter().map(needs));
    let groups = |(names, spans)| Problem::GroupCircle { names, spans };
    found.extend(circles(&groups_of(manifest)).into_iter().map(groups));
    let commands = |(names, spans)| Problem::CommandCircle { names, spans };
    found.extend(circles(&commands_of(manifest)).into_iter().map(commands));
    let values = |(names, spans)| Problem::ValueCircle { names, spans };
    for lets in lets_of(manifest) {
        found.extend(circles(&lets).into_iter().map(values));
    }
}

fn needs_of(manifest: &Manifest) -> Edges<'_> {
    let mut edges: Edges<'_> = IndexMap::new();
    let mut add = |from: &str, needs: &'_ [Spanned<String>]| {
        let Some((from, _)) = manifest.services.get_key_value(from) else { return };
        let real =
            needs.iter().filter_map(|need| Some((manifest.service(need)?.name.value.as_str(), need.span)));
        edges.entry(from).or_default().extend(real);
    };
    for service in manifest.services.values() {
        add(&service.name, &service.needs);
    }
    for placement in manifest.profiles.values().flat_map(|profile| profile.services.values()) {
        add(&placement.service, &placement.needs);
    }
    edges
}

fn groups_of(manifest: &Manifest) -> Edges<'_> {
    let edges = manifest.groups.values().map(|group| {
        // A name that a service has too is a duplicate, and told as one.
        let members = group.members.iter().filter(|member| manifest.service(member).is_none());
        let members = members.map(|member| (member.value.as_str(), member.span));
        (group.name.as_str(), members.collect())
    });
    edges.collect()
}

fn commands_of(manifest: &Manifest) -> Edges<'_> {
    let edges = manifest.commands.values().map(|command| {
        let calls = command.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::Do(words) => words.first().and_then(|word| Some((word.as_literal()?, word.span))),
            _ => None,
        });
        (command.name.as_str(), calls.collect())
    });
    edges.collect()
}

/// The values that are in force together: the manifest's own, and for each profile the manifest's with the profile's
/// in their place, and so for each service.
fn lets_of(manifest: &Manifest) -> Vec<Edges<'_>> {
    let mut all = vec![values([&manifest.lets].into_iter())];
    for profile in manifest.profiles.values() {
        all.push(values([&manifest.lets, &profile.lets].into_iter()));
        let services = profile.services.values().filter(|placement| !placement.lets.is_empty());
        all.extend(
            services.map(|placement| values([&manifest.lets, &profile.lets, &placement.lets].into_iter())),
        );
    }
    all
}

fn values<'a>(lets: impl Iterator<Item = &'a IndexMap<String, Value>>) -> Edges<'a> {
    let mut edges: Edges<'_> = IndexMap::new();
    for (name, value) in lets.flatten() {
        let templates = value.env.iter().chain(&value.text);
        edges.insert(name, templates.flat_map(super::super::template::Template::placeholders).collect());
    }
    edges
}

/// So many circles are told; who unties them all sees the others next.
const MOST: usize = 100;

/// Depth-first search; every circle is reported from its first node in the order of declaration.
fn circles(edges: &Edges<'_>) -> Vec<(Vec<String>, Vec<Span>)> {
    let (mut found, mut done) = (Vec::new(), HashSet::new());
    for root in edges.keys().copied() {
        if !done.contains(root) && found.len() < MOST {
            search(root, edges, &mut done, &mut found);
        }
    }
    found
}

fn search<'a>(
    root: &'a str,
    edges: &Edges<'a>,
    done: &mut HashSet<&'a str>,
    found: &mut Vec<(Vec<String>, Vec<Span>)>,
) {
    // The way from the root, each node with the number of its edges that were looked at; and where on it a node is.
    let mut path = vec![(root, 0)];
    let mut places = HashMap::from([(root, 0)]);
    while let Some((node, looked)) = path.last_mut() {
        let node = *node;
        let edge = edges.get(node).and_then(|all| all.get(*looked));
        *looked += 1;
        let Some((next, _)) = edge else {
            done.insert(node);
            places.remove(node);
            path.pop();
            continue;
        };
        if let Some(start) = places.get(next) {
            if found.len() < MOST {
                found.push(circle(&path[*start..], edges));
            }
        } else if !done.contains(next) {
            places.insert(next, path.len());
            path.push((next, 0));
        }
    }
}

/// The names of a part of a way, and the places of its edges.
fn circle(path: &[(&str, usize)], edges: &Edges<'_>) -> (Vec<String>, Vec<Span>) {
    let spans = path.iter().filter_map(|(node, looked)| edges.get(node)?.get(looked.checked_sub(1)?));
    (path.iter().map(|(name, _)| (*name).to_owned()).collect(), spans.map(|(_, span)| *span).collect())
}
