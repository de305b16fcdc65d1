//! The clock of the wall, moved while services run.

use std::fs;
use std::time::Duration;

use super::bench::{Bench, kill};
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

#[test]
fn clock_jumps() {
    const FAULT: &str = "the clock jumps an hour, forth and back";
    if which::which("cc").is_err() {
        return skip(FAULT, "it takes `cc` to make a library that moves a program's clock");
    }
    once(FAULT, || {
        let bench =
            Bench::web("--flood-rate 64k", "restart always initial=\"300ms\"; alive tcp every=\"100ms\"");
        fs::write(bench.path("shim.c"), SHIM).expect("it is written");
        fs::write(bench.path("jump"), "0").expect("it is written");
        bench.sh("cc -shared -fPIC -o shim.so shim.c").success();
        let (shim, jump) = (bench.path("shim.so"), bench.path("jump"));
        bench
            .sh(&format!("JUMP='{}' LD_PRELOAD='{}' \"$GLADYS\" start", jump.display(), shim.display()))
            .success();
        for seconds in ["3600", "-3600"] {
            let leader = bench.assert_one();
            fs::write(&jump, seconds).expect("the clock jumps");
            std::thread::sleep(Duration::from_millis(500));
            assert_eq!(bench.assert_one(), leader, "nothing changed");
            kill(leader);
            let begun = std::time::Instant::now();
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
