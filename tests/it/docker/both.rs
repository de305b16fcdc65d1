//! Local and docker at once: side by side, two checkouts side by side, and a profile that mixes both.

use super::plain;
use crate::containers::{self, Containers, compose_project, engine};

#[test]
fn both_profiles_run_side_by_side() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let project = &containers.project;
    drop(project.gladys(["start", "-q", "-p", "local,docker"]));
    project.gladys(["status", "-p", "all"]).map(plain).stdout(
        "
        PROFILE SERVICE STATE PORT ID UPTIME RESTARTS INFO
        docker base ready [DOCKER_BASE] [id] [time] 0
        docker top ready [DOCKER_TOP] [id] [time] 0
        local base ready [BASE] [id] [time] 0
        local top ready [TOP] [id] [time] 0
    ",
    );
    project.gladys(["logs", "-p", "local,docker", "--grep", "started"]).stdout(
        "
        local/base  | INFO  base: started
        local/top   | INFO  top: started
        docker/base | INFO  base: started
        docker/top  | INFO  top: started
    ",
    );
    drop(project.gladys(["stop", "-q", "-p", "local"]));
    project.gladys(["status", "-p", "docker"]).map(plain).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top ready [DOCKER_TOP] [id] [time] 0
    ",
    );
}

#[test]
fn two_checkouts_run_side_by_side() {
    if containers::missing() {
        return;
    }
    let first = Containers::new();
    let second = Containers::new();
    let (one, other) = (&first.project, &second.project);
    assert_ne!(compose_project(one), compose_project(other));
    drop(one.gladys(["start", "base", "-q", "-p", "docker"]));
    drop(other.gladys(["start", "base", "-q", "-p", "docker"]));
    drop(one.gladys(["status", "base", "-p", "docker"]).any_stdout());
    drop(one.gladys(["stop", "-q", "-p", "docker"]));
    drop(other.gladys(["status", "base", "-p", "docker"]).any_stdout());
}

#[test]
fn a_mixed_profile_takes_each_service_from_where_it_is_said() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let project = &containers.project;
    project.write("environments/mixed.kdl", "profile mixed { use docker base; use local top }\n");
    let mixed = |words: &str| project.sh(&format!("exec $GLADYS {words} -p mixed"));
    let plan = mixed("start --dry-run").text();
    assert!(plan.contains("BASE_PORT=[DOCKER_BASE]"), "{plan}");
    mixed("start").sorted().stdout(
        "
        2 services ready in [time]
        base: prepared in [time]
        base: ready (the health of `base`) in [time]
        top: ready (port [TOP]) in [time]
    ",
    );
    mixed("status").map(plain).stdout(
        "
        SERVICE STATE PORT ID UPTIME RESTARTS INFO
        base ready [DOCKER_BASE] [id] [time] 0
        top ready [TOP] [id] [time] 0
    ",
    );
    mixed("logs --grep started").stdout(
        "
        base | INFO  base: started
        top  | INFO  top: started
    ",
    );
    mixed("logs --grep started base").stdout("INFO  base: started");
    drop(mixed("restart top -q"));
    mixed("logs --grep started").sorted().stdout(
        "
        base | INFO  base: started
        top  | INFO  top: started
        top  | INFO  top: started
    ",
    );
    drop(mixed("restart -q"));
    drop(mixed("status").any_stdout());
    mixed("stop").stdout(
        "
        top: stopped in [time]
        base: stopped in [time]
    ",
    );
    let label = format!("label=com.docker.compose.project={}", compose_project(project).expect("a name"));
    assert_eq!(engine(&["ps", "--quiet", "--filter", &label]), "");
}
