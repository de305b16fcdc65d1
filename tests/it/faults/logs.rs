//! The log under floods, odd bytes, crashes, full disks and lazy readers.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::process::Stdio;
use std::time::Duration;

use super::bench::{Bench, end};
use super::oracle::{self, until};
use super::table::{full, once, skip};

#[test]
fn flood() {
    once("the service floods its log (1 GB in the full suite, else 128 MB)", || {
        let size = if full() { "1G" } else { "128M" };
        let bench = Bench::web(&format!("--flood {size}"), "limits log=\"8M\"");
        bench.start();
        let (leader, supervisor) = (bench.leader(), bench.supervisor());
        let (mut disk, mut memory) = (0, 0);
        let begun = std::time::Instant::now();
        while !tail(&bench).contains("lines is over") {
            disk = disk.max(oracle::on_disk(&bench.state("log")));
            memory = memory.max(resident(supervisor));
            assert!(begun.elapsed() < Duration::from_secs(120), "the flood hangs");
        }
        assert!(disk < 24 << 20, "{disk} bytes on the disk");
        assert!(memory < 24 << 10, "{memory} kB of memory");
        assert_eq!(bench.assert_one(), leader);
        assert_consecutive(&kept(&bench));
        bench.stop();
    });
}

fn tail(bench: &Bench) -> String {
    let mut file = File::open(bench.state("log")).expect("a log");
    let _ = file.seek(SeekFrom::End(-200));
    let mut bytes = Vec::new();
    let _ = file.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last 4 MB, which no bound has taken away.
fn kept(bench: &Bench) -> String {
    let mut file = File::open(bench.state("log")).expect("a log");
    let _ = file.seek(SeekFrom::End(-(4 << 20)));
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("it can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn resident(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// From the first whole line on, numbers follow each other.
fn assert_consecutive(text: &str) {
    let mut last = None;
    let numbers =
        text.lines().skip(1).filter_map(|line| line.strip_prefix("flood ")?.get(..12)?.parse::<u64>().ok());
    for number in numbers {
        assert!(last.is_none_or(|last| number == last + 1), "{last:?}, then {number}");
        last = Some(number);
    }
    assert!(last.is_some(), "there are no lines");
}

#[test]
fn odd_bytes() {
    once("bytes 0xFF and NUL in the output", || {
        let bench = Bench::web("--bad-utf8", "");
        bench.start();
        let line = b"bad bytes: \xff \0 \xe2\x82 end\n";
        for bytes in [bench.log(), bench.gladys(&["logs"]).success().raw] {
            assert!(
                bytes.windows(line.len()).any(|window| window == line),
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
        bench.stop();
    });
}

#[test]
fn last_line_without_newline() {
    once("the last line has no newline, then a crash", || {
        let bench = Bench::web("--crash-without-newline --exit 1@100", "");
        bench.gladys(&["start", "--no-wait"]).success();
        until("it crashed", || bench.fixtures().is_empty());
        bench.gladys(&["logs"]).success().says("last words without a newline");
        bench.assert_nothing();
    });
}

#[test]
fn disk_full() {
    const FAULT: &str = "the disk is full under the logs";
    let Some(shell) = super::state::private_shell(&Bench::web("", "")) else {
        return skip(FAULT, "it takes the right to mount a small tmpfs");
    };
    once(FAULT, || {
        let bench = Bench::web("--flood-rate 256k", "limits log=\"4M\"");
        let script = "mkdir .gladys && mount -t tmpfs -o size=6m none .gladys && $GLADYS start; sleep 1; \
             head -c 9M /dev/zero > .gladys/ballast; touch filled; while [ ! -e go ]; do sleep 0.01; done; \
             $GLADYS status > status; cp --sparse=always .gladys/local/web/log copy; $GLADYS stop";
        let mut inside = bench.program("/bin/sh", &["-c", &format!("{shell} sh -c '{script}'")]);
        let inside = inside.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        until("the disk is full", || bench.path("filled").exists());
        let leader = bench.assert_one();
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(bench.assert_one(), leader, "the service lives");
        fs::write(bench.path("go"), "").expect("the script goes on");
        end(inside);
        bench.assert_nothing();
        let status = fs::read_to_string(bench.path("status")).expect("the status");
        assert!(status.contains("the disk is full"), "{status}");
        let log = fs::read(bench.path("copy")).expect("the log");
        let newest = &log[log.len().saturating_sub(256 << 10)..];
        assert_consecutive(&String::from_utf8_lossy(newest));
        assert!(log.len() > 1 << 20, "it went on writing: {} bytes", log.len());
    });
}

#[test]
fn piped_into_head() {
    once("output piped into `head`", || {
        let bench = Bench::web("--flood 2M", "");
        bench.start();
        until("the flood is over", || tail(&bench).contains("lines is over"));
        let run = bench.sh("($GLADYS logs; echo $? > code) | head -n 1").success();
        assert_eq!(run.text.lines().count(), 1, "{run:?}");
        assert_ne!(fs::read_to_string(bench.path("code")).expect("a code").trim(), "101");
        bench.stop();
    });
}

#[test]
fn slow_reader() {
    once("a reader of `logs -f` that does not read", || {
        let bench = Bench::web("--flood-rate 4M", "");
        bench.start();
        let mut reader = bench.program("/bin/sh", &["-c", "exec \"$GLADYS\" logs -f"]);
        let mut reader = reader.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a reader");
        std::thread::sleep(Duration::from_millis(300));
        let before = fs::metadata(bench.state("log")).expect("a log").len();
        std::thread::sleep(Duration::from_secs(1));
        let after = fs::metadata(bench.state("log")).expect("a log").len();
        assert!(after > before + (2 << 20), "the service felt it: {before}, {after}");
        let stop = bench.gladys(&["stop"]).success().within(Duration::from_secs(5));
        reader.kill().expect("it is there");
        reader.wait().expect("it ended");
        assert!(bench.fixtures().is_empty(), "{stop:?}");
    });
}
