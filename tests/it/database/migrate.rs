//! `migrate`: each file once, whole or not at all.

use std::os::unix::ffi::OsStrExt;

use super::{FRUIT, open_shop, shop, stocked_shop};
use crate::skip::without_postgres;

#[test]
fn files_are_applied_once_in_order() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.gladys(["migrate", "--dry-run"]).any_stdout();
    project.gladys(["migrate"]).stdout(
        "
        applied 001_fruit in [time]
        applied 002_sales in [time]
        applied 003_first_fruit in [time]
        migrate: 3 applied in [time]
    ",
    );
    project.gladys(["migrate"]).stdout("migrate: nothing to do in [time]");
    project.gladys(["query", "--format", "csv", "select name from fruit order by id"]).stdout(
        "
        name
        apple
        pear
    ",
    );
    project.write("migrations/004_more.sql", "insert into fruit values (3, 'fig', 1);\n");
    project.gladys(["migrate"]).stdout(
        "
        applied 004_more in [time]
        migrate: 1 applied in [time]
    ",
    );
}

#[test]
fn two_at_once_apply_each_file_once() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    let both = [project.begin(["migrate"]), project.begin(["migrate"]), project.begin(["migrate"])];
    for run in both {
        drop(run.end().any_stdout().any_stderr());
    }
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
}

#[test]
fn an_edited_file_is_noticed() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/001_fruit.sql", FRUIT.replace("numeric", "int"));
    project
        .gladys(["migrate"])
        .any_stdout()
        .stderr(
            "

        gladys::migrate::edited

          × 1 file changed after it was applied: `001_fruit`
          help: an applied file is never run again: undo the edit and write a new migration, or see what
                `gladys migrate repair` says
    ",
        )
        .code(1);
    project.write("migrations/001_fruit.sql", format!("-- only a comment\n{FRUIT}"));
    project.gladys(["migrate"]).any_stdout().any_stderr();
}

#[test]
fn an_error_is_shown_in_the_file_and_undoes_the_whole_file() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("migrations/004_broken.sql", "create table half (n int);\nselect\n    nmae\nfrom fruit;\n");
    project
        .gladys(["migrate"])
        .any_stdout()
        .stderr(
            r#"

        postgresql::42703

          × column "nmae" does not exist
           ╭─[migrations/004_broken.sql:3:5]
         2 │ select
         3 │     nmae
           ·     ──┬─
           ·       ╰── here
         4 │ from fruit;
           ╰────
          help: Perhaps you meant to reference the column "fruit.name".
    "#,
        )
        .code(1);
    project.gladys(["query", "--format", "csv", "select to_regclass('half') is null as undone"]).stdout(
        "
        undone
        t
    ",
    );
    project.write("migrations/004_broken.sql", "create table half (n int);\n");
    project.gladys(["migrate"]).stdout(
        "
        applied 004_broken in [time]
        migrate: 1 applied in [time]
    ",
    );
}

#[test]
fn one_file_is_chosen_by_a_part_of_its_name() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project
        .gladys(["migrate", "-f", "fruit"])
        .any_stdout()
        .stderr(
            "

        gladys::migrate::ambiguous

          × `fruit` fits 2 migrations: `001_fruit` and `003_first_fruit`
          help: write more of the name, such as `001_fruit`
    ",
        )
        .code(2);
    project
        .gladys(["migrate", "-f", "vegetables"])
        .any_stdout()
        .stderr(
            "

        gladys::migrate::ambiguous

          × `vegetables` fits no migration
          help: see all with `gladys migrate --status`
    ",
        )
        .code(2);
    project.gladys(["migrate", "-f", "001"]).stdout(
        "
        applied 001_fruit in [time]
        migrate: 1 applied in [time]
    ",
    );
    project.gladys(["query", "--format", "csv", "select to_regclass('sales') is null as pending"]).stdout(
        "
        pending
        t
    ",
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    let project = shop();
    for file in ["001_fruit", "002_sales", "003_first_fruit"] {
        std::fs::remove_file(project.path(&format!("migrations/{file}.sql"))).expect("it was there");
    }
    project
        .gladys(["migrate"])
        .any_stdout()
        .stderr(
            r#"

            gladys::migrate::no_files

              × no migration matches `migrations/*.sql`
               ╭─[gladys.kdl:8:16]
             7 │     password env=DB_PASSWORD default=gladys
             8 │     migrations "migrations/*.sql"
               ·                ─────────┬────────
               ·                         ╰── matches no file
             9 │     service db
               ╰────
              help: a pattern that finds nothing is a mistake; remove `migrations` if this database has none
        "#,
        )
        .code(1);
}

#[test]
fn a_file_that_cannot_be_read_is_never_left_out() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    std::os::unix::fs::symlink("gone.sql", project.path("migrations/002_again.sql")).expect("a link");
    let said = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(said.contains("× cannot read `migrations/002_again.sql`: No such file or directory"), "{said}");
    project.gladys(["query", "--format", "csv", "select to_regclass('fruit') is null as untouched"]).stdout(
        "
        untouched
        t
    ",
    );
    std::fs::remove_file(project.path("migrations/002_again.sql")).expect("a link");
    let odd = std::ffi::OsStr::from_bytes(b"004_\xff.sql");
    std::fs::write(project.path("migrations").join(odd), "select 1;").expect("a file");
    let said = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(said.contains("× cannot read `migrations/004_\u{fffd}.sql`: its name is not UTF-8"), "{said}");
}

/// As `docs/json.md` has them.
#[test]
fn programs_get_one_document() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.gladys(["migrate", "--to", "1"]).any_stdout();
    project.gladys(["migrate", "--dry-run", "--to", "2", "--json"]).stdout(
        r#"
        {
          "schema": "gladys.migrate-plan/1",
          "files": [
            {
              "version": "002",
              "name": "002_sales",
              "file": "migrations/002_sales.sql",
              "sql": "create table sales (fruit int references fruit, at date);\n"
            }
          ]
        }
    "#,
    );
    let status = project.gladys(["migrate", "--status", "--json"]).json();
    let applied = &status["migrations"][0];
    let keys = ["version", "name", "state", "file", "applied_at", "duration_ms"];
    assert_eq!(applied.as_object().expect("an object").keys().collect::<Vec<_>>(), keys);
    let states = status["migrations"].as_array().expect("a list").iter().map(|each| &each["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["applied", "pending", "pending"]);
    assert_eq!(status["schema"], "gladys.migrations/1");
    for words in [["migrate", "--json"], ["reset", "--json"]] {
        assert_eq!(project.gladys(words).json()["schema"], "gladys.run/1");
    }
    project.write("migrations/004_more.sql", "select 1;\n");
    project.gladys(["migrate", "--quiet"]).stdout("");
}

#[test]
fn a_version_that_is_not_there_is_a_wrong_command_line() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    drop(project.gladys(["migrate", "--to", "9"]).any_stdout().any_stderr().code(2));
    drop(project.gladys(["migrate", "repair", "--accept-edits", "9"]).any_stdout().any_stderr().code(2));
    drop(project.gladys(["migrate", "adopt", "--to", "1"]).any_stdout().any_stderr().code(2));
}

#[test]
fn each_database_has_its_own_migrations() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let main = project.read("gladys.kdl");
    project.gladys(["query", "create database archive"]).any_stdout();
    let archive = r#"
        database archive {
            url "postgres://gladys@localhost:{db.port}/archive"
            password env=DB_PASSWORD default=gladys
            migrations "archive/*.sql"
        }
    "#;
    project.write("gladys.kdl", main + archive);
    project.write("archive/1_old.sql", "create table old (n int);\n");
    project.gladys(["migrate", "--database", "archive"]).stdout(
        "
        applied 1_old in [time]
        migrate: 1 applied in [time]
    ",
    );
    project.gladys(["migrate"]).stdout("migrate: nothing to do in [time]");
    let here = "select current_database() as here, to_regclass('old') is not null as old";
    project.gladys(["query", "--database", "archive", "--format", "csv", here]).stdout(
        "
        here,old
        archive,t
    ",
    );
    project.gladys(["query", "--format", "csv", here]).stdout(
        "
        here,old
        shop,f
    ",
    );
    let error = project.gladys(["migrate", "--database", "archve"]).any_stdout().any_stderr().code(2);
    assert!(error.stderr_text().contains("did you mean `archive`?"));
}

#[test]
fn a_file_that_leaves_a_transaction_open_fails_and_records_nothing() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.gladys(["migrate"]).any_stdout();
    project
        .write("migrations/004_open.sql", "-- gladys: no-transaction\nbegin;\ncreate table half (n int);\n");
    let said = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(said.contains("× this file leaves a transaction open"), "{said}");
    assert!(said.contains("end it with `commit`; it was rolled back, and nothing is recorded"), "{said}");
    let state = "select to_regclass('half') is null as gone, count(*) as recorded from gladys_migrations";
    project.gladys(["query", "--format", "csv", state]).stdout("gone,recorded\nt,3");
}
