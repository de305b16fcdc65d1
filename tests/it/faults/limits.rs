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

#[test]
fn memory_and_processors() {
    const FAULT: &str = "limits of memory and processors (cgroup v2)";
    let controllers = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
    if !controllers.contains("memory") {
        not_applied();
        return skip(
            FAULT,
            "there is no cgroup v2 here; that the service runs and `status` says so is tested",
        );
    }
    let bench = Bench::web("", "limits memory=\"64M\" cpu=\"0.5\"");
    bench.start();
    let group = fs::read_to_string(format!("/proc/{}/cgroup", bench.leader())).expect("its group");
    let group = group.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().to_owned();
    let read = |file: &str| fs::read_to_string(format!("/sys/fs/cgroup/{group}/{file}")).unwrap_or_default();
    if !group.contains("gladys-") {
        bench.gladys(&["status"]).success().says("limits are not applied");
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

fn not_applied() {
    once("limits of memory and processors where there is no cgroup v2", || {
        let bench = Bench::web("", "limits memory=\"64M\"");
        bench.start();
        bench.assert_one();
        bench.gladys(&["status"]).success().says("limits are not applied");
        bench.stop();
    });
}
