//! `why`: the cause of a start that came to nothing is not lost.

use super::{manifest, web};
use crate::project::Project;

/// The first line, without when it was.
fn cause(project: &Project) -> String {
    let text = project.gladys(["why", "web"]).code(1).text();
    let line = text.lines().next().unwrap_or_default();
    let words = line.split(' ').collect::<Vec<_>>();
    let age = words.iter().position(|word| word.starts_with("ago:")).and_then(|ago| words.get(ago - 1));
    age.map_or_else(|| line.to_owned(), |age| line.replacen(age, "some time", 1))
}

#[test]
fn a_service_that_did_not_become_ready_in_time() {
    let project = web("--never-listen");
    project.write("gladys.kdl", project.read("gladys.kdl").replace("timeout=\"5s\"", "timeout=\"300ms\""));
    drop(project.gladys(["start"]).anything());
    assert_eq!(
        cause(&project),
        "web: it did not become ready and was stopped, some time ago: port [WEB] was not ready within 300ms: \
         it does not listen on port [WEB]"
    );
    project.write("gladys.kdl", project.read("gladys.kdl").replace(" --never-listen", ""));
    project.gladys(["start"]).any_stdout();
    project.gladys(["stop"]).any_stdout();
    assert_eq!(cause(&project), "web: it was stopped");
}

#[test]
fn a_service_whose_preparation_or_job_failed() {
    let declared = r#"
        job schema "Tables" { run "false" }
        service web "A web server" { ready tcp }
        service site "Another" { needs schema; ready tcp }
    "#;
    let placed = r#"
        service web { port 4000 env=WEB; prepare "false"; exec standin fixture --listen "{port}" }
        service site { port 4001 env=SITE; exec standin fixture --listen "{port}" }
    "#;
    let project = Project::new().manifest(&manifest(declared, placed)).port("WEB").port("SITE");
    drop(project.gladys(["start"]).anything());
    assert_eq!(
        cause(&project),
        "web: it was not started, some time ago: `prepare web` failed: `false` exited with 1"
    );
    let site = project.gladys(["why", "site"]).code(1).text();
    assert!(
        site.starts_with("site: it was not started, ") && site.contains("`false` exited with 1"),
        "{site}"
    );
    project.gladys(["why", "schema"]).code(2).stderr(
        "
        manifest::bad-call

          × `why`: `schema` is a job: it runs to its end, and nothing is kept of it
           ╭─[command line:1:12]
         1 │ gladys why schema
           ·            ───┬──
           ·               ╰── this word
           ╰────
          help: `gladys why` of a service that needs it says how it failed

    ",
    );
}
