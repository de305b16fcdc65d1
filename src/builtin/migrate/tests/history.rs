//! Files and ledger side by side: what is edited, late, missing, chosen, adopted.

use super::{run, summary};
use crate::db::Target;
use crate::db::testing::{Folder, server, sql};

#[test]
fn an_edit_is_an_error_and_an_edit_of_comments_a_note() {
    let Some(server) = server("an_edit_is_an_error_and_an_edit_of_comments_a_note") else { return };
    let (target, folder) = (server.database("edits"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);").file("migrations/2_b.sql", "select 2;");
    assert_eq!(summary(&target, &folder, ""), Ok("2 applied".to_owned()));
    folder.file("migrations/1_a.sql", "-- why\r\ncreate  table a (i int);\r\n");
    let note = "`1_a` was applied and only its comments or layout changed since".to_owned();
    assert_eq!(run(&target, &folder, ""), (String::new(), vec![note], Ok("nothing to do".to_owned())));
    folder.file("migrations/2_b.sql", "select 3;");
    let error = summary(&target, &folder, "").expect_err("edited");
    assert!(error.starts_with("1 file changed after it was applied: `2_b` / "), "{error}");
    let refused = "the statements of 1 file changed after it was applied, and were not run: `2_b` / nothing was recorded. \
                   Undo the edit and write a new migration; or, where the database has the change already, record it \
                   without running it: gladys migrate repair --accept-edits 2";
    assert_eq!(run(&target, &folder, "repair"), (String::new(), vec![], Err(refused.to_owned())));
    let wrong = "no applied file of version `1` has changed statements / nothing was recorded; see how every version \
                 stands with `gladys migrate --status`";
    assert_eq!(summary(&target, &folder, "repair --accept-edits 1,2"), Err(wrong.to_owned()));
    let notes = [
        "`1_a`: only comments or layout changed; it is recorded as it is now",
        "`2_b`: its statements changed; they are recorded and were not run",
    ];
    assert_eq!(
        run(&target, &folder, "repair --accept-edits 2"),
        (String::new(), notes.map(str::to_owned).to_vec(), Ok("2 repaired, no SQL was run".to_owned()))
    );
    assert_eq!(summary(&target, &folder, "repair"), Ok("nothing to repair".to_owned()));
    assert_eq!(summary(&target, &folder, ""), Ok("nothing to do".to_owned()));
    folder.remove("migrations/2_b.sql");
    let error = summary(&target, &folder, "").expect_err("missing");
    assert!(error.starts_with("1 file was applied and is no longer there: `2_b` / "), "{error}");
}

#[test]
fn a_file_older_than_the_newest_applied_is_refused_unless_it_is_wanted() {
    let Some(server) = server("a_file_older_than_the_newest_applied") else { return };
    let (target, folder) = (server.database("late"), Folder::default());
    folder.file("migrations/010_a.sql", "select 1;");
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
    folder.file("migrations/9_b.sql", "select 2;");
    let error = summary(&target, &folder, "").expect_err("late");
    assert!(error.starts_with("1 file is pending and older than what is applied: `9_b`"), "{error}");
    assert_eq!(summary(&target, &folder, "--out-of-order"), Ok("1 applied".to_owned()));
}

#[test]
fn one_file_is_chosen_by_a_part_of_its_name_that_fits_no_other() {
    let Some(server) = server("one_file_is_chosen_by_a_part_of_its_name") else { return };
    let (target, folder) = (server.database("chosen"), Folder::default());
    folder.file("migrations/1_users.sql", "select 1;").file("migrations/2_user_names.sql", "select 2;");
    let error = summary(&target, &folder, "-f user").expect_err("ambiguous");
    assert!(error.starts_with("`user` fits 2 migrations: `1_users` and `2_user_names`"), "{error}");
    assert_eq!(summary(&target, &folder, "-f 2_user_names.sql"), Ok("1 applied".to_owned()));
    assert_eq!(sql(&target, "select version from gladys_migrations"), ["2"]);
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error_at_its_place() {
    let folder = Folder::default();
    let target = folder.migrations(Target {
        name: "main".to_owned(),
        url: "postgres://127.0.0.1:1/x".into(),
        password: None,
        origin: String::new(),
        span: crate::span::Span::default(),
        service: None,
        migrations: None,
    });
    let migrations = target.migrations.expect("set above");
    let error = crate::db::migration::file::files(&migrations, folder.path()).expect_err("no file");
    assert_eq!(error.to_string(), "no migration matches `migrations/*.sql`");
    let label = miette::Diagnostic::labels(&error).and_then(|mut labels| labels.next()).expect("a label");
    assert_eq!((label.offset(), label.len()), (migrations.span.offset, migrations.span.len));
}

#[test]
fn a_database_with_tables_and_no_ledger_is_left_alone_until_it_is_adopted() {
    let Some(server) = server("a_database_with_tables_and_no_ledger") else { return };
    let (target, folder) = (server.database("adopted"), Folder::default());
    folder.file("migrations/1_a.sql", "create table if not exists a (i int primary key);");
    folder.file("migrations/2_b.sql", "create index if not exists on_a on a (i);");
    folder.file("migrations/3_c.sql", "create table if not exists c (t text);");
    sql(&target, "create table a (i bigint primary key)");
    let error = summary(&target, &folder, "").expect_err("no ledger");
    assert!(error.starts_with("database `adopted` has 1 table and no ledger of migrations"), "{error}");
    let error = summary(&target, &folder, "adopt").expect_err("no match");
    let told = "database `adopted` is not what the migrations make; the closest is after 1_a";
    assert!(error.starts_with(told), "{error}");
    sql(&target, "drop table a");
    sql(&target, "create table a (i int primary key)");
    sql(&target, "create index on_a on a (i)");
    sql(&target, "create role modest login");
    let mut modest = target.clone();
    modest.url = target.url.reveal().replace("postgres@", "modest@").into();
    let error = summary(&modest, &folder, "adopt").expect_err("it may not create databases");
    let help = "permission denied to create database / grant the right to create a scratch database: alter role modest \
                createdb\nor compare nothing: gladys migrate adopt --to VERSION --yes";
    assert_eq!(error, help);
    // What a run that was killed has left.
    sql(&target, "create database gladys_scratch_99999999");
    assert_eq!(summary(&target, &folder, "adopt"), Ok("2 adopted".to_owned()));
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
    assert_eq!(run(&target, &folder, "--verify").0, "3 files make exactly what is there\n");
    sql(&target, "drop index on_a");
    let told = "1 difference in database `adopted`: - is what 3 files make, + is what is there\n  public.a\n\
                -   index on_a: CREATE INDEX on_a ON public.a USING btree (i)\n";
    assert_eq!(run(&target, &folder, "--verify").0, told);
    assert_eq!(sql(&target, "select count(*) from pg_database where datname like 'gladys_scratch%'"), ["0"]);
}

#[test]
fn a_new_file_gets_the_next_number() {
    let Some(server) = server("a_new_file_gets_the_next_number") else { return };
    let (target, folder) = (server.target("postgres"), Folder::default());
    folder.file("migrations/009_a.sql", "select 1;");
    assert_eq!(summary(&target, &folder, "--new ten"), Ok("begun migrations/010_ten.sql".to_owned()));
    assert!(folder.path().join("migrations/010_ten.sql").exists());
}
