//! The manifest of this repository, whole: PostgreSQL and the four services, from nothing to nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::project::{Project, free_port, reserved, standin};
use crate::skip::without_postgres;

/// The ports of `environments/`: moved by an offset, each by itself.
const PORTS: [(&str, i32); 10] = [
    ("ORCHESTRATOR", 50_050),
    ("DB", 54_320),
    ("PYTHON", 50_051),
    ("RUST", 50_052),
    ("EXECUTIVE", 50_053),
    ("DOCKER_DB", 5_433),
    ("DOCKER_PYTHON", 50_061),
    ("DOCKER_RUST", 50_062),
    ("DOCKER_ORCHESTRATOR", 50_060),
    ("DOCKER_EXECUTIVE", 50_063),
];

/// The files of this repository that it consists of, beside its migrations.
const FILES: [&str; 5] = [
    "gladys.kdl",
    "environments/local.kdl",
    "environments/docker.kdl",
    "environments/docker-compose.yml",
    "images/standin/Dockerfile",
];

/// The manifest, its environments and migrations, with the stand-in that is built already.
pub fn stack() -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("a file of this repository");
    let mut project = FILES.iter().fold(Project::new(), |project, path| project.file(path, read(path)));
    for file in fs::read_dir(root.join("migrations")).expect("the migrations").flatten() {
        let name = file.file_name().into_string().expect("a name");
        project = project.file(&format!("migrations/{name}"), read(&format!("migrations/{name}")));
    }
    let offset = free_offset();
    for (name, port) in PORTS {
        project = project.name_port(moved(port, offset).expect("a port"), name);
    }
    // The stand-in is built already: `cargo` and `images/make` have nothing to do.
    let project = project
        .link("target/release/standin", &standin())
        .link("environments/docker", &root.join("environments/docker"))
        .link("images/make", Path::new("/bin/true"))
        .link("../bin/cargo", Path::new("/bin/true"));
    project.env("GLADYS_PORT_OFFSET", offset)
}

/// An offset at which every port is free; they are kept, for most are of those that the kernel gives to clients.
fn free_offset() -> i32 {
    let (first, others) = PORTS.split_first().expect("there are some");
    loop {
        let offset = i32::from(free_port()) - first.1;
        let kept =
            |(_, port): &(&str, i32)| moved(*port, offset).is_some_and(|port| reserved(port).is_some());
        if others.iter().all(kept) {
            return offset;
        }
    }
}

fn moved(port: i32, offset: i32) -> Option<u16> {
    u16::try_from(port + offset).ok()
}

#[test]
fn the_whole_stack_from_nothing_to_nothing() {
    if without_postgres() {
        return;
    }
    let project = stack();
    project.gladys(["run", "start", "all"]).sorted().stdout(
        "
        5 services ready in [time]
        applied 001_initial_schema in [time]
        applied 002_event_answers in [time]
        applied 003_heuristic_fires in [time]
        applied 004_first_heuristics in [time]
        cargo build: prepared in [time]
        db: prepared in [time]
        db: ready (postgres on localhost:[DB]) in [time]
        executive: ready (http://localhost:[EXECUTIVE]/health) in [time]
        memory-python: ready (grpc health on port [PYTHON]) in [time]
        memory-rust: ready (grpc health on port [RUST]) in [time]
        orchestrator: ready (http://localhost:[ORCHESTRATOR]/health) in [time]
        schema: 4 applied in [time]
    ",
    );
    project
        .gladys(["run", "start", "all"])
        .sorted()
        .stdout(
            "
            5 services ready in [time]
            cargo build: prepared in [time]
            db: already ready (postgres on localhost:[DB])
            db: prepared in [time]
            executive: already ready (http://localhost:[EXECUTIVE]/health)
            memory-python: already ready (grpc health on port [PYTHON])
            memory-rust: already ready (grpc health on port [RUST])
            orchestrator: already ready (http://localhost:[ORCHESTRATOR]/health)
            schema: nothing to do in [time]
        ",
        )
        .within(Duration::from_secs(10));
    project.gladys(["run", "status", "apps", "db"]).any_stdout();
    an_event_goes_through(&project);
    project.gladys(["run", "logs", "-n", "2", "orchestrator", "memory"]).any_stdout();
    project.gladys(["run", "reset"]).any_stdout();
    project.gladys(["run", "query", "--format", "csv", "select count(*) from episodic_events"]).stdout(
        "
        count
        0
    ",
    );
    project.gladys(["run", "stop", "all"]).sorted().stdout(
        "
        db: stopped in [time]
        executive: stopped in [time]
        memory-python: stopped in [time]
        memory-rust: stopped in [time]
        orchestrator: stopped in [time]
    ",
    );
    project.assert_nothing_runs();
}

/// Posts an event and asks the database for it.
pub fn an_event_goes_through(project: &Project) {
    project.gladys(["run", "query", "--format", "csv", "select count(*) from episodic_events"]).stdout(
        "
        count
        0
    ",
    );
    let same_ports = |text: &str| text.replace("[DOCKER_", "[");
    project.gladys(["run", "test"]).any_stderr().map(same_ports).stdout(
        "
        ok    memory-python at localhost:[PYTHON] is healthy over HTTP and gRPC
        ok    memory-rust at localhost:[RUST] is healthy over HTTP and gRPC
        ok    orchestrator at localhost:[ORCHESTRATOR] is healthy over HTTP and gRPC
        ok    executive at localhost:[EXECUTIVE] is healthy over HTTP and gRPC
        ok    event 1 posted to the orchestrator
        ok    event 1 stored in episodic_events, once
        ok    event 1 answered by the executive, and the answer stored
        ok    the executive uses memory storage
        8 checks passed
    ",
    );
    project.gladys(["run", "query", "--format", "csv", "select count(*) from episodic_events"]).stdout(
        "
        count
        1
    ",
    );
}

#[test]
fn logs_of_several_services_are_followed_as_one() {
    if without_postgres() {
        return;
    }
    let project = stack();
    project.gladys(["run", "start", "all"]).any_stdout();
    let follow = project.begin(["run", "logs", "-f", "orchestrator", "memory"]);
    let follow = ["memory-python | ", "memory-rust   | ", "orchestrator  | "]
        .iter()
        .fold(follow, |follow, name| follow.until(name));
    let before = follow.printed().len();
    project.gladys(["run", "test"]).any_stdout().any_stderr();
    crate::project::until("all three tell of the event", || {
        let new = follow.printed().split_off(before);
        ["orchestrator ", "memory-rust ", "memory-python "].iter().all(|name| new.contains(name))
    });
    follow.signal(Signal::INT).end().any_stdout();
}
