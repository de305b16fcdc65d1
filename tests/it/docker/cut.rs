//! An engine that goes away while a verb is at work, and one that comes back.

use rustix::process::Signal;

use super::SOON;
use super::proxy::Proxy;
use crate::containers::{self, Containers, engine};
use crate::project::until;

/// A verb, and the request at which the engine goes away.
const VERBS: &[(&str, &str)] = &[
    ("start", "/containers/create"),
    ("start", "/start HTTP"),
    ("restart", "/stop"),
    ("stop", "/stop"),
    ("status", "-base/json"),
    ("why base", "-base/json"),
    ("logs", "/logs?"),
    ("logs -f", "/logs?"),
];

#[test]
fn an_engine_that_goes_away_ends_every_verb_with_its_words() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let proxy = Proxy::new(containers.project.path("engine.sock"));
    for (verb, request) in VERBS {
        proxy.cut_at(request);
        let script = format!("DOCKER_HOST={} exec $GLADYS {verb} -p docker 2>&1", proxy.host());
        let said = containers.project.sh(&script).code(1).within(SOON).text();
        assert!(proxy.is_cut(), "`{verb}` never asked for {request}");
        // `docker-compose` takes SIGPIPE as its end, and gets it where it was just about to ask for more.
        let words = [
            "Cannot connect to the Docker daemon",
            "Couldn't connect to Docker daemon",
            "error during connect",
            "`docker-compose` was ended by SIGPIPE",
        ];
        assert!(words.iter().any(|words| said.contains(words)), "`{verb}` cut at {request} says {said}");
        assert!(!said.contains("site-packages") && !said.contains("dist-packages"), "`{verb}` says {said}");
        proxy.mend();
        drop(containers.project.sh("exec $GLADYS start -q -p docker"));
    }
}

#[test]
fn a_build_that_is_cut_ends_and_leaves_nothing() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let project = &containers.project;
    let image = format!("gladys-test-cut-{}", std::process::id());
    let dockerfile =
        "FROM gladys-standin\nARG FOLDER\nRUN [\"/standin\", \"fixture\", \"--name\", \"cut\"]\n";
    project.write("image/Dockerfile", dockerfile);
    let build = format!("{{ context: ../image, args: {{ FOLDER: {} }} }}", project.path("image").display());
    project.write(
        "environments/docker-compose.yml",
        format!("services: {{ base: {{ image: {image}, build: {build} }} }}\n"),
    );
    let proxy = Proxy::new(project.path("engine.sock"));
    project.write(".env", format!("DOCKER_HOST={}\n", proxy.host()));
    let step = || project.processes().iter().any(|process| process.command.starts_with("/standin fixture"));
    let build = project.begin(["build", "base", "-p", "docker"]);
    until("the build is in its last step", step);
    proxy.cut();
    let said = build.end().fails().within(SOON).any_stdout().any_stderr().errors();
    assert!(said.contains("EOF"), "{said}");
    assert!(said.contains("[environments/docker.kdl:"), "{said}");
    until("the step is ended", || !step());
    assert_eq!(engine(&["image", "ls", "--quiet", &image]), "");
}

#[test]
fn following_goes_on_when_the_engine_comes_back() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    drop(containers.project.sh("exec $GLADYS start base -q -p docker"));
    let proxy = Proxy::new(containers.project.path("engine.sock"));
    std::fs::write(containers.project.path(".env"), format!("DOCKER_HOST={}\n", proxy.host()))
        .expect("a file");
    let follow = containers.project.begin(["logs", "base", "-f", "-p", "docker"]).until("listening");
    proxy.cut();
    proxy.mend();
    let name = format!("{}-base", containers.compose_project().expect("a name"));
    engine(&["restart", &name]);
    until("the second run is shown", || follow.printed().matches("started").count() == 2);
    follow.signal(Signal::INT).end().stdout(
        "
        INFO  base: started
        INFO  base: listening on 0.0.0.0:80
        INFO  base: SIGTERM
        INFO  base: stopped
        INFO  base: started
        INFO  base: listening on 0.0.0.0:80
    ",
    );
}

#[test]
fn following_ends_when_the_engine_stays_away() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    drop(containers.project.sh("exec $GLADYS start base -q -p docker"));
    let proxy = Proxy::new(containers.project.path("engine.sock"));
    std::fs::write(containers.project.path(".env"), format!("DOCKER_HOST={}\n", proxy.host()))
        .expect("a file");
    let follow = containers.project.begin(["logs", "base", "-f", "-p", "docker"]).until("listening");
    proxy.cut();
    let told = follow.end().code(1).within(SOON).any_stdout().any_stderr().stderr_text();
    assert!(told.contains("the log of `base` cannot be read: Cannot connect to the Docker daemon"), "{told}");
}
