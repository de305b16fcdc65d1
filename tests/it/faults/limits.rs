//! What a service may use.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use super::bench::Bench;
use super::oracle::until;
use super::state::Nobody;
use super::table::{each, once, skip};

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

/// The limits of these tests.
const LIMITS: &str = "limits memory=\"64M\" cpu=\"0.5\"";

/// The service with them, which may take its time: in an emulated machine half a processor is not much.
fn bench(flags: &str) -> Bench {
    Bench::declared("service web { ready tcp timeout=\"60s\" }", |bench| {
        Bench::service("web", bench.port, flags, LIMITS)
    })
}

/// Where cgroup version 2 is mounted with the controllers and open to this user; else a row says which of it is missing.
fn groups(fault: &str) -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
    let mount = mounts.lines().rfind(|line| line.contains(" - cgroup2 "));
    let Some(mount) = mount.and_then(|line| line.split(' ').nth(4)).map(PathBuf::from) else {
        skip(fault, "no cgroup v2 is mounted; that the service runs and `status` says so is tested");
        return None;
    };
    let controllers = fs::read_to_string(mount.join("cgroup.controllers")).unwrap_or_default();
    if !["memory", "cpu"].iter().all(|name| controllers.split_whitespace().any(|word| word == *name)) {
        skip(
            fault,
            "cgroup v2 has no controllers here; that the service runs and `status` says so is tested",
        );
        return None;
    }
    if !rustix::process::geteuid().is_root() {
        skip(
            fault,
            "no group is delegated to this user; that the service runs and `status` says so is tested",
        );
        return None;
    }
    Some(mount)
}

/// The group of a process, as a folder.
fn group_of(mount: &Path, pid: u32) -> PathBuf {
    let group = fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("its group");
    mount.join(group.lines().find_map(|line| line.strip_prefix("0::/")).expect("one of version 2"))
}

/// What a file of a group holds.
fn read(group: &Path, file: &str) -> String {
    fs::read_to_string(group.join(file)).expect("a file of a group").trim().to_owned()
}

/// The one group of everything that this bench runs, which must have [`LIMITS`].
fn limited(bench: &Bench, mount: &Path) -> PathBuf {
    let group = group_of(mount, bench.leader());
    assert_eq!([read(&group, "memory.max"), read(&group, "cpu.max")], ["67108864", "50000 100000"]);
    let mut held: Vec<u32> =
        read(&group, "cgroup.procs").lines().filter_map(|pid| pid.parse().ok()).collect();
    let mut all: Vec<u32> = bench.fixtures().iter().map(|process| process.pid).collect();
    held.sort_unstable();
    all.sort_unstable();
    assert_eq!(held, all, "the service and its children, and nobody else");
    group
}

#[test]
fn memory_and_processors() {
    const FAULT: &str = "limits of memory and processors (cgroup v2)";
    let Some(mount) = groups(FAULT) else { return not_applied() };
    once(FAULT, || {
        let bench = bench("--child --spin");
        bench.start();
        let group = limited(&bench, &mount);
        until("it was kept from the processor", || !read(&group, "cpu.stat").contains("nr_throttled 0"));
        bench.stop();
        assert!(!group.exists(), "the group is removed");
    });
}

#[test]
fn memory_used_up() {
    const FAULT: &str = "a service uses up its memory (cgroup v2)";
    let Some(mount) = groups(FAULT) else { return };
    once(FAULT, || {
        let bench = bench("--memory 200");
        let killed = "killed by SIGKILL, its memory limit was reached";
        bench.gladys(&["start"]).code(1).says(killed);
        bench.assert_nothing();
        bench.gladys(&["why", "web"]).code(1).says(killed);
        bench.gladys(&["logs"]).success().says(killed);
        let left: Vec<_> = fs::read_dir(&mount).expect("the groups").flatten().collect();
        let left =
            left.iter().filter(|entry| entry.file_name().to_string_lossy().starts_with("gladys-local-web-"));
        assert_eq!(left.count(), 0, "the group is removed");
    });
}

#[test]
fn group_without_supervisor() {
    const FAULT: &str =
        "kill -9 of the supervisor of a service with limits (cgroup v2), then `stop` or `start`";
    let Some(mount) = groups(FAULT) else { return };
    each(FAULT, &["stop", "start"], |command| {
        let bench = bench("--double-fork");
        bench.start();
        let group = limited(&bench, &mount);
        bench.kill_supervisor();
        bench.gladys(&[command]).success();
        bench.stop();
        assert!(!group.exists(), "the group is removed");
    });
}

#[test]
fn delegated() {
    const FAULT: &str = "limits of memory and processors for a user with a delegated group (cgroup v2)";
    let Some(mount) = groups(FAULT) else { return };
    if Nobody::missing() {
        return skip(FAULT, "it takes root and `setpriv` to become another user");
    }
    once(FAULT, || {
        let bench = bench("--child");
        let given = mount.join(format!("fault-{}", bench.port));
        let session = given.join("session");
        fs::write(mount.join("cgroup.subtree_control"), "+memory +cpu").expect("root can");
        fs::create_dir_all(&session).expect("two groups");
        let mut nobody = Nobody::new(&bench);
        // What cgroups(7) calls delegation.
        for path in [&given, &given.join("cgroup.procs"), &given.join("cgroup.subtree_control")] {
            chown(path, Some(nobody.uid), Some(nobody.uid)).expect("root can");
        }
        for path in [&session, &session.join("cgroup.procs"), &session.join("cgroup.subtree_control")] {
            chown(path, Some(nobody.uid), Some(nobody.uid)).expect("root can");
        }
        nobody.group = Some(session.clone());
        nobody.sh("$GLADYS start").success();
        let group = limited(&bench, &mount);
        assert_eq!(group.parent(), Some(given.as_path()), "beside its session");
        nobody.sh("$GLADYS stop").success();
        bench.assert_nothing();
        assert!(!group.exists(), "the group is removed");
        for group in [session, given] {
            fs::remove_dir(group).expect("nothing is left in it");
        }
    });
}

fn not_applied() {
    once("limits of memory and processors where cgroup v2 cannot set them", || {
        let bench = bench("");
        bench.start();
        bench.assert_one();
        let status = bench.gladys(&["status"]).success();
        status.says("the `memory` and `cpu` limits are not applied: ");
        bench.stop();
    });
}
