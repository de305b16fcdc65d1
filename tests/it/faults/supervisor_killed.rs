//! The supervisor, or the command, is killed or stopped at any moment: nothing is lost, nothing is there twice.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;

use super::bench::{Bench, GLADYS, Run, copy, end, free_port, kill};
use super::oracle::{self, until};
use super::table::{each, once, race};

/// The fail-points that a start passes, as `src/supervisor/fail.rs` lists them.
const AT_START: [&str; 8] =
    ["called", "locked", "intended", "spawned", "recorded", "marked", "released", "running"];
/// Those that the end of a service passes.
const AT_EXIT: [&str; 3] = ["exited", "swept", "ended"];
/// Those that a stop passes.
const AT_STOP: [&str; 2] = ["stopping", "stopped"];
/// That of an adoption, that of a back-off, and that of an end because of what is needed.
const ELSEWHERE: [&str; 3] = ["adopted", "waiting", "lost"];

#[test]
fn in_steady_state() {
    race("kill -9 of the supervisor, steady state", |_| {
        let bench = Bench::web("--flood-rate 64k", "");
        bench.start();
        let leader = bench.assert_one();
        bench.kill_supervisor();
        let before = bench.log().len();
        until("the service writes on", || bench.log().len() > before);
        bench.start();
        assert_eq!(bench.assert_one(), leader, "it was adopted, not restarted");
        bench.stop();
        assert_gapless(&bench.log());
    });
}

/// Lines `flood 000000000042 …` follow each other without a gap.
fn assert_gapless(log: &[u8]) {
    let text = String::from_utf8_lossy(log);
    let numbers = text.lines().filter_map(|line| line.strip_prefix("flood ")?.get(..12)?.parse::<u64>().ok());
    let count = numbers.enumerate().inspect(|(at, number)| assert_eq!(*at as u64, *number, "a gap")).count();
    assert!(count > 0, "the fixture wrote nothing");
}

#[test]
fn within_100_ms_of_the_spawn() {
    race("kill -9 of the supervisor within 100 ms of the spawn", |run| {
        let bench = Bench::web("", "");
        let start = bench.begin(&["start"]);
        until("there is a supervisor", || !bench.supervisors().is_empty());
        std::thread::sleep(Duration::from_micros(u64::from(run * 7919 % 100_000)));
        bench.supervisors().into_iter().for_each(kill);
        end(start);
        assert!(bench.named("web").len() <= 1, "{:#?}", bench.all());
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn at_every_step_of_a_start() {
    each("kill -9 of the supervisor at every persisted step of a start", &AT_START, |point| {
        let bench = Bench::web("", "");
        bench.gladys_failing(point, &["start"]);
        until("the supervisor is dead", || bench.supervisors().is_empty());
        assert!(bench.named("web").len() <= 1, "{:#?}", bench.all());
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn at_every_step_of_a_start_then_stopped() {
    each("kill -9 of the supervisor at every persisted step of a start, then `stop`", &AT_START, |point| {
        let bench = Bench::web("", "");
        bench.gladys_failing(point, &["start"]);
        bench.stop();
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn at_every_step_of_an_end() {
    each("kill -9 of the supervisor at every persisted step of an end", &AT_EXIT, |point| {
        let bench = Bench::web("--double-fork", "");
        bench.gladys_failing(point, &["start"]).success();
        let (supervisor, leader) = (bench.supervisor(), bench.leader());
        kill(leader);
        until("the supervisor is dead", || !oracle::alive(supervisor));
        bench.start();
        assert_ne!(bench.assert_one(), leader);
        assert_eq!(bench.named("daemon").len(), 1, "the daemon of the first run is gone");
        bench.stop();
    });
}

#[test]
fn at_every_step_of_a_restart() {
    let points = ["intended", "spawned", "recorded", "marked", "released", "running"];
    each("kill -9 of the supervisor at every persisted step of a restart", &points, |point| {
        let bench = Bench::web("", "restart always initial=\"20ms\"");
        bench.start();
        let first = bench.leader();
        bench.kill_supervisor();
        bench.gladys_failing(point, &["start"]).success();
        let supervisor = bench.supervisor();
        kill(first);
        until("the supervisor is dead", || !oracle::alive(supervisor));
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn at_every_step_of_a_stop() {
    each("kill -9 of the supervisor at every persisted step of a stop", &AT_STOP, |point| {
        let bench = Bench::web("--double-fork", "");
        bench.gladys_failing(point, &["start"]).success();
        bench.stop();
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn at_an_adoption_in_a_back_off_and_at_a_lost_need() {
    each("kill -9 of the supervisor at an adoption, in a back-off, at a lost need", &ELSEWHERE, |point| {
        let other = free_port();
        let declared = "service db { ready tcp }\nservice web { needs db lost=restart; ready tcp }";
        let bench = Bench::declared(declared, |bench| {
            Bench::service("web", bench.port, "", "restart always initial=\"20ms\"")
                + &Bench::service("db", other, "", "")
        });
        if *point == "adopted" {
            bench.start();
            kill(bench.supervisor_of("web"));
            let web = bench.leader();
            bench.gladys_failing(point, &["start"]).code(1);
            assert_eq!(bench.leader(), web);
        } else {
            bench.gladys_failing(point, &["start"]).success();
            let supervisor = bench.supervisor_of("web");
            kill(if *point == "waiting" { bench.leader() } else { bench.named("db")[0].pid });
            until("the supervisor is dead", || !oracle::alive(supervisor));
        }
        bench.start();
        assert_eq!((bench.named("web").len(), bench.named("db").len()), (1, 1), "{:#?}", bench.all());
        bench.supervisor_of("web");
        bench.stop();
    });
}

#[test]
fn every_fail_point_is_here() {
    let listed =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/supervisor/fail.rs")).expect("the list");
    let list =
        listed.split_once("POINTS: [&str;").and_then(|(_, rest)| rest.split_once("];")).expect("POINTS").0;
    let names: Vec<_> = list.split('"').skip(1).step_by(2).collect();
    assert_eq!(names, [&AT_START[..], &AT_EXIT, &AT_STOP, &ELSEWHERE].concat());
}

#[test]
fn command_killed_in_the_middle_of_start() {
    race("kill -9 of the command in the middle of `start`", |run| {
        let bench = Bench::web("--ready-after 30", "");
        let mut start = bench.begin(&["start"]);
        std::thread::sleep(Duration::from_micros(u64::from(run * 7919 % 150_000)));
        let _ = start.kill();
        end(start);
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn command_killed_in_the_middle_of_stop() {
    race("kill -9 of the command in the middle of `stop`", |run| {
        let bench = Bench::web("--double-fork --term-delay 40", "");
        bench.start();
        let mut stop = bench.begin(&["stop"]);
        std::thread::sleep(Duration::from_micros(u64::from(run * 7919 % 100_000)));
        let _ = stop.kill();
        end(stop);
        if run % 2 == 0 {
            bench.start();
            bench.assert_one();
        }
        bench.stop();
    });
}

/// Whether a signal is ignored here, and so by every program started here: the caller began the tests in the background.
fn ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("our own state");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("the ignored signals");
    let mask = u64::from_str_radix(mask.trim(), 16).expect("a mask");
    mask & (1 << (signal.as_raw() - 1)) != 0
}

#[test]
fn interrupted_from_the_keyboard() {
    const FAULT: &str = "Ctrl-C in the script that called `start`";
    if ignored(Signal::INT) {
        return super::table::skip(FAULT, "SIGINT is ignored by whoever started the tests");
    }
    once(FAULT, || {
        let bench = Bench::web("", "");
        let mut script = bench.program("/bin/sh", &["-c", "\"$GLADYS\" start; touch started; sleep 60"]);
        let script = script.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        until("the script has started it", || bench.path("started").exists());
        let leader = bench.assert_one();
        let group = i32::try_from(script.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a pid");
        rustix::process::kill_process_group(group, Signal::INT).expect("the group is there");
        end(script);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(bench.assert_one(), leader);
        bench.stop();
    });
}

#[test]
fn terminal_closed() {
    const FAULT: &str = "the terminal of the script that called `start` is closed";
    if which::which("script").is_err() {
        return super::table::skip(FAULT, "there is no program `script`, which makes a terminal");
    }
    if ignored(Signal::HUP) {
        return super::table::skip(FAULT, "SIGHUP is ignored by whoever started the tests");
    }
    once(FAULT, || {
        let bench = Bench::web("", "");
        let words = ["-qefc", "\"$GLADYS\" start; touch started; exec sleep 60", "/dev/null"];
        let mut terminal = bench.program("script", &words);
        let terminal = terminal.stdout(Stdio::null()).spawn().expect("a terminal");
        until("the script has started it", || bench.path("started").exists());
        let leader = bench.assert_one();
        kill_child(terminal);
        until("the shell felt it", || {
            bench.all().iter().all(|process| !process.command.starts_with("sleep"))
        });
        assert_eq!(bench.assert_one(), leader);
        bench.stop();
    });
}

fn kill_child(mut child: std::process::Child) {
    child.kill().expect("it is there");
    child.wait().expect("it ended");
}

#[test]
fn policy_for_orphans() {
    once("kill -9 of the supervisor of a service with `orphan=kill`", || {
        let bench = Bench::web("", "restart never orphan=kill");
        bench.start();
        let leader = bench.assert_one();
        bench.kill_supervisor();
        until("the service went with it", || !oracle::alive(leader));
        bench.stop();
    });
}

#[test]
fn suspended() {
    once("the supervisor is stopped (SIGSTOP)", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        oracle::signal(bench.supervisor(), Signal::STOP);
        bench.gladys(&["status"]).within(Duration::from_secs(10)).says("suspended");
        bench.gladys(&["stop"]).success().within(Duration::from_secs(10));
        bench.assert_nothing();
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn suspended_while_it_begins() {
    each("the supervisor is stopped (SIGSTOP) at every persisted step of a start", &AT_START[1..], |point| {
        let bench = Bench::web("--double-fork", "");
        let suspended = |words: &[&str]| {
            let mut command = bench.program(GLADYS, words);
            Run::of(command.env("GLADYS_SUSPEND_AT", point), &format!("{words:?} suspended at {point}"))
        };
        let first = suspended(&["start"]).code(1).within(Duration::from_secs(10));
        let supervisor = bench.supervisor();
        let said = format!("`web` is held by process {supervisor} (gladys), which is suspended");
        let help = format!("`kill -CONT {supervisor}` continues it; then repeat this command");
        first.says(&said).says(&help);
        bench.gladys(&["status"]).within(Duration::from_secs(10)).says("suspended");
        bench.gladys(&["start", "--no-wait"]).within(Duration::from_secs(10));
        assert_eq!(bench.supervisor(), supervisor, "no second one");
        bench.sh(&format!("kill -CONT {supervisor}")).success();
        bench.start();
        bench.assert_one();
        assert_eq!(bench.supervisor(), supervisor, "it went on");
        bench.stop();
        suspended(&["start"]).code(1);
        bench.stop().within(Duration::from_secs(10));
    });
}

#[test]
fn suspended_before_it_has_the_lock() {
    once(
        "the supervisor is stopped (SIGSTOP) before it has the lock, then `stop`, then it is continued",
        || {
            let bench = Bench::web("", "");
            bench.start();
            bench.stop();
            let mut start = bench.program(GLADYS, &["start"]);
            Run::of(start.env("GLADYS_SUSPEND_AT", "called"), "start").code(1).says("which is suspended");
            let supervisor = bench.supervisor();
            bench.gladys(&["stop"]).success();
            bench.sh(&format!("kill -CONT {supervisor}; true")).success();
            bench.assert_nothing_for(Duration::from_millis(500));
        },
    );
}

#[test]
fn service_suspended() {
    once("the service is stopped (SIGSTOP)", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        let leader = bench.leader();
        oracle::signal(leader, Signal::STOP);
        let said = format!("it is suspended; `kill -CONT {leader}` continues it");
        bench.gladys(&["status"]).within(Duration::from_secs(10)).says(&said);
        bench.gladys(&["why", "web"]).says(&said);
        bench.sh(&format!("kill -CONT {leader}")).success();
        assert!(!bench.gladys(&["status"]).success().text.contains("suspended"));
        oracle::signal(leader, Signal::STOP);
        bench.stop().within(Duration::from_secs(10));
    });
}

#[test]
fn binary_replaced() {
    once("the program is replaced while services run", || {
        let bench = Bench::web("", "");
        let program = bench.path("gladys");
        copy(GLADYS, &program);
        let run = |args: &[&str]| {
            let output = bench.program(&program, args).output().expect("it runs");
            (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        assert_eq!(run(&["start"]).0, Some(0));
        let leader = bench.assert_one();
        fs::remove_file(&program).expect("the old program is taken away");
        copy(GLADYS, &program);
        assert_eq!(run(&["status"]).0, Some(0));
        assert!(run(&["logs"]).1.contains("listening"));
        assert_eq!(run(&["start"]).0, Some(0));
        assert_eq!(bench.assert_one(), leader);
        assert_eq!(run(&["stop"]).0, Some(0));
        bench.assert_nothing();
    });
}

#[test]
fn program_deleted_then_restarted() {
    once("the program is deleted, then the service must be restarted", || {
        let bench = Bench::web("", "restart always initial=\"20ms\"");
        let program = bench.path("gladys");
        copy(GLADYS, &program);
        let mut start = bench.program(&program, &["start"]);
        assert!(start.arg0("gladys").status().expect("it runs").success());
        fs::remove_file(&program).expect("the program is deleted");
        let first = bench.leader();
        kill(first);
        until("it runs again", || bench.named("web").iter().any(|process| process.pid != first));
        bench.stop();
    });
}
