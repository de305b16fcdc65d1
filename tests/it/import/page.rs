//! `docs/import.md`, run: its files are imported, and what it shows is what is written and printed.

use serde_json::Value;

use super::{imported, services, with_programs};
use crate::sandbox::project;

#[test]
fn the_compose_file_of_the_page_gives_what_it_shows() {
    let page = page();
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", block(&page, "yaml", 0));
    let shown = block(&page, "console", 0);
    let shown = shown.strip_prefix("$ gladys import compose\n").expect("a command");
    assert_eq!(sandbox.gladys(&["import", "compose"]).quietly(), shown);
    assert_eq!(services(&sandbox), ["web", "schema", "db", "mail"].map(str::to_owned).into());
    let manifest = std::fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("a manifest");
    assert!(manifest.contains(&block(&page, "kdl", 0)), "{manifest}");
}

#[test]
fn the_procfile_of_the_page_gives_what_it_shows() {
    let page = page();
    let sandbox = with_programs(&[]);
    for name in ["server", "worker", "migrate"] {
        sandbox.program(&format!("bin/{name}"), "#!/bin/sh\n");
    }
    sandbox.write("Procfile", block(&page, "text", 0));
    sandbox.gladys(&["import", "procfile"]).quietly();
    assert_eq!(services(&sandbox).len(), 4);
    let profile = std::fs::read_to_string(sandbox.path().join("environments/local.kdl")).expect("a profile");
    for line in block(&page, "kdl", 1).lines() {
        assert!(profile.contains(line), "{line} is not in {profile}");
    }
}

#[test]
fn the_document_is_as_docs_json_says() {
    let text = std::fs::read_to_string(project().join("docs/json.md")).expect("a page");
    let (_, section) = text.split_once("## gladys.import/1").expect("a section");
    let written: Value = serde_json::from_str(&block(section, "json", 0)).expect("JSON");
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", "services:\n  web: { image: nginx, ports: [\"8080:80\", \"9090\"] }\n");
    let mut real = imported(&sandbox, &["compose", "--dry-run"]);
    for file in real["files"].as_array_mut().expect("files") {
        let text = file["text"].as_str().expect("a text").lines().next().unwrap_or_default().to_owned();
        file["text"] = format!("{text}\n…").into();
    }
    assert_eq!(real, written);
}

fn page() -> String {
    std::fs::read_to_string(project().join("docs/import.md")).expect("a page")
}

/// The fenced block of a kind with this number.
fn block(page: &str, kind: &str, number: usize) -> String {
    let start = format!("\n```{kind}\n");
    let found = page.split(&start).skip(1).filter_map(|rest| rest.split("\n```").next()).nth(number);
    format!("{}\n", found.expect("a block"))
}
