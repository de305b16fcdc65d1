//! What a service leaves beside its first process: daemons, workers, holders of its streams.

use std::fs;
use std::time::{Duration, Instant};

use super::bench::{Bench, kill};
use super::oracle::{self, until};
use super::table::{once, race, skip};

#[test]
fn double_fork() {
    race("the service double-forks and calls `setsid` twice, then `stop`", |_| {
        let bench = Bench::web("--double-fork --child", "");
        bench.start();
        assert_eq!(bench.named("daemon").len(), 1);
        bench.stop().within(Duration::from_millis(1500));
    });
}

#[test]
fn double_fork_without_supervisor() {
    race("the service double-forks, the supervisor is killed, then `stop`", |_| {
        let bench = Bench::web("--double-fork --child", "");
        bench.start();
        bench.kill_supervisor();
        bench.stop().within(Duration::from_millis(1500));
    });
}

#[test]
fn stream_held() {
    race("the first process ends while a child holds stdout", |_| {
        let bench = Bench::web("--hold-stdout", "restart on-failure initial=\"10ms\"");
        bench.start();
        let first = bench.leader();
        let holder = bench.named("holder")[0].pid;
        kill(first);
        let begun = Instant::now();
        until("the rest is swept", || !oracle::alive(holder));
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(200), "seen after {took:?}");
        until("it runs again", || bench.named("web").iter().any(|process| process.pid != first));
        bench.stop();
    });
}

#[test]
fn worker_holds_the_port() {
    once("the first process and the supervisor are dead, a worker holds the port, then `stop`", || {
        let bench = Bench::web("", "");
        let worker = super::bench::free_port();
        bench.place(
            "local",
            "service web",
            &Bench::service("web", bench.port, &format!("--worker-port {worker}"), ""),
        );
        bench.start();
        until("the worker listens", || !oracle::listeners(worker).is_empty());
        bench.kill_supervisor();
        kill(bench.leader());
        assert_eq!(oracle::listeners(worker).len(), 1);
        bench.stop();
        assert!(oracle::listeners(worker).is_empty());
    });
}

#[test]
fn worker_is_swept_by_start() {
    once("the supervisor and the first process are dead, a daemon is left, then `start`", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        bench.kill_supervisor();
        let (leader, daemon) = (bench.leader(), bench.named("daemon")[0].pid);
        kill(leader);
        bench.start();
        assert_ne!(bench.assert_one(), leader);
        assert!(!oracle::alive(daemon), "what the first run left was ended");
        bench.stop();
    });
}

#[test]
fn ignores_sigterm() {
    once("the service and its children ignore SIGTERM", || {
        let bench = Bench::web("--ignore-term --child --double-fork", "");
        bench.start();
        let stop = bench.stop().within(Duration::from_secs(3)).says("SIGKILL");
        assert!(stop.took > Duration::from_secs(1), "the grace was given: {stop:?}");
    });
}

#[test]
fn ignores_sigterm_without_supervisor() {
    once("the service and its children ignore SIGTERM, the supervisor is killed, then `stop`", || {
        let bench = Bench::web("--ignore-term --child --double-fork", "");
        bench.start();
        bench.kill_supervisor();
        bench.stop().within(Duration::from_secs(3)).says("SIGKILL");
    });
}

#[test]
fn state_d() {
    skip(
        "unkillable: a process in state D",
        "no program can put itself there; see the other row for what cannot be signalled",
    );
}

/// A service that became another user: nobody but root can signal it then (kill(2)).
#[test]
fn cannot_be_signalled() {
    const FAULT: &str = "unkillable: a service that became another user";
    if !rustix::process::geteuid().is_root() || which::which("setpriv").is_err() {
        return skip(FAULT, "it takes root and `setpriv` to make one");
    }
    once(FAULT, || {
        let bench = Bench::web("", "");
        let nobody = super::state::Nobody::new(&bench);
        let placed = format!(
            "service web {{ port {}; exec \"{}\" --reuid 0 --clear-groups \"{}\" fixture --name web --listen \"{{port}}\"; }}",
            bench.port,
            nobody.setuid_setpriv().display(),
            nobody.standin().display()
        );
        bench.place("local", "service web", &placed);
        nobody.sh("$GLADYS start").success();
        until("it became root", || !bench.named("web").is_empty());
        let leader = bench.leader();
        let stop =
            nobody.sh("$GLADYS stop").code(1).within(Duration::from_secs(10)).says(&leader.to_string());
        assert!(oracle::alive(leader), "{stop:?}");
        kill(leader);
        nobody.sh("$GLADYS stop").success();
        bench.assert_nothing();
        assert!(fs::metadata(bench.state("record.json")).is_ok());
    });
}
