//! The documents of the database verbs, as `docs/json.md` has them.

use serde_json::{Value, json};

use super::{FRUIT, MANIFEST, stocked_shop};
use crate::project::Project;
use crate::readme::documented;
use crate::skip::without_postgres;

/// The result of a step.
fn result(run: &Value, step: usize) -> Value {
    assert_eq!(run["schema"], "gladys.run/1", "{run:#}");
    run["steps"][step]["result"].clone()
}

/// An example with the port of this project.
fn example(schema: &str, project: &Project) -> Value {
    let mut document = documented(schema);
    if document["database"].is_string() {
        document["database"] = format!("localhost:{}/shop", project.var("DB_PORT")).into();
    }
    document
}

#[test]
fn clean_says_what_it_emptied_and_reset_what_each_step_did() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let emptied = example("gladys.clean/1", &project);
    let mut looked = emptied.clone();
    looked["emptied"] = false.into();
    assert_eq!(result(&project.gladys(["clean", "all", "--check", "--json"]).json(), 0), looked);
    assert_eq!(result(&project.gladys(["clean", "fruit", "--json"]).json(), 0), emptied);
    project.gladys(["query", "insert into fruit values (1), (2)"]).any_stdout();
    let reset = project.gladys(["reset", "--json"]).json();
    let steps = reset["steps"].as_array().expect("steps");
    let results = steps.iter().filter(|step| step.get("result").is_some());
    let results: Vec<_> = results.map(|step| (step["title"].clone(), step["result"].clone())).collect();
    assert_eq!(results, [("clean".into(), looked), ("clean".into(), emptied)]);
}

/// One migration that somebody else has applied.
fn found_shop() -> Project {
    let project = Project::new().manifest(MANIFEST).port("DB_PORT").file("migrations/001_fruit.sql", FRUIT);
    project.gladys(["start", "db"]).any_stdout();
    project.gladys(["query", FRUIT]).any_stdout();
    project
}

#[test]
fn migrate_says_what_became_of_which_file() {
    if without_postgres() {
        return;
    }
    let project = found_shop();
    assert_eq!(
        result(&project.gladys(["migrate", "adopt", "--json"]).json(), 0),
        example("gladys.migrated/1", &project)
    );
    let outcome = |words: [&str; 3]| {
        let one = result(&project.gladys(words).json(), 0)["migrations"][0].clone();
        let time = one["duration_ms"].is_u64();
        (one["version"].clone(), one["name"].clone(), one["outcome"].clone(), time)
    };
    let told = |version: &str, name: &str, outcome: &str, time: bool| -> (Value, Value, Value, bool) {
        (version.into(), name.into(), outcome.into(), time)
    };
    project.write("migrations/002_more.sql", "select 1;\n");
    project.write("migrations/002_more.down.sql", "select 2;\n");
    assert_eq!(outcome(["migrate", "--json", "--quiet"]), told("002", "002_more", "applied", true));
    assert_eq!(outcome(["migrate", "--json", "--down"]), told("002", "002_more", "undone", true));
    project.write("migrations/001_fruit.sql", format!("-- all of it\n{FRUIT}"));
    assert_eq!(outcome(["migrate", "repair", "--json"]), told("001", "001_fruit", "repaired", false));
}

#[test]
fn verify_and_a_refused_adoption_say_what_differs() {
    if without_postgres() {
        return;
    }
    let project = found_shop();
    project.gladys(["migrate", "adopt"]).any_stdout();
    let same = project.gladys(["migrate", "--verify", "--json"]).json();
    assert_eq!((&same["same"], &same["differences"]), (&json!(true), &json!([])));
    let by_hand = "alter table fruit alter price type integer; create index by_name on fruit (name)";
    project.gladys(["query", by_hand]).any_stdout();
    let written = example("gladys.verify/1", &project);
    assert_eq!(project.gladys(["migrate", "--verify", "--json"]).code(1).json(), written);
    project.gladys(["query", "drop table gladys_migrations"]).any_stdout();
    let refused = project.gladys(["migrate", "adopt", "--json"]).any_stderr().code(1).json();
    assert_eq!(refused["failures"][0]["differences"], written["differences"]);
}
