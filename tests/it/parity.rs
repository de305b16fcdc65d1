//! The same verbs, the same words, the same result: one table of scenarios, run in every profile of this machine.

use serde_json::{Value, json};

use crate::containers::{self, Containers};

/// What is typed; the exit code; what is told of each service, where it is a run; which are ready afterwards.
type Scenario = (&'static str, i32, &'static [(&'static str, &'static str)], &'static [&'static str]);

const DONE: &str = "done";
const UNCHANGED: &str = "unchanged";

const SCENARIOS: &[Scenario] = &[
    ("status", 1, &[], &[]),
    ("why base", 1, &[], &[]),
    ("stop", 0, &[], &[]),
    ("logs", 0, &[], &[]),
    ("start nobody", 2, &[], &[]),
    ("start --nothing", 2, &[], &[]),
    ("start --dry-run", 0, &[], &[]),
    ("start base", 0, &[("base", DONE)], &["base"]),
    ("status base", 0, &[], &["base"]),
    ("status", 1, &[], &["base"]),
    ("start all", 0, &[("base", UNCHANGED), ("top", DONE)], &["base", "top"]),
    ("start roof", 0, &[("base", UNCHANGED), ("top", UNCHANGED)], &["base", "top"]),
    ("status", 0, &[], &["base", "top"]),
    ("why top", 0, &[], &["base", "top"]),
    ("restart top", 0, &[("base", UNCHANGED), ("top", DONE)], &["base", "top"]),
    ("stop base", 0, &[], &["top"]),
    ("start top", 0, &[("base", DONE), ("top", UNCHANGED)], &["base", "top"]),
    ("stop", 0, &[], &[]),
    ("stop", 0, &[], &[]),
    ("status top", 1, &[], &[]),
];

#[test]
fn every_verb_does_the_same_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::everywhere();
    std::thread::scope(|scope| {
        for profile in containers.profiles() {
            scope.spawn(|| play(&containers, profile));
        }
    });
}

fn play(containers: &Containers, profile: &str) {
    for (words, code, told, ready) in SCENARIOS {
        let script = format!("exec $GLADYS {words} --profile {profile} --json");
        let run = containers.project.sh(&script).code(*code).any_stderr().raw();
        let found = json!([services(&run), ready_in(containers, profile)]);
        assert_eq!(found, json!([told, ready]), "`{words}` in {profile}");
    }
}

/// What a run tells of the services that were waited for; nothing where it is no run.
fn services(document: &str) -> Vec<[String; 2]> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let run = document["schema"] == "gladys.run/1";
    let steps = document["steps"].as_array().filter(|_| run).into_iter().flatten();
    let waits = steps.filter_map(|step| {
        let service = step["title"].as_str()?.strip_prefix("wait for ")?;
        Some([service.to_owned(), step["outcome"].as_str()?.to_owned()])
    });
    waits.collect()
}

fn ready_in(containers: &Containers, profile: &str) -> Vec<String> {
    let status = status(containers, profile);
    let rows = status["services"].as_array().expect("rows").iter().filter(|row| row["ready"] == true);
    rows.filter_map(|row| row["service"].as_str().map(str::to_owned)).collect()
}

fn status(containers: &Containers, profile: &str) -> Value {
    let text = containers.project.sh(&format!("$GLADYS status --json -p {profile} || true")).raw();
    serde_json::from_str(&text).expect("a document")
}

#[test]
fn logs_are_the_same_lines_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::everywhere();
    for profile in containers.profiles() {
        let script = format!("$GLADYS start -q -p {profile} && $GLADYS logs -p {profile} --grep started");
        let lines = containers.project.sh(&script).raw();
        assert_eq!(lines, "base | INFO  base: started\ntop  | INFO  top: started\n", "in {profile}");
    }
}

#[test]
fn documents_have_the_same_fields_in_every_profile() {
    if containers::missing() {
        return;
    }
    let containers = Containers::everywhere();
    let fields = |profile: &str| {
        let status = status(&containers, profile);
        let rows = status["services"].as_array().expect("rows").iter();
        let keys = |row: &Value| row.as_object().map(|row| row.keys().cloned().collect::<Vec<_>>());
        (status["schema"].clone(), rows.map(keys).collect::<Vec<_>>())
    };
    for profile in containers.profiles() {
        assert_eq!(fields(profile), fields("local"), "in {profile}");
    }
}
