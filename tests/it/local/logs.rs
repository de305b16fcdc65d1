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
    assert!(none.contains("  × there is no run 3 of `first`"), "{none}");
}

#[test]
fn a_log_without_runs_says_so_of_the_service_once() {
    let project = Project::new().manifest(
        r#"
        service web
        command logs { option --run value=N; each logs order=together }
        profile one default=#true { recipe logs { tail "{run}" { from echo hello } }; service web }
        profile two { recipe logs { tail "{run}" }; service web { exec sleep 1000 } }
        "#,
    );
    for (profiles, name) in [("one", "web"), ("one,two", "one/web")] {
        let told = project.gladys(["logs", "--run", "1", "-p", profiles]).code(1).any_stderr().errors();
        let told: Vec<&str> = told.lines().filter(|line| line.contains(" × ")).collect();
        assert_eq!(told, [format!("  × `--run` does not work for `{name}`: its runs are not kept apart")]);
    }
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

#[test]
fn a_time_may_be_an_age() {
    let project = two();
    project.gladys(["start", "first"]).any_stdout();
    for age in ["30s", "1h30m", "1d", "2w"] {
        project.gladys(["logs", "first", "--since", age, "--grep", "one"]).stdout("one");
    }
}

/// `long` writes a line of 200 kB in four pieces, `short` a line of its own between each of them.
fn long_and_short() -> Project {
    let declared = "service long \"A long line\"\nservice short \"Short ones\"";
    let piece = "head -c 50000 /dev/zero | tr '\\\\0' x; sleep 0.06";
    let placed = format!(
        r#"
        service long {{ exec sh -c "{piece}; {piece}; {piece}; {piece}; echo; exec sleep 1000" }}
        service short {{ exec sh -c "for i in 1 2 3 4; do echo short $i; sleep 0.05; done; exec sleep 1000" }}
    "#
    );
    Project::new().manifest(&manifest(declared, &placed))
}

#[test]
fn a_long_line_stays_in_one_piece_beside_other_services() {
    let project = long_and_short();
    project.gladys(["start"]).any_stdout();
    let brief = |text: &str| text.replace(&"x".repeat(200_000), "[200000 x]").replace("xx", "");
    let shown = || {
        let text = brief(&project.begin(["logs"]).end().anything().found());
        let mut lines: Vec<_> =
            text.lines().filter(|line| !line.contains("pid")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let wanted =
        ["long  | [200000 x]", "short | short 1", "short | short 2", "short | short 3", "short | short 4"];
    until("both have written all they have to say, each in lines of its own", || shown() == wanted);
    let objects = project.gladys(["logs", "--json", "--grep", "xx"]).text();
    let object: serde_json::Value = serde_json::from_str(&objects).expect("one object");
    let text = object["text"].as_str().map(brief);
    assert_eq!((object["service"].as_str(), text.as_deref()), (Some("long"), Some("[200000 x]")));
}

#[test]
fn a_terminal_is_not_at_the_mercy_of_a_log() {
    let placed = r#"
        service first { exec sh -c "printf '\\033[31mred \\033]0;title\\007 \\033[2Jgone\\n 10%%\\r 20%%\\r\\n'; exec sleep 1000" }
    "#;
    let project = Project::new().manifest(&manifest("service first \"One\"", placed));
    project.gladys(["start"]).any_stdout();
    until("it wrote", || project.begin(["logs"]).end().anything().found().contains("20%"));
    let raw = "\u{1b}[31mred \u{1b}]0;title\u{7} \u{1b}[2Jgone\n 10%\r 20%\r\n";
    assert_eq!(project.sh("$GLADYS logs | tail -n +2").raw(), raw, "bytes are bytes in a pipe");
    let at_terminal = |command: &str| {
        let shown = project.at_terminal(command).end().anything().found();
        shown.lines().skip(1).map(|line| line.trim_end_matches('\r').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        at_terminal("$GLADYS logs"),
        ["\u{1b}[31mred \\u{1b}]0;title\\u{7} \\u{1b}[2Jgone\u{1b}[0m", " 10%\\u{d} 20%"]
    );
    assert_eq!(
        at_terminal("NO_COLOR=1 $GLADYS logs"),
        ["red \\u{1b}]0;title\\u{7} \\u{1b}[2Jgone", " 10%\\u{d} 20%"]
    );
}
