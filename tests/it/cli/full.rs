//! Standard output that takes nothing: it is said, and the exit code is no success.

use super::shop;

/// Whatever prints, and its exit code where it is shown.
const PRINTS: [&str; 8] =
    ["list", "list --json", "check", "--help", "start web --dry-run", "status", "status --json", "logs web"];

#[test]
fn what_cannot_be_written_is_said() {
    let project = shop();
    project.gladys(["start"]).any_stdout();
    for words in PRINTS {
        project
            .sh(&format!("$GLADYS {words} > /dev/full"))
            .stderr(
                "
                gladys::output

                  × standard output cannot be written: no space left on device
                  help: what was done is done; only what was to be shown is not complete
            ",
            )
            .code(1);
    }
    project.sh("$GLADYS nonsense > /dev/full").any_stderr().code(2);
    project.sh("$GLADYS stop > /dev/full").any_stderr().code(1);
    project.assert_nothing_runs();
}

#[test]
fn a_reader_that_went_away_is_still_no_error() {
    let project = shop();
    project.gladys(["start"]).any_stdout();
    for words in PRINTS {
        project.sh(&format!("$GLADYS {words} | head -0"));
    }
    project.gladys(["stop"]).any_stdout();
}
