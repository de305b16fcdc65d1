//! A stop cancels whatever is under way, and nothing comes back.

use std::fs;
use std::time::Duration;

use super::bench::{Bench, end, free_port, kill};
use super::oracle::{self, until};
use super::table::{full, once, race};

/// How long it is watched that nothing comes back.
fn watched() -> Duration {
    Duration::from_secs(if full() { 30 } else { 2 })
}

#[test]
fn descriptors_of_the_caller() {
    once("the script that called `start` has a pipe open", || {
        let bench = Bench::web("", "restart always initial=\"20ms\"");
        let pipe = "mkfifo pipe; exec 7<>pipe; \"$GLADYS\" start && ls -l /proc/self/fd/7";
        bench.sh(pipe).success().says("/pipe");
        let first = bench.leader();
        let open = |bench: &Bench| {
            let held = |pid: u32| fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors");
            let all = bench.all().into_iter().flat_map(|process| held(process.pid).flatten());
            let links = all.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
            links.filter(|link| link.ends_with("pipe")).count()
        };
        assert_eq!(open(&bench), 0, "{:#?}", bench.all());
        kill(first);
        until("it runs again", || bench.named("web").iter().any(|process| process.pid != first));
        assert_eq!(open(&bench), 0, "{:#?}", bench.all());
        bench.stop();
    });
}

#[test]
fn during_back_off() {
    once("`stop` during back-off", || {
        let bench = Bench::web("", "restart always initial=\"1s\"");
        bench.start();
        kill(bench.leader());
        until("it waits", || bench.fixtures().is_empty());
        bench.stop().within(Duration::from_secs(5));
        bench.assert_nothing_for(watched());
    });
}

#[test]
fn during_short_back_off() {
    race("`stop` at any moment of a crash loop", |run| {
        let bench = Bench::web("--exit 1@20", "restart always initial=\"20ms\" max=1000");
        bench.gladys(&["start", "--no-wait"]);
        std::thread::sleep(Duration::from_micros(u64::from(run * 7919 % 150_000)));
        bench.stop().within(Duration::from_secs(5));
        bench.assert_nothing_for(Duration::from_millis(100));
    });
}

#[test]
fn during_a_dependency_wait() {
    once("`stop` while `start` waits for a dependency", || {
        let declared = "service db { ready tcp timeout=\"20s\" }\nservice web { needs db; ready tcp }";
        let other = free_port();
        let bench = Bench::declared(declared, |bench| {
            Bench::service("web", bench.port, "", "") + &Bench::service("db", other, "--never-listen", "")
        });
        let start = bench.begin(&["start"]);
        until("the dependency runs", || !bench.named("db").is_empty());
        bench.stop().within(Duration::from_secs(5));
        assert_ne!(end(start), Some(0));
        bench.assert_nothing_for(watched());
    });
}

#[test]
fn during_a_probe() {
    once("`stop` during a probe", || {
        let bench = Bench::declared(
            "service web { ready http \"/health\" timeout=\"20s\" attempt=\"10s\" }",
            |bench| Bench::service("web", bench.port, "--hang", ""),
        );
        let start = bench.begin(&["start"]);
        until("it listens", || !oracle::listeners(bench.port).is_empty());
        std::thread::sleep(Duration::from_millis(100));
        bench.stop().within(Duration::from_secs(5));
        assert_ne!(end(start), Some(0));
        bench.assert_nothing_for(watched());
    });
}
