//! The state folder is corrupt, foreign, full or not writable; limits of the machine are reached at the start.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::bench::{Bench, GLADYS, Run, copy, standin};
use super::oracle::{self, until};
use super::table::{each, once, skip};

#[test]
fn readable_by_nobody_else() {
    once("the umask of the caller lets everybody read", || {
        let bench = Bench::web("", "");
        bench.sh("umask 000; \"$GLADYS\" start && \"$GLADYS\" why web").success();
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        for folder in [".gladys", ".gladys/local", ".gladys/local/web"] {
            assert_eq!(mode(&bench.path(folder)), 0o700, "{folder}");
        }
        for entry in fs::read_dir(bench.state("")).expect("the state folder").flatten() {
            assert_eq!(mode(&entry.path()) & 0o077, 0, "{}", entry.path().display());
        }
        bench.stop();
    });
}

#[test]
fn pid_of_somebody_else() {
    once("the recorded pid now belongs to somebody else", || {
        let (bench, stranger) = (Bench::web("", ""), Bench::web("", ""));
        stranger.start();
        let victim = stranger.leader();
        bench.start();
        bench.stop();
        doctor(&bench, |record| {
            record["step"] = "Running".into();
            record["leader"] = serde_json::json!({ "pid": victim, "start": 1 });
        });
        assert!(!bench.gladys(&["status"]).text.contains(" ready "));
        bench.stop();
        bench.start();
        bench.assert_one();
        bench.stop();
        assert!(oracle::alive(victim), "it was never signalled");
        stranger.stop();
    });
}

#[test]
fn reboot_with_the_same_pids() {
    once("reboot with the same pids (a record of another boot that names a living process)", || {
        let (bench, stranger) = (Bench::web("", ""), Bench::web("", ""));
        stranger.start();
        let leader = record(&stranger)["leader"].clone();
        let (victim, guardian) = (stranger.leader(), stranger.supervisor());
        bench.start();
        bench.stop();
        doctor(&bench, |record| {
            record["step"] = "Running".into();
            record["leader"] = leader.clone();
            record["world"] = "00000000-0000-0000-0000-000000000000 pid:[1]".into();
        });
        let lock = fs::read_to_string(stranger.state("lock")).expect("a lock");
        let mut lock: serde_json::Value = serde_json::from_str(&lock).expect("json");
        lock["world"] = "00000000-0000-0000-0000-000000000000 pid:[1]".into();
        fs::write(bench.state("lock"), lock.to_string()).expect("the lock is written");
        assert!(!bench.gladys(&["status"]).text.contains(" ready "));
        bench.stop();
        bench.start();
        bench.assert_one();
        bench.stop();
        assert!(oracle::alive(victim) && oracle::alive(guardian), "they were never signalled");
        stranger.stop();
    });
}

#[test]
fn another_pid_namespace() {
    const FAULT: &str = "the service runs in another pid namespace";
    let inside = "unshare -pf --mount-proc";
    if Bench::web("", "").sh(&format!("{inside} true")).code != Some(0) {
        return skip(FAULT, "it takes the right to make a pid namespace");
    }
    once(FAULT, || {
        let bench = Bench::web("", "");
        bench.start();
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        let unseen = "whose processes cannot be seen from here";
        bench.sh(&format!("{inside} $GLADYS status")).code(1).says(unseen);
        let stop = bench.sh(&format!("{inside} $GLADYS stop")).code(1).within(Duration::from_secs(20));
        stop.says("`web` is held by a process that cannot be seen from here (another machine or container)");
        assert_eq!((bench.assert_one(), bench.supervisor()), (leader, supervisor), "nothing was touched");
        bench.gladys(&["status"]).success();
        bench.stop();
        bench.sh(&format!("{inside} sh -c '$GLADYS start && $GLADYS stop'")).success();
        bench.assert_nothing();
    });
}

/// The record of `web`.
pub fn record(bench: &Bench) -> serde_json::Value {
    let text = fs::read_to_string(bench.state("record.json")).expect("a record");
    serde_json::from_str(&text).expect("json")
}

/// Changes it.
pub fn doctor(bench: &Bench, change: impl Fn(&mut serde_json::Value)) {
    let mut record = record(bench);
    change(&mut record);
    fs::write(bench.state("record.json"), record.to_string()).expect("the record is written");
}

#[test]
fn corrupt_or_missing() {
    let damages = ["{\"run\":", "", "null", "\u{0}\u{0}\u{0}", "gone"];
    each("the record is corrupt or gone while the service runs, its supervisor killed", &damages, |damage| {
        let bench = Bench::web("", "");
        bench.start();
        let leader = bench.leader();
        bench.kill_supervisor();
        fs::remove_file(bench.state("record.json")).expect("it is there");
        if *damage != "gone" {
            fs::write(bench.state("record.json"), damage).expect("it is damaged");
        }
        bench.start();
        assert_eq!(bench.assert_one(), leader, "adopted, not duplicated");
        bench.stop();
    });
}

/// Deletes all state, while the supervisor may be writing there.
fn delete_state(bench: &Bench) {
    let gone = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    until("no state is left", || fs::remove_dir_all(bench.path(".gladys")).is_err_and(gone));
}

#[test]
fn folder_deleted() {
    once("the whole state folder is deleted while the service runs", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        let leader = bench.leader();
        delete_state(&bench);
        bench.gladys(&["start"]);
        assert!(bench.named("web").len() == 1, "a duplicate: {:#?}", bench.all());
        assert_eq!(bench.leader(), leader);
        bench.stop();
    });
}

#[test]
fn another_in_its_place() {
    once("the project is moved while the service runs, and another one put in its place", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        bench.sh("mkdir there && mv .gladys there").success();
        let away = format!(
            "what runs was moved away: process {supervisor} looks after it in `{}`",
            bench.path("there/.gladys/local/web").display()
        );
        bench.gladys(&["status"]).says(&away);
        for word in ["start", "stop"] {
            let said = bench.gladys(&[word]).code(1).within(Duration::from_secs(5)).says(&away);
            said.says(&format!("`kill {supervisor}` stops it with everything it started"));
            assert_eq!((bench.assert_one(), bench.supervisor()), (leader, supervisor), "nothing was touched");
        }
        bench.sh(&format!("kill {supervisor}")).success();
        until("it has ended", || bench.all().is_empty());
        bench.start();
        assert!(bench.assert_one() != leader);
        bench.stop();
    });
}

#[test]
fn made_anew() {
    once("the whole state folder is deleted while the service runs, then `status` and `start`", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        let leader = bench.leader();
        delete_state(&bench);
        let said =
            "it was started before its state folder was made anew; `gladys restart web` takes the new one";
        bench.gladys(&["status"]).success().says(said);
        bench.start().says(said);
        assert_eq!(bench.assert_one(), leader, "nothing was touched");
        bench.stop();
        bench.start();
        assert!(!bench.gladys(&["status"]).success().text.contains("anew"));
        bench.stop();
    });
}

#[test]
fn folder_of_the_service_deleted() {
    once("the folder that the service runs in is deleted and made again", || {
        let bench = Bench::web("", "cwd \"sub\"; restart always initial=\"20ms\" max=2");
        fs::create_dir(bench.path("sub")).expect("a folder");
        bench.start();
        let leader = bench.leader();
        fs::remove_dir(bench.path("sub")).expect("it is empty");
        bench.gladys(&["status"]).success();
        super::bench::kill(leader);
        until("it has failed", || bench.gladys(&["status"]).text.contains(" failed "));
        let folder = bench.path("sub").display().to_string();
        bench.gladys(&["why", "web"]).code(1).says(&format!("its folder `{folder}` cannot be entered"));
        bench.assert_nothing();
        fs::create_dir(bench.path("sub")).expect("a folder");
        bench.start();
        bench.assert_one();
        fs::remove_dir(bench.path("sub")).expect("it is empty");
        bench.stop();
    });
}

#[test]
fn other_file_systems() {
    const FAULT: &str = "state and logs are on overlayfs, tmpfs";
    let Some(shell) = private_shell(&Bench::web("", "")) else {
        return skip(FAULT, "it takes the right to mount them");
    };
    let overlay = "mount -t tmpfs none .gladys && mkdir .gladys/low .gladys/up .gladys/work && \
                   mount -t overlay -o lowerdir=.gladys/low,upperdir=.gladys/up,workdir=.gladys/work none .gladys";
    each(FAULT, &[overlay, "mount -t tmpfs none .gladys"], |mount| {
        let bench =
            Bench::web("--double-fork --flood 24M", "limits log=\"4M\"; restart always initial=\"20ms\"");
        let script = format!(
            "mkdir .gladys && {mount} && stat -f -c %T .gladys > kind && $GLADYS start; touch started; \
             while [ ! -e go ]; do sleep 0.01; done; $GLADYS start > adopted 2>&1; du -k .gladys/local/web/log > size; \
             $GLADYS logs > logs 2>&1; touch looked; while [ -e go ]; do sleep 0.01; done; $GLADYS stop"
        );
        let mut inside = bench.program("/bin/sh", &["-c", &format!("{shell} sh -c '{script}'")]);
        let inside = inside.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        until("it was started", || bench.path("started").exists());
        let leader = bench.assert_one();
        bench.kill_supervisor();
        fs::write(bench.path("go"), "").expect("the script goes on");
        until("it was looked at", || bench.path("looked").exists());
        assert_eq!(bench.assert_one(), leader, "adopted");
        let read = |name: &str| fs::read_to_string(bench.path(name)).expect("a file");
        assert!(read("adopted").contains("already ready"), "{} {}", read("kind"), read("adopted"));
        super::bench::kill(leader);
        until("it was restarted", || bench.named("web").iter().any(|process| process.pid != leader));
        fs::remove_file(bench.path("go")).expect("the script goes on");
        super::bench::end(inside);
        bench.assert_nothing();
        assert!(read("logs").contains("flood 000000"), "{}", read("logs").len());
        let size: u64 =
            read("size").split_whitespace().next().and_then(|size| size.parse().ok()).expect("a size");
        assert!(size < 16 << 10, "{size} KB in {}", read("kind"));
    });
}

#[test]
fn record_unreadable() {
    once("the record cannot be read", || {
        let bench = Bench::web("", "");
        fs::create_dir_all(bench.state("record.json")).expect("a folder in its place");
        let said = bench.gladys(&["status"]).code(1).says("unknown");
        said.says(&format!("cannot read `{}`", bench.state("record.json").display()));
    });
}

#[test]
fn folder_moved() {
    once("the project is moved while the service runs", || {
        let bench = Bench::web("--double-fork", "");
        bench.start();
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        let was = bench.state("").display().to_string();
        let moved = format!(
            "it was moved while it ran: process {supervisor} looks after it as `{}`",
            was.trim_end_matches('/')
        );
        bench.sh("mkdir there && mv gladys.kdl .gladys there").success();
        let there = |word: &str| bench.sh(&format!("cd there && $GLADYS {word}"));
        there("status").code(1).says(&moved);
        for word in ["start", "stop"] {
            let said = there(word).code(1).within(Duration::from_secs(5)).says(&moved);
            said.says(&format!("`kill {supervisor}` stops it with everything it started"));
        }
        assert_eq!(bench.assert_one(), leader, "nothing was touched");
        bench.sh(&format!("kill {supervisor}")).success();
        until("what was said is done", || bench.all().is_empty());
        there("start").success();
        assert_ne!(bench.assert_one(), leader);
        there("stop").success();
        bench.assert_nothing();
    });
}

#[test]
fn folder_copied() {
    once("the project is copied while the service runs", || {
        let bench = Bench::web("", "");
        bench.start();
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        bench.sh("mkdir there && cp -r gladys.kdl .gladys there").success();
        let there = |word: &str| bench.sh(&format!("cd there && $GLADYS {word}"));
        there("status").code(1).says("which is none of this service's and is left alone");
        there("stop").success().says("not running");
        there("start").code(1).says(&format!("port {} is taken by service `web`", bench.port));
        bench.gladys(&["status"]).success();
        assert_eq!((bench.assert_one(), bench.supervisor()), (leader, supervisor), "nothing was touched");
        bench.stop();
    });
}

#[test]
fn read_only() {
    const FAULT: &str = "the state folder is read-only";
    if Nobody::missing() {
        return skip(FAULT, "it takes root and `setpriv` to become a user whom permissions bind");
    }
    once(FAULT, || {
        let bench = Bench::web("", "");
        let nobody = Nobody::new(&bench);
        let state = bench.path(".gladys");
        fs::create_dir(&state).expect("a folder");
        fs::set_permissions(&state, fs::Permissions::from_mode(0o555)).expect("it is ours");
        nobody.sh("$GLADYS start").code(1).says("cannot be written");
        bench.assert_nothing();
        chown(&state, Some(nobody.uid), None).expect("root can");
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).expect("it is ours");
        nobody.sh("$GLADYS start").success();
        bench.assert_one();
        nobody.sh("$GLADYS stop").success();
        bench.assert_nothing();
    });
}

/// Somebody without privileges, to whom the folder of a bench belongs, and who is nobody else on this machine.
pub struct Nobody<'a> {
    bench: &'a Bench,
    pub uid: u32,
    /// The group (cgroup v2) that he is in.
    pub group: Option<PathBuf>,
}

impl<'a> Nobody<'a> {
    pub fn missing() -> bool {
        !rustix::process::geteuid().is_root() || which::which("setpriv").is_err()
    }

    pub fn new(bench: &'a Bench) -> Self {
        let uid = 1_000_000 + u32::from(bench.port);
        copy(GLADYS, &bench.path("gladys"));
        copy(standin(), &bench.path("standin"));
        let nobody = Self { bench, uid, group: None };
        let text = fs::read_to_string(bench.path("gladys.kdl")).expect("the manifest");
        let (old, new) = (standin().display().to_string(), nobody.standin().display().to_string());
        fs::write(bench.path("gladys.kdl"), text.replace(&old, &new)).expect("the manifest is written");
        chown(bench.path("."), Some(uid), Some(uid)).expect("root can");
        nobody
    }

    pub fn standin(&self) -> PathBuf {
        self.bench.path("standin")
    }

    /// A `setpriv` that makes root of whoever calls it.
    pub fn setuid_setpriv(&self) -> PathBuf {
        let place = self.bench.path("setpriv");
        copy(which::which("setpriv").expect("it is there"), &place);
        fs::set_permissions(&place, fs::Permissions::from_mode(0o4755)).expect("root can");
        place
    }

    #[track_caller]
    pub fn sh(&self, script: &str) -> Run {
        let become_him = format!("setpriv --reuid {0} --regid {0} --clear-groups", self.uid);
        let gladys = self.bench.path("gladys");
        let join = self.group.as_ref().map(|group| format!("echo $$ > {}/cgroup.procs; ", group.display()));
        self.bench.sh(&format!(
            "{}export GLADYS='{}'; {become_him} sh -c '{script}'",
            join.unwrap_or_default(),
            gladys.display()
        ))
    }
}

/// A shell that has a mount table of its own; `None` where that is not allowed.
pub fn private_shell(bench: &Bench) -> Option<&'static str> {
    ["unshare -m", "unshare -rm"].into_iter().find(|shell| {
        bench.sh(&format!("mkdir -p try; {shell} sh -c 'mount -t tmpfs none try' 2>&1")).code == Some(0)
    })
}

#[test]
fn full() {
    const FAULT: &str = "the state folder is full, with so many free pages";
    let Some(shell) = private_shell(&Bench::web("", "")) else {
        return skip(FAULT, "it takes the right to mount a small tmpfs");
    };
    let pages: Vec<u32> = (0..10).collect();
    each(FAULT, &pages, |pages| {
        let bench = Bench::web("", "");
        let script = format!(
            "mkdir .gladys && mount -t tmpfs -o size=128k none .gladys && head -c {} /dev/zero > .gladys/ballast; \
             $GLADYS start; echo $? > code; touch done; while [ ! -e go ]; do sleep 0.01; done; \
             rm .gladys/ballast; $GLADYS start && touch started; while [ -e go ]; do sleep 0.01; done; $GLADYS stop",
            (32 - pages) * 4096
        );
        let mut inside = bench.program("/bin/sh", &["-c", &format!("{shell} sh -c '{script}'")]);
        let inside = inside
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("a shell");
        until("`start` is over", || bench.path("done").exists());
        match fs::read_to_string(bench.path("code")).expect("a code").trim() {
            "0" => drop(bench.assert_one()),
            code => {
                assert_eq!(code, "1");
                until("nothing runs", || bench.supervisors().is_empty() && bench.fixtures().is_empty());
            }
        }
        fs::write(bench.path("go"), "").expect("the script goes on");
        until("it was started", || bench.path("started").exists());
        bench.assert_one();
        fs::remove_file(bench.path("go")).expect("the script goes on");
        super::bench::end(inside);
        bench.assert_nothing();
    });
}

#[test]
fn file_limit() {
    let limits: Vec<u32> = (3..=30).step_by(if super::table::full() { 1 } else { 3 }).collect();
    each("the limit of open files is reached at `start`", &limits, |limit| {
        let bench = Bench::web("", "");
        whole_or_nothing(&bench, &bench.sh(&format!("ulimit -n {limit}; exec \"$GLADYS\" start")));
        bench.gladys(&["stop"]).success();
        bench.start();
        bench.assert_one();
        bench.stop();
    });
}

#[test]
fn process_limit() {
    const FAULT: &str = "the limit of processes is reached at `start`";
    if Nobody::missing() || which::which("prlimit").is_err() {
        return skip(FAULT, "it takes root, `setpriv` and `prlimit` to become a user whom that limit binds");
    }
    let limits: Vec<u32> = (1..=8).collect();
    each(FAULT, &limits, |limit| {
        let bench = Bench::web("", "");
        let nobody = Nobody::new(&bench);
        whole_or_nothing(&bench, &nobody.sh(&format!("exec prlimit --nproc={limit}:{limit} $GLADYS start")));
        nobody.sh("$GLADYS stop").success();
        nobody.sh("$GLADYS start").success();
        bench.assert_one();
        nobody.sh("$GLADYS stop").success();
        bench.assert_nothing();
    });
}

#[test]
fn no_thread_is_left() {
    const FAULT: &str = "the limit of processes is reached at `status`, `logs`, `why`, `sync-check`, a second `start` and `stop`";
    if Nobody::missing() || which::which("prlimit").is_err() {
        return skip(FAULT, "it takes root, `setpriv` and `prlimit` to become a user whom that limit binds");
    }
    let bench = Bench::web("", "");
    let manifest = fs::read_to_string(bench.path("gladys.kdl")).expect("the manifest");
    let check =
        "check same { same \"*.kdl\" { in \"a\" \"b\" } }\ncommand sync-check { builtin sync-check }\n";
    fs::write(bench.path("gladys.kdl"), manifest + check).expect("the manifest");
    for folder in ["a", "b"] {
        fs::create_dir(bench.path(folder)).expect("a folder");
        fs::write(bench.path(folder).join("same.kdl"), "// the same").expect("a file");
    }
    let nobody = Nobody::new(&bench);
    nobody.sh("$GLADYS start").success();
    each(FAULT, &["status", "logs", "why web", "sync-check", "start"], |words| {
        let run = nobody.sh(&format!("exec prlimit --nproc=1:1 $GLADYS {words}"));
        assert!(run.code.is_some_and(|code| code <= 2) && !run.text.contains("panicked"), "{run:?}");
        assert!(run.text.len() > 20, "{run:?}");
    });
    nobody.sh("exec prlimit --nproc=1:1 $GLADYS sync-check").success();
    bench.assert_one();
    nobody.sh("exec prlimit --nproc=1:1 $GLADYS stop").success();
    bench.assert_nothing();
}

/// Either everything runs, or nothing does and a message says why.
#[track_caller]
fn whole_or_nothing(bench: &Bench, run: &Run) {
    if run.code == Some(0) {
        bench.assert_one();
        return;
    }
    // The service may have met the limit itself: its own last lines are shown behind a bar.
    let panicked =
        run.text.lines().any(|line| line.contains("panicked") && !line.trim_start().starts_with('│'));
    assert!(!panicked && run.text.len() > 20, "{run:?}");
    let begun = std::time::Instant::now();
    while !bench.all().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "half a start: {run:#?} {:#?}", bench.all());
    }
}
