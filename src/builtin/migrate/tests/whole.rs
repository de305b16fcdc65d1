//! A file is applied whole, once, and recorded, or not at all.

use super::{ledger, run, summary};
use crate::db::testing::{Folder, server, sql};

#[test]
fn files_are_applied_once_in_order_and_recorded() {
    let Some(server) = server("files_are_applied_once_in_order_and_recorded") else { return };
    let (target, folder) = (server.database("once"), Folder::default());
    folder.file("migrations/002_more.sql", "\u{feff}insert into a values (2);\r\n");
    folder.file(
        "migrations/001_first.sql",
        "begin; create table a (i int);\ncopy a from stdin;\n1\n\\.\ncommit;\n",
    );
    folder.file("migrations/001_first.down.sql", "drop table a;\n");
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    assert_eq!(sql(&target, "select i from a order by i"), ["1", "2"]);
    assert_eq!(
        ledger(&target),
        ["001|first|gladys 0.1.0|migrations/001_first.sql", "002|more|gladys 0.1.0|migrations/002_more.sql"]
    );
    assert_eq!(run(&target, &folder, ""), (String::new(), vec![], Ok("nothing to do".to_owned())));
}

#[test]
fn a_file_that_fails_leaves_nothing_and_those_before_it_stay() {
    let Some(server) = server("a_file_that_fails_leaves_nothing_and_those_before_it_stay") else { return };
    let (target, folder) = (server.database("whole"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);");
    folder.file("migrations/2_b.sql", "create table b (i int);\ninsert into a values (1);\nselect 1/0;");
    folder.file("migrations/3_c.sql", "create table c (i int);");
    assert_eq!(summary(&target, &folder, ""), Err("division by zero".to_owned()));
    assert_eq!(sql(&target, "select to_regclass('a'), to_regclass('b'), to_regclass('c')"), ["a|NULL|NULL"]);
    assert_eq!(sql(&target, "select count(*) from a"), ["0"]);
    assert_eq!(sql(&target, "select version from gladys_migrations"), ["1"]);
}

#[test]
fn what_cannot_run_in_a_transaction_runs_statement_by_statement() {
    let Some(server) = server("what_cannot_run_in_a_transaction") else { return };
    let (target, folder) = (server.database("lasting"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int, j int);");
    let header = "-- gladys: no-transaction\n";
    let text = "create index concurrently x on a (i);\ncreate index concurrently y on a (j);\n";
    folder.file("migrations/2_b.sql", &format!("{header}{text}"));
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    folder.file("migrations/3_c.sql", text);
    let error = summary(&target, &folder, "").expect_err("in a transaction");
    assert!(error.starts_with("CREATE INDEX CONCURRENTLY cannot run inside a transaction block"), "{error}");
}

#[test]
fn an_index_that_a_failure_left_invalid_is_told_even_where_if_not_exists_hides_it() {
    let Some(server) = server("an_index_that_a_failure_left_invalid") else { return };
    let (target, folder) = (server.database("invalid"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);\ninsert into a values (1), (1);");
    let header = "-- gladys: no-transaction\n";
    let index = "create unique index concurrently if not exists on_i on a (i);";
    folder.file("migrations/2_b.sql", &format!("{header}create table if not exists b (i int);\n{index}"));
    let left = "left behind, not valid and never used: index `public.on_i`; before you migrate again, type\n\
                gladys query 'drop index concurrently public.on_i'";
    let failed = format!(
        "could not create unique index \"on_i\" / Key (i)=(1) is duplicated.\nthis file runs in no transaction: \
         1 statement before this one took effect and is run again; write them so that they can (`if not exists`)\n{left}"
    );
    assert_eq!(summary(&target, &folder, ""), Err(failed));
    sql(&target, "delete from a");
    let hidden = format!("this file leaves an invalid index / {left}");
    assert_eq!(summary(&target, &folder, ""), Err(hidden));
    assert_eq!(sql(&target, "select version from gladys_migrations"), ["1"]);
    sql(&target, "drop index concurrently public.on_i");
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
}

#[test]
fn the_ledger_is_written_whatever_role_or_path_a_file_has_taken() {
    let Some(server) = server("the_ledger_is_written_whatever_role") else { return };
    let (target, folder) = (server.database("roles"), Folder::default());
    folder.file("migrations/1_a.sql", "create schema s; set role pg_monitor; set search_path to s;");
    folder.file("migrations/2_b.sql", "create table b (i int);");
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    assert_eq!(sql(&target, "select 'public.b'::regclass"), ["b"]);
}

#[test]
fn a_file_without_sql_is_not_recorded_as_applied() {
    let Some(server) = server("a_file_without_sql_is_not_recorded") else { return };
    let (target, folder) = (server.database("begun"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);");
    assert_eq!(summary(&target, &folder, "--new users"), Ok("begun migrations/2_users.sql".to_owned()));
    let refused = "this file has no SQL yet / write its SQL, or delete the file".to_owned();
    assert_eq!(summary(&target, &folder, "--dry-run"), Err(refused.clone()));
    assert_eq!(summary(&target, &folder, ""), Err(refused));
    assert_eq!(sql(&target, "select to_regclass('a'), to_regclass('gladys_migrations')"), ["NULL|NULL"]);
    folder.file("migrations/2_users.sql", "-- users\ncreate table users (i int);\n");
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    folder.file("migrations/3_empty.sql", "");
    assert!(summary(&target, &folder, "").is_err());
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_place() {
    let Some(server) = server("a_file_that_is_no_text") else { return };
    let (target, folder) = (server.database("bytes"), Folder::default());
    folder.file("migrations/1_zero.sql", "create table a (t text default '\0');");
    let zero = "this is a zero byte, which no SQL can hold / remove it".to_owned();
    assert_eq!(summary(&target, &folder, "--dry-run"), Err(zero.clone()));
    assert_eq!(summary(&target, &folder, ""), Err(zero));
    let file = folder.path().join("migrations/1_zero.sql");
    std::fs::write(&file, b"create table a (\n  t text default '\xe9'\n);\n").expect("the folder is there");
    let latin =
        "cannot read `migrations/1_zero.sql`: line 2 is not UTF-8; save the file in that encoding".to_owned();
    assert_eq!(summary(&target, &folder, ""), Err(latin));
    assert_eq!(sql(&target, "select to_regclass('a')"), ["NULL"]);
}

#[test]
fn nothing_of_a_session_reaches_the_next_file() {
    let Some(server) = server("nothing_of_a_session_reaches") else { return };
    let (target, folder) = (server.database("sessions"), Folder::default());
    let leaves =
        "prepare p as select 1; declare c cursor with hold for select 1; create temp table t (i int);";
    for name in ["1_a", "2_b"] {
        folder.file(&format!("migrations/{name}.sql"), leaves);
    }
    folder.file("migrations/3_c.sql", &format!("-- gladys: no-transaction\n{leaves}"));
    folder.file("migrations/4_d.sql", leaves);
    assert_eq!(summary(&target, &folder, ""), Ok("4 applied".to_owned()));
}
