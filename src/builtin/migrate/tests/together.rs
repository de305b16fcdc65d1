//! Others at work on the same database, and a connection that is lost.

use std::thread;
use std::time::{Duration, Instant};

use super::{run, summary};
use crate::db::testing::{Folder, connect, server, sql};

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
