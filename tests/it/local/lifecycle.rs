//! From start to stop.

use std::time::Duration;

use super::{manifest, web};
use crate::oracle;
use crate::project::{Project, until};

/// How many processes play the service.
fn instances(project: &Project, name: &str) -> usize {
    let flag = format!("--name {name} ");
    project.processes().iter().filter(|process| format!("{} ", process.command).contains(&flag)).count()
}

#[test]
fn a_second_start_finds_the_service_running() {
    let project = web("--append order web");
    project.gladys(["start"]).stdout(
        "
        web: ready (port [WEB]) in [time]
        1 service ready in [time]
    ",
    );
    project
        .gladys(["start"])
        .stdout(
            "
        web: already ready (port [WEB])
        1 service ready in [time]
    ",
        )
        .within(Duration::from_secs(5));
    assert_eq!((instances(&project, "web"), project.read("order").as_str()), (1, "web\n"));
}

#[test]
fn many_starts_at_once_start_one() {
    let project = web("--ready-after 200 --append order web");
    let starts: Vec<_> = (0..8).map(|_| project.begin(["start"])).collect();
    for start in starts {
        drop(start.end().any_stdout());
    }
    assert_eq!((instances(&project, "web"), project.read("order").as_str()), (1, "web\n"));
}

#[test]
fn a_stop_leaves_no_process_and_a_second_one_finds_nothing() {
    let project = web("--child --append order web");
    project.gladys(["start"]).any_stdout();
    project.gladys(["stop"]).stdout("web: stopped in [time]");
    project.assert_nothing_runs();
    assert_eq!(project.read("order"), "web\nweb stopped\n");
    project.gladys(["stop"]).stdout("web: not running");
}

#[test]
fn a_restart_is_another_process() {
    let project = web("--append order web");
    project.gladys(["start"]).any_stdout();
    project.gladys(["restart"]).stdout(
        "
        web: stopped in [time]
        web: ready (port [WEB]) in [time]
        1 service ready in [time]
    ",
    );
    assert_eq!(project.read("order"), "web\nweb stopped\nweb\n");
    assert_eq!(instances(&project, "web"), 1);
}

#[test]
fn a_daemon_that_forked_twice_is_found_and_stopped() {
    let project = web("--double-fork");
    project.gladys(["start"]).any_stdout();
    until("the daemon runs", || instances(&project, "daemon") == 1);
    project.gladys(["stop"]).stdout("web: stopped in [time]");
    project.assert_nothing_runs();
}

#[test]
fn a_service_that_ignores_the_signal_is_killed_after_its_grace() {
    let project = web("--ignore-term --child");
    project.gladys(["start"]).any_stdout();
    project.gladys(["stop"]).stdout("web: stopped with SIGKILL in [time]").within(Duration::from_secs(8));
    project.assert_nothing_runs();
}

#[test]
fn a_service_that_needs_its_time_to_stop_gets_it() {
    let project = web("--term-delay 500 --append order web");
    project.gladys(["start"]).any_stdout();
    project.gladys(["stop"]).stdout("web: stopped in [time]");
    assert_eq!(project.read("order"), "web\nweb stopped\n");
}

#[test]
fn the_signal_and_grace_of_a_service_are_its_own() {
    let placed = r#"service web { exec sh -c "trap 'echo int > signal; exit' INT; while :; do sleep 0.05; done"; stop signal=INT }"#;
    let project = Project::new().manifest(&manifest("service web \"A shell\" { }", placed));
    project.gladys(["start"]).any_stdout();
    until("the shell has set its trap", || {
        project.processes().iter().any(|process| process.command.starts_with("sleep"))
    });
    project.gladys(["stop"]).stdout("web: stopped in [time]");
    assert_eq!(project.read("signal"), "int\n");
}

#[test]
fn a_service_that_exits_at_once_is_told_at_once_with_its_last_words() {
    let project = web("--never-listen --exit \"3@0\"");
    project.gladys(["start"]).stdout("web: failed after [time]").stderr(r#"

        gladys::probe::gone

          × `web`: its program ended: exit code 3, before port [WEB] was ready
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --never-listen --exit "3@0" }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          the last lines it wrote:
            │ INFO  web: started
    "#).code(1).within(Duration::from_secs(5));
    project.assert_nothing_runs();
}

#[test]
fn a_service_that_exits_well_before_it_is_ready_has_failed_too() {
    let project = web("--never-listen --exit \"0@50\"");
    project.gladys(["start"]).any_stdout().stderr(r#"

        gladys::probe::gone

          × `web`: its program ended: exit code 0, before port [WEB] was ready
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --never-listen --exit "0@50" }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          the last lines it wrote:
            │ INFO  web: started
    "#).code(1);
}

#[test]
fn a_service_that_never_listens_is_given_up_and_stopped_again() {
    let project = web("--never-listen");
    project.write("gladys.kdl", project.read("gladys.kdl").replace("timeout=\"5s\"", "timeout=\"500ms\""));
    project.gladys(["start"]).stdout("web: failed after [time]").stderr(r#"

        gladys::probe::timeout

          × `web`: port [WEB] was not ready within 500ms: it does not listen on port [WEB]
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --never-listen }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
    "#).code(1).within(Duration::from_secs(5));
    project.assert_nothing_runs();
}

#[test]
fn a_service_added_to_the_manifest_runs_with_the_same_program() {
    let project = web("").port("MORE");
    project.gladys(["start"]).any_stdout();
    let text = project.read("gladys.kdl");
    let text = text.replace("service web {", "service more { port 4001 env=MORE; exec standin fixture --name more --listen \"{port}\" }\nservice web {");
    project.write("gladys.kdl", format!("service more \"Another\" {{ needs web; ready tcp }}\n{text}"));
    project.gladys(["start"]).stdout(
        "
        web: already ready (port [WEB])
        more: ready (port [MORE]) in [time]
        2 services ready in [time]
    ",
    );
    assert_eq!((instances(&project, "web"), instances(&project, "more")), (1, 1));
}

#[test]
fn services_outlive_the_session_of_the_command_that_started_them() {
    let project = web("");
    // A session of its own, all of whose processes are then killed, as when a terminal is closed.
    project.sh("setsid sh -c '$GLADYS start > /dev/null; kill -KILL -$$' || true").any_stderr();
    until("it is ready", || instances(&project, "web") == 1);
    project.gladys(["status"]).any_stdout();
}

#[test]
fn two_checkouts_run_side_by_side() {
    let both = [free_offset(), free_offset()].map(|offset| {
        let declared = "service web \"A web server\" { ready tcp }";
        let placed = "service web { port 20000; exec standin fixture --name web --listen \"{port}\" }";
        Project::new().manifest(&manifest(declared, placed)).env("GLADYS_PORT_OFFSET", offset)
    });
    let [one, two] = &both;
    one.gladys(["start"]).any_stdout();
    two.gladys(["start"]).any_stdout();
    assert_eq!((instances(one, "web"), instances(two, "web")), (1, 1));
    one.gladys(["stop"]).any_stdout();
    one.assert_nothing_runs();
    let left = two.processes();
    assert!(
        left.iter().all(|process| oracle::is_alive(process.pid)) && instances(two, "web") == 1,
        "{left:?}"
    );
    two.gladys(["status"]).any_stdout();
}

fn free_offset() -> i32 {
    i32::from(crate::project::free_port()) - 20_000
}

#[test]
fn a_long_name_does_not_push_the_others_lines_aside() {
    let name = "a-service-whose-name-is-longer-than-a-third-of-the-terminal";
    let declared = format!(
        "service {name} \"Long\" {{ ready log up }}\nservice web \"Short\" {{ needs {name}; ready log up }}"
    );
    let placed = |name| format!("service {name} {{ exec sh -c \"echo up; exec sleep 1000\" }}\n");
    let project = Project::new().manifest(&manifest(&declared, &(placed(name) + &placed("web"))));
    for (columns, blanks) in [(80, 21), (40, 10)] {
        let start = format!("stty rows 20 cols {columns}; TERM=xterm NO_COLOR=1 LC_ALL=C $GLADYS start");
        let shown = project.at_terminal(&start).end().anything();
        let shown = shown.found().replace("\x1b[2K", "\r");
        let short = format!("+ web{}  ready", " ".repeat(blanks));
        assert!(shown.contains(&format!("+ {name}  ready")) && shown.contains(&short), "{shown:?}");
        project.gladys(["stop"]).any_stdout();
    }
}

#[test]
fn progress_stays_within_a_narrow_terminal() {
    let name = "a-service-whose-name-is-longer-than-forty-columns";
    let placed = format!("service {name} {{ exec sh -c \"sleep 1; echo up; exec sleep 1000\" }}");
    let project =
        Project::new().manifest(&manifest(&format!("service {name} \"Long\" {{ ready log up }}"), &placed));
    let shown =
        project.at_terminal("stty rows 20 cols 40; TERM=xterm NO_COLOR=1 $GLADYS start").end().anything();
    let shown = shown.found().replace("\x1b[2K", "\r");
    let frames: Vec<&str> = shown.split(['\r', '\n']).filter(|frame| frame.contains("a-service")).collect();
    let (cut, done): (Vec<&str>, Vec<&str>) = frames.into_iter().partition(|frame| !frame.contains(name));
    assert!(!cut.is_empty() && cut.iter().all(|frame| frame.chars().count() <= 40), "{shown:?}");
    assert_eq!(done.len(), 1, "the line that stays has the whole name: {shown:?}");
}
