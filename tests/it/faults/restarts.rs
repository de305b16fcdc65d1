//! Crashes, hangs, probes that misbehave, and dependencies that come and go.

use std::time::Duration;

use rustix::process::Signal;

use super::bench::{Bench, end, free_port, kill, standin};
use super::oracle::{self, until};
use super::table::once;

#[test]
fn hung() {
    once("the service hangs (SIGSTOP) and has a liveness check", || {
        let alive = "restart on-failure initial=\"20ms\"; alive http \"/health\" every=\"100ms\" timeout=\"300ms\" failures=2; \
                     stop grace=\"200ms\"";
        let bench = Bench::web("--double-fork", alive);
        bench.start();
        std::thread::sleep(Duration::from_millis(400));
        let first = bench.leader();
        oracle::signal(first, Signal::STOP);
        until("another one runs", || bench.named("web").iter().any(|process| process.pid != first));
        until("it listens", || !oracle::listeners(bench.port).is_empty());
        assert_ne!(bench.assert_one(), first);
        assert_eq!(bench.named("daemon").len(), 1);
        bench.stop();
    });
}

#[test]
fn answers_are_kept() {
    let bench = Bench::web("", "alive exec \"/bin/false\" every=\"500ms\"");
    bench.start();
    until("the check has failed", || bench.gladys(&["why", "web"]).text.contains("  alive? exit code 1, "));
    let why = bench.gladys(&["why", "web"]).success().says("web: it runs and is ready").says(" ready? yes, ");
    assert!(why.text.lines().count() < 15, "{}", why.text);
    let told: serde_json::Value =
        serde_json::from_slice(&bench.gladys(&["--json", "why", "web"]).success().raw).expect("a document");
    let probes = told["probes"].as_array().expect("the answers");
    let of = |asked: &str| probes.iter().filter(|probe| probe["asked"] == asked).collect::<Vec<_>>();
    assert!(of("ready").last().is_some_and(|probe| probe["failure"].is_null()), "{told:#}");
    assert!((1..=10).contains(&of("alive").len()), "{told:#}");
    assert!(of("alive").iter().all(|probe| probe["failure"] == "exit code 1"), "{told:#}");
    bench.stop();
}

#[test]
fn one_failed_check() {
    once("liveness fails now and then, never often enough in a row", || {
        let flap = "--http-status 200@0 --http-status 503@600 --http-status 200@700 --http-status 503@1300 --http-status 200@1400";
        let bench = Bench::web(
            flap,
            "restart on-failure; alive http \"/health\" every=\"150ms\" timeout=\"2s\" failures=3",
        );
        bench.start();
        let first = bench.leader();
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(bench.assert_one(), first);
        bench.stop();
    });
}

#[test]
fn dependency_flaps() {
    once("a dependency flaps after its dependents are ready", || {
        let declared = "service db { ready http \"/health\" }\nservice web { needs db; ready tcp }";
        let other = free_port();
        let bench = Bench::declared(declared, |bench| {
            Bench::service("web", bench.port, "", "restart on-failure")
                + &Bench::service("db", other, "--flap 250", "restart on-failure initial=\"50ms\"")
        });
        bench.start();
        let (web, db) = (bench.leader(), bench.named("db")[0].pid);
        std::thread::sleep(Duration::from_millis(1200));
        assert_eq!((bench.leader(), bench.named("db")[0].pid), (web, db), "nothing was touched");
        kill(db);
        until("it comes back", || bench.named("db").iter().any(|process| process.pid != db));
        assert_eq!(bench.leader(), web, "its dependent was left alone");
        bench.stop();
    });
}

#[test]
fn crash_loop() {
    once("a crash loop", || {
        let bench = Bench::web("--never-listen --exit 3@10", "restart on-failure max=3 initial=\"10ms\"");
        bench.gladys(&["start"]).code(1);
        until("it gave up", || bench.all().is_empty());
        bench.assert_nothing_for(Duration::from_millis(500));
        bench.gladys(&["status"]).code(1).says("failed");
        bench.gladys(&["why", "web"]).code(1).says("web: it ended with exit code 3, ");
        bench.stop();
    });
}

#[test]
fn exits_before_it_is_ready() {
    once("the service exits 0 before it is ready", || {
        let bench = Bench::web("--exit 0@0", "");
        bench.gladys(&["start"]).code(1).within(Duration::from_secs(5));
        bench.assert_nothing();
    });
}

#[test]
fn job_exits() {
    once("a job exits 0 (success) or 1 (failure, and nothing that needs it starts)", || {
        for (code, expected) in [(0, Some(0)), (1, Some(1))] {
            let program = standin();
            let job = format!("job once {{ run \"{}\" fixture --exit \"{code}@0\" }}", program.display());
            let bench =
                Bench::declared(&format!("{job}\nservice web {{ needs once; ready tcp }}"), |bench| {
                    Bench::service("web", bench.port, "", "")
                });
            assert_eq!(bench.gladys(&["start"]).code, expected);
            assert_eq!(bench.named("web").len(), usize::from(code == 0));
            bench.stop();
        }
    });
}

#[test]
fn probe_hangs_and_forks() {
    once("an exec probe hangs and forks", || {
        let program = standin();
        let probe = format!(
            "service web {{ ready exec \"{}\" fixture --name probe --child timeout=\"1s\" attempt=\"300ms\" }}",
            program.display()
        );
        let bench = Bench::declared(&probe, |bench| Bench::service("web", bench.port, "", ""));
        let start = bench.begin(&["start"]);
        until("the probe runs", || !bench.named("child").is_empty());
        assert_eq!(end(start), Some(1));
        until("no probe is left", || bench.named("probe").is_empty() && bench.named("child").is_empty());
        bench.stop();
    });
}

#[test]
fn probe_forks_away() {
    once("an exec probe double-forks and hangs", || {
        let program = standin();
        let probe = format!(
            "service web {{ ready exec \"{}\" fixture --name probe --double-fork timeout=\"1s\" attempt=\"300ms\" }}",
            program.display()
        );
        let bench = Bench::declared(&probe, |bench| Bench::service("web", bench.port, "", ""));
        bench.gladys(&["start"]).code(1);
        bench.gladys(&["stop"]).success();
        bench.assert_nothing();
    });
}

#[test]
fn liveness_hangs_and_forks() {
    once("a liveness program hangs and double-forks", || {
        let program = standin();
        let alive = format!(
            "restart on-failure; alive exec \"{}\" fixture --name check --double-fork every=\"400ms\" timeout=\"300ms\" failures=3",
            program.display()
        );
        let bench = Bench::web("", &alive);
        bench.start();
        let web = bench.leader();
        until("it was killed and run again", || {
            bench.named("daemon").is_empty() && bench.named("check").is_empty()
        });
        std::thread::sleep(Duration::from_secs(2));
        assert!(bench.named("daemon").len() <= 1, "checks leak: {:#?}", bench.all());
        assert_eq!(bench.leader(), web, "a check that never succeeded says nothing about the service");
        bench.stop();
    });
}
