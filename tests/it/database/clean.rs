//! `clean` and `reset`.

use super::stocked_shop;
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
            r#"

        gladys::clean::missing

          × there is no table `vegetables` in database `shop`
            ╭─[gladys.kdl:20:13]
         19 │     flag --check "Only look"
         20 │     builtin clean "{set}" "{check}"
            ·             ──┬──
            ·               ╰── this failed
         21 │ }
            ╰────
          help: there is `gladys_migrations`, `fruit`, and `sales`
    "#,
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
