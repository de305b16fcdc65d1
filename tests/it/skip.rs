//! Tests that cannot run on this machine are skipped by name, never silently, and where everything must run only for the kernel's sake.

use std::io::Write;
use std::path::Path;

/// Whether something that a test needs is missing. Says so, and fails where `GLADYS_TEST_ALL` is 1.
pub fn without(what: &str, there: bool) -> bool {
    if there {
        return false;
    }
    let all = std::env::var("GLADYS_TEST_ALL").is_ok_and(|all| all == "1");
    assert!(!all, "there is no {what} on this machine, and GLADYS_TEST_ALL says that {} must run", name());
    skipped(&format!("there is no {what} on this machine"))
}

/// Whether the kernel lacks something that a test needs. Says so, also where everything must run: nothing can be done about it.
pub fn without_in_kernel(what: &str, there: bool) -> bool {
    !there && skipped(&format!("the kernel has no {what}"))
}

/// Not with a macro: a test's own output is shown only when it fails.
fn skipped(why: &str) -> bool {
    let _ = writeln!(std::io::stderr(), "skipped: {}: {why}", name());
    true
}

fn name() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}

/// Whether there is no PostgreSQL server.
pub fn without_postgres() -> bool {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = folders.map(|folder| folder.path().join("bin/postgres")).any(|program| program.exists());
    without("PostgreSQL server", installed || which::which("postgres").is_ok())
}

/// Whether a program is missing.
pub fn without_program(program: &str) -> bool {
    without(&format!("`{program}`"), Path::new(program).exists() || which::which(program).is_ok())
}
