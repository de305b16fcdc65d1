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
    run.stdout("
        store: ready (port [STORE]) in [time]
        front: not done: interrupted
        web: failed after [time]
    ").stderr(r#"

        gladys::probe::cancelled

          × `web`: stopped waiting for port [WEB]: interrupted
            ╭─[gladys.kdl:13:43]
         12 │     service store { port 4000 env=STORE; exec standin fixture --name store --listen "{port}" }
         13 │     service web { port 4001 env=WEB; exec standin fixture --name web --never-listen --append begun web --listen "{port}" }
            ·                                           ───┬───
            ·                                              ╰── this failed
         14 │     service front { port 4002 env=FRONT; exec standin fixture --name front --listen "{port}" }
            ╰────
          help: it was stopped
          the last lines it wrote:
            │ INFO  web: started
    "#).code(130);
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
fn a_second_interruption_ends_gladys_at_once() {
    let project = slow();
    let work = project.begin(["stubborn"]).until("started");
    let once = work.signal(Signal::INT).until("SIGINT");
    once.signal(Signal::INT).end().any_stdout().any_stderr().code(130).within(Duration::from_secs(5));
    until("the program has ended", || project.processes().is_empty());
}
