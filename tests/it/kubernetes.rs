//! The example profile for Kubernetes: every command line that it would have `kubectl` run, recorded by a stand-in.

use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, project};

/// Writes down its words, and answers `get` with what is in `answer`, `logs` with a line of its own.
const KUBECTL: &str = r#"#!/bin/sh
echo "kubectl $*" >> calls
case "$*" in
    *" get deployments "*) cat answer ;;
    *" logs "*) for last; do :; done; echo "2026-01-31T12:00:00Z one of $last" ;;
esac
"#;
const GET: &str = "kubectl --namespace default get deployments --output=go-template-file=cluster/status.tmpl";

/// The manifest of this project, with the example's profile and a stand-in that says so many replicas are ready.
fn cluster(replicas: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let manifest = fs::read(project().join("gladys.kdl")).expect("the manifest");
    sandbox.copy(&project().join("examples/kubernetes")).write("gladys.kdl", manifest);
    sandbox.write("migrations/1.sql", "").program("images/make", "#!/bin/sh\n");
    sandbox.program("bin/kubectl", KUBECTL);
    for name in ["cargo", "docker"] {
        sandbox.program(&format!("bin/{name}"), "#!/bin/sh\n");
    }
    let units = ["postgres", "memory-python", "memory-rust", "orchestrator", "executive-stub"];
    let rows = units.map(|unit| format!("{{\"name\":\"{unit}\",\"uid\":\"id-of-{unit}\",\"replicas\":\"{replicas}\",\"since\":\"2026-01-31T12:00:00Z\"}}\n"));
    sandbox.write("answer", rows.concat());
    let path = format!("{}:/usr/bin:/bin", sandbox.path().join("bin").display());
    sandbox.env("PATH", &path)
}

/// What `kubectl` was called with; looks at the state, which are repeated while waiting, are told once in a row.
fn calls(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.path().join("calls")).unwrap_or_default();
    let mut calls: Vec<String> = text.lines().map(str::to_owned).collect();
    calls.dedup();
    calls
}

/// The command lines of a plan, in order.
fn planned(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let text = sandbox.gladys(&[words, &["-p", "cluster", "--dry-run", "--json"]].concat()).quietly();
    let plan: Value = serde_json::from_str(&text).expect("a plan");
    let steps = plan["steps"].as_array().expect("steps").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |step: &Value| {
        let program = &step["action"]["program"];
        let name = text(&program["program"]).replace("[folder]/bin/", "").replace("[folder]/", "");
        let args = program["args"].as_array().cloned().unwrap_or_default();
        let words: Vec<String> = std::iter::once(name).chain(args.iter().map(text)).collect();
        if words[0].is_empty() { text(&step["title"]) } else { words.join(" ") }
    };
    steps.map(line).collect()
}

#[test]
fn nothing_is_wrong_with_the_profile() {
    let said = cluster("1/1").gladys(&["check", "-p", "cluster"]).quietly();
    assert!(said.ends_with(": nothing wrong\n"), "{said}");
}

#[test]
fn a_start_applies_one_level_after_the_other() {
    let sandbox = cluster("1/1");
    sandbox.gladys(&["start", "all", "--no-migrate", "-p", "cluster", "-q"]).quietly();
    assert_eq!(
        calls(&sandbox),
        [
            GET,
            "kubectl --namespace default apply --filename=cluster/postgres.yml",
            GET,
            "kubectl --namespace default apply --filename=cluster/memory-python.yml",
            GET,
            "kubectl --namespace default apply --filename=cluster/memory-rust.yml --filename=cluster/executive-stub.yml",
            GET,
            "kubectl --namespace default apply --filename=cluster/orchestrator.yml",
            GET,
        ]
    );
}

#[test]
fn a_stop_deletes_dependents_first() {
    let sandbox = cluster("1/1").env("CLUSTER_NAMESPACE", "mine");
    sandbox.gladys(&["stop", "all", "-p", "cluster", "-q"]).quietly();
    assert_eq!(
        calls(&sandbox),
        [
            &GET.replace("default", "mine"),
            "kubectl --namespace mine delete --ignore-not-found deployment/orchestrator",
            "kubectl --namespace mine delete --ignore-not-found deployment/memory-rust deployment/executive-stub",
            "kubectl --namespace mine delete --ignore-not-found deployment/memory-python",
            "kubectl --namespace mine delete --ignore-not-found deployment/postgres",
        ]
    );
}

#[test]
fn the_state_is_that_of_the_deployments() {
    let sandbox = cluster("1/2");
    let ended = sandbox.gladys(&["status", "memory", "--json", "-p", "cluster"]).with_code(1);
    let status: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let rows = status["services"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows.map(|row| format!("{} {} {}", row["service"], row["state"], row["id"])).collect();
    assert_eq!(
        rows,
        [
            r#""memory-python" "starting" "id-of-memory-python""#,
            r#""memory-rust" "starting" "id-of-memory-rust""#
        ]
    );
    assert_eq!(calls(&sandbox), [GET]);
}

#[test]
fn logs_are_asked_for_one_deployment_at_a_time() {
    let sandbox = cluster("1/1");
    let logs =
        sandbox.gladys(&["logs", "memory-rust", "executive", "--tail", "5", "-p", "cluster"]).quietly();
    assert_eq!(
        logs,
        "memory-rust | one of deployment/memory-rust\nexecutive   | one of deployment/executive-stub\n"
    );
    let mut calls = calls(&sandbox);
    calls.sort();
    // Both logs share one look, unless the second is asked for much later.
    calls.dedup();
    assert_eq!(
        calls,
        [
            GET,
            "kubectl --namespace default logs --timestamps --tail 5 deployment/executive-stub",
            "kubectl --namespace default logs --timestamps --tail 5 deployment/memory-rust",
        ]
    );
}

#[test]
fn every_verb_is_planned_with_these_command_lines() {
    let sandbox = cluster("1/1");
    let apply = "kubectl --namespace default apply --filename=cluster/";
    let delete = "kubectl --namespace default delete --ignore-not-found deployment/";
    let started = [
        format!("{apply}postgres.yml"),
        "wait for db".to_owned(),
        "migrate".to_owned(),
        format!("{apply}memory-python.yml"),
        "wait for memory-python".to_owned(),
        format!("{apply}memory-rust.yml --filename=cluster/executive-stub.yml"),
        "wait for memory-rust".to_owned(),
        "wait for executive".to_owned(),
        format!("{apply}orchestrator.yml"),
        "wait for orchestrator".to_owned(),
    ];
    let stopped = [
        format!("{delete}orchestrator"),
        "stop orchestrator".to_owned(),
        format!("{delete}memory-rust deployment/executive-stub"),
        "stop memory-rust".to_owned(),
        "stop executive".to_owned(),
        format!("{delete}memory-python"),
        "stop memory-python".to_owned(),
        format!("{delete}postgres"),
        "stop db".to_owned(),
    ];
    let look = GET.to_owned();
    assert_eq!(planned(&sandbox, &["start"]), [&[look.clone()][..], &started].concat());
    assert_eq!(planned(&sandbox, &["stop"]), [&[look.clone()][..], &stopped].concat());
    let all = "deployment/postgres deployment/memory-python deployment/memory-rust deployment/orchestrator \
               deployment/executive-stub";
    let restarted = [
        look.clone(),
        format!("kubectl --namespace default rollout restart {all}"),
        format!("kubectl --namespace default rollout status --timeout=300s {all}"),
    ];
    assert_eq!(planned(&sandbox, &["restart"]), restarted);
    let built =
        ["images/make standin", "docker build --tag localhost:5000/gladys-standin --no-cache images/standin"];
    let built = [&built[..], &["docker push localhost:5000/gladys-standin"]].concat();
    assert_eq!(planned(&sandbox, &["build", "--no-cache"]), [&[look.as_str()][..], &built].concat());
    let tested = ["cargo build --release --bin standin", "target/release/standin check"];
    assert_eq!(planned(&sandbox, &["test"]), tested);
    for native in [
        &["status"][..],
        &["why", "db"],
        &["logs"],
        &["query", "select 1"],
        &["psql", "-c", "select 1"],
        &["sync-check"],
        &["clean"],
    ] {
        assert_eq!(planned(&sandbox, native), native[..1], "{native:?}");
    }
    let reset = planned(&sandbox, &["reset"]);
    let begun = [look, started[0].clone(), started[1].clone(), "migrate".to_owned(), "clean".to_owned()];
    let expected = [&begun[..], &stopped[..7], &["clean".to_owned()], &started].concat();
    assert_eq!(reset, expected);
    assert_eq!(calls(&sandbox), [] as [&str; 0], "a plan asks nobody");
}
