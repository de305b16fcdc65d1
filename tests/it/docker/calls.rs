//! How often the engine is asked, and by which program: each call is noted by a wrapper on PATH.

use crate::containers::{self, Containers};

/// Notes the words it is called with, then is the program behind it on PATH.
const WRAPPER: &str = "#!/bin/sh
echo \"$(basename $0) $*\" >> $CALLS
PATH=$BEHIND exec $(basename $0) \"$@\"
";

/// As the plugin of a newer engine client, made from the older program.
const PLUGIN: &str = "#!/bin/sh
case $1 in
docker-cli-plugin-metadata) echo '{\"SchemaVersion\": \"0.1.0\", \"Vendor\": \"test\", \"Version\": \"v1\"}' ;;
*) shift; exec docker-compose \"$@\" ;;
esac
";

fn recording() -> Containers {
    let containers = Containers::new();
    for name in ["docker", "docker-compose"] {
        containers.project.write(&format!("../bin/{name}"), WRAPPER);
    }
    containers
}

/// The calls of one run, without what differs from one checkout to another.
fn calls(containers: &Containers, words: &str) -> Vec<String> {
    containers.project.write("calls", "");
    let script = "chmod +x ../bin/docker* && BEHIND=${PATH#*:} CALLS=$PWD/calls exec $GLADYS ";
    drop(containers.project.sh(&format!("{script} {words} -q -p docker")).any_stdout());
    let stack = containers.compose_project().expect("a name");
    let text = containers.project.read("calls").replace(&stack, "[stack]");
    text.lines().map(|line| line.split(" --filter").next().unwrap_or_default().to_owned()).collect()
}

/// What a look at both services asks; how often depends on how long they take.
const LOOK: &str = "docker container inspect [stack]-base [stack]-top";

fn without_looks(calls: Vec<String>) -> Vec<String> {
    calls.into_iter().filter(|call| call != LOOK && call != "docker version").collect()
}

#[test]
fn the_engine_is_asked_once_a_level() {
    if containers::missing() {
        return;
    }
    let containers = recording();
    let start = [
        "docker compose version",
        "docker-compose up --no-start --no-deps --no-build base top",
        "docker start [stack]-base",
        "docker start [stack]-top",
    ];
    let stop = ["docker stop [stack]-top", "docker stop [stack]-base"];
    assert_eq!(without_looks(calls(&containers, "start")), start);
    assert_eq!(calls(&containers, "status"), [LOOK]);
    assert_eq!(without_looks(calls(&containers, "restart")), [&start[..1], &stop, &start[1..]].concat());
    assert_eq!(calls(&containers, "stop"), [&[LOOK], &stop[..]].concat());
}

#[test]
fn the_plugin_is_taken_where_there_is_one() {
    if containers::missing() {
        return;
    }
    let containers = recording();
    let project = &containers.project;
    project.write(".env", format!("DOCKER_CONFIG={}\n", project.path("config").display()));
    project.write("config/cli-plugins/docker-compose", PLUGIN);
    drop(project.sh("chmod +x config/cli-plugins/docker-compose"));
    let start = calls(&containers, "start");
    let of_compose: Vec<&String> = start.iter().filter(|call| call.contains("compose")).collect();
    let up = "docker compose up --no-start --no-deps --no-build base top";
    assert_eq!(of_compose, ["docker compose version", up]);
}
