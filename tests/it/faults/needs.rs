//! What becomes of a service when something that it needs goes away, and comes back.

use std::time::Duration;

use super::bench::{Bench, free_port, kill};
use super::oracle::{self, until};
use super::table::{once, race};

/// `web` needs `db`, which listens a moment after it began, and does what `policy` says when that goes away.
struct Pair {
    bench: Bench,
    port: u16,
}

impl Pair {
    fn new(policy: &str) -> Self {
        let port = free_port();
        let declared = format!("service db {{ ready tcp }}\nservice web {{ needs db {policy}; ready tcp }}");
        let bench = Bench::declared(&declared, |bench| {
            Bench::service("web", bench.port, "", "")
                + &Bench::service(
                    "db",
                    port,
                    "--ready-after 150",
                    "restart on-failure initial=\"20ms\" longest=\"50ms\"",
                )
        });
        bench.start();
        Self { bench, port }
    }

    fn db(&self) -> u32 {
        self.bench.named("db")[0].pid
    }

    fn web(&self) -> Option<u32> {
        self.bench.named("web").first().map(|process| process.pid)
    }

    /// Waits until another `web` runs, which may begin only when `db` listens.
    #[track_caller]
    fn until_another_web(&self, first: u32) {
        until("another `web` runs", || self.web().is_some_and(|web| web != first));
        assert!(!oracle::listeners(self.port).is_empty(), "it was started before what it needs was ready");
        assert_eq!(self.bench.named("web").len(), 1);
    }
}

#[test]
fn crashes_and_comes_back() {
    once("a dependency crashes and comes back, `lost=restart`", || {
        let pair = Pair::new("lost=restart");
        let web = pair.bench.leader();
        kill(pair.db());
        until("it was ended with it", || !oracle::alive(web));
        pair.until_another_web(web);
        pair.bench.stop();
    });
}

#[test]
fn is_stopped_and_started_again() {
    once("a dependency is stopped and started again, `lost=restart`", || {
        let pair = Pair::new("lost=restart");
        let web = pair.bench.leader();
        pair.bench.gladys(&["stop", "db"]).success();
        until("it was ended with it", || pair.web().is_none());
        pair.bench.gladys(&["why", "web"]).code(1).says("web: it was ended because `db` went away, ");
        pair.bench.gladys(&["why", "web"]).code(1).says("; it is started again when `db` is ready");
        pair.bench.gladys(&["start", "db"]).success();
        pair.until_another_web(web);
        pair.bench.stop();
    });
}

#[test]
fn never_comes_back() {
    once("`stop` of what waits for a lost dependency", || {
        let pair = Pair::new("lost=restart");
        pair.bench.gladys(&["stop", "db"]).success();
        until("it was ended with it", || pair.web().is_none());
        pair.bench.gladys(&["stop", "web"]).success();
        pair.bench.assert_nothing();
        pair.bench.gladys(&["start", "db"]).success();
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(pair.web(), None);
        pair.bench.stop();
    });
}

#[test]
fn takes_its_dependents_with_it() {
    once("a dependency crashes and comes back, `lost=stop`", || {
        let pair = Pair::new("lost=stop");
        let db = pair.db();
        kill(db);
        until("it was ended with it", || pair.web().is_none());
        until("the dependency is back", || oracle::listeners(pair.port).iter().any(|pid| *pid != db));
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(pair.web(), None);
        pair.bench.gladys(&["why", "web"]).code(1).says("web: it was ended because `db` went away, ");
        pair.bench.start();
        pair.bench.leader();
        pair.bench.stop();
    });
}

#[test]
fn goes_away_unseen() {
    once("a dependency crashes and comes back while its dependent has no supervisor, `lost=restart`", || {
        let pair = Pair::new("lost=restart");
        let (web, db) = (pair.bench.leader(), pair.db());
        kill(pair.bench.supervisor_of("web"));
        kill(db);
        until("the dependency is back", || oracle::listeners(pair.port).iter().any(|pid| *pid != db));
        assert_eq!(pair.web(), Some(web), "nobody was there to end it");
        pair.bench.gladys(&["start", "--no-wait"]).success();
        pair.until_another_web(web);
        pair.bench.stop();
    });
}

#[test]
fn crashes_at_any_moment() {
    race("a dependency crashes again and again at any moment, with each `lost` policy", |run| {
        let policy = ["", "lost=restart", "lost=stop"][run as usize % 3];
        let pair = Pair::new(policy);
        let first = pair.bench.leader();
        for time in 0..3 {
            std::thread::sleep(Duration::from_micros(u64::from((run * 7919 + time * 104_729) % 300_000)));
            pair.bench.named("db").first().into_iter().for_each(|db| kill(db.pid));
        }
        until("the dependency is back", || !oracle::listeners(pair.port).is_empty());
        match policy {
            "" => assert_eq!(pair.web(), Some(first), "nothing was touched"),
            "lost=stop" => until("it was ended", || pair.web().is_none()),
            _ => until("it runs beside the present one", || {
                let listens = !oracle::listeners(pair.bench.port).is_empty();
                listens && pair.web().is_some_and(|web| oracle::started(web) > oracle::started(pair.db()))
            }),
        }
        let settled = (pair.web(), pair.db());
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!((pair.web(), pair.db()), settled, "{policy}");
        pair.bench.stop();
    });
}

#[test]
fn chain() {
    once("a dependency at the bottom of a chain crashes and comes back, `lost=restart`", || {
        let (api, db) = (free_port(), free_port());
        let declared = "service db { ready tcp }\nservice api { needs db lost=restart; ready tcp }\n\
                        service web { needs api lost=restart; ready tcp }";
        let bench = Bench::declared(declared, |bench| {
            Bench::service("web", bench.port, "", "")
                + &Bench::service("api", api, "--ready-after 200", "")
                + &Bench::service("db", db, "--ready-after 200", "restart on-failure initial=\"20ms\"")
        });
        bench.start();
        let first: Vec<u32> = bench.fixtures().iter().map(|process| process.pid).collect();
        kill(bench.named("db")[0].pid);
        until("all three are others", || {
            let now = bench.fixtures();
            now.len() == 3 && now.iter().all(|process| !first.contains(&process.pid))
        });
        assert!(!oracle::listeners(api).is_empty(), "`web` was started before `api` was ready");
        bench.stop();
    });
}
