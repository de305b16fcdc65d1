//! Programs that succeed, fail, hang, and fork; files that grow.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::super::{Kind, Probe};
use super::{LONG, ask, ask_within, until};
use crate::process::Invocation;

const COOKIE: &str = "GLADYS_PROBE_TEST";

pub(super) fn shell(script: &str, cookie: &str) -> Kind {
    Kind::Exec(Invocation {
        program: "/bin/sh".into(),
        args: vec!["-c".to_owned(), script.to_owned()],
        cwd: "/".into(),
        env: IndexMap::from([(COOKIE.to_owned(), cookie.into())]),
    })
}

/// How many processes carry the cookie, read from the kernel.
pub(super) fn alive(cookie: &str) -> usize {
    let mark = format!("{COOKIE}={cookie}\0");
    let holds = |path: &Path| {
        let environ = fs::read(path.join("environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    fs::read_dir("/proc").expect("/proc").flatten().filter(|entry| holds(&entry.path())).count()
}

#[test]
fn exit_0_is_ready_and_the_last_words_of_a_failure_are_kept() {
    assert_eq!(ask(shell("exit 0", "plain")), Ok(()));
    assert_eq!(ask(shell("exit 3", "plain")), Err("`sh` is not ready: it exited with 3".to_owned()));
    assert_eq!(
        ask(shell("echo first >&2; echo no response >&2; echo; exit 2", "plain")),
        Err("`sh` is not ready: it exited with 2: no response".to_owned())
    );
    assert_eq!(
        ask(shell("kill -9 $$", "plain")),
        Err("`sh` is not ready: it was killed by signal 9".to_owned())
    );
    let flood = "head -c 10000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo the end >&2; exit 1";
    assert_eq!(ask(shell(flood, "plain")), Err("`sh` is not ready: it exited with 1: the end".to_owned()));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let Kind::Exec(mut invocation) = shell("", "plain") else { unreachable!() };
    invocation.program = "/nowhere/pg_isready".into();
    assert_eq!(
        ask(Kind::Exec(invocation)),
        Err("`pg_isready` is not ready: it did not start: there is no such file".to_owned())
    );
}

#[test]
fn a_program_that_hangs_is_killed_with_everything_it_started() {
    let begun = Instant::now();
    let hang = shell("sleep 600 & sleep 600 & trap '' TERM; wait", "hang");
    assert_eq!(
        ask_within(hang, Duration::from_millis(300)),
        Err("`sh` is not ready: no answer within 300ms".to_owned())
    );
    assert!(begun.elapsed() < LONG);
    until("no process of the attempt is left", || alive("hang") == 0);
}

#[test]
fn what_a_program_leaves_behind_is_killed_and_not_waited_for() {
    let begun = Instant::now();
    assert_eq!(ask(shell("sleep 600 & exit 0", "fork")), Ok(()));
    assert!(begun.elapsed() < LONG, "it waited for the fork, which holds stderr");
    until("no process of the attempt is left", || alive("fork") == 0);
}

#[test]
fn what_leaves_its_session_at_the_moment_it_is_killed_is_killed_too() {
    let cookie = format!("escape-{}", std::process::id());
    for round in 0..200 {
        let escape = shell("setsid setsid setsid sleep 600 & sleep 600", &cookie);
        let attempt = Duration::from_micros(500 + 40 * round);
        ask_within(escape, attempt).expect_err("it hangs");
        until(&format!("no process of round {round} is left"), || alive(&cookie) == 0);
    }
}

#[test]
fn a_log_line_counts_from_its_offset() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let log = |from, pattern: &str| Kind::Log { path: path.clone(), from, pattern: pattern.to_owned() };
    let not_yet = Err("a log line with `listening` is not ready: no such line yet".to_owned());
    assert_eq!(ask(log(0, "listening")), not_yet);
    fs::write(&path, b"\xff\0 listening on 1\n").expect("a log");
    assert_eq!(ask(log(0, "listening")), Ok(()));
    assert_eq!(ask(log(3, "listening")), Ok(()));
    assert_eq!(ask(log(4, "listening")), not_yet);
    assert_eq!(ask(log(4, "on 1")), Ok(()));
    assert_eq!(ask(log(1000, "listening")), Ok(()), "a file that was emptied counts from its start");
}

#[test]
fn a_log_line_across_two_reads_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    for before in (64 * 1024 - 10)..(64 * 1024 + 2) {
        fs::write(&path, [vec![b'x'; before], b"listening".to_vec(), vec![b'y'; 70_000]].concat())
            .expect("a log");
        let kind = Kind::Log { path: path.clone(), from: 0, pattern: "listening".to_owned() };
        assert_eq!(ask(kind), Ok(()), "{before}");
    }
}

#[test]
fn programs_and_lines_are_named() {
    assert_eq!(Probe::new(shell("x", "plain"), LONG).describe(), "`sh`");
    let kind = Kind::Log { path: "/log".into(), from: 0, pattern: "listening".to_owned() };
    assert_eq!(Probe::new(kind, LONG).describe(), "a log line with `listening`");
}
