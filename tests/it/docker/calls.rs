//! How often the engine is asked, and by which program: each call is noted by a wrapper on PATH.

use crate::containers::{self, Containers};
use crate::skip;

/// Notes the words it is called with, then is the program behind it on PATH. An older client has no `compose`.
const WRAPPER: &str = "#!/bin/sh
echo \"$(basename $0) $*\" >> $CALLS
if [ \"$(basename $0) $1\" = 'docker compose' ] && [ -z \"$PLUGIN\" ]; then
    echo \"docker: 'compose' is not a docker command.\" >&2
    exit 1
fi
[ -z \"$PLUGIN\" ] || export DOCKER_CONFIG=$PLUGIN
PATH=$BEHIND exec $(basename $0) \"$@\"
";

fn recording() -> Containers {
    let containers = Containers::new();
    for name in ["docker", "docker-compose"] {
        containers.project.write(&format!("../bin/{name}"), WRAPPER);
    }
    containers
}

/// The calls of one run, without what differs from one checkout to another, and without templates.
fn calls(containers: &Containers, words: &str) -> Vec<String> {
    containers.project.write("calls", "");
    let script = "chmod +x ../bin/docker* && BEHIND=${PATH#*:} CALLS=$PWD/calls exec $GLADYS ";
    drop(containers.project.sh(&format!("{script} {words} -q -p docker")).any_stdout());
    let stack = containers.compose_project().expect("a name");
    let text = containers.project.read("calls").replace(&stack, "[stack]");
    text.lines().map(|line| unnumbered(&brief(line.split(" --filter").next().unwrap_or_default()))).collect()
}

/// With `[id]` for what the engine calls a container.
fn unnumbered(call: &str) -> String {
    let is_id = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    call.split(' ').map(|word| if is_id(word) { "[id]" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Of a template the last action alone.
fn brief(call: &str) -> String {
    match (call.find("{{"), call.rfind("{{")) {
        (Some(first), Some(last)) => format!("{}{}", &call[..first], &call[last..]),
        _ => call.to_owned(),
    }
}

/// What a look at both services asks; how often depends on how long they take.
const LOOK: &str = "docker container inspect --format {{json .}} [stack]-base [stack]-top";

fn without_looks(calls: Vec<String>) -> Vec<String> {
    calls.into_iter().filter(|call| call != LOOK && call != "docker version").collect()
}

#[test]
fn the_engine_is_asked_once_a_level() {
    if containers::missing() || skip::without_program("docker-compose") {
        return;
    }
    asked_once_a_level(&recording(), "docker-compose");
}

#[test]
fn the_plugin_is_taken_where_there_is_one() {
    if containers::missing() {
        return;
    }
    let Some(config) = containers::plugin() else { return };
    let containers = recording();
    containers.project.write(".env", format!("PLUGIN={config}\n"));
    asked_once_a_level(&containers, "docker compose");
}

fn asked_once_a_level(containers: &Containers, compose: &str) {
    let start = [
        "docker compose version",
        &format!("{compose} up --no-start --no-deps --no-build base top"),
        "docker container inspect --format {{end}} [stack]-base [stack]-top",
        "docker start [stack]-base",
        "docker start [stack]-top",
    ];
    let stop = ["docker ps", "docker stop [id]", "docker ps", "docker stop [id]"];
    assert_eq!(without_looks(calls(containers, "start")), start);
    assert_eq!(calls(containers, "status"), [LOOK]);
    // The network of a container that is stopped may have been removed.
    let networks = ["docker network ls --no-trunc --quiet"];
    let restart = [&start[..1], &stop, &start[1..3], &networks, &start[3..]].concat();
    assert_eq!(without_looks(calls(containers, "restart")), restart);
    assert_eq!(calls(containers, "stop"), [&[LOOK], &stop[..]].concat());
}
