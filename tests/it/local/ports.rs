//! A port that somebody else has.

use std::net::TcpStream;

use super::{manifest, web};
use crate::oracle;
use crate::project::{Project, until};

#[test]
fn a_port_taken_by_a_stranger_is_refused_with_who_has_it_and_the_stranger_lives() {
    let project = web("--append order web");
    let port = project.var("WEB").to_owned();
    let stranger = Project::stranger(["fixture", "--listen", &port]);
    until("the stranger listens", || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    project.gladys(["start"]).stdout("web: failed after [time]").stderr(r#"

        gladys::supervisor::port_taken

          × `web`: port [WEB] is taken by process [pid] (standin fixture --listen [WEB])
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --append order web }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: stop that program, or give `web` another port
    "#).code(1);
    project.gladys(["status"]).any_stdout().code(1);
    project.gladys(["stop"]).stdout("web: not running");
    assert_eq!(project.read("order"), "");
    let pid = i32::try_from(stranger.pid()).expect("a pid");
    assert!(oracle::is_alive(pid), "the stranger was killed");
}

#[test]
fn the_status_of_a_service_is_not_that_of_a_stranger_on_its_port() {
    let project = web("");
    let port = project.var("WEB").to_owned();
    let _stranger = Project::stranger(["fixture", "--listen", &port]);
    until("the stranger listens", || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    let status = project.gladys(["status", "--json"]).code(1).json();
    assert_eq!(
        (&status["services"][0]["state"], &status["services"][0]["ready"]),
        (&"stopped".into(), &false.into())
    );
}

#[test]
fn a_port_taken_by_a_service_of_another_checkout_is_refused_with_the_command_that_frees_it() {
    let first = web("");
    first.gladys(["start"]).any_stdout();
    let second = web("").env("WEB", first.var("WEB"));
    let error = second.gladys(["start"]).any_stdout().any_stderr().code(1).stderr_text();
    let other = first.path("");
    let other = other.to_string_lossy();
    let help =
        format!("`cd {} && gladys run stop web --profile local` frees it", other.trim_end_matches('/'));
    let flat: String = error.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&help), "expected {help} in\n{error}");
    first.gladys(["status"]).any_stdout();
}

#[test]
fn two_services_of_one_project_on_one_port_are_refused_before_anything_runs() {
    let declared = "service a \"One\" { ready tcp }\nservice b \"Two\" { ready tcp }";
    let placed =
        "service a { port 4000; exec standin fixture }\nservice b { port 4000; exec standin fixture }";
    let project = Project::new().manifest(&manifest(declared, placed));
    project
        .gladys(["start"])
        .stderr(
            r#"
        manifest::port-taken

          × two services of the profile `local` have the port 4000
            ╭─[gladys.kdl:22:18]
         21 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         22 │ service a { port 4000; exec standin fixture }
            ·                  ──┬─
            ·                    ╰── `a` has it
         23 │ service b { port 4000; exec standin fixture }
            ·                  ──┬─
            ·                    ╰── so does `b`
         24 │ }
            ╰────
          help: give one of them another port

    "#,
        )
        .code(2);
    project.assert_nothing_runs();
}

#[test]
fn a_worker_that_holds_the_port_counts_as_its_service() {
    let declared = "service web \"A leader with a worker\" { ready tcp timeout=\"5s\" }";
    let placed =
        "service web { port 4000 env=WEB; exec standin fixture --name web --worker-port \"{port}\" }";
    let project = Project::new().manifest(&manifest(declared, placed)).port("WEB");
    project.gladys(["start"]).stdout(
        "
        web: ready (port [WEB]) in [time]
        1 service ready in [time]
    ",
    );
    project.gladys(["stop"]).any_stdout();
    project.assert_nothing_runs();
}
