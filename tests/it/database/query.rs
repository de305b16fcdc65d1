//! `query`: every format, and exit codes that can be relied on.

use super::{open_shop, stocked_shop};
use crate::skip::without_postgres;

#[test]
fn rows_in_every_format() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let select = "select * from fruit order by id";
    project.gladys(["query", select]).stdout(
        "
         id | name  | price 
        ----+-------+-------
          1 | apple |   0.5
          2 | pear  |      
        (2 rows)

    ",
    );
    project.gladys(["query", "--format", "csv", select]).stdout(
        "
        id,name,price
        1,apple,0.5
        2,pear,
    ",
    );
    project.gladys(["query", "--format", "tsv", select]).map(|text| text.replace('\t', "→")).stdout(
        r"
        id→name→price
        1→apple→0.5
        2→pear→\N
    ",
    );
    project.gladys(["query", "--format", "json", select]).stdout(
        r#"
        [
        {"id":1,"name":"apple","price":0.5},
        {"id":2,"name":"pear","price":null}
        ]
    "#,
    );
    project.gladys(["query", "--json", select]).any_stdout();
}

#[test]
fn rows_for_programs_that_read_lines_and_for_documents() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let select = "select * from fruit order by id";
    project.gladys(["query", "--format", "ndjson", select]).stdout(
        r#"
        {"id":1,"name":"apple","price":0.5}
        {"id":2,"name":"pear","price":null}
    "#,
    );
    project.gladys(["query", "--format", "markdown", select]).stdout(
        "
        | id | name | price |
        | ---: | --- | ---: |
        | 1 | apple | 0.5 |
        | 2 | pear |  |
    ",
    );
    project
        .gladys(["query", "--format", "yaml", select])
        .stderr(
            "
        error: invalid value 'yaml' for '--format <FORMAT>'
          [possible values: table, csv, tsv, json, ndjson, markdown]

        For more information, try '--help'.
    ",
        )
        .code(2);
    drop(project.gladys(["query", " ", ""]).any_stderr().code(2));
}

#[test]
fn statements_come_from_arguments_or_standard_input_with_variables() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys_reading("select 1 as one;\nselect 2 as two;\n", ["query", "--format", "csv"]).stdout(
        "
        one
        1
        two
        2
    ",
    );
    project.gladys(["query", "--format", "csv", "-v", "name=pear's", "select :'name' as name"]).stdout(
        "
        name
        pear's
    ",
    );
    project
        .gladys_reading("", ["query"])
        .stderr(
            "
        query: failed after [time]

        gladys::query::nothing

          × there is no SQL to run
          help: give it as an argument, or on standard input
    ",
        )
        .code(2);
}

#[test]
fn what_fails_has_code_1_and_leaves_nothing_done() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project
        .gladys(["query", "insert into fruit values (3, 'fig', 1); select nmae from fruit"])
        .any_stdout()
        .stderr(
            r#"
        query: failed after [time]

        postgresql::42703

          × column "nmae" does not exist
           ╭─[SQL:1:48]
         1 │ insert into fruit values (3, 'fig', 1); select nmae from fruit
           ·                                                ──┬─
           ·                                                  ╰── here
           ╰────
          help: Perhaps you meant to reference the column "fruit.name".
    "#,
        )
        .code(1);
    project.gladys(["query", "--format", "csv", "select count(*) from fruit"]).stdout(
        "
        count
        2
    ",
    );
    project
        .gladys(["query", "select 1", "slect 2", "select 3"])
        .any_stdout()
        .stderr(
            r#"
        query: failed after [time]

        postgresql::42601

          × syntax error at or near "slect"
           ╭─[SQL:1:1]
         1 │ slect 2
           · ──┬──
           ·   ╰── here
           ╰────
    "#,
        )
        .code(1);
    project.gladys(["query", "insert into fruit values (3, 'fig', 1)"]).any_stdout();
    project.gladys(["query", "do $$ begin raise notice 'look'; end $$"]).stdout("DO").stderr("NOTICE: look");
    project.sh("$GLADYS query 'select * from generate_series(1, 100000)' | head -3").any_stdout();
}

#[test]
fn several_results_stay_apart_in_every_format() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    let both = "select 1 as a; update fruit set price = 1 where id = 2; select 'NaN'::float8 as n, true as n, null as z";
    project.gladys(["query", "--format", "markdown", both, "select 3 as c"]).stdout(
        "
        | a |
        | ---: |
        | 1 |

        | n | n | z |
        | ---: | --- | --- |
        | NaN | t |  |

        | c |
        | ---: |
        | 3 |
    ",
    );
    project.gladys(["query", "--json", both]).stdout(
        r#"
        [
        {"a":1}
        ]
        [
        {"n":"NaN","n_2":true,"z":null}
        ]
    "#,
    );
    project.gladys(["query", "--format", "ndjson", both, "select 1 as x where false"]).stdout(
        r#"
        {"a":1}
        {"n":"NaN","n_2":true,"z":null}
    "#,
    );
}

#[test]
fn rows_pass_through_at_constant_memory() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    for format in ["csv", "tsv", "json", "ndjson", "markdown"] {
        let select = "select i, repeat('x', 40) as x from generate_series(1, 1000000) i";
        let peak = super::peak(&project, &format!("query --format {format} \"{select}\""));
        assert!(peak < 40_000, "{format} needed {peak} kB");
    }
}

#[test]
fn the_statement_that_fails_is_pointed_at() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project
        .gladys([
            "query",
            "--format",
            "csv",
            "select 1 as one; select 2 as two;\n select 3,\n   1/0; select 4",
        ])
        .stdout("one\n1\ntwo\n2")
        .stderr(
            "
        query: failed after [time]

        postgresql::22012

          × division by zero
           ╭─[SQL:2:2]
         1 │ select 1 as one; select 2 as two;
         2 │  select 3,
           ·  ────┬────
           ·      ╰── here
         3 │    1/0; select 4
           ╰────
    ",
        )
        .code(1);
}
