//! No database: an answer within five seconds that names host and port.

use std::time::Duration;

use super::shop;
use crate::project::Project;

const SOON: Duration = Duration::from_secs(5);

#[test]
fn every_database_verb_says_so_soon() {
    let project = shop();
    for verb in [["query", "select 1"], ["psql", "-cselect 1"], ["clean", "fruit"]] {
        let message = project.gladys(verb).any_stdout().any_stderr().code(1).within(SOON).stderr_text();
        assert!(
            message.contains("cannot reach database `main` at localhost:[DB_PORT]: connection refused"),
            "{message}"
        );
    }
    project
        .gladys(["query", "select 1"])
        .stderr(
            r#"
        query: failed after [time]

        gladys::db::connect

          × cannot reach database `main` at localhost:[DB_PORT]: connection refused
           ╭─[gladys.kdl:6:9]
         5 │ database {
         6 │     url "postgres://gladys@localhost:{db.port}/shop"
           ·         ──────────────────────┬─────────────────────
           ·                               ╰── this failed
         7 │     password env=DB_PASSWORD default=gladys
           ╰────
          help: start it with `gladys start db`
                host `localhost`, port `[DB_PORT]`, user `gladys`, database `shop` from gladys.kdl:6
    "#,
        )
        .code(1);
    project
        .gladys(["migrate"])
        .any_stdout()
        .stderr(
            r#"

        gladys::db::connect

          × cannot reach database `main` at localhost:[DB_PORT]: connection refused
           ╭─[gladys.kdl:6:9]
         5 │ database {
         6 │     url "postgres://gladys@localhost:{db.port}/shop"
           ·         ──────────────────────┬─────────────────────
           ·                               ╰── this failed
         7 │     password env=DB_PASSWORD default=gladys
           ╰────
          help: start it with `gladys start db`
                host `localhost`, port `[DB_PORT]`, user `gladys`, database `shop` from gladys.kdl:6
    "#,
        )
        .code(1)
        .within(SOON);
}

#[test]
fn a_server_that_accepts_and_never_answers_is_given_up() {
    let project = shop();
    let port = project.var("DB_PORT").to_owned();
    let _mute = Project::stranger(["fixture", "--hang", "--listen", &port]);
    crate::project::until("it listens", || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    let error = project.gladys(["query", "select 1"]).any_stderr().code(1).within(SOON + SOON).stderr_text();
    assert!(error.contains("localhost:[DB_PORT]"), "{error}");
}

#[test]
fn a_database_of_somebody_else_that_is_down_stops_what_needs_it() {
    let manifest = r#"
        service db "Somebody else's" { external; ready postgres timeout="1s" }
        service web "Needs it" { needs db }
        database { url "postgres://gladys@localhost:{DB_PORT}/shop"; password default=gladys; service db }
        command start "Start" { targets default=web; each start order=needs { wait } }
        profile local "Here" { recipe start { spawn }; service web { exec standin fixture --append order web } }
    "#;
    let project = Project::new().manifest(manifest).port("DB_PORT");
    project
        .gladys(["start"])
        .stdout(
            "
        db: failed after [time]
        web: not done: db failed
    ",
        )
        .stderr(
            r#"

        gladys::probe::timeout

          × `db`: postgres on localhost:[DB_PORT] was not ready within 1.0s: cannot reach database `main` at
          │ localhost:[DB_PORT]: connection refused
           ╭─[gladys.kdl:2:17]
         1 │ 
         2 │         service db "Somebody else's" { external; ready postgres timeout="1s" }
           ·                 ─┬
           ·                  ╰── this failed
         3 │         service web "Needs it" { needs db }
           ╰────
          help: the service's log may say why; if it only needs longer, give its `ready` a longer
                `timeout`
    "#,
        )
        .code(1)
        .within(SOON);
    project.assert_nothing_runs();
    assert_eq!(project.read("order"), "");
}

#[test]
fn the_command_that_starts_it_names_the_profile() {
    let project = Project::new().port("DB_PORT").manifest(
        r#"
        service db { ready tcp }
        database { url "postgres://gladys@localhost:{db.port}/shop"; service db }
        command start { targets default=db; each start order=needs { wait } }
        command query { builtin query }
        profile local default=#true { recipe start { spawn }; service db { port 1; exec sleep "60" } }
        profile other { recipe start { spawn }; service db { port 2 env=DB_PORT; exec sleep "60" } }
        "#,
    );
    let said = project.gladys(["query", "select 1", "-p", "other"]).any_stderr().code(1).stderr_text();
    assert!(said.contains("help: start it with `gladys start db --profile other`"), "{said}");
}
