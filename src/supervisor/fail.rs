//! Fail-points: the places between two persisted steps. A debug build dies there, as by `kill -9`, when it is told to by
//! `GLADYS_FAIL_AT`, or is suspended, as by `kill -STOP`, by `GLADYS_SUSPEND_AT`; a release build contains none of this. Tests walk
//! [`POINTS`].

use rustix::process::{Signal, getpid, kill_process};

const FAIL: &str = "GLADYS_FAIL_AT";
const SUSPEND: &str = "GLADYS_SUSPEND_AT";

/// Every fail-point, in the order in which a start and an end pass them.
pub const POINTS: [&str; 16] = [
    "called", "locked", "intended", "spawned", "recorded", "marked", "released", "running", "exited",
    "swept", "ended", "stopping", "stopped", "adopted", "waiting", "lost",
];

/// Dies here, or is suspended, if this point was chosen for that.
pub fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "an unlisted fail-point");
    for (variable, signal) in [(FAIL, Signal::KILL), (SUSPEND, Signal::STOP)] {
        if says(variable, name) {
            let _ = kill_process(getpid(), signal);
        }
    }
}

/// Whether a debug build was told to fail in this way.
pub fn chosen(name: &str) -> bool {
    says(FAIL, name)
}

fn says(variable: &str, name: &str) -> bool {
    cfg!(debug_assertions) && std::env::var_os(variable).is_some_and(|chosen| chosen == name)
}
