//! `psql` for a person at a terminal.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::{open_shop, stocked_shop};
use crate::project::Project;
use crate::run::Running;
use crate::skip::{without_postgres, without_program};

/// The shell, on a terminal of 80 columns and 12 rows; results begin with what they print, not with what was typed.
fn shell(project: &Project, words: &str) -> Running {
    project.at_terminal(&format!("stty rows 12 cols 80; exec $GLADYS psql {words}")).next("shop=# ")
}

fn at_terminal(project: Project) -> Project {
    project.env("TERM", "xterm").env("NO_COLOR", "1").env("PAGER", "cat")
}

#[test]
fn statements_are_typed_completed_cancelled_and_remembered() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(stocked_shop());
    let typed = shell(&project, "-X -P tuples_only=on")
        .types("begin;\n")
        .next("shop=*# ")
        .types("select 'two\n")
        .next("shop'*# ")
        .types("lines' || 6 * 7;\n")
        .next("lines42")
        .types("select 1 / 0;\n")
        .next("shop=!# ")
        .types("rollback;\n")
        .next("ROLLBACK")
        .types("half a statem")
        .next("half a statem")
        .types("\u{3}")
        .next("shop=# ")
        .types("select 'sleeps' || 7 * 9, pg_sleep(60);\n");
    project.gladys(["query", "--format", "csv", SLEEPS]).any_stdout();
    let typed = typed.types("\u{3}").next("canceling statement due to user request");
    let typed = typed
        .types("select 'still ' || 7 * 5;\n")
        .next("still 35")
        .types("\\conni\t\n")
        .next("You are connected");
    typed.types("\u{4}").end().any_stdout();
    let history = project.path("../home/.psql_history");
    let mode = history.metadata().expect("a history").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(
        project.read("../home/.psql_history"),
        "begin;\nselect 'two\u{1}lines' || 6 * 7;\nselect 1 / 0;\nrollback;\n\
         select 'sleeps' || 7 * 9, pg_sleep(60);\nselect 'still ' || 7 * 5;\n\\conninfo\n"
    );
}

/// Waits until the shell's statement runs.
const SLEEPS: &str = "do $$ begin for i in 1..1000 loop exit when exists (select from pg_stat_activity \
    where query like 'select ''sleeps%' and state = 'active'); perform pg_sleep(0.01); perform pg_stat_clear_snapshot(); \
    end loop; end $$";

#[test]
fn names_are_completed_from_a_second_connection() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(stocked_shop());
    let mut typed = shell(&project, "-X");
    let begun = Instant::now();
    // The names are read in the background, and nothing tells when they have come.
    while !typed.printed().contains("2 rows") {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", typed.printed());
        typed = typed
            .types("select count(*) || ' rows' from fru\t;\nselect 'tried ' || 6 * 7;\n")
            .next("tried 42");
    }
    typed.types("\\q\n").end().any_stdout();
}

#[test]
fn a_lost_connection_is_told_and_made_again() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(open_shop());
    shell(&project, "-X")
        .types("select pg_terminate_backend(pg_backend_pid());\n")
        .next("Attempting reset: Succeeded.")
        .types("select 6 * 7 as answer;\n")
        .next("42")
        .types("\\q\n")
        .end()
        .any_stdout();
}

#[test]
fn a_long_result_goes_through_the_pager() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(open_shop()).env("PSQL_PAGER", "sed s/^/paged:/");
    let typed = shell(&project, "-X")
        .types("select 'short ' || n as text from generate_series(1, 3) n;\n")
        .next("short 3")
        .types("select 'long ' || n as text from generate_series(1, 30) n;\n")
        .next("paged: long 30")
        .types("\\pset pager off\n")
        .next("Pager usage is off.")
        .types("select 'longer ' || n as text from generate_series(1, 31) n;\n")
        .next("longer 31")
        .types("\\q\n");
    let shown = typed.end().text();
    assert!(!shown.contains("paged: short") && !shown.contains("paged: longer"), "{shown}");
}

#[test]
fn a_new_password_is_never_shown_or_sent() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(open_shop());
    project.gladys(["query", "create role clerk login"]).any_stdout();
    project.gladys(["query", "alter system set log_statement = 'all'"]).any_stdout();
    project.gladys(["query", "select pg_reload_conf()"]).any_stdout();
    let typed = shell(&project, "-X")
        .types("\\password clerk\n")
        .next("Enter new password for user \"clerk\": ")
        .types("brass monkey\n")
        .next("Enter it again: ")
        .types("brass monkey\n")
        .next("shop=# ")
        .types("select 'done ' || 6 * 7;\n")
        .next("done 42");
    assert!(!typed.printed().contains("monkey"), "{}", typed.printed());
    typed.types("\\q\n").end().any_stdout();
    project
        .gladys([
            "query",
            "--format",
            "csv",
            "select left(rolpassword, 14) as kept from pg_authid where rolname = 'clerk'",
        ])
        .stdout(
            "
        kept
        SCRAM-SHA-256$
    ",
        );
    let log = project.read(".gladys/local/db/log");
    assert!(log.contains("ALTER USER") && !log.contains("monkey"), "{log}");
    let address = format!("postgres://clerk:brass%20monkey@localhost:{}/shop", project.var("DB_PORT"));
    project.gladys(["psql", "-XAtc", "select current_user", &address]).stdout("clerk");
}

#[test]
fn outside_a_terminal_nothing_is_asked() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project
        .gladys_reading("\\password\nselect 1 as one\n", ["psql", "-XA"])
        .stdout(
            "
        one
        1
        (1 row)
    ",
        )
        .stderr("\\password asks for the password on a terminal, and there is none");
}

/// An editor that writes down how it was called, and saves a statement unless it is asked for line 3.
const EDITOR: &str =
    "for file; do :; done; echo $# $(basename $file | cut -d. -f1) \"$(head -1 $file)\" >>calls
    case $* in *+3*) ;; *) echo \"select 'edited ' || 6 * 7;\" >$file ;; esac";

#[test]
fn statements_and_files_are_edited() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(open_shop()).env("EDITOR", "sh editor").file("editor", EDITOR);
    project.write("notes.sql", "select 'never';\n");
    shell(&project, "-X")
        .types("select 'first ' || 5 * 5;\n")
        .next("first 25")
        .types("\\e\n")
        .next("edited 42")
        .types("\\e +0\n")
        .next("+0: No such file or directory")
        .types("\\e 0\n")
        .next("invalid line number: 0")
        .types("\\e notes.sql 3\n\\e 3\nselect 'not ' || 'run';\n")
        .next("not run")
        .types("\\e notes.sql\n")
        .next("edited 42")
        .types("\\ef nowhere 3\n")
        .next("does not exist")
        .types("\\ev\n")
        .next("edited 42")
        .types("\\q\n")
        .end()
        .any_stdout();
    assert_eq!(
        project.read("calls"),
        "1 psql select 'first ' || 5 * 5;\n2 notes select 'never';\n2 psql select 'edited ' || 6 * 7;\n\
         1 notes select 'never';\n1 psql CREATE VIEW  AS\n"
    );
}

#[test]
fn lines_come_as_the_terminal_gives_them_without_an_editor() {
    if without_postgres() || without_program("script") {
        return;
    }
    let project = at_terminal(open_shop());
    let shown = shell(&project, "-Xn")
        .types("select 'two\n")
        .next("shop'# ")
        .types("lines' || 6 * 7;\n")
        .next("lines42")
        .types("\\prompt 'name? ' name\n")
        .next("name? ")
        .types("me\n\\echo :name :name\n")
        .next("me me")
        .types("exit\n")
        .end()
        .any_stdout()
        .text();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(!project.path("../home/.psql_history").exists());
}
