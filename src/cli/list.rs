//! `gladys list`: help made from the manifest.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::exit::Exit;
use super::globals::Globals;
use super::report::{self, Style};
use crate::manifest::Manifest;
use crate::manifest::command::{Command, Param, ParamKind};
use crate::manifest::service::Service;
use crate::plan::World;
use crate::plan::grammar;
use crate::plan::variables::Variables;
use crate::text::{fit, wrap};

/// Prints what the manifest has.
pub fn run(manifest: &Manifest, globals: &Globals, style: Style) -> Exit {
    let mut problems = Vec::new();
    let variables = Variables::real().with_files(&manifest.project, &manifest.root, &mut problems);
    let list = List { manifest, variables };
    if globals.json {
        report::document(&list.json());
    } else {
        report::text(&list.text(style), style);
    }
    Exit::Ok
}

struct List<'a> {
    manifest: &'a Manifest,
    variables: Variables,
}

impl List<'_> {
    fn text(&self, style: Style) -> String {
        let project = &self.manifest.project;
        let title =
            if project.summary.is_empty() { String::new() } else { format!(" — {}", project.summary) };
        let commands =
            self.manifest.commands.values().map(|command| vec![usage(command), command.summary.clone()]);
        let groups = self.manifest.groups.values().map(|group| {
            let members: Vec<&str> = group.members.iter().map(|member| member.value.as_str()).collect();
            vec![group.name.value.clone(), format!("{} ({})", group.summary, members.join(" "))]
        });
        let default = self.manifest.default_profile().map(|profile| &profile.name.value);
        let profiles = self.manifest.profiles.values().map(|profile| {
            let mark = if Some(&profile.name.value) == default { " (default)" } else { "" };
            vec![profile.name.value.clone(), format!("{}{mark}", profile.summary)]
        });
        let sections = [
            ("Commands", commands.collect()),
            ("Services", self.services()),
            ("Groups", groups.collect()),
            ("Profiles", profiles.collect::<Vec<_>>()),
        ];
        let heading = wrap(&format!("{}{title}", project.name), "", "", style.columns);
        let mut text = heading.replacen(&project.name, &style.paint("1", &project.name), 1);
        for (name, rows) in sections.iter().filter(|(_, rows)| !rows.is_empty()) {
            text.extend(["\n", &style.paint("1", name), "\n", &fit(rows, "  ", style.columns)]);
        }
        let end = "`gladys COMMAND --help` says more; `--profile NAME` chooses where to run.";
        text + "\n" + &wrap(end, "", "", style.columns)
    }

    fn services(&self) -> Vec<Vec<String>> {
        let services = self.manifest.services.values();
        services
            .map(|service| {
                let aliases = service.aliases.iter().map(|alias| alias.value.clone());
                let names: Vec<String> = std::iter::once(service.name.value.clone()).chain(aliases).collect();
                vec![names.join(", "), self.place(service), service.summary.clone()]
            })
            .collect()
    }

    /// The ports of a service in the profiles, or what it is instead.
    fn place(&self, service: &Service) -> String {
        if service.is_job() {
            return "job".to_owned();
        }
        if service.external {
            return "external".to_owned();
        }
        let ports: IndexMap<String, u16> = self.ports(service).into_iter().collect();
        let profiles = self.manifest.profiles.values();
        let placed = profiles.filter(|profile| profile.services.contains_key(&service.name.value));
        let places = placed.map(|profile| {
            let name = &profile.name.value;
            ports.get(name).map_or_else(|| name.clone(), |port| format!("{name} :{port}"))
        });
        places.collect::<Vec<_>>().join("  ")
    }

    fn ports(&self, service: &Service) -> Vec<(String, u16)> {
        let profiles = self.manifest.profiles.values();
        profiles
            .filter_map(|profile| {
                let port = World::new(self.manifest, profile, &self.variables).port(&service.name)?;
                Some((profile.name.value.clone(), port))
            })
            .collect()
    }

    fn json(&self) -> Value {
        let manifest = self.manifest;
        let default = manifest.default_profile().map(|profile| profile.name.value.clone());
        let values = |names: &[crate::span::Spanned<String>]| {
            names.iter().map(|name| name.value.clone()).collect::<Vec<_>>()
        };
        let services = manifest.services.values().map(|service| {
            let ports: serde_json::Map<String, Value> =
                self.ports(service).into_iter().map(|(profile, port)| (profile, json!(port))).collect();
            json!({
                "name": service.name.value,
                "summary": service.summary,
                "kind": if service.is_job() { "job" } else if service.external { "external" } else { "service" },
                "aliases": values(&service.aliases),
                "needs": values(&service.needs),
                "infrastructure": service.infrastructure,
                "ports": ports,
            })
        });
        let groups = manifest.groups.values().map(|group| {
            json!({ "name": group.name.value, "summary": group.summary, "members": values(&group.members) })
        });
        let profiles = manifest.profiles.values().map(|profile| {
            let name = &profile.name.value;
            json!({ "name": name, "summary": profile.summary, "default": Some(name) == default.as_ref() })
        });
        json!({
            "schema": "gladys.list/1",
            "project": manifest.project.name,
            "summary": manifest.project.summary,
            "commands": manifest.commands.values().map(command_json).collect::<Vec<_>>(),
            "services": services.collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "profiles": profiles.collect::<Vec<_>>(),
        })
    }
}

/// A command with its positional parameters: `logs [TARGET…]`.
fn usage(command: &Command) -> String {
    let words = command.params.iter().filter_map(positional);
    let native = grammar::native_words(command);
    std::iter::once(command.name.value.clone()).chain(words).chain(native).collect::<Vec<_>>().join(" ")
}

fn positional(param: &Param) -> Option<String> {
    let name = param.name.to_uppercase();
    match &param.kind {
        ParamKind::Targets { .. } => Some("[TARGET…]".to_owned()),
        ParamKind::Arg { default: None, optional: false, .. } => Some(name),
        ParamKind::Arg { .. } => Some(format!("[{name}]")),
        ParamKind::Rest => Some(format!("[{name}…]")),
        ParamKind::Flag { .. } | ParamKind::Option { .. } => None,
    }
}

fn command_json(command: &Command) -> Value {
    let params = command.params.iter().map(|param| {
        let kind = match &param.kind {
            ParamKind::Targets { .. } => "targets",
            ParamKind::Flag { .. } => "flag",
            ParamKind::Option { .. } => "option",
            ParamKind::Arg { .. } => "arg",
            ParamKind::Rest => "rest",
        };
        json!({ "name": param.name, "kind": kind, "summary": param.summary })
    });
    json!({
        "name": command.name.value,
        "summary": command.summary,
        "usage": usage(command),
        "params": params.collect::<Vec<_>>(),
    })
}
