//! What services wrote.

use rustix::process::Signal;

use super::{manifest, web};
use crate::project::{Project, until};

/// Two services that say a line each, one after the other.
fn two() -> Project {
    let declared =
        "service first \"One\" { ready log one }\nservice second \"Two\" { needs first; ready log two }";
    let placed = r#"
        service first { exec sh -c "echo one; exec sleep 1000" }
        service second { exec sh -c "echo two >&2; exec sleep 1000" }
    "#;
    Project::new().manifest(&manifest(declared, placed))
}

#[test]
fn logs_of_services_are_merged_in_the_order_of_writing() {
    let project = two();
    project.gladys(["start"]).any_stdout();
    project.gladys(["logs"]).stdout(
        "
        first  | --- run 1 began, pid [pid]
        first  | one
        second | --- run 1 began, pid [pid]
        second | two
    ",
    );
    project.gladys(["logs", "second"]).stdout(
        "
        --- run 1 began, pid [pid]
        two
    ",
    );
}

#[test]
fn logs_are_kept_when_a_service_has_stopped_and_when_it_starts_again() {
    let project = two();
    project.gladys(["start", "first"]).any_stdout();
    project.gladys(["stop"]).any_stdout();
    project.gladys(["logs", "first"]).stdout(
        "
        --- run 1 began, pid [pid]
        one
        --- run 1 ended: killed by SIGTERM, it was stopped
    ",
    );
    project.gladys(["start", "first"]).any_stdout();
    project.gladys(["logs", "first"]).stdout(
        "
        --- run 1 began, pid [pid]
        one
        --- run 1 ended: killed by SIGTERM, it was stopped
        --- run 2 began, pid [pid]
        one
    ",
    );
    project.gladys(["logs", "first", "--run", "1", "--grep", "one"]).stdout("one");
    project.gladys(["logs", "first", "--run=0", "--grep", "one"]).stdout("one");
    project.gladys(["logs", "first", "--run=-1", "--grep", "one"]).stdout("one");
    project.gladys(["logs", "first", "--run", "-1", "--grep", "one"]).stdout("one");
    let none = project.gladys(["logs", "first", "--run", "3"]).code(1).any_stderr().errors();
    assert!(none.contains("there is no run 3 of `first`"), "{none}");
}

#[test]
fn only_the_last_lines_or_those_with_a_text() {
    let project = web("--flood \"640\"");
    project.gladys(["start"]).any_stdout();
    until("the flood is over", || project.begin(["logs"]).end().anything().found().contains("is over"));
    project.gladys(["logs", "-n", "1"]).any_stdout();
    project
        .gladys(["logs", "--grep", "flood 00000000000"])
        .map(|text| format!("{}\n", text.lines().count()))
        .stdout("10");
    project
        .gladys(["logs", "--grep", "flood 000000000003"])
        .stdout("flood 000000000003 ............................................");
    project.gladys(["logs", "--grep", "nothing like it"]);
    project
        .gladys(["logs", "-n", "many"])
        .stderr(
            r"
        manifest::bad-call

          × `logs`: invalid value `many` for `--tail <N>`
           ╭─[command line:1:16]
         1 │ gladys logs -n many
           ·                ──┬─
           ·                  ╰── this word
           ╰────
          help: expected a number of lines, such as `100`

    ",
        )
        .code(2);
}

#[test]
fn following_shows_what_is_written_until_it_is_interrupted() {
    let project = web("");
    project.gladys(["start"]).any_stdout();
    let follow = project.begin(["logs", "-f"]).until("listening on");
    project.gladys(["restart"]).any_stdout();
    until("the second run is shown", || follow.printed().matches("listening on").count() == 2);
    // A follow has no other end than this one, so it is a good one.
    let follow = follow.signal(Signal::INT).end().code(0);
    follow.map(|text| text.replace("127.0.0.1", "localhost").replace("[::1]", "localhost")).stdout(
        "
        --- run 1 began, pid [pid]
        INFO  web: started
        INFO  web: listening on localhost:[WEB] and localhost:[WEB]
        INFO  web: SIGTERM
        INFO  web: stopped
        --- run 1 ended: exit code 0, it was stopped
        --- run 2 began, pid [pid]
        INFO  web: started
        INFO  web: listening on localhost:[WEB] and localhost:[WEB]
    ",
    );
}

#[test]
fn following_begins_where_nothing_was_written_yet() {
    let project = two();
    let follow = project.begin(["logs", "-f", "first"]);
    project.gladys(["start", "first"]).any_stdout();
    follow.until("one").signal(Signal::INT).end().stdout(
        "
        --- run 1 began, pid [pid]
        one
    ",
    );
}

#[test]
fn both_streams_and_odd_bytes_are_kept() {
    let project = web("--bad-utf8 --long-line \"100k\"");
    project.gladys(["start"]).any_stdout();
    let stream = project.sh("$GLADYS logs web | od -c | grep -c 377").raw();
    assert_eq!(stream, "1\n");
    let long = project.sh("$GLADYS logs web | awk '{ if (length > 102000) n++ } END { print n }'").raw();
    assert_eq!(long, "1\n");
}

#[test]
fn last_words_without_a_line_end_are_kept() {
    let project = web("--never-listen --exit \"1@100\" --crash-without-newline");
    project.gladys(["start"]).anything();
    project.gladys(["logs"]).stdout(
        "
        --- run 1 began, pid [pid]
        INFO  web: started
        last words without a newline
        --- run 1 ended: exit code 1
    ",
    );
}

#[test]
fn logs_for_programs_are_one_document_for_each_line() {
    let project = two();
    project.gladys(["start", "first"]).any_stdout();
    project.gladys(["logs", "first", "--json"]).stdout(
        r#"
        {"kind":"run-start","service":"first","time":"[moment]","run":1,"pid":[pid]}
        {"kind":"line","service":"first","time":"[moment]","run":1,"text":"one"}
    "#,
    );
    project
        .gladys(["logs", "first", "-t"])
        .map(|text| text.replace(|c: char| c.is_ascii_digit(), "0"))
        .stdout(
            "
        00:00:00.000 --- run 0 began, pid [pid]
        00:00:00.000 one
    ",
        );
}

#[test]
fn a_reader_that_goes_away_ends_the_logs_quietly() {
    let project = web("--flood \"64k\"");
    project.gladys(["start"]).any_stdout();
    project.sh("$GLADYS logs | head -1").any_stdout();
    project.sh("$GLADYS logs -f | head -1").any_stdout();
}
