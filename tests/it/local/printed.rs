//! Logs that a program prints, while they are followed: a script that prints what there is and ends, again and again.

use rustix::process::Signal;

use crate::project::{Project, until};
use crate::run::Running;

const MANIFEST: &str = r#"
service web "A web server"
command logs "Logs" {
    targets default="*"
    flag -f --follow "Go on"
    option -n --tail "Last lines" value=N
    each logs order=together
}
profile local "Here" {
    recipe logs { tail "{follow}" "{tail}" { from sh log "{tail}" "{since}" } }
    service web
}
"#;
const LOG: &str = r#"
echo "$*" >> asked
case $1 in
--tail) tail -n "$2" said ;;
*) cat said ;;
esac
"#;

const OLD: &str = "2000-01-01T00:00:01Z one\n2000-01-01T00:00:02Z two\n2000-01-01T00:00:03Z three\n";
const NEW: &str = "2100-01-01T00:00:01Z four\n2100-01-01T00:00:02Z five\n2100-01-01T00:00:03Z six\n";

/// What is shown of a log with the last so many lines, to which more is added when the program has ended.
fn followed(project: &Project, tail: &str) -> Running {
    let follow = project.begin(["logs", "-f", "-n", tail]);
    until("the program is run again", || {
        std::fs::read_to_string(project.path("asked")).is_ok_and(|asked| asked.lines().count() > 1)
    });
    project.write("said", format!("{OLD}{NEW}"));
    follow.until("six").signal(Signal::INT)
}

fn project() -> Project {
    Project::new().manifest(MANIFEST).file("log", LOG).file("said", OLD)
}

#[test]
fn what_was_said_since_the_last_line_is_shown_whole_and_once() {
    let project = project();
    followed(&project, "1").end().stdout(
        "
        three
        four
        five
        six
    ",
    );
    let asked = project.read("asked");
    let mut asked = asked.lines();
    assert_eq!(asked.next(), Some("--tail 1"));
    assert_eq!(asked.next(), Some("--since 2000-01-01T00:00:03Z"));
}

#[test]
fn nothing_of_before_is_shown_to_who_wants_none_of_the_last_lines() {
    followed(&project(), "0").end().stdout(
        "
        four
        five
        six
    ",
    );
}
