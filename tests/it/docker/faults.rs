//! Faults of a container engine: told in one message, within a bounded time, and never with exit code 0.

use std::collections::HashSet;
use std::os::unix::net::UnixListener;

use super::SOON;
use crate::containers::{self, Containers, engine};

#[test]
fn an_engine_that_does_not_answer_is_told_before_anything_is_begun() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    for verb in ["start", "stop", "restart", "logs", "logs -f", "status", "why top", "build"] {
        let script = format!("DOCKER_HOST=unix:///nowhere.sock $GLADYS {verb} -p docker 2>&1");
        let said = containers.project.sh(&script).code(1).within(SOON).text();
        assert!(said.contains("Cannot connect to the Docker"), "{verb} says {said}");
        assert!(!said.contains("Traceback"), "{verb} says {said}");
        let undone: Vec<&str> = said.lines().filter(|line| line.contains(": not done: ")).collect();
        let once: HashSet<&str> = undone.iter().copied().collect();
        assert_eq!(undone.len(), once.len(), "{verb} says {said}");
    }
}

#[test]
fn an_engine_that_is_silent_is_not_waited_for() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let socket = containers.project.path("silent.sock");
    let silent = UnixListener::bind(&socket).expect("a socket that nobody reads");
    for verb in ["logs", "logs -f"] {
        let script = format!("DOCKER_HOST=unix://{} exec $GLADYS {verb} -p docker 2>&1", socket.display());
        let said = containers.project.sh(&script).code(1).within(SOON).text();
        assert!(said.contains("did not answer within 10.0s"), "{verb} says {said}");
    }
    let script = format!("DOCKER_HOST=unix://{} exec $GLADYS start -p docker 2>&1", socket.display());
    let said = flat(&containers.project.sh(&script).code(1).within(SOON).text());
    assert!(said.contains("`status` did not answer within 10.0s"), "start says {said}");
    assert!(said.contains("run \"environments/docker/status\""), "start says {said}");
    drop(silent);
}

/// Without the breaks and bars of a message.
fn flat(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│" && *word != "|").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_container_that_stays_unhealthy_ends_the_wait_with_its_last_words() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("TOP_HEALTH", "127.0.0.1:1")]);
    let said = containers.project.sh("$GLADYS start -p docker 2>&1").code(1).within(SOON).text();
    assert!(said.contains("`top`: it is unhealthy"), "{said}");
    assert!(said.contains("INFO  top: started"), "{said}");
}

#[test]
fn an_image_that_is_not_there_is_named() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("IMAGE", "localhost:1/gladys-no-such-image")]);
    let said = containers.project.sh("$GLADYS start -p docker 2>&1").code(1).within(SOON).text();
    assert!(said.contains("gladys-no-such-image"), "{said}");
    assert!(said.contains("[environments/docker.kdl:"), "{said}");
    assert!(flat(&said).contains("make it with `gladys build --profile docker`"), "{said}");
}

#[test]
fn an_image_that_nobody_built_is_told_with_what_makes_it() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let built = "services: { base: { image: gladys-no-such-image, pull_policy: never, build: ../images }, top: { image: gladys-standin } }\n";
    containers.project.write("environments/docker-compose.yml", built);
    let said = flat(&containers.project.sh("$GLADYS start base -p docker 2>&1").code(1).within(SOON).text());
    let help =
        "help: the image `gladys-no-such-image` is not there: make it with `gladys build --profile docker`";
    assert!(said.contains(help), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_told_before_anything_runs() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let project = &containers.project;
    project.sh("mv environments/docker-compose.yml environments/elsewhere.yml");
    for verb in ["start", "build", "restart"] {
        let said = project.sh(&format!("$GLADYS {verb} -p docker 2>&1")).code(2).within(SOON).text();
        assert!(said.contains("the file `environments/docker-compose.yml` does not exist"), "{verb}: {said}");
        assert!(said.contains("[environments/docker.kdl:"), "{verb}: {said}");
    }
    drop(project.sh("$GLADYS stop -q -p docker"));
}

#[test]
fn a_broken_file_is_told_in_its_own_words() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    containers.project.write("environments/docker-compose.yml", "services: { base: { imgae: x } }\n");
    containers.project.sh("ln -sf /bin/false images/make");
    for verb in ["start", "build"] {
        let said = containers.project.sh(&format!("$GLADYS {verb} -p docker 2>&1"));
        let said = said.code(1).within(SOON).text();
        assert!(said.contains("imgae"), "{verb} says {said}");
        assert!(said.contains("[environments/docker.kdl:"), "{verb} says {said}");
    }
}

#[test]
fn a_port_that_our_own_local_service_has_is_told_with_what_frees_it() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let script = "$GLADYS start base -q -p local && DOCKER_BASE=$BASE $GLADYS start base -p docker 2>&1";
    let said = containers.project.sh(script).code(1).within(SOON).text();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "is taken by `base` of profile `local`: free it with `gladys stop base --profile local`"
        ),
        "{said}"
    );
}

#[test]
fn a_service_that_only_one_of_both_files_knows() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let compose = containers.project.read("environments/docker-compose.yml");
    let extra = "  extra:\n    <<: *fixture\n    command: [fixture]\n";
    containers.project.write("environments/docker-compose.yml", format!("{compose}{extra}"));
    drop(containers.project.sh("exec $GLADYS start -q -p docker"));
    let label = format!("label=com.docker.compose.project={}", containers.compose_project().expect("a name"));
    let format = "{{.Label \"com.docker.compose.service\"}}";
    let names = engine(&["ps", "--filter", &label, "--format", format]);
    let mut names: Vec<&str> = names.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["base", "top"]);
    containers.project.write("environments/docker-compose.yml", compose.replace("  top:", "  roof:"));
    let said = containers.project.sh("$GLADYS start -p docker 2>&1").code(1).within(SOON).text();
    assert!(said.contains("No such service: top") || said.contains("no such service: top"), "{said}");
}
