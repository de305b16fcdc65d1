//! `psql` without a terminal.

use super::stocked_shop;
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
