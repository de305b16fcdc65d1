//! `--fail-fast` and `--keep-going`: what a failure means for what does not depend on it.

use crate::project::Project;

/// `bad` fails once `web` and `good` have begun; `good` ends when that failure has been told.
const JOBS: &str = r#"
job bad "Fails" { run sh -c "until [ -e web ] && [ -e good ]; do sleep 0.01; done; exit 3" }
job good "Is under way" { run sh -c "touch good; until grep -q 'bad: failed' said; do sleep 0.01; done" }
job next "Is not begun yet" { needs good; run touch next }
service web "Is under way, too" { ready tcp }
group all { members web bad good next }
command start "Start" { targets default=all; each start order=needs { wait } }
command stop "Stop" { targets default=all; each stop order=reverse }
profile local "Here" {
    recipe start { spawn }
    recipe stop { terminate grace="1s" }
    service web { port 4000 env=WEB; exec sh -c "touch web; exec standin fixture --name web --listen $PORT"; env PORT="{port}" }
}
"#;

/// What a start said, with the lines in the order of their names.
fn said(project: &Project, words: &str) -> Vec<String> {
    project.sh(&format!("$GLADYS {words} > said 2> errors; echo $?")).stdout("1");
    let said = project.read("said");
    let mut lines: Vec<String> =
        said.lines().map(|line| line.split(" in ").next().unwrap_or(line).to_owned()).collect();
    lines.iter_mut().for_each(|line| line.truncate(line.find(" after ").unwrap_or(line.len())));
    lines.iter_mut().for_each(|line| line.truncate(line.find(" (port").unwrap_or(line.len())));
    lines.sort();
    lines
}

#[test]
fn nothing_new_begins_after_the_first_failure_and_what_is_under_way_is_finished() {
    let project = Project::new().manifest(JOBS).port("WEB");
    assert_eq!(
        said(&project, "start --fail-fast"),
        ["bad: failed", "good: done", "next: not done: bad failed", "web: ready"]
    );
    assert!(!project.path("next").exists());
}

#[test]
fn without_it_everything_that_does_not_depend_on_the_failure_is_done() {
    for words in
        ["start", "start --keep-going", "--fail-fast start --keep-going", "start --fail-fast --keep-going"]
    {
        let project = Project::new().manifest(JOBS).port("WEB");
        assert_eq!(
            said(&project, words),
            ["bad: failed", "good: done", "next: done", "web: ready"],
            "{words}"
        );
    }
}

const UNITS: &str = r#"
service db; service api { needs db }; service web { needs api }
command stop "Stop" { targets default="*"; each stop order=reverse }
profile one { recipe stop { run sh -c "echo one {service} >> order; test {service} != api" }; service db; service api; service web }
profile two { recipe stop { run sh -c "echo two {service} >> order" }; service db; service api; service web }
"#;

#[test]
fn a_stop_goes_on_and_the_next_profile_follows_unless_the_first_failure_counts() {
    let stopped = |words: [&str; 4]| {
        let project = Project::new().manifest(UNITS);
        project.gladys(words).anything().code(1);
        project.read("order").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["one web", "one api", "one db", "two web", "two api", "two db"];
    assert_eq!(stopped(["stop", "-p", "one,two", "--keep-going"]), all);
    assert_eq!(stopped(["stop", "-p", "one,two", "--fail-fast"]), all[..2]);
}
