//! The manifest of this repository in containers, whole: every verb, from nothing to nothing.

use crate::containers::{self, compose_project, engine};
use crate::project::Project;
use crate::stack::{an_event_goes_through, stack};

/// The project, whose containers are removed.
struct Stack(Project);

impl Drop for Stack {
    fn drop(&mut self) {
        containers::remove_containers(&self.0);
        let ids = engine(&["image", "ls", "--quiet", IMAGE]);
        ids.split_whitespace().for_each(|id| drop(engine(&["image", "rm", "--force", id])));
    }
}

/// The image of the services.
const IMAGE: &str = "gladys-standin-made-by-a-test";

/// With the program to build the image of, taken out of the usual one, which other tests are using.
fn with_an_image_of_its_own(project: Project) -> Project {
    let container = engine(&["create", "gladys-standin"]).trim().to_owned();
    let path = project.path("images/standin/standin");
    engine(&["cp", &format!("{container}:/standin"), &path.to_string_lossy()]);
    engine(&["rm", &container]);
    assert!(path.exists(), "the image has no /standin");
    let compose = project.read("environments/docker-compose.yml");
    let compose = compose.replace("image: gladys-standin", &format!("image: {IMAGE}"));
    project.file("environments/docker-compose.yml", compose)
}

#[test]
fn every_verb_in_containers() {
    if containers::missing() || containers::missing_image("postgres:15") {
        return;
    }
    let stack = Stack(with_an_image_of_its_own(stack().env("GLADYS_PROFILE", "docker")));
    let project = &stack.0;
    let built = ["build", "build --no-cache memory"].map(|words| {
        drop(project.sh(&format!("exec $GLADYS {words}")).any_stdout().any_stderr());
        engine(&["image", "ls", "--quiet", IMAGE])
    });
    assert!(built.iter().all(|id| !id.is_empty()) && built[0] != built[1], "{built:?}");
    project.gladys(["start"]).sorted().stdout(
        "
        5 services ready in [time]
        applied 001_initial_schema in [time]
        applied 002_event_answers in [time]
        applied 003_heuristic_fires in [time]
        applied 004_first_heuristics in [time]
        db memory-python memory-rust executive orchestrator: prepared in [time]
        db: ready (the health of `postgres`) in [time]
        executive: ready (the health of `executive-stub`) in [time]
        memory-python: ready (the health of `memory-python`) in [time]
        memory-rust: ready (the health of `memory-rust`) in [time]
        orchestrator: ready (the health of `orchestrator`) in [time]
        schema: 4 applied in [time]
    ",
    );
    an_event_goes_through(project);
    project.gladys(["psql", "-Atc", "select count(*) from heuristics"]).stdout("2");
    project.gladys(["migrate"]).stdout("migrate: nothing to do in [time]");
    the_volume_outlives_its_container(project);
    project.gladys(["logs", "-n", "1", "memory"]).sorted().stdout(
        "
        memory-python | INFO  memory-python: event 1 stored
        memory-rust   | INFO  memory-rust: event 1 has salience 0.3, 0 fired
    ",
    );
    drop(project.gladys(["clean", "events"]).any_stdout());
    project.gladys(["query", "--format", "csv", EVENTS]).stdout(
        "
        count
        0
    ",
    );
    drop(project.gladys(["reset"]).any_stdout());
    project.gladys(["query", "--format", "csv", "select count(*) from heuristics"]).stdout(
        "
        count
        0
    ",
    );
    drop(project.gladys(["status", "apps", "db"]).any_stdout());
    drop(project.gladys(["stop"]).any_stdout());
    let label = format!("label=com.docker.compose.project={}", compose_project(project).expect("a name"));
    assert_eq!(engine(&["ps", "--quiet", "--filter", &label]), "");
}

const EVENTS: &str = "select count(*) from episodic_events";

fn the_volume_outlives_its_container(project: &Project) {
    let name = format!("{}-postgres", compose_project(project).expect("a name"));
    drop(project.gladys(["stop", "db", "-q"]));
    engine(&["rm", &name]);
    drop(project.gladys(["start", "db", "-q"]));
    project.gladys(["query", "--format", "csv", EVENTS]).stdout(
        "
        count
        1
    ",
    );
}
