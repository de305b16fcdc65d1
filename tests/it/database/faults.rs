//! What a database may do in the middle of `migrate`. After each fault the ledger tells the truth, the exit code is not
//! zero, the message says what happened, and the next run heals.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::{open_shop, stocked_shop};
use crate::project::{Project, until};
use crate::skip::{without, without_postgres};

const HALF: &str = "create table half (n int);\nselect pg_sleep(100);\n";
const WHOLE: &str = "create table half (n int);\n";

/// What the ledger has, and whether the table of the fourth file is there.
fn truth(project: &Project) -> String {
    let sql = "select string_agg(version, ' ' order by version), to_regclass('half') is not null \
               from gladys_migrations";
    project.gladys(["query", "--format", "csv", sql]).raw().lines().skip(1).collect()
}

/// Waits until the fourth file sleeps.
fn sleeps(project: &Project) {
    let sql =
        "select count(*) from pg_stat_activity where query like '%pg_sleep(100)%' and wait_event = 'PgSleep'";
    until("the file runs", || {
        project.gladys(["query", "--format", "csv", sql]).anything().found().trim() == "count\n1"
    });
}

/// The file that was in the way is applied, once.
#[track_caller]
fn heals(project: &Project) {
    assert_eq!(truth(project), "001 002 003,f");
    project.write("migrations/004_half.sql", WHOLE);
    project.gladys(["migrate"]).stdout(
        "
        applied 004_half in [time]
        migrate: 1 applied in [time]
    ",
    );
    assert_eq!(truth(project), "001 002 003 004,t");
}

#[test]
fn gladys_is_killed_in_the_middle_of_a_file() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/004_half.sql", HALF);
    let run = project.begin(["migrate"]);
    sleeps(&project);
    drop(run.signal(Signal::KILL).end().anything());
    // The server notices in half a second that nobody listens any more, and lets go of the lock.
    project.gladys(["migrate", "--to", "3"]).stdout("migrate: nothing to do in [time]").any_stderr();
    heals(&project);
}

#[test]
fn the_connection_is_lost_in_the_middle_of_a_file() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write(
        "migrations/004_half.sql",
        format!("{WHOLE}select pg_terminate_backend(pg_backend_pid());\ninsert into half values (1);\n"),
    );
    project
        .gladys(["migrate"])
        .stdout("migrate: failed after [time]")
        .stderr(
            "

        gladys::db::lost

          × the connection to the server was lost: terminating connection due to administrator command
          help: the server ended or was restarted; what was not committed is undone
    ",
        )
        .code(1);
    heals(&project);
}

#[test]
fn the_server_ends_in_the_middle_of_a_file() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/004_half.sql", HALF);
    let run = project.begin(["migrate"]);
    sleeps(&project);
    project.gladys(["stop", "db"]).any_stdout();
    let error = run.end().any_stdout().any_stderr().code(1).stderr_text();
    // The stop signal reaches the session as well as its server, in either order.
    let told =
        ["the connection to the server was lost: terminating connection", "canceling statement due to"];
    assert!(told.iter().any(|told| error.contains(told)), "{error}");
    project.gladys(["start", "db"]).any_stdout();
    heals(&project);
}

#[test]
fn the_server_is_gone_before_the_first_file() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["stop", "db"]).any_stdout();
    project.write("migrations/004_half.sql", WHOLE);
    project
        .gladys(["migrate"])
        .stdout("migrate: failed after [time]")
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
        .code(1);
    project.gladys(["start", "db"]).any_stdout();
    heals(&project);
}

#[test]
fn the_database_is_read_only() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/004_half.sql", WHOLE);
    let set = |value: &str| {
        let sql =
            format!("begin read write; alter database shop set default_transaction_read_only = {value}");
        project.gladys(["query", &format!("{sql}; commit")]).any_stdout();
    };
    set("on");
    project
        .gladys(["migrate"])
        .stdout("migrate: failed after [time]")
        .stderr(
            "

        gladys::migrate::read_only

          × database `shop` is read-only: `default_transaction_read_only` is on
          help: nothing was changed; migrate where it can be written
    ",
        )
        .code(1);
    project.gladys(["clean", "fruit"]).any_stdout().any_stderr().code(1);
    set("off");
    heals(&project);
}

#[test]
fn the_extension_is_missing() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/004_half.sql", format!("{WHOLE}create extension no_such_extension;\n"));
    let error = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    let told = r#"

postgresql::0A000

  × extension "no_such_extension" is not available
   ╭─[migrations/004_half.sql:2:1]
 1 │ create table half (n int);
 2 │ create extension no_such_extension;
   · ─────────────────┬─────────────────
   ·                  ╰── here
   ╰────
"#;
    assert!(error.trim_start().starts_with(told.trim_start()), "{error}");
    assert!(error.contains("The extension must first be installed on the system"), "{error}");
    heals(&project);
}

/// A file system of 8 MB, unmounted at the end.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("gladys-small-").tempdir_in("/tmp").ok()?;
        let path = folder.path();
        let ran = |mut command: Command| command.output().is_ok_and(|output| output.status.success());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m,mode=0777", "gladys-small"]).arg(path);
        let mut open = Command::new("chmod");
        open.arg("755").arg(path.parent()?.join(path.file_name()?));
        (ran(mount) && ran(open)).then_some(Self(folder))
    }

    /// The folder of a tablespace in it, which the server's user owns.
    fn tablespace(&self, owner_of: &Path) -> String {
        let space = self.0.path().join("space");
        std::fs::create_dir(&space).expect("a folder");
        let chown = Command::new("chown").arg("--reference").arg(owner_of).arg(&space).status();
        assert!(chown.expect("chown runs").success());
        space.display().to_string()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn the_disk_is_full() {
    if without_postgres() {
        return;
    }
    let small = if rustix::process::geteuid().is_root() { Small::mount() } else { None };
    if without("right to mount a small file system", small.is_some()) {
        return;
    }
    let Some(small) = small else { return };
    let project = open_shop();
    let space = small.tablespace(&project.path(".gladys/local/db/data"));
    project.gladys(["migrate"]).any_stdout();
    project.gladys(["query", &format!("create tablespace small location '{space}'")]).any_stdout();
    let fill = "create table half tablespace small as\nselect n, repeat('x', 1000) from generate_series(1, 100000) n;\n";
    project.write("migrations/004_half.sql", fill);
    let error = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(error.trim_start().starts_with("postgresql::53100\n\n  × could not extend file"), "{error}");
    assert!(error.contains("No space left on device") && error.contains("004_half.sql:1:1"), "{error}");
    heals(&project);
    project.gladys(["stop"]).any_stdout();
}
