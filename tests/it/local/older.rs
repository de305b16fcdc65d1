//! A definition that changed while its service runs: `start` says so, and so do `status` and `why`.

use std::time::Duration;

use super::{manifest, web};
use crate::project::Project;

const DECLARED: &str = "service web \"A web server\" { ready tcp timeout=\"30s\" }";

fn rewrite(project: &Project, port: &str, flags: &str) {
    let placed =
        format!("service web {{ {port}; exec standin fixture --name web --listen \"{{port}}\" {flags} }}");
    project.write("gladys.kdl", manifest(DECLARED, &placed));
}

fn first(text: &str) -> String {
    text.lines().take(1).map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn other_words_are_told_and_the_service_is_left_alone() {
    let project = web("--append order web");
    project.gladys(["start"]).any_stdout();
    rewrite(&project, "port 4000 env=WEB", "--append order web --child");
    project.gladys(["start"]).stdout(
        "
        web: it runs with an older definition; `gladys restart web` takes the new one
        web: already ready (port [WEB])
        1 service ready in [time]
    ",
    );
    let status = project.gladys(["status"]).text();
    assert!(status.contains("  it runs with an older definition; `gladys restart web` takes"), "{status}");
    project.gladys(["why", "web"]).map(first).stdout(
        "web: it is ready, but it runs with an older definition; `gladys restart web` takes the new one",
    );
    assert_eq!(project.read("order"), "web\n");
    project.gladys(["restart", "web"]).any_stdout();
    project.gladys(["start"]).stdout(
        "
        web: already ready (port [WEB])
        1 service ready in [time]
    ",
    );
}

#[test]
fn another_port_is_refused_at_once() {
    let project = web("").port("OTHER");
    project.gladys(["start"]).any_stdout();
    rewrite(&project, "port 4000 env=OTHER", "");
    project
        .gladys(["start"])
        .stdout("web: failed after [time]")
        .stderr(
            r#"

        gladys::supervisor::older

          × `web`: it runs with an older definition, on port [WEB] instead of port [OTHER]
            ╭─[gladys.kdl:21:41]
         20 │     recipe logs { tail "{follow}" "{timestamps}" "{tail}" "{grep}" "{run}" "{since}" }
         21 │ service web { port 4000 env=OTHER; exec standin fixture --name web --listen "{port}"  }
            ·                                         ───┬───
            ·                                            ╰── this failed
         22 │ }
            ╰────
          help: `gladys restart web` starts it as the manifest says now; nothing was changed
    "#,
        )
        .code(1)
        .within(Duration::from_secs(10));
    project.gladys(["restart"]).any_stdout();
    project.gladys(["stop"]).any_stdout();
}
