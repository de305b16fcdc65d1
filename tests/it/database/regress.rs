//! A part of PostgreSQL's own regression suite, run through the shell, and proof that its judge can say no.

use std::fs;

use crate::project::Project;
use crate::run::Run;
use crate::skip::{without_postgres, without_program};

/// A shell that knows where the suite is.
fn judge() -> Project {
    Project::new().env("HERE", env!("CARGO_MANIFEST_DIR"))
}

fn run(client: &str) -> Run {
    judge().sh(&format!("CLIENT='{client}' $HERE/tests/regress/run $HERE/tests/regress/quick"))
}

#[test]
fn the_quick_files_are_byte_equal() {
    if without_postgres() || without_program("python3") {
        return;
    }
    run(concat!(env!("CARGO_BIN_EXE_gladys"), " psql")).stdout("8 of 8 files equal");
}

#[test]
fn what_is_no_client_is_told() {
    if without_postgres() || without_program("python3") {
        return;
    }
    for client in ["/bin/cat", "/bin/false", "/nowhere/psql"] {
        let said = run(client).code(1).text();
        assert!(said.ends_with("0 of 8 files equal\n"), "{client}: {said}");
    }
}

#[test]
fn a_result_that_is_changed_empty_or_missing_is_different() {
    let project = judge();
    let compare = |names: &str| {
        project.sh(&format!("$HERE/tests/regress/compare $HERE/tests/regress/quick/expected . {names}"))
    };
    let expected =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regress/quick/expected/boolean.out"))
            .expect("the expected output is there");
    project.write("boolean.out", &expected);
    compare("boolean").stdout("1 of 1 files equal");
    compare("").stdout("0 of 0 files equal").code(1);
    project.write("boolean.out", expected.replacen('t', "f", 1));
    compare("boolean")
        .stdout(
            "
        different: boolean, 2 lines
        0 of 1 files equal
    ",
        )
        .code(1);
    project.write("boolean.out", "");
    compare("boolean").any_stdout().code(1);
    project.write("boolean.out", &expected);
    compare("boolean temp")
        .stdout(
            "
        different: temp, no output
        1 of 2 files equal
    ",
        )
        .code(1);
    compare("nothing_of_this_name").any_stdout().code(1);
}
