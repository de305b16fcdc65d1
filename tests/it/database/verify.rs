//! `migrate --verify` and `migrate adopt`: what the files make against what is there, object by object.

use super::{open_shop, stocked_shop};
use crate::project::Project;
use crate::skip::without_postgres;

const TAX: &str = "create function tax(price numeric) returns numeric language sql as '\n    \
                   select price\n    * 0.19\n    + 1\n';\n";

/// What somebody did by hand to a database that all files were applied to.
const BY_HAND: &str = "
    alter table fruit alter price type integer;
    alter table fruit add color text default 'red';
    create index by_name on fruit (name);
    drop table sales;
    create or replace function tax(price numeric) returns numeric language sql as '\n    \
    select price\n    * 0.20\n    + 1\n';
";

fn changed_shop() -> Project {
    let project = stocked_shop();
    project.write("migrations/004_tax.sql", TAX);
    project.gladys(["migrate"]).any_stdout();
    project.gladys(["query", BY_HAND]).any_stdout();
    project
}

#[test]
fn what_differs_is_told_object_by_object() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["migrate", "--verify"]).stdout("3 files make exactly what is there");
    let project = changed_shop();
    project
        .gladys(["migrate", "--verify"])
        .stdout(
            "
            8 differences in database `shop`: - is what 4 files make, + is what is there
              public.fruit
            +   column color: text default 'red'::text
            -   column price: numeric
            +   column price: integer
            +   index by_name: CREATE INDEX by_name ON public.fruit USING btree (name)
            - table public.sales
            -   column at: date
            -   column fruit: integer
            -   constraint sales_fruit_fkey: FOREIGN KEY (fruit) REFERENCES public.fruit(id)
              function public.tax(numeric)
                      select price
            -         * 0.19
            +         * 0.20
                      + 1
        ",
        )
        .code(1);
}

#[test]
fn on_a_terminal_it_is_red_and_green() {
    if without_postgres() {
        return;
    }
    let project = stocked_shop();
    project.gladys(["query", "alter table fruit alter name type varchar(9)"]).any_stdout();
    let told = project.sh("$GLADYS migrate --verify --color always").any_stderr().code(1).raw();
    let red_and_green = "  public.fruit\n\u{1b}[31m-   column name: text\u{1b}[0m\n\
                         \u{1b}[32m+   column name: character varying(9)\u{1b}[0m\n";
    assert!(told.ends_with(red_and_green), "{told:?}");
}

#[test]
fn what_no_files_make_is_not_adopted() {
    if without_postgres() {
        return;
    }
    let project = changed_shop();
    project.gladys(["query", "drop table gladys_migrations"]).any_stdout();
    project
        .gladys(["migrate", "adopt"])
        .stdout("migrate: failed after [time]")
        .stderr(
            "

            gladys::migrate::no_match

              × database `shop` is not what the migrations make; the closest is after 001_fruit
              help: `-` is what the files make, `+` what is there; where that is as it should be, record the
                    files without comparing: gladys migrate adopt --to VERSION --yes
              public.fruit
            +   column color: text default 'red'::text
            -   column price: numeric
            +   column price: integer
            +   index by_name: CREATE INDEX by_name ON public.fruit USING btree (name)
            + function public.tax(numeric)
            +     CREATE OR REPLACE FUNCTION public.tax(price numeric)
            +      RETURNS numeric
            +      LANGUAGE sql
            +     AS $function$
            +         select price
            +         * 0.20
            +         + 1
            +     $function$
        ",
        )
        .code(1);
}

/// A name can hold anything, and a terminal obeys some of it.
#[test]
fn a_name_cannot_write_over_the_terminal() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    project.write("migrations/004_\u{1b}[2Jgone\r.sql", "select 1;\n");
    project.write("migrations/005_\u{1b}[31mred.sql", "create table \"\u{1b}]0;mine\u{7}\" (n int);\n");
    project.gladys(["migrate"]).stdout(
        "
        applied 001_fruit in [time]
        applied 002_sales in [time]
        applied 003_first_fruit in [time]
        applied 004_\\u{1b}[2Jgone\\u{d} in [time]
        applied 005_\\u{1b}[31mred in [time]
        migrate: 5 applied in [time]
    ",
    );
    let gone = "migrations/005_\u{1b}[31mred.sql";
    std::fs::remove_file(project.path(gone)).expect("it was there");
    let said = project.gladys(["migrate"]).any_stdout().any_stderr().code(1).stderr_text();
    assert!(said.contains("no longer there: `005_\\u{1b}[31mred`"), "{said}");
    let said = project.gladys(["migrate", "--status"]).code(1).raw();
    assert!(!said.contains('\u{1b}'), "{said}");
    project.write("migrations/005_\u{1b}[31mred.sql", "create table if not exists other (n int);\n");
    project.write("gladys.kdl", project.read("gladys.kdl").replace("Empty tables", "\\u{1b}[2JEmpty"));
    assert!(!project.gladys(["list"]).raw().contains('\u{1b}'));
    let said = project.gladys(["migrate", "--verify"]).any_stdout().any_stderr().code(1).raw();
    assert!(!said.contains('\u{1b}'), "{said}");
}
