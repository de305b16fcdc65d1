//! What a run tells of services that programs start and end, in one profile and in several.

use crate::project::Project;

/// Three services whose state is what a file says.
const MANIFEST: &str = r#"
service base
service side
service top { needs base side }

command start { targets; flag --no-wait "Go on at once"; each start order=needs { wait unless=no-wait } }
command stop { targets; each stop order=reverse }
command again { targets; each again }
command try { do start base; do stop base }

profile one default=#true {
    ready status
    recipe start { run "./set" up "{service}" }
    recipe stop { run "./set" down "{service}" }
    recipe again { do stop "{service}"; do start "{service}" }
    recipe status { run sh -c "cat state-*"; read { unit name; id id; state is { exited down; running up } } }
    service base; service side; service top
}
profile two {
    ready status
    recipe start batch=#true { run "./set" up "{service}" }
    recipe stop batch=#true { run "./set" down "{service}" }
    recipe status { run sh -c "cat state-*"; read { unit name; id id; state is { exited down; running up } } }
    service base; service side; service top
}
"#;

/// Writes the states of services, each into a file of its own, which both profiles read.
const SET: &str = r#"#!/bin/sh
is=$1
shift
for name; do
    printf '{"name": "%s", "is": "%s", "id": %d}\n' "$name" "$is" $$ >"new-$name"
    mv "new-$name" "state-$name"
done
"#;

fn project() -> Project {
    project_of(MANIFEST)
}

fn project_of(manifest: &str) -> Project {
    let project = Project::new().manifest(manifest).file("set", SET);
    drop(project.sh("chmod +x set; ./set down base side top"));
    project
}

#[test]
fn a_stop_by_a_program_says_what_ran() {
    let project = project();
    project.gladys(["stop"]).sorted().stdout(
        "
        base: not running
        side: not running
        top: not running
    ",
    );
    drop(project.gladys(["start", "-q", "base"]));
    project.gladys(["stop"]).sorted().stdout(
        "
        base: stopped in [time]
        side: not running
        top: not running
    ",
    );
}

#[test]
fn a_batch_is_told_one_by_one() {
    let project = project();
    drop(project.gladys(["start", "-q", "base", "-p", "two"]));
    project.gladys(["stop", "base", "side", "-p", "two"]).stdout(
        "
        base: stopped in [time]
        side: not running
    ",
    );
}

#[test]
fn a_start_that_nobody_waits_for_is_told_once() {
    let twice = r#"start { run "./set" down "{service}"; run "./set" up "{service}" }"#;
    let project = project_of(&MANIFEST.replace(r#"start { run "./set" up "{service}" }"#, twice));
    project.gladys(["start", "base", "--no-wait"]).stdout("base: done in [time]");
    project.gladys(["start", "side"]).stdout(
        "
        side: ready (the health of `side`) in [time]
        1 service ready in [time]
    ",
    );
}

#[test]
fn what_ran_is_what_ran_when_the_stop_began() {
    let project = project();
    project.gladys(["try"]).stdout(
        "
        base: ready (the health of `base`) in [time]
        base: stopped in [time]
        1 service ready in [time]
    ",
    );
    project.gladys(["again", "base"]).stdout(
        "
        base: not running
        base: ready (the health of `base`) in [time]
        1 service ready in [time]
    ",
    );
    project.gladys(["again", "base"]).stdout(
        "
        base: stopped in [time]
        base: ready (the health of `base`) in [time]
        1 service ready in [time]
    ",
    );
}

#[test]
fn several_profiles_are_told_apart() {
    let project = project();
    project.gladys(["start", "base", "-p", "all"]).stdout(
        "
        one/base: ready (the health of `base`) in [time]
        one: 1 service ready in [time]
        two/base: ready (the health of `base`) in [time]
        two: 1 service ready in [time]
    ",
    );
    project.gladys(["stop", "base", "-p", "two,one"]).stdout(
        "
        two/base: stopped in [time]
        one/base: not running
    ",
    );
}

#[test]
fn failures_in_several_profiles_name_theirs() {
    let project = project();
    project.write("set", "#!/bin/sh\nexit 3\n");
    let messages = |profiles| {
        let run = project.gladys(["start", "base", "-p", profiles]).code(1).any_stdout().any_stderr();
        let told = run.errors();
        let messages = told.lines().filter_map(|line| line.trim().strip_prefix("× "));
        messages.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(messages("all"), ["`one/base`: `set` exited with 3", "`two/base`: `set` exited with 3"]);
    assert_eq!(messages("two"), ["`base`: `set` exited with 3"]);
}
