//! `psql` without a terminal.

use super::{open_shop, stocked_shop};
use crate::skip::without_postgres;

#[test]
fn commands_files_and_standard_input_are_run_in_order() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["psql", "-c", "select name from fruit order by id"]).stdout(
        "
         name  
        -------
         apple
         pear
        (2 rows)

    ",
    );
    project.write("two.sql", "select 'from the file' as two;\n");
    project.gladys(["psql", "-c", "select 'first' as one", "-f", "two.sql"]).stdout(
        "
          one  
        -------
         first
        (1 row)

              two      
        ---------------
         from the file
        (1 row)

    ",
    );
    project.gladys_reading("select 'input' as three;\n", ["psql"]).stdout(
        "
         three 
        -------
         input
        (1 row)

    ",
    );
    project.gladys(["psql", "-c", "create table more (n int)"]).stdout("CREATE TABLE");
}

#[test]
fn a_failure_is_told_and_has_a_code() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let error = project
        .gladys(["psql", "-c", "select nothing from nowhere"])
        .any_stdout()
        .any_stderr()
        .code(1)
        .stderr_text();
    assert!(error.contains("relation \"nowhere\" does not exist"), "{error}");
    let error = project.gladys(["psql", "-f", "gone.sql"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(error.contains("gone.sql"), "{error}");
}

/// A dump whose tables are not there, with data that looks like commands.
const UNWELCOME: &str = "copy gone (a) from stdin;\nselect 'run' as one;\n\\echo run\n\\.\n\
    select 'one' as here;\n\
    copy fruit from stdin \\; copy gone from stdin;\n7\tplum\t\\N\n\\.\nselect 'run' as two;\n\\.\n\
    \\if false\ncopy gone from stdin;\n\\endif\nselect 'run' as three;\n\\.\n\\endif\n\
    \\copy gone from stdin\nselect 'run' as four;\n\\.\n\
    select 'two' as here;\n";

#[test]
fn data_of_a_copy_that_is_refused_is_never_run() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.write("unwelcome.sql", UNWELCOME);
    let shown = "
        here
        one
        COPY 1
        here
        two
    ";
    let refused = |place: &str| {
        let line =
            |line: &str| if place.is_empty() { String::new() } else { format!("psql:{place}:{line}: ") };
        format!(
            "
        {}ERROR:  relation \"gone\" does not exist
        {}ERROR:  relation \"gone\" does not exist
        {}ERROR:  relation \"gone\" does not exist
    ",
            line("1"),
            line("8"),
            line("17")
        )
    };
    project
        .gladys(["psql", "-XA", "-P", "footer=off", "-f", "unwelcome.sql"])
        .stdout(shown)
        .stderr(&refused("unwelcome.sql"));
    project.gladys_reading(UNWELCOME, ["psql", "-XA", "-P", "footer=off"]).stdout(shown).stderr(&refused(""));
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
}

#[test]
fn rows_are_json_for_programs() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project
        .gladys([
            "psql",
            "--json",
            "-c",
            "create table more (n int)",
            "-c",
            "select name, price from fruit order by id",
        ])
        .stdout(
            r#"
        [
        {"name":"apple","price":0.5},
        {"name":"pear","price":null}
        ]
    "#,
        );
}

#[test]
fn a_log_has_what_is_sent_and_shown() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project
        .gladys(["psql", "-XAt", "-L", "log", "-c", "select 1 as one", "-c", "create table made (n int)"])
        .any_stdout();
    assert_eq!(
        project.read("log"),
        "********* QUERY **********\nselect 1 as one\n**************************\n\n1\n\
         ********* QUERY **********\ncreate table made (n int)\n**************************\n\nCREATE TABLE\n"
    );
}

#[test]
fn help_is_that_of_psql() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.gladys(["psql", "-c", "\\h abort"]).stdout(
        "
        Command:     ABORT
        Description: abort the current transaction
        Syntax:
        ABORT [ WORK | TRANSACTION ] [ AND [ NO ] CHAIN ]

        URL: https://www.postgresql.org/docs/15/sql-abort.html

    ",
    );
    project.gladys(["psql", "-c", "\\h crée täble"]).stdout(
        "
        No help available for \"crée täble\".
        Try \\h with no arguments to see available help.
    ",
    );
}

#[test]
fn a_lost_connection_ends_a_script_at_once() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    let script = "select pg_terminate_backend(pg_backend_pid()); select 'not run';\nselect 'nor this';\n";
    project.gladys_reading(script, ["psql", "-X"]).any_stderr().code(2);
}

#[test]
fn rows_pass_through_at_constant_memory() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    for format in
        ["--csv", "-A", "-H", "-P format=latex", "-P format=asciidoc", "-P format=troff-ms -x", "--json"]
    {
        let peak = super::peak(
            &project,
            &format!(
                "psql -X {format} -c \"select i, repeat('x', 40) as x from generate_series(1, 1000000) i\""
            ),
        );
        assert!(peak < 40_000, "{format} needed {peak} kB");
    }
}

#[test]
fn an_error_in_the_middle_leaves_nothing_of_a_small_result() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project
        .gladys(["psql", "-X", "--csv", "-c", "select 1 / (5 - i) as n from generate_series(1, 9) i"])
        .stderr("ERROR:  division by zero")
        .code(1);
    let large = "$GLADYS psql -X --csv -c 'select 1 / (500000 - i) as n from generate_series(1, 500000) i' >rows; \
                 echo $? && head -2 rows && test $(wc -l <rows) -lt 500000";
    project.sh(large).stdout("1\nn\n0").stderr("ERROR:  division by zero");
    let large = "$GLADYS psql -X --json -c 'select i from generate_series(1, 100000) i' | tail -2";
    project.sh(large).stdout("{\"i\":100000}\n]");
}

#[test]
fn what_cannot_be_written_is_told() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    let full = "No space left on device";
    for (words, what) in [
        ("-c 'select 1'", "could not print result table"),
        ("--csv -c 'select * from generate_series(1, 100000)'", "could not print result table"),
        ("-c 'copy (select 1) to stdout'", "could not write COPY data"),
        ("-c '\\echo hello'", "could not write to standard output"),
    ] {
        project.sh(&format!("$GLADYS psql -X {words} >/dev/full")).stderr(&format!("{what}: {full}")).code(1);
    }
    for (words, what) in [
        ("-o /dev/full -c 'select 1'", "could not print result table"),
        ("-c '\\copy (select 1) to /dev/full'", "could not write COPY data"),
    ] {
        project
            .sh(&format!("$GLADYS psql -Xq {words}"))
            .stderr(&format!("{what}: {full}"))
            .any_stdout()
            .code(1);
    }
    let said = project.sh("$GLADYS query 'select 1' >/dev/full").any_stderr().code(1).stderr_text();
    assert!(said.contains("cannot write the result: no space left on device"), "{said}");
    for words in ["psql -X --csv -c", "psql -X -c", "query"] {
        let many = "select * from generate_series(1, 300000)";
        project.sh(&format!("{{ $GLADYS {words} '{many}'; echo $? >&2; }} | head -0")).stderr("141");
    }
}

#[test]
fn what_is_no_script_is_refused() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    let refused = "a line is longer than memory or the server allow: this is not a script";
    project
        .sh("ulimit -v 700000; $GLADYS psql -X -f /dev/zero")
        .stderr(&format!("psql:/dev/zero:1: error: {refused}"))
        .code(1);
}
