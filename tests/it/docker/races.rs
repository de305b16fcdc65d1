//! Several commands at once on the same containers, and commands that are killed. With `GLADYS_FAULTS=full`, more often.

use std::time::Duration;

use rustix::process::Signal;

use super::SOON;
use crate::containers::{self, Containers, engine};

/// How often a race is run.
fn rounds() -> u32 {
    if std::env::var("GLADYS_FAULTS").is_ok_and(|word| word == "full") { 60 } else { 3 }
}

/// Both services, one container each, on one network; and nothing that runs after a `stop`.
fn all_is_right(containers: &Containers, after: &str) {
    let project = &containers.project;
    drop(project.sh("exec $GLADYS start -q -p docker").within(SOON));
    drop(project.sh("exec $GLADYS status -p docker").any_stdout());
    let stack = containers.compose_project().expect("a name");
    let label = format!("label=com.docker.compose.project={stack}");
    let listed = |words: &[&str], format: &str| {
        let listed = engine(&[words, &["--filter", &label, "--format", format]].concat());
        let mut names: Vec<String> = listed.lines().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        listed(&["ps", "--all"], "{{.Names}}"),
        [format!("{stack}-base"), format!("{stack}-top")],
        "{after}"
    );
    assert_eq!(listed(&["network", "ls"], "{{.Name}}"), [format!("{stack}_default")], "{after}");
    drop(project.sh("exec $GLADYS stop -q -p docker").within(SOON));
    assert_eq!(listed(&["ps"], "{{.Names}}"), [""; 0], "{after}");
}

#[test]
fn two_first_starts_at_once_make_one_of_everything() {
    if containers::missing() {
        return;
    }
    for round in 0..rounds() {
        let containers = Containers::new();
        let both = "$GLADYS start -q -p docker & first=$!; $GLADYS start -q -p docker; second=$?; wait $first && exit $second";
        drop(containers.project.sh(both).within(SOON));
        all_is_right(&containers, &format!("two starts, round {round}"));
    }
}

#[test]
fn of_two_starts_one_that_is_interrupted_leaves_the_service_to_the_other() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("TOP_FLAGS", "--ready-after 1500"), ("TOP_INTERVAL", "2s")]);
    let begin = || containers.project.begin(["start", "-p", "docker"]);
    let (stays, goes) = (begin(), begin());
    let (stays, goes) = (stays.until("base: ready"), goes.until("base: ready"));
    drop(goes.signal(Signal::INT).end().any_stdout().any_stderr().code(130));
    drop(stays.end().any_stdout());
    drop(containers.project.sh("exec $GLADYS status -p docker").any_stdout());
    // Alone, it undoes what it has begun.
    drop(containers.project.sh("exec $GLADYS stop -q -p docker"));
    drop(begin().until("base: ready").signal(Signal::INT).end().any_stdout().any_stderr().code(130));
    let top = format!("{}-top", containers.compose_project().expect("a name"));
    assert_eq!(engine(&["container", "inspect", "--format", "{{.State.Status}}", &top]), "exited\n");
}

#[test]
fn a_start_against_a_stop_or_a_restart_leaves_what_the_next_command_finds_right() {
    if containers::missing() {
        return;
    }
    for round in 0..rounds() {
        let containers = Containers::new();
        let other = ["stop", "restart"][round as usize % 2];
        let script = format!(
            "$GLADYS start -q -p docker & sleep 0.{}; $GLADYS {other} -q -p docker; wait",
            round * 7 % 10
        );
        drop(containers.project.sh(&script).anything().within(SOON));
        all_is_right(&containers, &format!("start against {other}, round {round}"));
    }
}

#[test]
fn a_start_that_is_killed_at_any_moment_is_finished_by_the_next_one() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let whole = Duration::from_secs(3);
    for round in 0..rounds() {
        containers::remove_containers(&containers.project);
        let (moment, of_all) = (whole * round / rounds(), round % 2 == 0);
        let script = if of_all { "kill -9 -$first" } else { "kill -9 $first" };
        let script = format!(
            "setsid $GLADYS start -q -p docker & first=$!; sleep {}; {script}; wait",
            moment.as_secs_f64()
        );
        drop(containers.project.sh(&script).anything().within(SOON));
        all_is_right(&containers, &format!("killed after {moment:?}, all of it: {of_all}"));
    }
}
