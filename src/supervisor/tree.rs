//! Which processes belong to a service: the descendants of its supervisor and of its leader, the leader's session, and whoever
//! carries its cookie, a variable that every process of the tree inherits and that daemonising does not shake off.
//!
//! A supervisor is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)), so while it lives nothing can leave its descendants; the
//! cookie is for the time after its death. A gladys started *by* a service has another cookie and is left alone.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use procfs::process::Stat;

use super::process::{Ident, dead, stat, variable};

/// The variable that every process of a service carries: the path of its state folder.
pub const COOKIE: &str = "GLADYS_SERVICE";
/// The variable that a supervisor carries in its place.
pub const GUARDIAN: &str = "GLADYS_SUPERVISOR";

/// From where the tree of a service is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Roots<'a> {
    /// The state folder: the value of the cookie.
    pub dir: &'a Path,
    /// The first process, whether or not it still lives.
    pub leader: Option<Ident>,
    /// The supervisor, itself no member.
    pub supervisor: Option<Ident>,
    /// Processes that were seen as members before.
    pub known: &'a [Ident],
}

/// What a look at every process found.
#[derive(Debug, Default)]
pub struct Tree {
    /// The living members, oldest first.
    pub members: Vec<Ident>,
    /// Living supervisors of this folder.
    pub supervisors: Vec<Ident>,
    /// The member that leads its own session and is the oldest of those: the leader, if no record tells.
    pub oldest: Option<Ident>,
}

/// What a process says it is.
#[derive(PartialEq, Eq)]
enum Badge {
    Ours,
    OurSupervisor,
    Others,
    None,
}

/// Looks at every process of the machine and keeps the tree of one service.
pub fn look(roots: Roots<'_>) -> Tree {
    let all = everyone();
    let badges: HashMap<i32, Badge> = all.iter().map(|stat| (stat.pid, badge(stat, roots.dir))).collect();
    let mut children: HashMap<i32, Vec<&Stat>> = HashMap::new();
    all.iter().for_each(|stat| children.entry(stat.ppid).or_default().push(stat));
    let mut queue: Vec<&Stat> =
        all.iter().filter(|stat| rooted(stat, roots, badges.get(&stat.pid))).collect();
    let mut seen = HashSet::new();
    let mut tree = Tree::default();
    while let Some(next) = queue.pop() {
        let badge = badges.get(&next.pid);
        if badge == Some(&Badge::Others) || !seen.insert(next.pid) {
            continue;
        }
        if badge == Some(&Badge::OurSupervisor) {
            tree.supervisors.push(ident(next));
        } else if !dead(next) {
            tree.members.push(ident(next));
        }
        queue.extend(children.get(&next.pid).into_iter().flatten());
    }
    tree.members.sort_by_key(|member| (member.start, member.pid));
    tree.oldest = tree.members.iter().copied().find(|member| leads_session(&all, *member));
    tree
}

/// The living descendants of a process, from the kernel's own lists of children; a fork under way may be missed, so ask again.
///
/// Leaves out a gladys that a service started. `None` where the kernel keeps no such lists (CONFIG_PROC_CHILDREN).
pub fn descendants(of: u32, dir: &Path) -> Option<Vec<Ident>> {
    let mut found = Vec::new();
    let mut queue = vec![of];
    while let Some(pid) = queue.pop() {
        for child in children(pid)? {
            let Some(stat) = stat(child) else { continue };
            if matches!(badge(&stat, dir), Badge::Others | Badge::OurSupervisor) {
                continue;
            }
            if !dead(&stat) {
                found.push(ident(&stat));
            }
            queue.push(child);
        }
    }
    Some(found)
}

/// The service folder that a process belongs to, itself or through its ancestors; `None` if it is none of ours.
pub fn service_of(pid: u32) -> Option<std::path::PathBuf> {
    let mut next = pid;
    while next > 1 {
        let named = variable(next, COOKIE).or_else(|| variable(next, GUARDIAN));
        if let Some(dir) = named {
            return Some(std::ffi::OsStr::from_bytes(&dir).into());
        }
        next = u32::try_from(stat(next)?.ppid).ok()?;
    }
    None
}

fn children(pid: u32) -> Option<Vec<u32>> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for task in tasks.flatten() {
        match fs::read_to_string(task.path().join("children")) {
            Ok(list) => found.extend(list.split_whitespace().filter_map(|word| word.parse::<u32>().ok())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && task.path().exists() => {
                return None;
            }
            Err(_) => {}
        }
    }
    Some(found)
}

fn everyone() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let own = std::process::id();
    pids.filter(|pid| *pid != own).filter_map(stat).collect()
}

fn badge(stat: &Stat, dir: &Path) -> Badge {
    const KERNEL_THREADS: i32 = 2;
    if stat.ppid == KERNEL_THREADS {
        return Badge::None;
    }
    let pid = ident(stat).pid;
    let ours = dir.as_os_str().as_bytes();
    match (variable(pid, GUARDIAN), variable(pid, COOKIE)) {
        (Some(value), _) if value == ours => Badge::OurSupervisor,
        (None, Some(value)) if value == ours => Badge::Ours,
        (None, None) => Badge::None,
        _ => Badge::Others,
    }
}

fn rooted(stat: &Stat, roots: Roots<'_>, badge: Option<&Badge>) -> bool {
    let this = ident(stat);
    let in_session = || {
        roots
            .leader
            .is_some_and(|leader| i64::from(stat.session) == i64::from(leader.pid) && leader.stat().is_some())
    };
    matches!(badge, Some(Badge::Ours | Badge::OurSupervisor))
        || roots.leader == Some(this)
        || roots.known.contains(&this)
        || roots.supervisor.is_some_and(|supervisor| {
            i64::from(stat.ppid) == i64::from(supervisor.pid) && supervisor.stat().is_some()
        })
        || in_session()
}

fn leads_session(all: &[Stat], member: Ident) -> bool {
    all.iter().any(|stat| ident(stat) == member && stat.session == stat.pid)
}

fn ident(stat: &Stat) -> Ident {
    Ident { pid: u32::try_from(stat.pid).unwrap_or(0), start: stat.starttime }
}
