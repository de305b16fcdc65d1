//! Ports: as written, overridden, moved for a whole checkout.

use crate::project::Project;

const PORTS: &str = r#"
service a "First" { ready tcp }
service b "Second" { ready tcp }
service c "There once on a machine" { ready tcp }
command show "Show" { run echo "{a.port}" "{b.port}" "{c.port}" "http://localhost:{a.port}/" }
profile local "Here" {
    service a { port 4000 env=A_PORT }
    service b { port 4001 env=B_PORT }
    service c { port 5000 fixed=#true }
}
"#;

fn ports() -> Project {
    Project::new().manifest(PORTS)
}

#[test]
fn ports_are_as_written() {
    ports().gladys(["show"]).stdout("4000 4001 5000 http://localhost:4000/");
}

#[test]
fn an_offset_moves_every_port_that_is_not_fixed() {
    ports().env("GLADYS_PORT_OFFSET", 100).gladys(["show"]).stdout("4100 4101 5000 http://localhost:4100/");
    ports().env("GLADYS_PORT_OFFSET", -100).gladys(["show"]).stdout("3900 3901 5000 http://localhost:3900/");
    ports().env("GLADYS_PORT_OFFSET", "").gladys(["show"]).stdout("4000 4001 5000 http://localhost:4000/");
}

#[test]
fn a_variable_overrides_a_port_and_is_not_moved() {
    let project = ports().env("A_PORT", 7000).env("GLADYS_PORT_OFFSET", 100);
    project.gladys(["show"]).stdout("7000 4101 5000 http://localhost:7000/");
}

#[test]
fn an_offset_may_stand_in_a_dotenv_file() {
    let manifest = format!("project ports {{ dotenv \".env\" }}\n{PORTS}");
    let project = Project::new().manifest(&manifest).file(".env", "GLADYS_PORT_OFFSET=7\nB_PORT=9\n");
    project.gladys(["show"]).stdout("4007 9 5000 http://localhost:4007/");
}

#[test]
fn two_services_that_an_override_puts_on_one_port_are_refused() {
    ports()
        .env("A_PORT", 4001)
        .gladys(["show"])
        .stderr(
            r#"
        manifest::port-taken

          × two services of the profile `local` have the port 4001
           ╭─[gladys.kdl:7:22]
         6 │ profile local "Here" {
         7 │     service a { port 4000 env=A_PORT }
           ·                      ──┬─
           ·                        ╰── `a` has it
         8 │     service b { port 4001 env=B_PORT }
           ·                      ──┬─
           ·                        ╰── so does `b`
         9 │     service c { port 5000 fixed=#true }
           ╰────
          help: give one of them another port

    "#,
        )
        .code(2);
    ports()
        .env("A_PORT", 5000)
        .gladys(["show"])
        .stderr(
            r#"
        manifest::port-taken

          × two services of the profile `local` have the port 5000
            ╭─[gladys.kdl:7:22]
          6 │ profile local "Here" {
          7 │     service a { port 4000 env=A_PORT }
            ·                      ──┬─
            ·                        ╰── `a` has it
          8 │     service b { port 4001 env=B_PORT }
          9 │     service c { port 5000 fixed=#true }
            ·                      ──┬─
            ·                        ╰── so does `c`
         10 │ }
            ╰────
          help: give one of them another port

    "#,
        )
        .code(2);
}

#[test]
fn a_port_that_is_none_is_refused() {
    ports()
        .env("A_PORT", "http")
        .gladys(["show"])
        .stderr(
            r#"
        manifest::bad-variable

          × the variable `A_PORT` does not hold a port from 1 to 65535
           ╭─[gladys.kdl:7:22]
         6 │ profile local "Here" {
         7 │     service a { port 4000 env=A_PORT }
           ·                      ──┬─
           ·                        ╰── used here
         8 │     service b { port 4001 env=B_PORT }
           ╰────
          help: set `A_PORT` to a port from 1 to 65535, or unset it

    "#,
        )
        .code(2);
    ports().env("A_PORT", 70_000).env("B_PORT", 0).gladys(["show"]).any_stderr().code(2);
}

#[test]
fn an_offset_that_leads_out_of_range_is_refused() {
    ports()
        .env("GLADYS_PORT_OFFSET", 61_535)
        .gladys(["show"])
        .stderr(
            "
        manifest::port-range

          × the port 4001 with the offset 61535 is not between 1 and 65535
           ╭─[gladys.kdl:8:22]
         7 │     service a { port 4000 env=A_PORT }
         8 │     service b { port 4001 env=B_PORT }
           ·                      ──┬─
           ·                        ╰── this port
         9 │     service c { port 5000 fixed=#true }
           ╰────
          help: choose another `GLADYS_PORT_OFFSET`

    ",
        )
        .code(2);
    ports()
        .env("GLADYS_PORT_OFFSET", "many")
        .gladys(["show"])
        .stderr(
            r#"
        manifest::bad-variable

          × the variable `GLADYS_PORT_OFFSET` does not hold a whole number
           ╭─[gladys.kdl:7:22]
         6 │ profile local "Here" {
         7 │     service a { port 4000 env=A_PORT }
           ·                      ──┬─
           ·                        ╰── used here
         8 │     service b { port 4001 env=B_PORT }
           ╰────
          help: set `GLADYS_PORT_OFFSET` to a whole number, or unset it

        manifest::bad-variable

          × the variable `GLADYS_PORT_OFFSET` does not hold a whole number
           ╭─[gladys.kdl:8:22]
         7 │     service a { port 4000 env=A_PORT }
         8 │     service b { port 4001 env=B_PORT }
           ·                      ──┬─
           ·                        ╰── used here
         9 │     service c { port 5000 fixed=#true }
           ╰────
          help: set `GLADYS_PORT_OFFSET` to a whole number, or unset it

        2 problems found; nothing was run
    "#,
        )
        .code(2);
}
