//! `migrate` against a real server.

use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use super::{Migrate, grammar, parse};
use crate::builtin::context::{Context, Verdict};
use crate::db::Target;
use crate::db::testing::{Folder, Recorder, connect, server, sql};

fn migrate(words: &str) -> Migrate {
    let command = grammar(clap::Command::new("migrate").no_binary_name(true));
    let matches = command.try_get_matches_from(words.split_whitespace()).expect("the words are right");
    parse(&matches).expect("the words are right")
}

/// What a run printed and noted, with its summary or its error's message.
fn run(target: &Target, folder: &Folder, words: &str) -> (String, Vec<String>, Result<String, String>) {
    let (recorder, interrupted) = (Recorder::default(), AtomicBool::new(false));
    let targets = [folder.migrations(target.clone())];
    let context = Context {
        databases: &targets,
        root: folder.path(),
        profile: "local",
        json: false,
        color: false,
        terminal: false,
        step: 0,
        sink: &recorder,
        interrupted: &interrupted,
    };
    let result = migrate(words).run(&context);
    let result = match result {
        Ok(Verdict { summary, .. }) => Ok(summary.unwrap_or_default()),
        Err(error) => {
            let help = error.help().map(|help| format!(" / {help}")).unwrap_or_default();
            Err(format!("{error}{help}"))
        }
    };
    (recorder.printed(), recorder.noted(), result)
}

fn summary(target: &Target, folder: &Folder, words: &str) -> Result<String, String> {
    run(target, folder, words).2
}

fn ledger(target: &Target) -> Vec<String> {
    sql(target, "select version, name, tool, source from gladys_migrations order by version")
}

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
fn of_two_migrators_at_once_one_applies_and_the_other_finds_it_done() {
    let Some(server) = server("of_two_migrators_at_once") else { return };
    let target = server.database("two");
    let folder = Folder::default();
    for round in 0..100 {
        folder.file(&format!("migrations/{round:03}_a.sql"), &format!("create table t{round} (i int);"));
        let mut ends: Vec<Result<String, String>> = thread::scope(|scope| {
            let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| summary(&target, &folder, ""))).collect();
            runs.into_iter().map(|run| run.join().expect("no panic")).collect()
        });
        ends.sort();
        assert_eq!(ends, [Ok("1 applied".to_owned()), Ok("nothing to do".to_owned())], "round {round}");
    }
    assert_eq!(sql(&target, "select count(*) from gladys_migrations"), ["100"]);
}

#[test]
fn the_holder_of_the_lock_is_named_when_waiting_is_over() {
    let Some(server) = server("the_holder_of_the_lock_is_named") else { return };
    let (target, folder) = (server.database("held"), Folder::default());
    folder.file("migrations/1_a.sql", "select 1;");
    let mut holder = connect(&target);
    holder.rows("select pg_advisory_lock(x'676c61647973'::bigint << 16 | x'5f6d'::bigint)").expect("locked");
    let error = summary(&target, &folder, "--wait 200ms").expect_err("held");
    let expected = format!(
        "another migration is running on this database: gladys, process {} of the server, user postgres",
        holder.backend()
    );
    assert!(error.starts_with(&expected), "{error}");
    drop(holder);
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
}

#[test]
fn a_connection_lost_in_the_middle_leaves_nothing_and_frees_the_lock() {
    let Some(server) = server("a_connection_lost_in_the_middle") else { return };
    let (target, folder) = (server.database("lost"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);\nselect pg_sleep(60);");
    let ended = thread::scope(|scope| {
        let run = scope.spawn(|| summary(&target, &folder, ""));
        let deadline = Instant::now() + Duration::from_secs(20);
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'lost' \
                   and query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()";
        while sql(&target, end).is_empty() {
            assert!(Instant::now() < deadline, "the file does not begin to run");
            thread::sleep(Duration::from_millis(20));
        }
        run.join().expect("no panic")
    });
    let error = ended.expect_err("lost");
    assert!(
        error.starts_with(
            "the connection to the server was lost: terminating connection due to administrator command"
        ),
        "{error}"
    );
    assert_eq!(sql(&target, "select to_regclass('a')"), ["NULL"]);
    folder.file("migrations/1_a.sql", "create table a (i int);");
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
}

#[test]
fn who_holds_a_lock_that_a_file_needs_is_named_or_ended() {
    let Some(server) = server("who_holds_a_lock_that_a_file_needs") else { return };
    let (target, folder) = (server.database("blocked"), Folder::default());
    folder.file("migrations/1_a.sql", "create table a (i int);");
    assert_eq!(summary(&target, &folder, ""), Ok("1 applied".to_owned()));
    folder.file("migrations/2_b.sql", "alter table a add column j int;");
    let mut holder = connect(&target);
    holder.rows("begin").expect("begun");
    holder.rows("lock table a in access share mode").expect("locked");
    let (_, notes, result) = run(&target, &folder, "--lock-timeout 600ms");
    let who =
        format!("process {} of the server (gladys, user postgres, idle in transaction)", holder.backend());
    let error = result.expect_err("blocked");
    assert!(error.starts_with("canceling statement due to lock timeout") && error.contains(&who), "{error}");
    assert!(notes.iter().any(|note| note.contains(&who)), "{notes:?}");
    let mut bystander = connect(&target);
    bystander.rows("begin; lock table gladys_migrations in access share mode").expect("locked");
    assert_eq!(summary(&target, &folder, "--lock-timeout 600ms --kill-blockers"), Ok("1 applied".to_owned()));
    assert_eq!(bystander.value("select 'lives'").expect("not ended"), Some("lives".to_owned()));
    assert!(holder.rows("select 1").is_err());
}

#[test]
fn a_new_file_gets_the_next_number() {
    let Some(server) = server("a_new_file_gets_the_next_number") else { return };
    let (target, folder) = (server.target("postgres"), Folder::default());
    folder.file("migrations/009_a.sql", "select 1;");
    assert_eq!(summary(&target, &folder, "--new ten"), Ok("begun migrations/010_ten.sql".to_owned()));
    assert!(folder.path().join("migrations/010_ten.sql").exists());
}

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
