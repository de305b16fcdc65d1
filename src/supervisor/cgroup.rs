//! Limits on a whole tree, by a cgroup of its own where version 2 is mounted and delegated to us; see cgroups(7) and the
//! kernel's `cgroup-v2.rst`. Linux only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use procfs::process::{MountInfo, Process};

use super::spec::Limits;
use crate::text::list;

/// The period of `cpu.max`, in microseconds: the kernel's default.
const PERIOD: f64 = 100_000.0;

/// How the name of every group begins.
const PREFIX: &str = "gladys-";

/// What became of the limits.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Confined {
    /// The group, to be given to [`close`].
    pub group: Option<PathBuf>,
    /// Which limits are not applied, and why.
    pub note: Option<String>,
}

/// Puts a process, and so all that it will start, under the memory and processor limits. `name` is the end of the group's.
pub fn confine(limits: &Limits, name: &str, pid: u32) -> Confined {
    let wanted = controllers(limits);
    if wanted.is_empty() {
        return Confined::default();
    }
    let Some(own) = own() else {
        return Confined {
            group: None,
            note: Some(not_applied(&wanted, "no cgroup version 2 is mounted here")),
        };
    };
    let here: Vec<String> =
        parents(&own).flat_map(|parent| words(&parent.join("cgroup.controllers"))).collect();
    let (present, missing): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|name| here.iter().any(|word| word == name));
    let why = format!("the cgroup version 2 at `{}` has no such controller", own.display());
    let mut notes: Vec<String> =
        Some(not_applied(&missing, &why)).filter(|_| !missing.is_empty()).into_iter().collect();
    let mut group = None;
    if !present.is_empty() {
        match found(&own, &format!("{PREFIX}{name}"), limits, &present, pid) {
            Ok(path) => group = Some(path),
            Err(error) => {
                let why = format!("no group below `{}` is delegated to this user ({error})", own.display());
                notes.push(not_applied(&present, &why));
            }
        }
    }
    Confined { group, note: Some(notes.join("; ")).filter(|note| !note.is_empty()) }
}

/// The group that a process was put into by [`confine`], if it was.
pub fn of(pid: u32) -> Option<PathBuf> {
    let group = group_of(&Process::new(i32::try_from(pid).ok()?).ok()?)?;
    group.file_name()?.to_str()?.starts_with(PREFIX).then_some(group)
}

/// Removes a group whose processes are gone, with what they made below it; whether the kernel killed one of them because the
/// limit of memory was reached.
pub fn close(group: &Path) -> bool {
    let events = fs::read_to_string(group.join("memory.events")).unwrap_or_default();
    let killed = events.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count != "0");
    remove(group);
    killed
}

fn remove(group: &Path) {
    for below in fs::read_dir(group).into_iter().flatten().flatten() {
        if below.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&below.path());
        }
    }
    let _ = fs::remove_dir(group);
}

/// The controllers that the limits ask for.
fn controllers(limits: &Limits) -> Vec<&'static str> {
    [("memory", limits.memory.is_some()), ("cpu", limits.cpu.is_some())]
        .into_iter()
        .filter_map(|(name, wanted)| wanted.then_some(name))
        .collect()
}

fn not_applied(limits: &[&str], why: &str) -> String {
    let plural = if limits.len() == 1 { "limit is" } else { "limits are" };
    format!("the {} {plural} not applied: {why}", list(limits))
}

/// The group that this process is in, as a folder.
fn own() -> Option<PathBuf> {
    group_of(&Process::myself().ok()?)
}

fn group_of(process: &Process) -> Option<PathBuf> {
    let group = process.cgroups().ok()?.into_iter().find(|group| group.hierarchy == 0)?;
    mounted(&process.mountinfo().ok()?.0, &group.pathname)
}

/// Where a group of version 2 is seen, whatever else is mounted: `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` beside version 1.
fn mounted(mounts: &[MountInfo], group: &str) -> Option<PathBuf> {
    let mount = mounts.iter().rfind(|mount| mount.fs_type == "cgroup2")?;
    let below = Path::new(group).strip_prefix(&mount.root).unwrap_or(Path::new(""));
    Some(mount.mount_point.join(below)).filter(|path| path.is_dir())
}

/// Where a group can be made: below our own; or beside it, for a group that holds processes passes no controllers on.
fn parents(own: &Path) -> impl Iterator<Item = &Path> {
    let above = own.parent().filter(|parent| parent.join("cgroup.procs").exists());
    [Some(own), above].into_iter().flatten()
}

fn found(own: &Path, name: &str, limits: &Limits, controllers: &[&str], pid: u32) -> io::Result<PathBuf> {
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for parent in parents(own) {
        let group = parent.join(name);
        match fill(parent, &group, limits, controllers, pid) {
            Ok(()) => return Ok(group),
            Err(error) => {
                remove(&group);
                outcome = Err(error);
            }
        }
    }
    outcome
}

fn fill(parent: &Path, group: &Path, limits: &Limits, controllers: &[&str], pid: u32) -> io::Result<()> {
    let control = parent.join("cgroup.subtree_control");
    for controller in controllers {
        if !words(&control).iter().any(|word| word == controller) {
            fs::write(&control, format!("+{controller}"))?;
        }
    }
    fs::create_dir_all(group)?;
    if let Some(bytes) = limits.memory.filter(|_| controllers.contains(&"memory")) {
        fs::write(group.join("memory.max"), bytes.to_string())?;
    }
    if let Some(cpus) = limits.cpu.filter(|_| controllers.contains(&"cpu")) {
        fs::write(group.join("cpu.max"), format!("{:.0} {PERIOD:.0}", cpus * PERIOD))?;
    }
    fs::write(group.join("cgroup.procs"), pid.to_string())
}

fn words(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{found, mounted};
    use crate::supervisor::spec::Limits;
    use procfs::FromRead;
    use procfs::process::MountInfos;
    use std::fs;

    #[test]
    fn version_2_is_found_wherever_it_is_mounted() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let at = place.path().join("unified");
        fs::create_dir_all(at.join("user")).expect("a folder in place of the mount");
        let text = format!(
            "30 20 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
             32 30 0:28 /slice {} rw,relatime shared:4 - cgroup2 cgroup2 rw\n",
            at.display()
        );
        let mounts = MountInfos::from_read(text.as_bytes()).expect("it is read").0;
        assert_eq!(mounted(&mounts, "/slice/user"), Some(at.join("user")));
        assert_eq!(mounted(&mounts[..2], "/"), None);
    }

    /// The files of a delegated group, in a folder: what is written to them is all that this program does.
    #[test]
    fn a_delegated_group_is_given_the_limits_and_the_process() {
        let own = tempfile::tempdir().expect("a temporary folder");
        fs::write(own.path().join("cgroup.subtree_control"), "cpu memory\n").expect("a file");
        let limits = Limits { memory: Some(64 << 20), cpu: Some(1.5), ..Limits::default() };
        let group = found(own.path(), "web", &limits, &["memory", "cpu"], 4711).expect("a group");
        let read = |name: &str| fs::read_to_string(group.join(name)).expect("it was written");
        assert_eq!(
            [read("memory.max"), read("cpu.max"), read("cgroup.procs")],
            ["67108864", "150000 100000", "4711"]
        );
    }
}
