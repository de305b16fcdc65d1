//! The log of a container: one that is made anew while it is followed, and one that says more than fits in a line of the engine.

use rustix::process::Signal;

use crate::containers::{self, Containers, engine};
use crate::project::until;

#[test]
fn a_container_that_is_made_anew_is_followed_from_its_first_line() {
    if containers::missing() {
        return;
    }
    let containers = Containers::new();
    let start = || drop(containers.project.sh("exec $GLADYS start base -q -p docker"));
    start();
    let follow = containers.project.begin(["logs", "base", "-f", "-n", "1", "-p", "docker"]);
    let follow = follow.until("listening");
    engine(&["rm", "--force", &format!("{}-base", containers.compose_project().expect("a name"))]);
    start();
    until("the new one is shown", || follow.printed().matches("listening").count() == 2);
    follow.signal(Signal::INT).end().stdout(
        "
        INFO  base: listening on 0.0.0.0:80
        INFO  base: started
        INFO  base: listening on 0.0.0.0:80
    ",
    );
}

#[test]
fn a_line_that_the_engine_cuts_is_whole() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with([("TOP_FLAGS", "--long-line 40000")]);
    drop(containers.project.sh("exec $GLADYS start top -q -p docker"));
    let name = format!("{}-top", containers.compose_project().expect("a name"));
    let raw = engine(&["logs", "--timestamps", &name]);
    assert!(raw.lines().any(|line| line.len() > 40_000 + 2 * 30), "the engine did not cut it");
    let lengths = "$GLADYS logs top -p docker | awk 'length > 200 { print length }'";
    assert_eq!(containers.project.sh(lengths).raw(), "40000\n");
}
