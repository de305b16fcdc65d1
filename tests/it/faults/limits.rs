//! What a service may use.

use std::fs;

use super::bench::Bench;
use super::table::{once, skip};

#[test]
fn files_and_niceness() {
    once("limits of open files and niceness, children included", || {
        let bench = Bench::web("--open-files 400 --child", "limits open-files=256 nice=7");
        bench.start();
        for process in bench.fixtures() {
            let limits = fs::read_to_string(format!("/proc/{}/limits", process.pid)).expect("its limits");
            let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("that limit");
            assert_eq!(files.split_whitespace().nth(3), Some("256"), "{process:?}");
            let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid)).expect("its state");
            let nice =
                stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(16)).expect("field 19");
            assert_eq!(nice, "7", "{process:?}");
        }
        bench.stop();
    });
}

/// Where cgroup version 2 is mounted, if it is.
fn mounted() -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
    let mount = mounts.lines().rfind(|line| line.contains(" - cgroup2 "))?;
    mount.split(' ').nth(4).map(str::to_owned)
}

#[test]
fn memory_and_processors() {
    const FAULT: &str = "limits of memory and processors (cgroup v2)";
    let Some(mount) = mounted() else {
        not_applied("the `memory` and `cpu` limits are not applied: no cgroup version 2 is mounted here");
        return skip(FAULT, "no cgroup v2 is mounted; that the service runs and `status` says so is tested");
    };
    let controllers = fs::read_to_string(format!("{mount}/cgroup.controllers")).unwrap_or_default();
    if !["memory", "cpu"].iter().any(|name| controllers.split_whitespace().any(|word| word == *name)) {
        not_applied("the `memory` and `cpu` limits are not applied: the cgroup version 2 at `");
        return skip(
            FAULT,
            "cgroup v2 has no controllers here; that the service runs and `status` says so is tested",
        );
    }
    let bench = Bench::web("", "limits memory=\"64M\" cpu=\"0.5\"");
    bench.start();
    let group = fs::read_to_string(format!("/proc/{}/cgroup", bench.leader())).expect("its group");
    let group = group.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().to_owned();
    let read = |file: &str| fs::read_to_string(format!("{mount}/{group}/{file}")).unwrap_or_default();
    if !group.contains("gladys-") {
        bench.gladys(&["status"]).success().says("not applied");
        return skip(
            FAULT,
            "no cgroup is delegated to this user; that the service runs and `status` says so is tested",
        );
    }
    once(FAULT, || {
        assert_eq!((read("memory.max").trim(), read("cpu.max").trim()), ("67108864", "50000 100000"));
    });
    bench.stop();
}

fn not_applied(said: &str) {
    once("limits of memory and processors where cgroup v2 cannot set them", || {
        let bench = Bench::web("", "limits memory=\"64M\" cpu=\"0.5\"");
        bench.start();
        bench.assert_one();
        bench.gladys(&["status"]).success().says(said);
        bench.stop();
    });
}
