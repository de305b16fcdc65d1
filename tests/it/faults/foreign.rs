//! The state folder names strangers, belongs to somebody else, is open to everybody, or holds symbolic links or pipes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::bench::{Bench, free_port};
use super::oracle;
use super::state::{doctor, record};
use super::stranger::{Stranger, stranger};
use super::table::{each, once, skip};

/// Somebody else.
const NOBODY: u32 = 65534;

/// The identity of a process as a record has it.
fn ident(stranger: &Stranger) -> serde_json::Value {
    let stat = fs::read_to_string(format!("/proc/{}/stat", stranger.pid())).expect("it lives");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
    let start: u64 = fields.split(' ').nth(19).and_then(|start| start.parse().ok()).expect("field 22");
    serde_json::json!({ "pid": stranger.pid(), "start": start })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn stranger_in_the_record() {
    each("the record names a living stranger, rightly", &["leader", "left"], |field| {
        let (bench, victim) = (Bench::web("", ""), stranger(free_port()));
        bench.start();
        let leader = bench.leader();
        bench.kill_supervisor();
        doctor(&bench, |record| match *field {
            "left" => record["left"] = serde_json::json!([ident(&victim)]),
            _ => record["leader"] = ident(&victim),
        });
        let status = bench.gladys(&["status"]);
        assert!(!status.text.contains(&victim.pid().to_string()) || *field == "leader", "{status:#?}");
        if *field == "leader" {
            status.says(&format!(
                "its record names process {} (standin), which is none of this service's and is left alone",
                victim.pid()
            ));
        }
        bench.start();
        assert_eq!(bench.assert_one(), leader, "adopted by its cookie");
        bench.stop();
        assert!(oracle::alive(victim.pid()), "it was never signalled");
    });
}

#[test]
fn stranger_in_the_lock() {
    once("the lock names a living stranger as the supervisor", || {
        let (bench, victim) = (Bench::web("", ""), stranger(free_port()));
        bench.start();
        bench.kill_supervisor();
        let lock = fs::read_to_string(bench.state("lock")).expect("a lock");
        let mut lock: serde_json::Value = serde_json::from_str(&lock).expect("json");
        lock["process"] = ident(&victim);
        fs::write(bench.state("lock"), lock.to_string()).expect("the lock is written");
        bench.stop();
        assert!(oracle::alive(victim.pid()), "it was never signalled");
    });
}

#[test]
fn environment_replaced() {
    once("the supervisor of a program that emptied its environment is killed", || {
        let bench = Bench::declared("service web", |bench| {
            let log = bench.path("pid");
            format!(
                "service web {{ exec \"/bin/sh\" \"-c\" \"echo $$ > {}; exec env -i A=1 sleep 600\" }}",
                log.display()
            )
        });
        bench.start();
        let pid = || fs::read_to_string(bench.path("pid")).ok()?.trim().parse::<u32>().ok();
        oracle::until("it runs `sleep`", || {
            pid()
                .is_some_and(|pid| fs::read(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == b"sleep\n"))
        });
        let leader = pid().expect("a pid");
        bench.kill_supervisor();
        bench.start();
        assert_eq!(record(&bench)["leader"]["pid"], leader, "adopted, not duplicated");
        bench.stop();
        assert!(!oracle::alive(leader));
    });
}

#[test]
fn of_somebody_else() {
    const FAULT: &str = "the state folder belongs to somebody else, who names a stranger";
    if !rustix::process::geteuid().is_root() {
        return skip(FAULT, "it takes root to give a folder away");
    }
    let given = [".gladys", ".gladys/local", ".gladys/local/web", ".gladys/local/web/record.json"];
    each(FAULT, &given, |given| {
        let (bench, victim) = (Bench::web("", ""), stranger(free_port()));
        bench.start();
        bench.stop();
        doctor(&bench, |record| {
            record["step"] = "Running".into();
            record["leader"] = ident(&victim);
        });
        let path = bench.path(given);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("it is ours");
        chown(&path, Some(NOBODY), None).expect("root can");
        let said = format!("`{}` belongs to user {NOBODY}, not to user 0", path.display());
        bench
            .gladys(&["status"])
            .says(&format!("its record is not believed: {said}; `rm -r {}` mends it", path.display()));
        if given.ends_with("json") {
            bench.stop();
        } else {
            bench.gladys(&["stop"]).code(1).says(&said);
            bench.gladys(&["start"]).code(1).says(&said);
            bench.assert_nothing();
            assert_eq!(mode(&path), 0o777, "it was left alone");
        }
        assert!(oracle::alive(victim.pid()), "it was never signalled");
    });
}

#[test]
fn open_to_everybody() {
    each(
        "the state folder is open to everybody before the first start",
        &[".gladys", ".gladys/local", ".gladys/local/web"],
        |open| {
            let bench = Bench::web("", "");
            fs::create_dir_all(bench.path(open)).expect("folders");
            fs::set_permissions(bench.path(open), fs::Permissions::from_mode(0o777)).expect("it is ours");
            bench.start();
            for folder in [".gladys", ".gladys/local", ".gladys/local/web"] {
                assert_eq!(mode(&bench.path(folder)), 0o700, "{folder}");
            }
            bench.stop();
        },
    );
}

#[test]
fn folder_is_a_link() {
    each("a state folder is a symbolic link", &[".gladys", ".gladys/local", ".gladys/local/web"], |link| {
        let bench = Bench::web("", "");
        let (link, target) = (bench.path(link), bench.path("target"));
        fs::create_dir(&target).expect("a folder");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o777)).expect("it is ours");
        fs::create_dir_all(link.parent().expect("a parent")).expect("folders");
        symlink(&target, &link).expect("a link");
        bench
            .gladys(&["start"])
            .code(1)
            .says(&format!("`{}` is a symbolic link, which is not followed", link.display()));
        assert_eq!((mode(&target), fs::read_dir(&target).expect("a folder").count()), (0o777, 0));
        bench.assert_nothing();
    });
}

#[test]
fn file_is_a_link() {
    let files = ["lock", "index", "log", "record.json"];
    each("a file of the state folder is a symbolic link", &files, |file| {
        let bench = Bench::web("", "");
        fs::create_dir_all(bench.state("")).expect("folders");
        fs::write(bench.path("precious"), "precious").expect("a file");
        symlink(bench.path("precious"), bench.state(file)).expect("a link");
        let path = bench.state(file).display().to_string();
        let run = bench
            .gladys(&["start"])
            .code(1)
            .says(&format!("`{path}` is a symbolic link, which is not followed"));
        run.says(&format!("`rm {path}`"));
        bench.assert_nothing();
        assert_eq!(fs::read_to_string(bench.path("precious")).expect("a file"), "precious");
        fs::remove_file(bench.state(file)).expect("what was said");
        bench.start();
        bench.stop();
    });
}

#[test]
fn file_is_a_pipe() {
    let files = ["lock", "index", "log", "log.old", "ready", "record.json", "unstarted"];
    each("a file of the state folder is a named pipe that nobody writes", &files, |file| {
        let bench = Bench::web("", "");
        fs::create_dir_all(bench.state("")).expect("folders");
        mknodat(CWD, bench.state(file), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        let path = bench.state(file).display().to_string();
        let said = format!("`{path}` is a named pipe, not a file");
        let status = bench.gladys(&["status"]);
        if *file == "record.json" {
            status.says(&format!("its record is not believed: {said}; `rm {path}` mends it"));
        }
        bench.gladys(&["logs"]).success();
        bench.gladys(&["start"]).code(1).says(&said).says(&format!("`rm {path}`"));
        bench.assert_nothing();
        fs::remove_file(bench.state(file)).expect("what was said");
        bench.start();
        bench.stop();
    });
}
