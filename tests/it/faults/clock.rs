//! The clock of the wall, moved while services run.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::bench::{Bench, GLADYS, Run, end, kill};
use super::oracle::{self, until};
use super::state::record;
use super::table::{once, skip};

/// Adds the seconds in a file to the wall clock of a program: what a jump of the real clock would be, for it alone.
const SHIM: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *t) {
    int done = syscall(SYS_clock_gettime, id, t);
    const char *path = getenv("JUMP");
    FILE *file = id == CLOCK_REALTIME && path ? fopen(path, "r") : NULL;
    long seconds;
    if (file && fscanf(file, "%ld", &seconds) == 1) t->tv_sec += seconds;
    if (file) fclose(file);
    return done;
}
"#;

/// The clock of everything that is run with it.
struct Clock<'a> {
    bench: &'a Bench,
    jump: PathBuf,
    shim: PathBuf,
}

impl<'a> Clock<'a> {
    /// The right one, until it is [`set`](Self::set).
    fn new(bench: &'a Bench) -> Self {
        fs::write(bench.path("shim.c"), SHIM).expect("it is written");
        bench.sh("cc -shared -fPIC -o shim.so shim.c").success();
        let clock = Self { bench, jump: bench.path("jump"), shim: bench.path("shim.so") };
        clock.set("0");
        clock
    }

    /// Sets it so many seconds before or after the right time.
    fn set(&self, seconds: &str) {
        fs::write(self.bench.path("jump.new"), seconds).expect("it is written");
        fs::rename(self.bench.path("jump.new"), &self.jump).expect("the clock jumps");
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = self.bench.program(GLADYS, words);
        command.env("JUMP", &self.jump).env("LD_PRELOAD", &self.shim);
        command
    }

    #[track_caller]
    fn gladys(&self, words: &[&str]) -> Run {
        Run::of(&mut self.program(words), &format!("{words:?}"))
    }
}

#[test]
fn clock_jumps() {
    const FAULT: &str = "the clock jumps an hour, forth and back";
    if which::which("cc").is_err() {
        return skip(FAULT, "it takes `cc` to make a library that moves a program's clock");
    }
    once(FAULT, || {
        let bench =
            Bench::web("--flood-rate 64k", "restart always initial=\"300ms\"; alive tcp every=\"100ms\"");
        let clock = Clock::new(&bench);
        clock.gladys(&["start"]).success();
        for seconds in ["3600", "-3600"] {
            let leader = bench.assert_one();
            clock.set(seconds);
            std::thread::sleep(Duration::from_millis(500));
            assert_eq!(bench.assert_one(), leader, "nothing changed");
            kill(leader);
            let begun = Instant::now();
            until("it runs again", || !oracle::listeners(bench.port).is_empty());
            let took = begun.elapsed();
            assert!(
                took > Duration::from_millis(200) && took < Duration::from_secs(4),
                "back-off of {took:?}"
            );
        }
        let index = fs::read_to_string(bench.state("index")).expect("an index");
        let shown = bench.gladys(&["logs"]).success();
        let own = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .lines()
                .filter(|line| !line.starts_with("--- "))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (shown, log) = (own(&shown.raw), own(&bench.log()));
        assert!(log.starts_with(&shown) && shown.len() > 100, "the order of the log is kept");
        let record = record(&bench);
        assert!(record["past"].as_array().is_some_and(|past| past.len() == 2), "{record} {index}");
        bench.stop();
    });
}

#[test]
fn set_back_in_the_middle() {
    const FAULT: &str = "the clock is set back an hour in the middle of a start, a `logs -f` and a grace";
    if which::which("cc").is_err() {
        return skip(FAULT, "it takes `cc` to make a library that moves a program's clock");
    }
    once(FAULT, || {
        let bench = Bench::web("--ready-after 700 --ignore-term --flood-rate 16k", "");
        let clock = Clock::new(&bench);
        let begun = Instant::now();
        let start = clock.program(&["start"]).stdout(Stdio::null()).spawn().expect("gladys");
        until("the service runs", || !bench.named("web").is_empty());
        clock.set("-3600");
        assert_eq!(end(start), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        let status = clock.gladys(&["--json", "status"]).success();
        let status: serde_json::Value = serde_json::from_slice(&status.raw).expect("a document");
        let uptime = status["services"][0]["uptime_ms"].as_i64().expect("an uptime");
        assert!((500..60_000).contains(&uptime), "{status:#}");
        clock.gladys(&["why", "web"]).success().says("s ago");

        let out = fs::File::create(bench.path("followed")).expect("a file");
        let mut follow = clock.program(&["logs", "-f"]).stdout(out).spawn().expect("a follower");
        let shown = || fs::metadata(bench.path("followed")).expect("it is there").len();
        until("something is shown", || shown() > 0);
        clock.set("-7200");
        let before = shown();
        until("the lines go on", || shown() > before + (8 << 10));
        follow.kill().expect("it is there");
        follow.wait().expect("it ended");

        let newest = |run: Run| run.text.lines().filter_map(numbered).max();
        let since = newest(clock.gladys(&["logs", "--since", "30m"]).success());
        let all = newest(clock.gladys(&["logs"]).success());
        assert!(
            since.is_some() && since.zip(all).is_some_and(|(since, all)| since <= all),
            "{since:?} {all:?}"
        );
        let early = clock.gladys(&["logs", "--until", "0s"]).success();
        assert!(
            newest(early) >= since,
            "what is older than now stands behind what the other clock called newer"
        );

        let begun = Instant::now();
        let stop = clock.program(&["stop"]).stdout(Stdio::null()).spawn().expect("gladys");
        std::thread::sleep(Duration::from_millis(300));
        clock.set("-10800");
        assert_eq!(end(stop), Some(0));
        let took = begun.elapsed();
        assert!(took > Duration::from_millis(900) && took < Duration::from_secs(4), "a grace of {took:?}");
        bench.assert_nothing();
    });
}

/// The number of a line of a flood.
fn numbered(line: &str) -> Option<u64> {
    line.strip_prefix("flood ")?.get(..12)?.parse().ok()
}
