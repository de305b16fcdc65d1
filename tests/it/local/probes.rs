//! Every way to find out that a service is ready.

use std::time::Duration;

use super::manifest;
use crate::project::Project;

/// A service with a probe, and flags for the stand-in.
fn probed(ready: &str, flags: &str) -> Project {
    let declared = format!("service web \"A service\" {{ {ready} }}");
    let placed = format!(
        "service web {{ port 4000 env=WEB; exec standin fixture --name web --listen \"{{port}}\" {flags} }}"
    );
    Project::new().manifest(&manifest(&declared, &placed)).port("WEB")
}

#[test]
fn tcp_answers_on_either_family() {
    probed("ready tcp", "--ready-after 100").gladys(["start"]).stdout(
        "
        web: ready (port [WEB]) in [time]
        1 service ready in [time]
    ",
    );
    probed("ready tcp", "--host \"127.0.0.1\"").gladys(["start"]).any_stdout();
    probed("ready tcp", "--host \"::1\"").gladys(["start"]).any_stdout();
}

#[test]
fn http_answers_with_success() {
    probed("ready http \"/health\"", "--http-status \"503@0\" --http-status \"200@150\"")
        .gladys(["start"])
        .stdout(
            "
        web: ready (http://localhost:[WEB]/health) in [time]
        1 service ready in [time]
    ",
        );
    probed("ready http \"http://localhost:{port}/health\"", "").gladys(["start"]).stdout(
        "
        web: ready (http://localhost:[WEB]/health) in [time]
        1 service ready in [time]
    ",
    );
}

#[test]
fn http_that_answers_badly_is_not_ready_and_its_answer_is_shown() {
    let project = probed("ready http \"/health\" timeout=\"400ms\"", "--http-status \"500@0\"");
    project.gladys(["start"]).any_stdout().stderr(r#"

        gladys::probe::timeout

          × `web`: http://localhost:[WEB]/health was not ready within 400ms: it answered 500 Internal
          │ Server Error
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --http-status "500@0" }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
            │ INFO  web: listening on 127.0.0.1:[WEB] and [::1]:[WEB]
    "#).code(1);
}

#[test]
fn http_that_never_answers_is_given_up() {
    let project = probed("ready http \"/health\" timeout=\"400ms\" attempt=\"100ms\"", "--hang");
    project
        .gladys(["start"])
        .any_stdout()
        .stderr(
            r#"

        gladys::probe::timeout

          × `web`: http://localhost:[WEB]/health was not ready within 400ms: no answer within 100ms
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --hang }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
            │ INFO  web: listening on 127.0.0.1:[WEB] and [::1]:[WEB]
    "#,
        )
        .code(1)
        .within(Duration::from_secs(5));
}

#[test]
fn grpc_says_serving() {
    probed("ready grpc", "").gladys(["start"]).stdout(
        "
        web: ready (grpc health on port [WEB]) in [time]
        1 service ready in [time]
    ",
    );
}

#[test]
fn grpc_that_does_not_serve_is_not_ready() {
    probed("ready grpc timeout=\"400ms\"", "--grpc-health not-serving").gladys(["start"]).any_stdout().stderr(r#"

        gladys::probe::timeout

          × `web`: grpc health on port [WEB] was not ready within 400ms: the server says NOT_SERVING
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --grpc-health not-serving }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
            │ INFO  web: listening on 127.0.0.1:[WEB] and [::1]:[WEB]
    "#).code(1);
    probed("ready grpc timeout=\"400ms\"", "--grpc-health unimplemented").gladys(["start"]).any_stdout().stderr(r#"

        gladys::probe::timeout

          × `web`: grpc health on port [WEB] was not ready within 400ms: the server has no health service
          │ (UNIMPLEMENTED)
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}" --grpc-health unimplemented }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
            │ INFO  web: listening on 127.0.0.1:[WEB] and [::1]:[WEB]
    "#).code(1);
}

#[test]
fn a_program_exits_well() {
    probed("ready exec standin health --http \"localhost:{port}\"", "--ready-after 200")
        .gladys(["start"])
        .stdout(
            "
        web: ready (`standin`) in [time]
        1 service ready in [time]
    ",
        );
    probed("ready exec sh -c \"exit 3\" timeout=\"400ms\"", "")
        .gladys(["start"])
        .any_stdout()
        .stderr(
            r#"

        gladys::probe::timeout

          × `web`: `sh` was not ready within 400ms: it exited with 3
            ╭─[gladys.kdl:21:39]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=WEB; exec standin fixture --name web --listen "{port}"  }
            ·                                       ───┬───
            ·                                          ╰── this failed
         22 │ }
            ╰────
          help: it was stopped
                the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
          the last lines it wrote:
            │ INFO  web: started
            │ INFO  web: listening on 127.0.0.1:[WEB] and [::1]:[WEB]
    "#,
        )
        .code(1);
}

#[test]
fn a_program_that_hangs_is_ended_with_what_it_started() {
    let project = probed("ready exec sh -c \"sleep 60 & sleep 60\" timeout=\"600ms\" attempt=\"200ms\"", "");
    project.gladys(["start"]).any_stdout().any_stderr().code(1).within(Duration::from_secs(5));
    project.assert_nothing_runs();
}

#[test]
fn a_line_of_the_log_says_so() {
    let project = probed("ready log \"listening on\"", "--ready-after 200");
    project.gladys(["start"]).stdout(
        "
        web: ready (a log line with `listening on`) in [time]
        1 service ready in [time]
    ",
    );
    // The line of an earlier run does not count.
    project.gladys(["stop"]).any_stdout();
    let text = project.read("gladys.kdl");
    project.write(
        "gladys.kdl",
        text.replace("--ready-after 200", "--never-listen")
            .replace("\"listening on\"", "\"listening on\" timeout=\"400ms\""),
    );
    project.gladys(["start"]).any_stdout().stderr(r#"

        gladys::probe::timeout

          × `web`: a log line with `listening on` was not ready within 400ms: it does not listen on port
          │ [WEB]
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
    "#).code(1);
}

#[test]
fn without_a_probe_a_service_counts_as_started() {
    probed("", "").gladys(["start"]).stdout("web: started, pid [pid] in [time]");
}

#[test]
fn a_profile_may_have_a_probe_of_its_own_and_a_place_one_more() {
    let declared = "service a \"One\" { ready log never }\nservice b \"Two\" { ready log never }";
    let placed = "ready exec \"true\"\nservice a { exec standin fixture }\nservice b { exec standin fixture; ready exec sh -c \"exit 0\" }";
    Project::new().manifest(&manifest(declared, placed)).gladys(["start"]).sorted().stdout(
        "
        2 services ready in [time]
        a: ready (`true`) in [time]
        b: ready (`sh`) in [time]
    ",
    );
}
