//! What a failure does: dependents are not begun, what is ready stays, the cause is shown.

use std::time::Duration;

use crate::project::Project;

const SHOP: &str = r#"
service store "Fails" { ready tcp timeout="10s" }
service web "Needs it" { needs store; ready tcp }
service front "Needs that" { needs web; ready tcp }
service mail "Apart" { ready tcp }
command start "Start" { targets default="*"; each start order=needs { wait } }
command stop "Stop" { targets default="*"; each stop order=reverse }
profile local "Here" {
    recipe start { spawn }
    recipe stop { terminate grace="1s" }
    service store { port 4000 env=STORE; exec standin fixture --name store STORE_FLAGS --listen "{port}" }
    service web { port 4001 env=WEB; exec standin fixture --name web --listen "{port}" --append order web }
    service front { port 4002 env=FRONT; exec standin fixture --name front --listen "{port}" --append order front }
    service mail { port 4003 env=MAIL; exec standin fixture --name mail --listen "{port}" --append order mail }
}
"#;

fn shop(flags: &str) -> Project {
    let project = Project::new().manifest(&SHOP.replace("STORE_FLAGS", flags));
    project.port("STORE").port("WEB").port("FRONT").port("MAIL")
}

#[test]
fn a_failure_cancels_what_depends_on_it_and_leaves_the_rest_running() {
    let project = shop("--never-listen --exit \"3@600\"");
    project.gladys(["start"]).stdout("
        mail: ready (port [MAIL]) in [time]
        store: failed after [time]
        web: not done: store failed
        front: not done: store failed
    ").stderr(r#"

        gladys::probe::gone

          × `store`: its program ended: exit code 3, before port [STORE] was ready
            ╭─[gladys.kdl:11:47]
         10 │     recipe stop { terminate grace="1s" }
         11 │     service store { port 4000 env=STORE; exec standin fixture --name store --never-listen --exit "3@600" --listen "{port}" }
            ·                                               ───┬───
            ·                                                  ╰── this failed
         12 │     service web { port 4001 env=WEB; exec standin fixture --name web --listen "{port}" --append order web }
            ╰────
          the last lines it wrote:
            │ INFO  store: started
    "#).code(1).within(Duration::from_secs(5));
    assert_eq!(project.read("order"), "mail\n");
    let alive: Vec<String> = project.processes().into_iter().map(|process| process.command).collect();
    assert!(alive.iter().any(|command| command.contains("--name mail")), "{alive:?}");
    assert!(!alive.iter().any(|command| command.contains("--name store")), "{alive:?}");
}

#[test]
fn the_last_words_of_a_service_are_shown() {
    let project = shop("--flood \"64k\" --never-listen --exit \"1@300\" --crash-without-newline");
    let stderr = project.gladys(["start", "store"]).any_stdout().code(1).any_stderr().stderr_text();
    let shown =
        stderr.split_once("the last lines it wrote:\n").map(|(_, lines)| lines).expect("its last lines");
    assert_eq!(shown.lines().count(), 12, "{shown}");
    assert!(shown.contains("flood 000000001023"), "{shown}");
}

#[test]
fn a_job_that_fails_is_the_cause_with_its_output() {
    let manifest = r#"
        service web "Needs the job" { needs tables }
        job tables "Fails" { run sh -c "echo looking; echo 'no such table' >&2; exit 4" }
        command start "Start" { targets default="*"; each start order=needs { wait } }
        profile local "Here" { recipe start { spawn }; service web { exec standin fixture } }
    "#;
    let project = Project::new().manifest(manifest);
    project
        .gladys(["start"])
        .stdout(
            "
        tables: failed after [time]
        web: not done: tables failed
    ",
        )
        .stderr(
            r#"

        gladys::program::failed

          × `tables`: `sh` exited with 4
           ╭─[gladys.kdl:3:34]
         2 │         service web "Needs the job" { needs tables }
         3 │         job tables "Fails" { run sh -c "echo looking; echo 'no such table' >&2; exit 4" }
           ·                                  ─┬
           ·                                   ╰── this failed
         4 │         command start "Start" { targets default="*"; each start order=needs { wait } }
           ╰────
          the last lines it wrote:
            │ looking
            │ no such table
    "#,
        )
        .code(1);
    project.assert_nothing_runs();
}

#[test]
fn stop_goes_on_after_a_failure_and_reports_all_of_them() {
    let manifest = r#"
        service a "One" { }
        service b "Two" { needs a }
        service c "Three" { needs b }
        command stop "Stop" { targets default="*"; each stop order=reverse }
        profile local "Here" {
            recipe stop { run sh -c "echo $0 >> order; test $0 = a" "{service}" }
            service a { }
            service b { }
            service c { }
        }
    "#;
    let project = Project::new().manifest(manifest);
    project
        .gladys(["stop"])
        .stdout(
            "
        c: failed after [time]
        b: failed after [time]
        a: done in [time]
    ",
        )
        .stderr(
            r#"

        gladys::program::failed

          × `c`: `sh` exited with 1
           ╭─[gladys.kdl:7:31]
         6 │         profile local "Here" {
         7 │             recipe stop { run sh -c "echo $0 >> order; test $0 = a" "{service}" }
           ·                               ─┬
           ·                                ╰── this failed
         8 │             service a { }
           ╰────

        gladys::program::failed

          × `b`: `sh` exited with 1
           ╭─[gladys.kdl:7:31]
         6 │         profile local "Here" {
         7 │             recipe stop { run sh -c "echo $0 >> order; test $0 = a" "{service}" }
           ·                               ─┬
           ·                                ╰── this failed
         8 │             service a { }
           ╰────
    "#,
        )
        .code(1);
    assert_eq!(project.read("order"), "c\nb\na\n");
}

#[test]
fn what_fails_before_a_stop_prevents_the_whole_of_it() {
    let manifest = r#"
        service a "One" { }
        service b "Two" { needs a }
        command stop "Stop" { targets default="*"; each stop order=reverse }
        command reset "Reset" { run sh -c "exit 3"; do stop; run touch cleaned }
        profile local "Here" {
            recipe stop { run sh -c "echo $0 >> order" "{service}" }
            service a { }
            service b { }
        }
    "#;
    let project = Project::new().manifest(manifest);
    project
        .gladys(["reset"])
        .stderr(
            r#"
        sh: failed after [time]
        b: not done: sh failed
        a: not done: sh failed

        gladys::program::failed

          × `sh` exited with 3
           ╭─[gladys.kdl:5:37]
         4 │         command stop "Stop" { targets default="*"; each stop order=reverse }
         5 │         command reset "Reset" { run sh -c "exit 3"; do stop; run touch cleaned }
           ·                                     ─┬
           ·                                      ╰── this failed
         6 │         profile local "Here" {
           ╰────
    "#,
        )
        .code(3);
    assert_eq!(project.read("order"), "");
    assert!(!project.path("cleaned").exists());
}

#[test]
fn a_program_that_cannot_be_executed_is_named() {
    let manifest = r#"
        service web "Broken" { }
        command start "Start" { targets default="*"; each start order=needs { wait } }
        profile local "Here" { recipe start { spawn }; service web { prepare sh -c "echo '#!/no/interpreter' > made; chmod +x made"; exec "./made" } }
    "#;
    let project = Project::new().manifest(manifest);
    project.gladys(["start"]).stdout("
        web: prepared in [time]
        web: failed after [time]
    ").stderr(r#"

        gladys::supervisor::not_executable

          × `web`: `[root]/./made` cannot be executed: the interpreter that its first
          │ line (`#!`) or its header names is not there
           ╭─[gladys.kdl:4:139]
         3 │         command start "Start" { targets default="*"; each start order=needs { wait } }
         4 │         profile local "Here" { recipe start { spawn }; service web { prepare sh -c "echo '#!/no/interpreter' > made; chmod +x made"; exec "./made" } }
           ·                                                                                                                                           ────┬───
           ·                                                                                                                                               ╰── this failed
         5 │     
           ╰────
          help: check the program and the `cwd` of the service in the manifest
    "#).code(1);
    project.assert_nothing_runs();
}

#[test]
fn a_signal_that_ends_a_program_is_told() {
    let manifest = "command die \"Die\" { run sh -c \"kill -9 $$\" }\nprofile here \"Here\" {}";
    Project::new().manifest(manifest).gladys(["die"]).stderr("die: `sh` was ended by SIGKILL").code(137);
}
