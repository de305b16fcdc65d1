//! Lock files by the real cargo, and any program by its exit code.

use super::{Project, check};
use crate::process::Invocation;
use crate::sync::{Kind, Locked};

fn cargo(project: &Project) -> Option<Invocation> {
    let mut call = project.shell("");
    call.program = which::which("cargo").ok()?;
    call.args = ["metadata", "--locked", "--offline", "--format-version", "1"].map(str::to_owned).to_vec();
    Some(call)
}

#[test]
fn a_lock_of_cargo_is_in_step_or_drifted_or_not_there() {
    let manifest = "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let lock = "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n";
    let project = Project::new(&[("Cargo.toml", manifest), ("Cargo.lock", lock), ("src/lib.rs", "")]);
    let Some(command) = cargo(&project) else { return };
    let check = check("lock", "Lock", Kind::Locked(Locked { command, file: project.path("Cargo.lock") }));
    assert_eq!(project.judge(&check), (0, "  [OK] Cargo.lock: in sync".to_owned()));
    project.write("Cargo.toml", manifest.replace("0.1.0", "0.2.0"));
    let (code, text) = project.judge(&check);
    assert!(code == 1 && text.starts_with("  [X] Cargo.lock: OUT OF SYNC\n     - "), "{text}");
    project.remove("Cargo.lock");
    assert_eq!(project.judge(&check), (1, "  [X] Cargo.lock: OUT OF SYNC, it does not exist".to_owned()));
}

#[test]
fn a_lock_that_needs_the_network_is_unknown_and_one_that_is_changed_is_no_answer() {
    let project = Project::new(&[("lock", "1")]);
    let judge = |script: &str| {
        let locked = Locked { command: project.shell(script), file: project.path("lock") };
        project.judge(&check("lock", "Lock", Kind::Locked(locked)))
    };
    let offline = "echo 'retry without the --offline flag'; exit 101";
    let expected =
        "  [!] lock: unknown, it cannot be checked offline\n     - retry without the --offline flag";
    assert_eq!(judge(offline), (2, expected.to_owned()));
    let changed = "  [!] lock: unknown, the command that checks it changed it";
    assert_eq!(judge("echo 2 > lock"), (2, changed.to_owned()));
}

#[test]
fn any_program_answers_by_its_exit_code() {
    let project = Project::new(&[]);
    let judge = |script: &str| project.judge(&check("lint", "Lint", Kind::Run(project.shell(script))));
    assert_eq!(judge("exit 0"), (0, "  [OK] lint: in sync".to_owned()));
    assert_eq!(
        judge("echo why; exit 4"),
        (1, "  [X] lint: OUT OF SYNC (exit code 4)\n     - why".to_owned())
    );
    assert_eq!(judge("kill -15 $$"), (2, "  [!] lint: unknown, it was killed by signal 15".to_owned()));
}
