//! How the program is called wrongly. What its parts do is shown by the tests of the manifest that they play in.

use std::process::Command;

/// Calls the program with these arguments; its exit code and the first line of its standard error.
fn standin(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_standin")).args(words).env_clear().output();
    let output = output.expect("the program runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), errors.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn an_unknown_part_is_a_usage_error() {
    assert_eq!(
        standin(&["memory-pyhton"]),
        (Some(2), "error: unrecognized subcommand 'memory-pyhton'".to_owned())
    );
}

#[test]
fn a_port_that_makes_no_sense_is_one_too() {
    let wrong = standin(&["fixture", "--listen", "70000"]);
    assert_eq!(
        wrong,
        (Some(2), "error: invalid value '70000' for '--listen <PORT>': 70000 is not in 0..=65535".to_owned())
    );
}
