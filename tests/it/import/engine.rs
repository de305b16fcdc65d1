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

/// The project and its folder; dropping it removes its containers and network.
struct Imported(Project, String);

impl Drop for Imported {
    fn drop(&mut self) {
        let folder = self.0.path(&self.1);
        let label = format!("label=com.docker.compose.project.working_dir={}", folder.display());
        let projects = engine(&[
            "ps",
            "--all",
            "--filter",
            &label,
            "--format",
            "{{.Label \"com.docker.compose.project\"}}",
        ]);
        let ids = engine(&["ps", "--all", "--quiet", "--filter", &label]);
        ids.split_whitespace().for_each(|id| drop(engine(&["rm", "--force", id])));
        for project in projects.lines() {
            engine(&["network", "rm", &format!("{project}_default")]);
        }
    }
}

#[test]
fn an_imported_project_starts_is_seen_and_stops() {
    if containers::missing() {
        return;
    }
    // The name of the folder is the name of the compose project: one that no other test has.
    let folder = format!("imported-{}", std::process::id());
    let project = Imported(Project::new().port("WEB_PORT").inside(&folder), folder.clone());
    project.0.write(&format!("{folder}/docker-compose.yml"), COMPOSE);
    project.0.gladys(["import", "compose", "-q"]).stdout("").stderr("").code(0);
    project.0.gladys(["run", "start", "all", "--profile", "docker", "-q"]).stdout("").code(0);
    let status = project.0.gladys(["status", "--json"]).code(0).json();
    let rows = status["services"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows.map(|row| json!([row["service"], row["state"]])).collect();
    assert_eq!(rows, [json!(["web", "ready"]), json!(["api", "ready"])]);
    let logs = project.0.gladys(["logs", "--tail", "1"]).code(0).text();
    assert!(logs.contains("listening on 0.0.0.0:80"), "{logs}");
    project.0.gladys(["stop", "-q"]).stdout("").code(0);
    let status = project.0.gladys(["status", "--json"]).code(1).json();
    assert_eq!(status["services"][0]["state"], "exited");
}
