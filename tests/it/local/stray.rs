//! A service that is renamed while it runs: nothing of it is lost.

use super::{manifest, web};
use crate::project::Project;

/// `web` runs, and the manifest calls it `site` now.
fn renamed() -> Project {
    let project = web("--append order web").port("SITE");
    project.gladys(["start"]).any_stdout();
    let placed =
        r#"service site { port 4000 env=SITE; exec standin fixture --listen "{port}" --append order site }"#;
    project.write("gladys.kdl", manifest("service site \"The same\" { ready tcp timeout=\"5s\" }", placed));
    project
}

#[test]
fn it_is_told_and_can_be_stopped_by_its_former_name() {
    let project = renamed();
    project.gladys(["stop"]).sorted().stdout(
        "
        site: not running
        web: it runs and is in the manifest no more; `gladys stop web` ends it
    ",
    );
    let status = project.gladys(["status"]).code(1).text();
    let last = status.lines().last().unwrap_or_default();
    assert!(last.starts_with("web      ready    -     "), "{status}");
    assert!(
        last.ends_with("  0         it runs and is in the manifest no more; `gladys stop web` ends it"),
        "{status}"
    );
    let why = project.gladys(["why", "web"]).text();
    assert!(
        why.starts_with("web: it runs and is in the manifest no more; `gladys stop web` ends it\n"),
        "{why}"
    );
    project.gladys(["start", "site"]).any_stdout();
    project.gladys(["stop", "web"]).stdout("web: stopped in [time]");
    assert_eq!(project.read("order"), "web\nsite\nweb stopped\n");
    project.gladys(["stop"]).stdout("site: stopped in [time]");
    project.assert_nothing_runs();
}

#[test]
fn one_that_does_not_run_is_no_service() {
    let project = renamed();
    project.gladys(["stop", "web", "site"]).sorted().stdout(
        "
        site: not running
        web: stopped in [time]
    ",
    );
    project.gladys(["stop", "web"]).code(2).stderr(
        "
        manifest::unknown-name

          × there is no service or group `web`
           ╭─[command line:1:13]
         1 │ gladys stop web
           ·             ─┬─
           ·              ╰── unknown
           ╰────
          help: there is only `site`

    ",
    );
}
