//! An imported compose project, started by a real engine.

use serde_json::json;

use crate::containers::{self, engine};
use crate::project::Project;

const COMPOSE: &str = r#"version: "3.8"
services:
  web:
    image: gladys-standin
    command: [fixture, --name, web, --host, 0.0.0.0, --listen, "80"]
    ports: ["127.0.0.1:${WEB_PORT:-18080}:80"]
    depends_on:
      api: { condition: service_healthy }
      init: { condition: service_completed_successfully }
  api:
    image: gladys-standin
    command: [fixture, --name, api, --host, 0.0.0.0, --listen, "80"]
    healthcheck: { test: [CMD, /standin, health, "127.0.0.1:80"], interval: 1s, timeout: 2s, retries: 5 }
  init:
    image: gladys-standin
    command: ["--help"]
"#;

/// Jobs that nothing leads to, and no network for them yet.
const JOBS: &str = r#"
services:
  first: { image: gladys-standin, command: ["--help"], restart: "no" }
  second: { image: gladys-standin, command: ["--help"], restart: "no" }
  third: { image: gladys-standin, command: ["--help"], restart: "no" }
"#;

/// A project from a compose file; dropping it removes what the engine made of it.
struct Imported {
    project: Project,
    /// The folder, whose name is that of the compose project: one that no other test has.
    folder: String,
}

impl Imported {
    fn new(name: &str, compose: &str) -> Self {
        let folder = format!("imported-{name}-{}", std::process::id());
        let project = Project::new().port("WEB_PORT").inside(&folder);
        project.write(&format!("{folder}/docker-compose.yml"), compose);
        project.gladys(["import", "compose", "-q"]).any_stderr();
        Self { project, folder }
    }
}

impl Drop for Imported {
    fn drop(&mut self) {
        containers::remove_compose_project(&self.folder);
    }
}

#[test]
fn an_imported_project_starts_is_seen_and_stops() {
    if containers::missing() {
        return;
    }
    let imported = Imported::new("services", COMPOSE);
    let project = &imported.project;
    project.gladys(["run", "start", "all", "--profile", "docker", "-q"]).stdout("").code(0);
    let status = project.gladys(["status", "--json"]).code(0).json();
    let rows = status["services"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows.map(|row| json!([row["service"], row["state"]])).collect();
    assert_eq!(rows, [json!(["web", "ready"]), json!(["api", "ready"])]);
    let logs = project.gladys(["logs", "--tail", "1"]).code(0).text();
    assert!(logs.contains("listening on 0.0.0.0:80"), "{logs}");
    project.gladys(["stop", "-q"]).stdout("").code(0);
    let status = project.gladys(["status", "--json"]).code(1).json();
    assert_eq!(status["services"][0]["state"], "exited");
}

#[test]
fn imported_jobs_that_begin_at_once_share_a_network() {
    if containers::missing() {
        return;
    }
    let imported = Imported::new("jobs", JOBS);
    let start = imported.project.gladys(["start"]).sorted().text();
    let start = start.replace("docker-compose", "compose").replace("docker compose", "compose");
    assert_eq!(
        start,
        "compose up: prepared in [time]\n\
         first: done in [time]\n\
         second: done in [time]\n\
         third: done in [time]\n"
    );
    let label = format!("label=com.docker.compose.project={}", imported.folder);
    assert_eq!(engine(&["network", "ls", "--quiet", "--filter", &label]).lines().count(), 1);
}
