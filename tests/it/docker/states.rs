//! Missing, starting, ready, unhealthy, exited, and nobody there to ask.

use std::net::TcpStream;

use super::plain;
use crate::containers::{self, Containers, engine};
use crate::project::until;
use crate::run::Run;

#[track_caller]
fn status(containers: &Containers, variables: &str) -> Run {
    containers.project.sh(&format!("{variables} exec $GLADYS status -p docker")).map(plain)
}

#[test]
fn states_are_told_apart() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let gladys = |words: &str| drop(containers.project.sh(&format!("{words} -q -p docker")));
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT PID UPTIME RESTARTS INFO
        base missing [DOCKER_BASE] - - 0
        top missing [DOCKER_TOP] - - 0
    ",
    );
    gladys("TOP_INTERVAL=1h $GLADYS start top --no-wait");
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top starting [DOCKER_TOP] [id] [time] 0
    ",
    );
    gladys("$GLADYS stop");
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base exited [DOCKER_BASE] [id] - 0 exit code 0
        top exited [DOCKER_TOP] [id] - 0 exit code 0
    ",
    );
    gladys("TOP_HEALTH=127.0.0.1:1 $GLADYS start top --no-wait");
    until("the check of `top` has failed often enough", || {
        status(&containers, "").anything().found().contains("unhealthy")
    });
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top unhealthy [DOCKER_TOP] [id] [time] 0 ERROR standin: 127.0.0.1:1: Connection refused (os error 111)
    ",
    );
    gladys("$GLADYS restart");
    status(&containers, "").stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top ready [DOCKER_TOP] [id] [time] 0
    ",
    );
    status(&containers, "DOCKER_HOST=unix:///nowhere.sock").code(1).stdout(
        "
        SERVICE STATE PORT PID UPTIME RESTARTS INFO
        base unknown [DOCKER_BASE] - - 0 Cannot connect to the Docker daemon at unix:///nowhere.sock. Is the docker daemon running?
        top unknown [DOCKER_TOP] - - 0 Cannot connect to the Docker daemon at unix:///nowhere.sock. Is the docker daemon running?
    ",
    );
}

#[test]
fn a_container_that_was_killed_is_shown_with_its_code() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    drop(containers.project.sh("$GLADYS start base -q -p docker"));
    let name = format!("{}-base", containers.compose_project().expect("a name"));
    engine(&["kill", &name]);
    containers.project.sh("exec $GLADYS status base -p docker").code(1).map(plain).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base exited [DOCKER_BASE] [id] - 0 exit code 137
    ",
    );
}

#[test]
fn a_container_that_does_not_become_ready_is_stopped_again() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("TOP_HEALTH", "127.0.0.1:1")]);
    let run = containers.project.sh("exec $GLADYS start -p docker --json").code(1).json();
    assert_eq!(run["failures"].as_array().map(Vec::len), Some(1));
    assert_eq!(run["failures"][0]["service"], "top");
    assert_eq!(run["failures"][0]["note"], "it was stopped");
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top exited [DOCKER_TOP] [id] - 0 exit code 0
    ",
    );
}

#[test]
fn why_tells_what_the_engine_knows() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let why =
        |service: &str| containers.project.sh(&format!("exec $GLADYS why {service} -p docker")).map(plain);
    why("top").code(1).stdout(
        "
        top: there is no such unit
        needs `base`: there is no such unit
    ",
    );
    drop(containers.project.sh("exec $GLADYS start -q -p docker"));
    why("top").stdout(
        "
        top: it runs and is ready
        id [id]
        pid [id]
        started [moment], [time] ago
    ",
    );
    let stack = containers.compose_project().expect("a name");
    engine(&["kill", &format!("{stack}-base"), &format!("{stack}-top")]);
    why("top").code(1).stdout(
        "
        top: it exited with 137
        id [id]
        needs `base`: it exited with 137
        the last lines it wrote:
        | INFO top: started
        | INFO top: listening on 0.0.0.0:80
    ",
    );
}

#[test]
fn a_container_that_ends_at_once_ends_the_wait_with_its_code() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("TOP_FLAGS", "--exit 3@0")]);
    let run = containers.project.sh("exec $GLADYS start -p docker --json").code(1).json();
    let failure = &run["failures"][0];
    assert_eq!(failure["message"], "it exited with 3, before the health of `top` was ready");
    assert_eq!(failure["lines"][0], "INFO  top: started");
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top exited [DOCKER_TOP] [id] - 0 exit code 3
    ",
    );
}

#[test]
fn a_container_that_lost_its_network_is_told_and_gets_it_back() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let gladys = |words: &str| containers.project.sh(&format!("exec $GLADYS {words} -p docker"));
    drop(gladys("start -q"));
    lose_network(&containers, "base");
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base disconnected [DOCKER_BASE] [id] [time] 0 it lost its network; `start` connects it again
        top ready [DOCKER_TOP] [id] [time] 0
    ",
    );
    gladys("why base").code(1).map(plain).stdout(
        "
        base: it is disconnected: it lost its network; `start` connects it again
        id [id]
        pid [id]
        started [moment], [time] ago
        the last lines it wrote:
        | INFO base: started
        | INFO base: listening on 0.0.0.0:80
    ",
    );
    drop(gladys("start -q"));
    assert_connected(&containers);
    lose_network(&containers, "base");
    drop(gladys("restart -q"));
    assert_connected(&containers);
}

#[test]
fn a_container_on_another_port_than_the_manifest_says_is_outdated() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let elsewhere = |words: &str| {
        let script = format!("DOCKER_BASE=$BASE exec $GLADYS {words} -p docker");
        containers.project.sh(&script)
    };
    drop(containers.project.sh("exec $GLADYS start -q -p docker"));
    let table = "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base outdated [BASE] [id] [time] 0 it listens on port [DOCKER_BASE] and not on [BASE]; `start` makes it anew
        top ready [DOCKER_TOP] [id] [time] 0
    ";
    elsewhere("status").code(1).map(plain).stdout(table);
    drop(elsewhere("start -q"));
    drop(elsewhere("status").any_stdout());
    status(&containers, "").code(1).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base outdated [DOCKER_BASE] [id] [time] 0 it listens on port [BASE] and not on [DOCKER_BASE]; `start` makes it anew
        top ready [DOCKER_TOP] [id] [time] 0
    ",
    );
}

#[test]
fn a_paused_container_is_told_with_what_continues_it() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    drop(containers.project.sh("exec $GLADYS start base -q -p docker"));
    let base = format!("{}-base", containers.compose_project().expect("a name"));
    engine(&["pause", &base]);
    let said = containers.project.sh("exec $GLADYS status base -p docker").code(1).text();
    engine(&["unpause", &base]);
    assert!(said.contains(" paused "), "{said}");
    assert!(said.contains(&format!("`docker unpause {base}` continues it")), "{said}");
}

#[test]
fn a_network_that_was_removed_while_all_was_stopped_is_made_again() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let gladys = |words: &str| containers.project.sh(&format!("exec $GLADYS {words} -q -p docker"));
    drop(gladys("start"));
    for _ in 0..2 {
        drop(gladys("stop"));
        let network = format!("{}_default", containers.compose_project().expect("a name"));
        engine(&["network", "rm", &network]);
        drop(gladys("start"));
        assert_connected(&containers);
    }
}

#[test]
fn a_container_of_a_strangers_is_left_alone_whatever_it_is_called() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let gladys = |words: &str| containers.project.sh(&format!("exec $GLADYS {words} -q -p docker"));
    drop(gladys("start"));
    let stack = containers.compose_project().expect("a name");
    let (name, ours) = (format!("{stack}-top"), format!("{stack}-renamed"));
    engine(&["rename", &name, &ours]);
    engine(&["run", "--detach", "--name", &name, "gladys-standin", "fixture", "--name", "stranger"]);
    drop(gladys("stop"));
    let state = |name: &str| engine(&["container", "inspect", "--format", "{{.State.Status}}", name]);
    let states = (state(&ours), state(&name));
    engine(&["rm", "--force", &name]);
    assert_eq!(states, ("exited\n".to_owned(), "running\n".to_owned()));
}

#[test]
fn a_container_that_two_starts_connect_at_once_is_connected() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    drop(containers.project.sh("exec $GLADYS start base -q -p docker"));
    let connect =
        format!("environments/docker/connect {}-base", containers.compose_project().expect("a name"));
    for _ in 0..5 {
        lose_network(&containers, "base");
        let script = format!("{connect} 2>&1 & {connect} 2>&1; first=$?; wait $! && exit $first");
        drop(containers.project.sh(&script).any_stdout());
        let base = format!("{}-base", containers.compose_project().expect("a name"));
        let networks = ["container", "inspect", "--format", "{{len .NetworkSettings.Networks}}", &base];
        assert_eq!(engine(&networks), "1\n");
    }
}

fn lose_network(containers: &Containers, service: &str) {
    let stack = containers.compose_project().expect("a name");
    let (network, container) = (format!("{stack}_default"), format!("{stack}-{service}"));
    engine(&["network", "disconnect", "--force", &network, &container]);
}

/// `base` is ready, answers on its port, and `top` finds it by its name.
fn assert_connected(containers: &Containers) {
    drop(containers.project.sh("exec $GLADYS status base -q -p docker").any_stdout());
    let address = format!("127.0.0.1:{}", containers.project.var("DOCKER_BASE"));
    assert!(TcpStream::connect(address).is_ok(), "nobody listens on the port of `base`");
    let top = format!("{}-top", containers.compose_project().expect("a name"));
    assert_eq!(engine(&["exec", &top, "/standin", "health", "base:80"]), "SERVING\n");
}

#[test]
fn a_container_without_a_network_of_its_own_has_none_to_lose() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let compose = containers.project.read("environments/docker-compose.yml");
    for (mode, known) in [("none", "none"), ("host", "host"), ("service:base", "container:")] {
        let port = containers.project.var("DOCKER_TOP");
        let compose = compose
            .replace("ports: [\"127.0.0.1:${PORT_TOP}:80\"]", &format!("network_mode: \"{mode}\""))
            .replace("--host 0.0.0.0 --listen 80", &format!("--listen {port}"))
            .replace("${TOP_HEALTH:-127.0.0.1:80}", &format!("127.0.0.1:{port}"));
        containers.project.write("environments/docker-compose.yml", compose);
        drop(containers.project.sh("exec $GLADYS start -q -p docker"));
        let top = format!("{}-top", containers.compose_project().expect("a name"));
        let found = engine(&["container", "inspect", "--format", "{{.HostConfig.NetworkMode}}", &top]);
        assert!(found.starts_with(known), "the network of `{mode}` is {found}");
        status(&containers, "").stdout(
            "
            SERVICE STATE PORT ID UPTIME RESTARTS INFO
            base ready [DOCKER_BASE] [id] [time] 0
            top ready [DOCKER_TOP] [id] [time] 0
        ",
        );
    }
}
