//! What really is: processes by a variable in their environment, owners of ports by their descriptors; all from proc(5).

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The variable that every process of a bench carries.
pub const COOKIE: &str = "GLADYS_FAULT_BENCH";
/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A living process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// Its command line, words joined by blanks.
    pub command: String,
}

/// Every living process that carries this value of [`COOKIE`].
pub fn carriers(value: &str) -> Vec<Process> {
    let wanted = format!("{COOKIE}={value}");
    pids().filter(|pid| carries(*pid, &wanted)).filter_map(process).collect()
}

fn carries(pid: u32, wanted: &str) -> bool {
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environ.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A process, unless it is gone or a zombie.
pub fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let raw = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&raw).replace('\0', " ").trim_end().to_owned();
    Some(Process { pid, parent: fields.next()?.parse().ok()?, command })
}

/// Whether a process lives.
pub fn alive(pid: u32) -> bool {
    process(pid).is_some()
}

/// When a process started, in clock ticks after boot: field 22 of its `stat`.
pub fn started(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' '));
    fields.and_then(|mut fields| fields.nth(19)?.parse().ok()).unwrap_or(0)
}

/// Who listens on a TCP port of this machine.
pub fn listeners(port: u16) -> Vec<u32> {
    let inodes: HashSet<String> =
        ["tcp", "tcp6"].iter().flat_map(|table| inodes(&format!("/proc/net/{table}"), port)).collect();
    if inodes.is_empty() {
        return Vec::new();
    }
    pids().filter(|pid| holds(*pid, &inodes)).collect()
}

/// Inodes of the listening sockets of a table: fields 2 (address), 4 (state, 0A is LISTEN), 10 (inode).
fn inodes(table: &str, port: u16) -> Vec<String> {
    let text = fs::read_to_string(table).unwrap_or_default();
    let suffix = format!(":{port:04X}");
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.len() > 9 && row[1].ends_with(&suffix) && row[3] == "0A")
        .map(|row| row[9].to_owned())
        .collect()
}

fn holds(pid: u32, inodes: &HashSet<String>) -> bool {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let links = fds.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    links.filter_map(|link| link.to_str().map(str::to_owned)).any(|link| {
        link.strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|inode| inodes.contains(inode))
    })
}

/// Sends a signal to a process that this suite started.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    let _ = kill_process(pid, signal);
}

/// Bytes that a file takes on the disk.
pub fn on_disk(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(&fs::metadata(path).expect("the file is there")) * 512
}

/// Waits until a condition is true.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}
