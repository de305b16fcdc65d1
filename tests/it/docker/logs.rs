//! The log of a container that is made anew while it is followed.

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
