//! PostgreSQL with no set-up.

use std::net::TcpStream;

use super::{open_shop, shop};
use crate::project::{Project, until};
use crate::skip::without_postgres;

#[test]
fn the_server_is_made_once_and_keeps_its_data() {
    if without_postgres() {
        return;
    }
    let project = shop();
    project.gladys(["start"]).stdout(
        "
        db: prepared in [time]
        db: ready (postgres on localhost:[DB_PORT]) in [time]
        web: ready (a log line with `started`) in [time]
        2 services ready in [time]
    ",
    );
    project.gladys(["query", "create table kept (n int); insert into kept values (7)"]).any_stdout();
    project.gladys(["stop"]).stdout(
        "
        web: stopped in [time]
        db: stopped in [time]
    ",
    );
    project.assert_nothing_runs();
    project.gladys(["start", "db"]).stdout(
        "
        db: prepared in [time]
        db: ready (postgres on localhost:[DB_PORT]) in [time]
        1 service ready in [time]
    ",
    );
    project.gladys(["query", "--format", "csv", "select n from kept"]).stdout(
        "
        n
        7
    ",
    );
}

#[test]
fn its_folder_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    if without_postgres() {
        return;
    }
    let project = open_shop();
    for folder in [".gladys", ".gladys/local/db", ".gladys/local/db/data"] {
        let mode = project.path(folder).metadata().expect("a folder").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{folder} has mode {mode:o}");
    }
    assert_eq!(project.read(".gladys/.gitignore"), "*\n");
}

#[test]
fn the_password_is_in_no_command_line() {
    if without_postgres() {
        return;
    }
    let project = shop().env("DB_PASSWORD", "correct horse");
    project.gladys(["start", "db"]).any_stdout();
    let shown: Vec<String> = project.processes().into_iter().map(|process| process.command).collect();
    assert!(!shown.iter().any(|command| command.contains("horse")), "{shown:#?}");
    project.gladys(["query", "select 1"]).any_stdout();
    let other = project.env("DB_PASSWORD", "wrong");
    other
        .gladys(["query", "select 1"])
        .stderr(
            r#"
        query: failed after [time]

        gladys::db::connect

          × the server at localhost:[DB_PORT] refuses user `gladys`: password authentication failed for user
          │ "gladys"
           ╭─[gladys.kdl:6:9]
         5 │ database {
         6 │     url "postgres://gladys@localhost:{db.port}/shop"
           ·         ──────────────────────┬─────────────────────
           ·                               ╰── this failed
         7 │     password env=DB_PASSWORD default=gladys
           ╰────
          help: check the password, which comes from gladys.kdl:6
                host `localhost`, port `[DB_PORT]`, user `gladys`, database `shop` from gladys.kdl:6
    "#,
        )
        .code(1);
}

#[test]
fn a_port_that_is_taken_is_refused_and_nothing_that_needs_it_begins() {
    if without_postgres() {
        return;
    }
    let project = shop();
    let port = project.var("DB_PORT").to_owned();
    let _stranger = Project::stranger(["fixture", "--listen", &port]);
    until("the stranger listens", || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    project.gladys(["start"]).stdout("
        db: prepared in [time]
        db: failed after [time]
        web: not done: db failed
    ").stderr(r#"

        gladys::supervisor::port_taken

          × `db`: port [DB_PORT] is taken by process [pid] (standin fixture --listen [DB_PORT])
            ╭─[gladys.kdl:37:14]
         36 │         prepare "{gladys}" tool postgres prepare --data "{state}/data" --user gladys --database shop { env PGPASSWORD="{database.password}" }
         37 │         exec "{gladys}" tool postgres serve --data "{state}/data" --port "{port}"
            ·              ─────┬────
            ·                   ╰── this failed
         38 │         stop signal=INT grace="20s"
            ╰────
          help: stop that program, or give `db` another port
    "#).code(1);
    project.assert_nothing_runs();
    assert_eq!(project.read("order"), "");
}

#[test]
fn the_password_may_come_from_a_file_or_a_program() {
    if without_postgres() {
        return;
    }
    let project = shop();
    let manifest = project.read("gladys.kdl");
    let password = |how: &str| {
        project.write("gladys.kdl", manifest.replace("password env=DB_PASSWORD default=gladys", how));
    };
    project.write("secrets/password", "correct horse\n");
    password("password { file \"secrets/password\" }");
    project.gladys(["start", "db"]).any_stdout();
    let query = ["query", "--format", "csv", "select 1 as one"];
    project.gladys(query).stdout("one\n1");
    password("password { from sh -c \"cat secrets/password\" }");
    project.gladys(query).stdout("one\n1");
    password("password { from sh -c \"echo wrong\" }");
    let said = project.gladys(query).any_stderr().code(1).stderr_text();
    assert!(said.contains("password authentication failed") && !said.contains("wrong\n"), "{said}");
}
