//! Undoing, and what a dry run shows.

use super::{run, summary};
use crate::db::testing::{Folder, server, sql};

#[test]
fn what_has_a_down_file_is_undone_newest_first() {
    let Some(server) = server("what_has_a_down_file_is_undone") else { return };
    let (target, folder) = (server.database("down"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);");
    folder.file("migrations/1_a.down.sql", "drop table a;");
    folder.file("migrations/2_b.up.sql", "create table b (i int);");
    folder.file("migrations/2_b.down.sql", "drop table b;\nselect 1/0;");
    folder.file("migrations/3_c.sql", "create table c (i int);");
    folder.file("migrations/3_c.down.sql", "drop table c;");
    assert_eq!(summary(&target, &folder, ""), Ok("3 applied".to_owned()));
    let error = summary(&target, &folder, "--to 1").expect_err("backwards");
    assert_eq!(
        error,
        "the database is already beyond `1` / undo what is newer with `gladys migrate --down --to 1`"
    );
    let (printed, _, dry) = run(&target, &folder, "--down --to 1 --dry-run");
    assert_eq!(
        (printed.as_str(), dry),
        (
            "-- migrations/3_c.down.sql\ndrop table c;\n\n-- migrations/2_b.down.sql\ndrop table b;\nselect 1/0;\n\n",
            Ok("2 to undo".to_owned())
        )
    );
    assert_eq!(summary(&target, &folder, "--down --to 1"), Err("division by zero".to_owned()));
    assert_eq!(sql(&target, "select version from gladys_migrations order by 1"), ["1", "2"]);
    assert_eq!(sql(&target, "select to_regclass('b'), to_regclass('c')"), ["b|NULL"]);
    folder.file("migrations/2_b.down.sql", "drop table b;");
    assert_eq!(summary(&target, &folder, "--down"), Ok("1 undone".to_owned()));
    assert_eq!(run(&target, &folder, "--verify").0, "1 file makes exactly what is there\n");
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    folder.remove("migrations/2_b.down.sql");
    let error = summary(&target, &folder, "--down --to 1").expect_err("no down file");
    assert!(error.starts_with("1 file has no `.down.sql`: `2_b` / write one beside each"), "{error}");
    assert_eq!(sql(&target, "select count(*) from gladys_migrations"), ["3"]);
}

#[test]
fn a_dry_run_shows_what_would_run_and_refuses_what_would_be_refused() {
    let Some(server) = server("a_dry_run_shows_what_would_run") else { return };
    let (target, folder) = (server.database("dry"), Folder::default());
    folder.file("migrations/1_a.sql", "select 1;").file("migrations/2_b.sql", "select 2;");
    let (printed, _, end) = run(&target, &folder, "--dry-run --to 1");
    assert_eq!((printed.as_str(), end), ("-- migrations/1_a.sql\nselect 1;\n\n", Ok("1 pending".to_owned())));
    assert_eq!(sql(&target, "select to_regclass('gladys_migrations')"), ["NULL"]);
    sql(&target, "create table a (i int)");
    let error = summary(&target, &folder, "--dry-run").expect_err("no ledger");
    assert!(error.starts_with("database `dry` has 1 table and no ledger"), "{error}");
}
