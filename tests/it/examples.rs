//! The manifests of `examples/`: the minimal one is run, those for a checkout of the real thing are planned in a skeleton of one.

use serde_json::{Value, json};

use super::sandbox::{Sandbox, project};

#[test]
fn the_minimal_example_starts_and_stops() {
    let sandbox = Sandbox::new();
    sandbox.copy(&project().join("examples/minimal"));
    let started = sandbox.gladys(&["start"]).quietly();
    assert_eq!(
        without_times(&started),
        ["clock: ready (`test`)", "reader: ready (a log line with `it is`)", "2 services ready"]
    );

    let status: Value = serde_json::from_str(&sandbox.gladys(&["status", "--json"]).quietly()).expect("JSON");
    let rows = status["services"].as_array().expect("rows").iter();
    assert_eq!(rows.map(|row| &row["state"]).collect::<Vec<_>>(), ["ready", "ready"]);
    assert!(sandbox.gladys(&["logs", "reader"]).quietly().contains("\nit is "));

    let again = sandbox.gladys(&["start"]).quietly();
    let already = ["clock: already ready (`test`)", "reader: already ready (a log line with `it is`)"];
    assert_eq!(without_times(&again)[..2], already);
    let stopped = sandbox.gladys(&["stop"]).quietly();
    assert_eq!(without_times(&stopped), ["reader: stopped", "clock: stopped"]);
    let stopped = sandbox.gladys(&["stop"]).quietly();
    assert_eq!(stopped, "reader: not running\nclock: not running\n");
}

#[test]
fn every_command_of_the_design_time_layout_can_be_planned() {
    every_command_can_be_planned(&Checkout::design().sandbox(), "local");
    every_command_can_be_planned(&Checkout::design().with_an_engine(), "docker");
}

#[test]
fn every_command_of_the_later_layout_can_be_planned() {
    every_command_can_be_planned(&Checkout::later().sandbox(), "local");
    every_command_can_be_planned(&Checkout::later().with_an_engine(), "docker");
}

#[test]
fn a_start_of_the_design_time_layout_in_containers_is_planned_whole() {
    let sandbox = Checkout::design().with_an_engine();
    let text = sandbox.gladys(&["start", "all", "-p", "docker", "--dry-run"]).quietly();
    assert_eq!(
        without_variables(&text),
        r#"start in the profile docker: 12 steps
   1. look at docker
       [folder]/bin/sh -c 'all=$(docker ps --all --quiet --filter label=com.docker.compose.project.working_dir=$1) || exit; [ -z "$all" ] || docker inspect $all' sh [folder]/src/integration
   2. prepare db memory-python memory-rust executive orchestrator  (after 1)
       [folder]/bin/docker compose up --no-start --no-deps postgres memory-python memory-rust executive-stub orchestrator
   3. docker db  (after 1, 2)
       [folder]/bin/docker compose up --detach --no-deps postgres
   4. wait for db  (after 3)
       until the health of `postgres` answers, at most 3m 00s
   5. migrate  (after 4, 2)
   6. docker memory-python  (after 5, 2)
       [folder]/bin/docker compose up --detach --no-deps memory-python
   7. wait for memory-python  (after 6)
       until the health of `memory-python` answers, at most 3m 00s
   8. docker memory-rust executive  (after 7, 2)
       [folder]/bin/docker compose up --detach --no-deps memory-rust executive-stub
   9. wait for memory-rust  (after 8)
       until the health of `memory-rust` answers, at most 3m 00s
  10. wait for executive  (after 8)
       until the health of `executive-stub` answers, at most 3m 00s
  11. docker orchestrator  (after 9, 7, 10, 2)
       [folder]/bin/docker compose up --detach --no-deps orchestrator
  12. wait for orchestrator  (after 11)
       until the health of `orchestrator` answers, at most 3m 00s
"#
    );
}

#[test]
fn a_start_of_the_later_layout_in_containers_is_planned_whole() {
    let sandbox = Checkout::later().with_an_engine();
    let text = sandbox.gladys(&["start", "all", "-p", "docker", "--dry-run"]).quietly();
    assert_eq!(
        without_variables(&text),
        r#"start in the profile docker: 11 steps
   1. look at docker
       [folder]/bin/sh -c 'all=$(docker ps --all --quiet --filter label=com.docker.compose.project.working_dir=$1) || exit; [ -z "$all" ] || docker inspect $all' sh [folder]/docker
   2. prepare db memory-python memory-rust executive orchestrator  (after 1)
       [folder]/bin/docker compose up --no-start --no-deps postgres memory-python memory-rust executive-stub orchestrator
   3. docker db  (after 1, 2)
       [folder]/bin/docker compose up --detach --no-deps postgres
   4. wait for db  (after 3)
       until the health of `postgres` answers, at most 3m 00s
   5. docker memory-python  (after 4, 2)
       [folder]/bin/docker compose up --detach --no-deps memory-python
   6. wait for memory-python  (after 5)
       until the health of `memory-python` answers, at most 3m 00s
   7. docker memory-rust executive  (after 6, 2)
       [folder]/bin/docker compose up --detach --no-deps memory-rust executive-stub
   8. wait for memory-rust  (after 7)
       until the health of `memory-rust` answers, at most 3m 00s
   9. wait for executive  (after 7)
       until the health of `executive-stub` answers, at most 3m 00s
  10. docker orchestrator  (after 8, 6, 9, 2)
       [folder]/bin/docker compose up --detach --no-deps orchestrator
  11. wait for orchestrator  (after 10)
       until the health of `orchestrator` answers, at most 3m 00s
"#
    );
}

#[test]
fn in_containers_the_tests_and_the_database_have_the_addresses_of_the_containers() {
    let sandbox = Checkout::design().with_an_engine().env("DB_HOST", "elsewhere").env("DB_NAME", "another");
    let test = &plan(&sandbox, &["test", "-p", "docker"])["steps"][0]["action"]["program"]["env"];
    let expected = json!({
        "COMPOSE_FILE": "[folder]/src/integration/docker-compose.yml",
        "PYTHON_ADDRESS": "localhost:50061",
        "RUST_ADDRESS": "localhost:50062",
        "ORCHESTRATOR_ADDRESS": "localhost:50060",
        "EXECUTIVE_ADDRESS": "localhost:50063",
        "DB_HOST": "localhost",
        "DB_PORT": "5433",
    });
    assert_eq!(test, &expected);
    let local = &plan(&sandbox, &["test"])["steps"][0]["action"]["program"]["env"];
    assert_eq!((&local["DB_HOST"], &local["DB_PORT"]), (&json!("elsewhere"), &json!("5432")));
}

#[test]
fn a_start_of_the_design_time_layout_is_planned_in_order() {
    let plan = plan(&Checkout::design().sandbox(), &["start", "all"]);
    let order = [
        "0 wait for db after []",
        "1 migrate after [0]",
        "2 prepare memory-python after []",
        "3 start memory-python after [1, 2]",
        "4 wait for memory-python after [3]",
        "5 prepare memory-rust after []",
        "6 start memory-rust after [4, 5]",
        "7 wait for memory-rust after [6]",
        "8 prepare uv sync after []",
        "9 start executive after [4, 8]",
        "10 wait for executive after [9]",
        "11 start orchestrator after [7, 4, 10, 8]",
        "12 wait for orchestrator after [11]",
    ];
    assert_eq!(titles(&plan), order);
    assert_eq!(
        plan["steps"][9]["action"],
        json!({
            "kind": "spawn",
            "program": {
                "program": "[folder]/bin/uv",
                "args": ["run", "--project", "../orchestrator", "python", "stub_server.py", "--port", "50053"],
                "cwd": "[folder]/src/executive",
                "env": {
                    "MEMORY_ADDRESS": "localhost:50051",
                    "OLLAMA_URL": "http://localhost:11434",
                    "OLLAMA_MODEL": "gemma:2b",
                },
            },
            "ports": [50053],
            "stop": { "signal": "SIGTERM", "grace_ms": 5000 },
        })
    );
    assert_eq!(
        plan["steps"][0]["action"],
        json!({ "kind": "wait", "for": plan["steps"][0]["action"]["for"], "timeout_ms": 4000, "external": true })
    );
    let storage = &plan["steps"][3]["action"]["program"]["env"];
    assert_eq!(storage["STORAGE_PASSWORD"], "***");
    assert_eq!(storage["STORAGE_DATABASE"], "gladys");
}

#[test]
fn variables_and_the_offset_reach_every_service() {
    let sandbox = Checkout::design().sandbox();
    sandbox.write(
        ".env",
        "OLLAMA_ENDPOINT=big-one\nOLLAMA_ENDPOINT_BIG_ONE=\"http://gpu:11434\"\nOLLAMA_ENDPOINT_BIG_ONE_MODEL=big\n\
         GLADYS_PORT_OFFSET=100\nDB_NAME=second\nMEMORY_RUST_PORT=7000\n",
    );
    let plan = plan(&sandbox, &["start", "all", "--no-migrate"]);
    let spawned = |service: &str| {
        let steps = plan["steps"].as_array().expect("steps");
        let found = steps.iter().find(|step| step["service"] == service && step["action"]["kind"] == "spawn");
        found.expect("a start")["action"].clone()
    };
    let env = |service: &str| spawned(service)["program"]["env"].clone();
    assert_eq!(env("executive")["OLLAMA_URL"], "http://gpu:11434");
    assert_eq!(env("executive")["OLLAMA_MODEL"], "big");
    assert_eq!(env("memory-python")["STORAGE_PORT"], "5432", "the database is there once");
    assert_eq!(env("memory-python")["STORAGE_DATABASE"], "second");
    assert_eq!(env("memory-python")["GRPC_PORT"], "50151");
    assert_eq!(env("memory-rust")["GRPC_PORT"], "7000", "a variable counts as it stands");
    assert_eq!(env("orchestrator")["SALIENCE_MEMORY_ADDRESS"], "localhost:7000");
    assert_eq!(spawned("orchestrator")["ports"], json!([50150]));
    assert!(!titles(&plan).iter().any(|title| title.contains("migrate")));
}

#[test]
fn a_start_of_the_later_layout_ends_with_the_dashboard() {
    let plan = plan(&Checkout::later().sandbox(), &["start", "dashboard"]);
    let titles = titles(&plan);
    assert_eq!(titles.first().expect("a step"), "0 wait for db after []");
    assert_eq!(
        &titles[titles.len() - 2..],
        ["14 start dashboard after [12, 13]", "15 wait for dashboard after [14]"]
    );
    let program = &plan["steps"][14]["action"]["program"];
    assert_eq!(program["cwd"], "[folder]/src/services/dashboard");
    assert_eq!(
        program["args"],
        json!(["run", "uvicorn", "backend.main:app", "--host", "0.0.0.0", "--port", "8502", "--reload"])
    );
}

#[test]
fn a_test_file_is_run_by_itself_and_none_means_all() {
    let sandbox = Checkout::design().sandbox();
    let program = |words: &[&str]| {
        let plan = plan(&sandbox, words);
        assert_eq!(plan["steps"].as_array().map(Vec::len), Some(1));
        plan["steps"][0]["action"]["program"].clone()
    };
    assert_eq!(program(&["test"])["args"], json!(["run", "pytest", "-v"]));
    assert_eq!(program(&["test", "test_events.py"])["args"], json!(["run", "python", "test_events.py"]));
    assert_eq!(program(&["test"])["cwd"], "[folder]/src/integration");
    assert_eq!(program(&["test"])["env"]["RUST_ADDRESS"], "localhost:50052");
}

#[test]
fn a_reset_asks_whether_it_can_before_it_stops_anything() {
    let plan = plan(&Checkout::design().sandbox(), &["reset", "--no-start"]);
    let titles = titles(&plan);
    assert_eq!(titles.first().expect("a step"), "0 clean after []");
    assert!(titles[1].starts_with("1 stop orchestrator after [0]"), "{titles:#?}");
    assert!(titles.last().expect("a step").contains("clean after ["), "{titles:#?}");
}

/// The folders of a checkout, without what is in them.
struct Checkout {
    example: &'static str,
    folders: &'static [&'static str],
    migrations: &'static [&'static str],
}

impl Checkout {
    fn design() -> Self {
        Self {
            example: "gladys-design",
            folders: &[
                "src/memory/python",
                "src/memory/rust",
                "src/orchestrator",
                "src/executive",
                "src/integration",
            ],
            migrations: &[
                "src/memory/migrations/001_initial_schema.sql",
                "src/memory/migrations/009_heuristic_fires.sql",
            ],
        }
    }

    fn later() -> Self {
        Self {
            example: "gladys-later",
            folders: &[
                "src/services/memory",
                "src/services/salience",
                "src/services/orchestrator",
                "src/services/executive",
                "src/services/dashboard",
                "tests/integration",
            ],
            migrations: &["src/db/migrations/archive/001_initial_schema.sql"],
        }
    }

    /// The checkout with the example dropped into it, and a PATH that has `uv` and `cargo` and nothing else.
    fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        for folder in self.folders {
            sandbox.write(&format!("{folder}/kept"), "");
        }
        for file in self.migrations {
            sandbox.write(file, "");
        }
        sandbox.program("bin/uv", "#!/bin/sh\n").program("bin/cargo", "#!/bin/sh\n");
        sandbox.copy(&project().join("examples").join(self.example));
        let path = sandbox.path().join("bin");
        sandbox.env("PATH", &path.to_string_lossy())
    }

    /// The same, with a container engine and a shell on the PATH.
    fn with_an_engine(&self) -> Sandbox {
        let sandbox = self.sandbox();
        sandbox.program("bin/docker", "#!/bin/sh\n").program("bin/sh", "#!/bin/sh\n");
        sandbox
    }
}

/// A plan without the folder and the variables of its programs.
fn without_variables(plan: &str) -> String {
    let is_variable = |line: &str| {
        line.starts_with("       ")
            && line
                .trim_start()
                .split_once('=')
                .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    let lines = plan.lines().filter(|line| !is_variable(line) && !line.trim_start().starts_with("cd "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn every_command_can_be_planned(sandbox: &Sandbox, profile: &str) {
    let said = sandbox.gladys(&["check", "-p", profile]).quietly();
    assert!(said.ends_with(": nothing wrong\n"), "{said}");
    let list: Value = serde_json::from_str(&sandbox.gladys(&["list", "--json"]).quietly()).expect("JSON");
    let commands = list["commands"].as_array().expect("commands");
    assert_eq!(commands.len(), 12);
    for command in commands {
        let name = command["name"].as_str().expect("a name");
        if name == "migrate" {
            continue; // its own `--dry-run` asks the database
        }
        let plan = plan(sandbox, &[name, "-p", profile]);
        assert_eq!(plan["command"], name);
        assert_ne!(plan["steps"], json!([]), "`{name}` does nothing");
    }
}

fn plan(sandbox: &Sandbox, words: &[&str]) -> Value {
    let text = sandbox.gladys(&[words, &["--dry-run", "--json"]].concat()).quietly();
    serde_json::from_str(&text).expect("a plan")
}

fn titles(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().expect("steps").iter();
    let after = |step: &Value| step["after"].to_string().replace(',', ", ");
    steps
        .map(|step| format!("{} {} after {}", step["id"], step["title"].as_str().unwrap_or(""), after(step)))
        .collect()
}

/// The lines, each up to the time it took.
fn without_times(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split(" in ").next().unwrap_or(line)).collect()
}
