//! Where a connection goes, who says so, and what is told when it does not come to be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::open_shop;
use crate::project::Project;
use crate::skip::without_postgres;

const MANIFEST: &str = r#"
database { url "postgres://somebody@localhost:{db-port}/shop" }
let db-port env=DB_PORT default="5432"
command psql "Shell" { builtin psql }
profile local "Here" default=#true
"#;

#[test]
fn nobody_there_is_told_with_where_the_address_came_from() {
    let project = Project::new().manifest(MANIFEST).port("DB_PORT");
    project
        .gladys(["psql", "-c", "select 1"])
        .stderr(
            r#"
        psql: failed after [time]

        gladys::db::connect

          × cannot reach database `main` at localhost:[DB_PORT]: connection refused
           ╭─[gladys.kdl:2:16]
         1 │ 
         2 │ database { url "postgres://somebody@localhost:{db-port}/shop" }
           ·                ───────────────────────┬──────────────────────
           ·                                       ╰── this failed
         3 │ let db-port env=DB_PORT default="5432"
           ╰────
          help: host `localhost`, port `[DB_PORT]`, user `somebody`, database `shop` from gladys.kdl:2
    "#,
        )
        .code(1);
    let said = project
        .gladys(["psql", "-c", "select 1", "postgres://me@nowhere.invalid/x"])
        .any_stderr()
        .code(1)
        .stderr_text();
    assert!(said.contains("the host `nowhere.invalid` of database `main` is unknown: "), "{said}");
    assert!(said.contains("host `nowhere.invalid`, user `me`, database `x` from the command line"), "{said}");
    assert!(said.contains("port `5432`"), "the manifest's port is not that of another host: {said}");
}

#[test]
fn the_password_file_is_used_only_where_nobody_else_can_read_it() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.gladys(["query", "create role clerk login password 'brass'"]).any_stdout();
    let port = project.var("DB_PORT").to_owned();
    project.write("other/gladys.kdl", format!("database {{ url \"postgres://clerk@localhost:{port}/shop\" }}\ncommand psql \"Shell\" {{ builtin psql }}\nprofile local \"Here\" default=#true\n"));
    project.write("pass", format!("localhost:{port}:shop:clerk:brass\n"));
    let pass = project.path("pass");
    let project = project.env("PGPASSFILE", pass.display());
    let mode = |mode: u32| fs::set_permissions(&pass, Permissions::from_mode(mode)).expect("a mode");
    mode(0o644);
    let said = project
        .gladys(["--manifest", "other/gladys.kdl", "psql", "-c", "select 1"])
        .any_stderr()
        .code(1)
        .stderr_text();
    assert!(said.contains("the server asks for a password and none is"), "{said}");
    assert!(said.contains("so it is not used: chmod 600"), "{said}");
    mode(0o600);
    project
        .gladys(["--manifest", "other/gladys.kdl", "psql", "-XAtc", "select current_user"])
        .stdout("clerk");
    project.write("services", format!("[till]\nhost=localhost\nport={port}\nuser=clerk\ndbname=shop\n"));
    let services = project.path("services");
    let project = project.env("PGSERVICEFILE", services.display());
    project
        .gladys([
            "--manifest",
            "other/gladys.kdl",
            "psql",
            "-XAtc",
            "select current_user || ' of ' || current_database()",
            "service=till",
        ])
        .stdout("clerk of shop");
    project
        .gladys([
            "psql",
            "-XAtc",
            "select current_user",
            &format!("host=localhost port={port} user=clerk dbname='shop'"),
        ])
        .stdout("clerk");
}

#[test]
fn of_several_servers_the_one_that_is_wanted_is_taken() {
    if without_postgres() {
        return;
    }
    let project = open_shop().port("NOBODY");
    let (port, nobody) = (project.var("DB_PORT"), project.var("NOBODY"));
    let wanted = |role: &str| {
        let address = format!(
            "host=localhost,localhost port={nobody},{port} user=gladys dbname=shop password=gladys target_session_attrs={role}"
        );
        project.gladys(["psql", "-XAtc", "select 'here'", &address])
    };
    for role in ["any", "read-write", "primary", "prefer-standby"] {
        wanted(role).stdout("here");
    }
    let said = wanted("standby").any_stderr().code(1).stderr_text();
    assert!(said.contains("the server at localhost:[DB_PORT] is not a standby"), "{said}");
    let said = wanted("best").any_stderr().code(1).stderr_text();
    assert!(said.contains("or `prefer-standby`, not `best`"), "{said}");
    assert!(said.contains("database `main` (the command line)"), "{said}");
}
