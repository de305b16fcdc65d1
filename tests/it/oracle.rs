//! Who is alive, whatever gladys says: read from `/proc` (proc(5)).

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A living process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its command line, words separated by spaces.
    pub command: String,
}

/// Every process that carries a folder: in its environment, in its command line, or as its working directory.
///
/// A server that overwrites its environment to show what it does (PostgreSQL) still works in its folder.
pub fn processes_of(folder: &Path) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| carries(*pid, folder)).map(|pid| Process { pid, command: command(pid) }).collect()
}

fn carries(pid: i32, folder: &Path) -> bool {
    let needle = folder.as_os_str().as_bytes();
    let has = |file: &str| {
        fs::read(format!("/proc/{pid}/{file}"))
            .is_ok_and(|text| text.windows(needle.len()).any(|window| window == needle))
    };
    let works_there = || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    !is_zombie(pid) && (has("environ") || has("cmdline") || works_there())
}

fn is_zombie(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with(['Z', 'X']))
}

fn command(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}

/// Whether a process is alive.
pub fn is_alive(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists() && !is_zombie(pid)
}
