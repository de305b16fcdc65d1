//! Several commands at once on one service.

use std::process::Child;
use std::time::{Duration, Instant};

use super::bench::{Bench, end};
use super::table::{once, race};

#[test]
fn two_first_starts() {
    race("two first `start`s at once", |_| {
        let bench = Bench::web("", "");
        let both = [bench.begin(&["start"]), bench.begin(&["start"])];
        assert_eq!(both.map(end), [Some(0), Some(0)]);
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn start_against_stop() {
    race("`start` against `stop`", |run| {
        let bench = Bench::web("--double-fork", "");
        if run % 2 == 0 {
            bench.start();
        }
        let first = bench.begin(&["start"]);
        std::thread::sleep(Duration::from_micros(u64::from(run * 7919 % 60_000)));
        let stop = bench.begin(&["stop"]);
        let started = end(first);
        assert_eq!(end(stop), Some(0));
        let running = bench.named("web").len();
        assert!(running <= 1 && bench.supervisors().len() <= 1, "{started:?} {:#?}", bench.all());
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn fifty_commands() {
    once("50 commands at once", || {
        let bench = Bench::web("", "");
        let begun = Instant::now();
        let verbs = ["start", "stop", "status", "start", "logs"];
        let all: Vec<Child> = (0..50).map(|number| bench.begin(&[verbs[number % 5]])).collect();
        for child in all {
            end(child);
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
        assert!(bench.named("web").len() <= 1, "{:#?}", bench.all());
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn fifty_starts() {
    once("50 `start`s at once", || {
        let bench = Bench::web("", "");
        let all: Vec<Child> = (0..50).map(|_| bench.begin(&["start"])).collect();
        let codes: Vec<_> = all.into_iter().map(end).collect();
        assert_eq!(codes, vec![Some(0); 50]);
        bench.assert_one();
        bench.stop();
    });
}
