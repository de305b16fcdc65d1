//! A reader that goes away, and streams that are closed: no panic, no error.

use super::shop;

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let project = shop();
    project.sh("$GLADYS list | head -1").stdout("shop — A small shop");
    project.sh("$GLADYS list --json | head -c 1").map(|text| format!("{text}\n")).stdout("{");
    project.sh("$GLADYS --help | head -0");
    project.sh("$GLADYS start --dry-run | head -0");
}

#[test]
fn a_start_whose_reader_is_gone_does_its_work() {
    let project = shop();
    project.sh("$GLADYS start web | head -0");
    crate::project::until("both run", || {
        project.processes().iter().filter(|one| one.command.contains("--listen")).count() == 2
    });
    project.gladys(["status", "web", "store"]).any_stdout();
}

#[test]
fn a_start_lets_go_of_the_pipe_that_it_was_called_with() {
    let project = shop();
    // `cat` ends when nobody holds the pipe any more; services hold their log alone.
    project.sh("$GLADYS start 2>&1 | cat").any_stdout().within(std::time::Duration::from_secs(30));
    project.sh("text=$($GLADYS start 2>&1); echo \"$text\"").sorted().stdout(
        "
        2 services ready in [time]
        store: already ready (port [STORE])
        web: already ready (port [WEB])
    ",
    );
}

#[test]
fn closed_streams_are_no_reason_to_panic() {
    let project = shop();
    project.sh("$GLADYS list >&-");
    project.sh("$GLADYS start stroe 2>&-").code(2);
    project.sh("$GLADYS start store <&- >&- 2>&-");
    project.gladys(["stop"]).any_stdout();
}
