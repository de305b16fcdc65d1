//! `status`: what is true now.

use super::{manifest, web};
use crate::project::{Project, until};

/// The table with its columns two spaces apart, and without numbers that differ from run to run.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let cell = |(column, cell): (usize, &&str)| match column {
            3 if cell.parse::<u32>().is_ok() => "[pid]".to_owned(),
            4 if cell.ends_with('s') => "[time]".to_owned(),
            _ => (*cell).to_owned(),
        };
        cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ") + "\n"
    };
    text.lines().map(line).collect()
}

fn three() -> Project {
    let declared = r#"
        service web "Runs" { ready tcp }
        service other "Does not" { ready tcp }
        service bank "Not ours" { external; ready http "http://localhost:1/health" timeout="1s" }
    "#;
    let placed = r#"
        service web { port 4000 env=WEB; exec standin fixture --listen "{port}" }
        service other { port 4001 env=OTHER; exec standin fixture --listen "{port}" }
    "#;
    Project::new().manifest(&manifest(declared, placed)).port("WEB").port("OTHER")
}

#[test]
fn the_table_shows_every_service_and_what_is_external() {
    let project = three();
    project
        .gladys(["status"])
        .map(plain)
        .stdout(
            "
        SERVICE  STATE  PORT  PID  UPTIME  RESTARTS  INFO
        web  stopped  [WEB]  -  -  0
        other  stopped  [OTHER]  -  -  0
        bank  unreachable  -  -  -  0  http://localhost:1/health is not ready: connection refused
    ",
        )
        .code(1);
    project.gladys(["start", "web"]).any_stdout();
    project
        .gladys(["status"])
        .map(plain)
        .stdout(
            "
        SERVICE  STATE  PORT  PID  UPTIME  RESTARTS  INFO
        web  ready  [WEB]  [pid]  [time]  0
        other  stopped  [OTHER]  -  -  0
        bank  unreachable  -  -  -  0  http://localhost:1/health is not ready: connection refused
    ",
        )
        .code(1);
}

#[test]
fn the_exit_code_says_whether_all_targets_are_ready() {
    let project = three();
    project.gladys(["start", "web"]).any_stdout();
    project.gladys(["status", "web"]).any_stdout();
    project.gladys(["status", "web", "bank"]).any_stdout();
    project.gladys(["status", "web", "other"]).any_stdout().code(1);
    project
        .gladys(["status", "wbe"])
        .stderr(
            "
        manifest::unknown-name

          × there is no service or group `wbe`
           ╭─[command line:1:15]
         1 │ gladys status wbe
           ·               ─┬─
           ·                ╰── unknown
           ╰────
          help: did you mean `web`?

    ",
        )
        .code(2);
}

#[test]
fn the_document_has_everything() {
    let project = web("");
    project.gladys(["start"]).any_stdout();
    project.gladys(["status", "--json"]).stdout(
        r#"
        {
          "schema": "gladys.status/1",
          "profile": "local",
          "ready": true,
          "services": [
            {
              "profile": "local",
              "service": "web",
              "state": "ready",
              "ready": true,
              "external": false,
              "health": null,
              "ready_since": "[moment]",
              "pid": [pid],
              "id": null,
              "port": [WEB],
              "started": "[moment]",
              "uptime_ms": [ms],
              "restarts": 0,
              "last_exit": null,
              "notes": []
            }
          ]
        }
    "#,
    );
}

#[test]
fn a_service_that_ended_by_itself_is_shown_with_how() {
    let project = web("--exit \"7@400\"");
    project.gladys(["start"]).any_stdout();
    until("it has ended", || {
        !project.processes().iter().any(|process| process.command.contains("--name web"))
    });
    until("its end is noted", || !project.begin(["status"]).end().anything().found().contains("ready"));
    project
        .gladys(["status"])
        .map(plain)
        .stdout(
            "
        SERVICE  STATE  PORT  PID  UPTIME  RESTARTS  INFO
        web  failed  [WEB]  -  -  0  exit code 7
    ",
        )
        .code(1);
}

#[test]
fn a_service_that_fell_ill_is_not_ready() {
    let project = web("--http-status \"503@1000\"");
    project.write("gladys.kdl", project.read("gladys.kdl").replace("ready tcp", "ready http \"/health\""));
    project.gladys(["start"]).any_stdout();
    until("it is ill", || project.begin(["status"]).end().anything().found().contains("not ready"));
    project.gladys(["status"]).map(plain).stdout("
        SERVICE  STATE  PORT  PID  UPTIME  RESTARTS  INFO
        web  not ready  [WEB]  [pid]  [time]  0  http://localhost:[WEB]/health is not ready: it answered 503 Service Unavailable
    ").code(1);
}
