//! Builds by record, and running processes by the content of their program.

use super::{Project, check};
use crate::sync::{Built, Check, Kind, Output, Running, Runs};
use std::fs;
use std::process::{Child, Command};

fn built(project: &Project, output: Output, running: Vec<Running>) -> Check {
    let inputs = vec![project.glob("src/**/*.rs")];
    check("build", "Build", Kind::Built(Built { inputs, output, command: Some("make".to_owned()), running }))
}

fn running(runs: Runs, definition: Option<(&str, &str)>) -> Running {
    let definition = definition.map(|(then, now)| (then.to_owned(), now.to_owned()));
    Running { service: "web".to_owned(), runs, definition, restart: "gladys run restart web".to_owned() }
}

#[test]
fn a_build_is_known_by_the_record_of_its_inputs() {
    type Seed = fn(&Project);
    let seeds: [(Seed, u8, &str); 8] = [
        (|_| {}, 0, "  [OK] target/app: in sync (as recorded)"),
        (
            |p| p.flip("src/deep/b.rs"),
            1,
            "  [X] target/app: OUT OF SYNC, its inputs changed since it was built\n     - src/deep/b.rs: changed",
        ),
        (|p| p.write("src/c.rs", ""), 1, "     - src/c.rs: new"),
        (|p| p.remove("src/a.rs"), 1, "     - src/a.rs: gone"),
        (|p| p.flip("target/app"), 1, "  [X] target/app: OUT OF SYNC, it is not the one that was recorded"),
        (
            |p| p.remove("target/app"),
            1,
            "  [X] target/app: OUT OF SYNC, it was built and is not there any more",
        ),
        (|p| p.remove(".gladys/sync/build.json"), 2, "  [!] target/app: unknown, it was never recorded"),
        (
            |p| ["target/app", ".gladys/sync/build.json"].into_iter().for_each(|file| p.remove(file)),
            0,
            "  [-] target/app: not built yet",
        ),
    ];
    for (seed, code, expected) in seeds {
        let project = Project::new(&[("src/a.rs", "a"), ("src/deep/b.rs", "b"), ("target/app", "app")]);
        let check = built(&project, Output::File(project.path("target/app")), vec![]);
        assert_eq!(project.record(std::slice::from_ref(&check)).exit_code(), 0);
        seed(&project);
        let (found, text) = project.judge(&check);
        assert!(found == code && text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn an_image_is_known_by_what_a_program_prints() {
    let project = Project::new(&[("src/a.rs", "a"), ("id", "sha256:1\n")]);
    let image =
        |script: &str| Output::Named { name: "image web".to_owned(), identify: project.shell(script) };
    let runs = running(Runs::Named(project.shell("cat running")), None);
    let check = built(&project, image("cat id"), vec![runs]);
    project.write("running", "sha256:1\n");
    assert_eq!(project.record(std::slice::from_ref(&check)).exit_code(), 0);
    let expected = "  [OK] image web: in sync (as recorded)\n  [OK] web: in sync (runs this build)";
    assert_eq!(project.judge(&check), (0, expected.to_owned()));
    project.write("id", "sha256:2\n");
    let (code, text) = project.judge(&check);
    assert!(code == 1 && text.contains("it is not the one that was recorded"), "{text}");
    assert!(text.ends_with("  [X] web: OUT OF SYNC, it runs another build"), "{text}");
    let down = built(&project, image("echo engine down; exit 1"), vec![]);
    let expected =
        "  [!] image web: unknown, the command that identifies it ended with exit code 1\n     - engine down";
    assert_eq!(project.judge(&down), (2, expected.to_owned()));
}

/// A process that is ended with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_that_runs_an_older_build_is_told_to_restart() {
    let project = Project::new(&[("src/a.rs", "a")]);
    let app = project.path("app");
    fs::copy("/bin/sleep", &app).expect("a program");
    let service = Service(Command::new(&app).arg("600").spawn().expect("a process"));
    let pids = vec![std::process::id(), service.0.id()];
    let check = |definition| {
        let web = running(Runs::Processes(pids.clone()), definition);
        built(&project, Output::File(app.clone()), vec![web])
    };
    assert_eq!(project.record(&[check(None)]).exit_code(), 0);
    let expected = "  [OK] app: in sync (as recorded)\n  [OK] web: in sync (runs this build)";
    assert_eq!(project.judge(&check(Some(("1", "1")))), (0, expected.to_owned()));
    let report = project.run(&[check(Some(("1", "2")))]);
    assert!(
        super::shown(&report).1.ends_with("[X] web: OUT OF SYNC, it was started with another definition")
    );
    assert_eq!(report.actions, ["gladys run restart web"]);
    fs::remove_file(&app).expect("removed");
    fs::copy("/bin/cat", &app).expect("a program");
    project.record(&[check(None)]);
    let (code, text) = project.judge(&check(Some(("1", "1"))));
    let expected = "  [OK] app: in sync (as recorded)\n  [X] web: OUT OF SYNC, it runs another build";
    assert_eq!((code, text.as_str()), (1, expected));
    drop(service);
    let (code, text) = project.judge(&check(None));
    assert!(
        code == 2 && text.ends_with("web: unknown, none of its processes was started from this file"),
        "{text}"
    );
}
