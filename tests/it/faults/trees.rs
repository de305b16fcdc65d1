//! What a service leaves beside its first process: daemons, workers, holders of its streams.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::bench::{Bench, kill};
use super::oracle::{self, until};
use super::table::{once, race, skip};

#[test]
fn changes_all_the_time() {
    let relay = "trap '' TERM; echo >> beats; [ \"$1\" -gt 0 ] && /bin/sh relay.sh $(($1 - 1)) & exit";
    race("every process of the service forks and exits, and ignores SIGTERM, then `stop`", |run| {
        let bench = Bench::declared("service web", |bench| {
            fs::write(bench.path("relay.sh"), relay).expect("it is written");
            "service web { exec \"/bin/sh\" \"-c\" \"sh relay.sh 20000 & exec sleep 600\"; stop grace=\"100ms\" }"
                .to_owned()
        });
        bench.start();
        let beats = || fs::metadata(bench.path("beats")).map_or(0, |beats| beats.len());
        until("it changes", || beats() > 3);
        if run % 2 == 1 {
            bench.kill_supervisor();
        }
        let stop = bench.gladys(&["stop"]).success().says("stopped with SIGKILL");
        let last = beats();
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(beats(), last, "it goes on after {stop:?}");
        bench.assert_nothing();
    });
}

#[test]
fn double_fork() {
    race("the service double-forks and calls `setsid` twice, then `stop`", |_| {
        let bench = Bench::web("--double-fork --child", "");
        bench.start();
        assert_eq!(bench.named("daemon").len(), 1);
        let stop = bench.stop();
        assert!(!stop.text.contains("SIGKILL"), "it obeys SIGTERM: {stop:?}");
    });
}

#[test]
fn double_fork_without_supervisor() {
    race("the service double-forks, the supervisor is killed, then `stop`", |_| {
        let bench = Bench::web("--double-fork --child", "");
        bench.start();
        bench.kill_supervisor();
        let stop = bench.stop();
        assert!(!stop.text.contains("SIGKILL"), "it obeys SIGTERM: {stop:?}");
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
        let stop = bench.stop().within(Duration::from_secs(5)).says("SIGKILL");
        assert!(stop.took > Duration::from_secs(1), "the grace was given: {stop:?}");
    });
}

#[test]
fn ignores_sigterm_without_supervisor() {
    once("the service and its children ignore SIGTERM, the supervisor is killed, then `stop`", || {
        let bench = Bench::web("--ignore-term --child --double-fork", "");
        bench.start();
        bench.kill_supervisor();
        bench.stop().within(Duration::from_secs(5)).says("SIGKILL");
    });
}

/// A control group of version 1 whose processes are in state D and see no signal, SIGKILL included, until they are thawed
/// (`Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst` of the kernel).
struct Freezer(PathBuf);

impl Freezer {
    /// Nothing where that controller is not to be had.
    fn new(bench: &Bench) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let freezer = |line: &&str| line.contains(" - cgroup ") && line.ends_with("freezer");
        let root = mounts.lines().find(freezer)?.split(' ').nth(4)?.to_owned();
        let group = Path::new(&root).join(bench.path("").file_name()?);
        fs::create_dir(&group).ok()?;
        Some(Self(group))
    }

    fn freeze(&self, pid: u32) {
        fs::write(self.0.join("cgroup.procs"), pid.to_string()).expect("the process is moved");
        fs::write(self.0.join("freezer.state"), "FROZEN").expect("the group is frozen");
        let state = || fs::read_to_string(self.0.join("freezer.state")).expect("its state");
        until("it is frozen", || state() == "FROZEN\n");
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is there");
        assert!(stat.contains(") D "), "{stat}");
    }

    fn thaw(&self) {
        fs::write(self.0.join("freezer.state"), "THAWED").expect("the group is thawed");
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        self.thaw();
        until("its processes are gone", || fs::remove_dir(&self.0).is_ok());
    }
}

/// A fault whose process is frozen; `grace` of the service is a second.
fn frozen(fault: &str, one: impl Fn(&Bench, &Freezer)) {
    if Freezer::new(&Bench::web("", "")).is_none() {
        return skip(fault, "it takes the right to make a group of the freezer controller (cgroup v1)");
    }
    once(fault, || {
        let bench = Bench::web("--double-fork", "");
        let freezer = Freezer::new(&bench).expect("it could be made a moment ago");
        bench.start();
        one(&bench, &freezer);
        bench.assert_nothing();
    });
}

#[test]
fn state_d() {
    frozen("unkillable: a process in state D", |bench, freezer| {
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        freezer.freeze(leader);
        let alive = format!("1 process still alive after SIGKILL: {leader} (standin)");
        let limit = Duration::from_secs(6);
        bench.gladys(&["stop"]).code(1).within(limit).says(&alive);
        assert!(bench.named("daemon").is_empty() && !oracle::alive(supervisor), "the rest was ended");
        let left = format!("processes of it are still alive: {leader}");
        bench.gladys(&["status"]).code(1).says("leaderless").says(&left);
        bench.gladys(&["why", "web"]).code(1).says(&format!("web: it ended, but {left} run 1"));
        bench.gladys(&["start"]).code(1).within(limit).says(&alive);
        bench.gladys(&["stop"]).code(1).within(limit).says(&alive);
        freezer.thaw();
        until("what was sent while it was frozen ends it", || !oracle::alive(leader));
        bench.gladys(&["status"]).code(1).says("stopped");
        bench.start();
        assert_ne!(bench.assert_one(), leader);
        bench.stop();
    });
}

#[test]
fn supervisor_in_state_d() {
    frozen("unkillable: the supervisor is in state D", |bench, freezer| {
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        freezer.freeze(supervisor);
        bench.gladys(&["status"]).success().within(Duration::from_secs(5)).says("ready");
        bench.gladys(&["start"]).success();
        bench
            .gladys(&["stop"])
            .code(1)
            .within(Duration::from_secs(12))
            .says(&format!("1 process still alive after SIGKILL: {supervisor} (gladys)"));
        assert_eq!(bench.assert_one(), leader, "nothing else was touched");
        freezer.thaw();
        until("what was sent while it was frozen ends it", || !oracle::alive(supervisor));
        bench.stop();
    });
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
