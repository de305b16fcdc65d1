//! `gladys import`: what another tool's file says, as a manifest that works at once.

mod compose;
mod engine;
mod files;
mod page;
mod procfile;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Imports, and reads what is told about it.
fn imported(sandbox: &Sandbox, words: &[&str]) -> Value {
    let text = sandbox.gladys(&[&["import"], words, &["--json"]].concat()).quietly();
    serde_json::from_str(&text).expect("a document")
}

/// Each thing of the file with what became of it, and why where it was not translated.
fn fates(document: &Value) -> Vec<String> {
    let items = document["items"].as_array().expect("items").iter();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let line = |item: &Value| {
        let fate =
            format!("{} {} {}: {}", item["line"], text(item, "what"), text(item, "fate"), text(item, "text"));
        fate.trim_end_matches(": ").to_owned()
    };
    items.map(line).collect()
}

/// The services that `gladys list` shows, after `gladys check` has found nothing wrong.
fn services(sandbox: &Sandbox) -> BTreeSet<String> {
    let said = sandbox.gladys(&["check"]).quietly();
    assert!(said.ends_with(": nothing wrong\n"), "{said}");
    let list: Value = serde_json::from_str(&sandbox.gladys(&["list", "--json"]).quietly()).expect("JSON");
    let services = list["services"].as_array().expect("services").iter();
    services.map(|service| service["name"].as_str().expect("a name").to_owned()).collect()
}

/// A folder whose PATH has programs of these names, which do nothing, and a shell.
fn with_programs(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in names {
        sandbox.program(&format!("bin/{name}"), "#!/bin/sh\n");
    }
    let path = format!("{}:/usr/bin:/bin", sandbox.path().join("bin").display());
    sandbox.env("PATH", &path)
}
