//! Fail-points: the places between two persisted steps. A debug build dies there, as by `kill -9`, when it is told to by
//! `GLADYS_FAIL_AT`; a release build contains none of this. Tests walk [`POINTS`].

/// Every fail-point, in the order in which a start and an end pass them.
pub const POINTS: [&str; 15] = [
    "locked", "intended", "spawned", "recorded", "marked", "released", "running", "exited", "swept", "ended",
    "stopping", "stopped", "adopted", "waiting", "lost",
];

/// Dies here if this point was chosen.
pub fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "an unlisted fail-point");
    if chosen(name) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Whether a debug build was told to fail in this way.
pub fn chosen(name: &str) -> bool {
    cfg!(debug_assertions) && std::env::var_os("GLADYS_FAIL_AT").is_some_and(|chosen| chosen == name)
}
