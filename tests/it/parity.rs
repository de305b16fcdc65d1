//! The same verbs, the same words, the same result: one table of scenarios, run in every profile of this machine.

use serde_json::Value;

use crate::containers::{self, Containers};

/// What is typed, the exit code, and which services are ready afterwards.
const SCENARIOS: &[(&str, i32, &[&str])] = &[
    ("status", 1, &[]),
    ("stop", 0, &[]),
    ("logs", 0, &[]),
    ("start nobody", 2, &[]),
    ("start base", 0, &["base"]),
    ("status base", 0, &["base"]),
    ("status", 1, &["base"]),
    ("start", 0, &["base", "top"]),
    ("start", 0, &["base", "top"]),
    ("status", 0, &["base", "top"]),
    ("restart top", 0, &["base", "top"]),
    ("stop base", 0, &["top"]),
    ("start top", 0, &["base", "top"]),
    ("stop", 0, &[]),
    ("stop", 0, &[]),
    ("status top", 1, &[]),
];

#[test]
fn every_verb_does_the_same_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    for profile in ["local", "docker"] {
        for (words, code, ready) in SCENARIOS {
            let script = format!("exec $GLADYS {words} --profile {profile} --json");
            drop(containers.project.sh(&script).code(*code).any_stdout().any_stderr());
            assert_eq!(ready_in(&containers, profile), *ready, "ready after `{words}` in {profile}");
        }
    }
}

#[test]
fn logs_are_the_same_lines_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let logs = |profile: &str| {
        let script =
            format!("exec $GLADYS start -q -p {profile} && exec $GLADYS logs -p {profile} --grep started");
        containers.project.sh(&script.replacen("exec ", "", 1)).any_stderr().raw()
    };
    assert_eq!(logs("local"), "base | INFO  base: started\ntop  | INFO  top: started\n");
    assert_eq!(logs("docker"), logs("local"));
}

#[test]
fn documents_have_the_same_fields_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let fields = |profile: &str| {
        let status = status(&containers, profile);
        let row = status["services"][0].as_object().expect("a row").keys().cloned().collect::<Vec<_>>();
        (status["schema"].clone(), row)
    };
    assert_eq!(fields("docker"), fields("local"));
}

fn status(containers: &Containers, profile: &str) -> Value {
    let text =
        containers.project.sh(&format!("$GLADYS status --json -p {profile} || true")).any_stderr().raw();
    serde_json::from_str(&text).expect("a document")
}

fn ready_in(containers: &Containers, profile: &str) -> Vec<String> {
    let status = status(containers, profile);
    let rows = status["services"].as_array().expect("rows").iter().filter(|row| row["ready"] == true);
    rows.filter_map(|row| row["service"].as_str().map(str::to_owned)).collect()
}
