//! `clean` and `reset`.

use rustix::process::Signal;

use super::{shop, stocked_shop};
use crate::project::until;
use crate::skip::without_postgres;

#[test]
fn clean_empties_tables_and_says_which() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["clean", "all", "--check"]).any_stdout();
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
    project.gladys(["clean", "fruit"]).stdout(
        "
        emptying in localhost:[DB_PORT]/shop (profile local):
          fruit: 2 rows
          sales: 0 rows
        clean: 2 rows removed from 2 tables in [time]
    ",
    );
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        0
    ",
    );
    project
        .gladys(["clean", "gone"])
        .any_stdout()
        .stderr(
            "

        gladys::clean::missing

          × there is no table `vegetables` in database `shop`
          help: there is `fruit` and `sales`
    ",
        )
        .code(1);
    project.gladys(["clean", "vegetables"]).any_stderr().code(2);
}

#[test]
fn reset_stops_cleans_and_starts() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["start"]).any_stdout();
    project.gladys(["reset"]).stdout(
        "
        db: prepared in [time]
        db: already ready (postgres on localhost:[DB_PORT])
        web: already ready (a log line with `started`)
        clean: `fruit` and `sales` can be emptied in [time]
        web: stopped in [time]
        emptying in localhost:[DB_PORT]/shop (profile local):
          fruit: 2 rows
          sales: 0 rows
        clean: 2 rows removed from 2 tables in [time]
        db: already ready (postgres on localhost:[DB_PORT])
        web: ready (a log line with `started`) in [time]
        2 services ready in [time]
    ",
    );
    assert_eq!(project.read("order"), "web\nweb stopped\nweb\n");
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        0
    ",
    );
    project.gladys(["reset", "--no-start"]).any_stdout();
    assert_eq!(project.read("order"), "web\nweb stopped\nweb\nweb stopped\n");
}

#[test]
fn reset_refuses_before_anything_is_stopped() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["start"]).any_stdout();
    project.gladys(["reset", "gone"]).any_stdout().any_stderr().code(1);
    assert_eq!(project.read("order"), "web\n");
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
}

#[test]
fn neither_the_ledger_nor_what_is_not_ours_is_emptied() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project
        .gladys(["clean", "ledger"])
        .stdout("clean: failed after [time]")
        .stderr(
            "

        gladys::clean::ledger

          × `gladys_migrations` is the ledger of migrations
          help: without it nobody knows what was applied; name the tables that hold data
    ",
        )
        .code(1);
    // A second checkout with the same port, where nothing runs.
    let port = project.var("DB_PORT").to_owned();
    let other = shop().env("DB_PORT", &port);
    let error = other.gladys(["clean", "fruit"]).any_stdout().any_stderr().code(1).stderr_text();
    let told = format!("port {port} belongs to service `db` of another checkout");
    assert!(error.contains(&told), "{error}");
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
}

#[test]
fn who_uses_a_table_is_named_after_a_bounded_wait() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let holder = project.begin(["query", "begin; lock table sales; select pg_sleep(100)"]);
    let locked = "select count(*) from pg_locks where relation = 'sales'::regclass and granted";
    until("the table is locked", || {
        project.gladys(["query", "--format", "csv", locked]).anything().found().trim() == "count\n1"
    });
    let error = project.gladys(["clean", "fruit"]).any_stdout().any_stderr().code(1).stderr_text();
    let told = "× other sessions use `fruit` and `sales` and did not let go for 5 s";
    assert!(error.contains(told) && error.contains("process [pid] of the server (gladys"), "{error}");
    drop(holder.signal(Signal::KILL).end().anything());
}
