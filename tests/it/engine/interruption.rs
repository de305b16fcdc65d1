//! Ctrl-C.

use std::time::Duration;

use rustix::process::Signal;

use crate::project::{Project, until};

const SLOW: &str = r#"
service store "Ready at once" { ready tcp }
service web "Never ready" { needs store; ready tcp timeout="60s" }
service front "Never begun" { needs web; ready tcp }
command start "Start" { targets default="*"; each start order=needs { wait } }
command stop "Stop" { targets default="*"; each stop order=reverse }
command work "Work" { run standin fixture --append order work }
command stubborn "Work" { run standin fixture --ignore-term --exit "5@1500" }
command nap "Sleep" { run sleep 60 }
command upset "Work, and take an interruption ill" {
    run sh -c "trap 'echo Traceback; exit 7' INT; echo upset > begun; while true; do sleep 0.05; done"
    run standin fixture
}
profile local "Here" {
    recipe start { spawn }
    recipe stop { terminate }
    service store { port 4000 env=STORE; exec standin fixture --name store --listen "{port}" }
    service web { port 4001 env=WEB; exec standin fixture --name web --never-listen --append begun web --listen "{port}" }
    service front { port 4002 env=FRONT; exec standin fixture --name front --listen "{port}" }
}
"#;

fn slow() -> Project {
    Project::new().manifest(SLOW).port("STORE").port("WEB").port("FRONT")
}

#[test]
fn an_interrupted_start_leaves_nothing_half_way() {
    let project = slow();
    let start = project.begin(["start"]);
    until("web has begun", || project.read("begun") == "web\n");
    let run = start.signal(Signal::INT).end().within(Duration::from_secs(10));
    run.stdout(
        "
        store: ready (port [STORE]) in [time]
        front: not done: interrupted
        web: interrupted after [time]
    ",
    )
    .stderr(
        "
        web: stopped waiting for port [WEB]: interrupted; it was stopped
    ",
    )
    .code(130);
    let alive: Vec<String> = project.processes().into_iter().map(|process| process.command).collect();
    assert!(alive.iter().any(|command| command.contains("--name store")), "what was ready stays: {alive:?}");
    assert!(!alive.iter().any(|command| command.contains("--name web")), "half-way: {alive:?}");
    project.gladys(["stop"]).any_stdout();
    project.assert_nothing_runs();
}

#[test]
fn termination_is_an_interruption_too() {
    let project = slow();
    let start = project.begin(["start"]);
    until("web has begun", || project.read("begun") == "web\n");
    start.signal(Signal::TERM).end().any_stdout().any_stderr().code(130);
    project.gladys(["stop"]).any_stdout();
}

#[test]
fn an_interrupted_program_is_told_and_waited_for() {
    let project = slow();
    let work = project.begin(["work"]).until("started");
    work.signal(Signal::INT).end().any_stdout();
    // It ended well, and so did gladys.
    assert_eq!(project.read("order"), "work\nwork stopped\n");
}

#[test]
fn a_program_that_ignores_the_interruption_is_waited_for() {
    let project = slow();
    let work = project.begin(["stubborn"]).until("started");
    work.signal(Signal::INT).end().any_stdout().any_stderr().code(130);
}

#[test]
fn a_program_that_sigint_has_ended_is_told_in_a_line() {
    let project = slow();
    let nap = project.begin(["nap"]);
    until("it sleeps", || project.processes().iter().any(|process| process.command.ends_with("sleep 60")));
    nap.signal(Signal::INT).end().stderr("nap: `sleep` was ended by SIGINT").code(130);
}

#[test]
fn what_a_program_makes_of_the_interruption_is_told_in_a_line() {
    let project = slow();
    let upset = project.begin(["upset"]);
    until("it has begun", || project.read("begun") == "upset\n");
    let run = upset.signal(Signal::INT).end().stdout("Traceback").code(130);
    run.stderr(
        "
        sh: interrupted after [time]
        sh: `sh` exited with 7
    ",
    );
}

#[test]
fn a_failure_before_the_interruption_is_told_in_full() {
    let broken = r#"service broken { port 4003 env=BROKEN; exec sh -c "echo no disk; exit 3" }"#;
    let manifest = SLOW.replace("service front {", &format!("{broken}\n    service front {{"));
    let manifest =
        manifest.replacen("service front", "service broken \"Ends\" { ready tcp }\nservice front", 1);
    let project = Project::new().manifest(&manifest).port("STORE").port("WEB").port("FRONT").port("BROKEN");
    let start = project.begin(["start", "web", "broken"]).until("broken: failed");
    until("web has begun", || project.read("begun") == "web\n");
    let run = start.signal(Signal::INT).end().any_stdout();
    run.stderr(r#"
        web: stopped waiting for port [WEB]: interrupted; it was stopped

        gladys::probe::gone

          × `broken`: its program ended: exit code 3, before port [BROKEN] was ready
            ╭─[gladys.kdl:20:49]
         19 │     service web { port 4001 env=WEB; exec standin fixture --name web --never-listen --append begun web --listen "{port}" }
         20 │     service broken { port 4003 env=BROKEN; exec sh -c "echo no disk; exit 3" }
            ·                                                 ─┬
            ·                                                  ╰── this failed
         21 │     service front { port 4002 env=FRONT; exec standin fixture --name front --listen "{port}" }
            ╰────
          the last lines it wrote:
            │ no disk
    "#).code(130);
    project.gladys(["stop"]).any_stdout();
}

#[test]
fn a_second_interruption_ends_gladys_at_once() {
    let project = slow();
    let work = project.begin(["stubborn"]).until("started");
    let once = work.signal(Signal::INT).until("SIGINT");
    once.signal(Signal::INT).end().any_stdout().any_stderr().code(130).within(Duration::from_secs(5));
    until("the program has ended", || project.processes().is_empty());
}
