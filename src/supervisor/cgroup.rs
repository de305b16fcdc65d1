//! Limits on a whole tree, by a cgroup of its own where version 2 is mounted and delegated to us; see cgroups(7) and the
//! kernel's `cgroup-v2.rst`. Linux only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::spec::Limits;

const MOUNT: &str = "/sys/fs/cgroup";
/// The period of `cpu.max`, in microseconds: the kernel's default.
const PERIOD: f64 = 100_000.0;

/// Puts a process, and so all that it will start, under the memory and processor limits. `name` names the group.
///
/// Returns the group, to be removed with [`remove`]; `None` if no limit is asked for; else a line that says why not.
pub fn confine(limits: &Limits, name: &str, pid: u32) -> Result<Option<PathBuf>, String> {
    if limits.memory.is_none() && limits.cpu.is_none() {
        return Ok(None);
    }
    let own = own().ok_or("the memory and cpu limits are not applied: there is no cgroup version 2 here")?;
    let parents = [Some(own.as_path()), own.parent().filter(|parent| parent.starts_with(MOUNT))];
    let mut reason = String::new();
    for parent in parents.into_iter().flatten() {
        let group = parent.join(name);
        match fill(parent, &group, limits, pid) {
            Ok(()) => return Ok(Some(group)),
            Err(error) => {
                remove(&group);
                reason = error.to_string();
            }
        }
    }
    Err(format!("the memory and cpu limits are not applied: no cgroup is delegated to this user ({reason})"))
}

/// Removes a group whose processes are gone.
pub fn remove(group: &Path) {
    let _ = fs::remove_dir(group);
}

fn own() -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    let group = Path::new(MOUNT).join(path.trim_start_matches('/'));
    group.join("cgroup.controllers").exists().then_some(group)
}

fn fill(parent: &Path, group: &Path, limits: &Limits, pid: u32) -> io::Result<()> {
    let wanted = [("memory", limits.memory.is_some()), ("cpu", limits.cpu.is_some())];
    for (controller, _) in wanted.iter().filter(|(_, wanted)| *wanted) {
        let enabled = fs::read_to_string(parent.join("cgroup.subtree_control"))?;
        if !enabled.split_whitespace().any(|word| word == *controller) {
            fs::write(parent.join("cgroup.subtree_control"), format!("+{controller}"))?;
        }
    }
    fs::create_dir_all(group)?;
    if let Some(bytes) = limits.memory {
        fs::write(group.join("memory.max"), bytes.to_string())?;
    }
    if let Some(cpus) = limits.cpu {
        fs::write(group.join("cpu.max"), format!("{:.0} {PERIOD:.0}", cpus * PERIOD))?;
    }
    fs::write(group.join("cgroup.procs"), pid.to_string())
}
