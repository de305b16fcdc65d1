//! Which processes belong to a service: the descendants of its supervisor and of its leader, the leader's session, and whoever
//! carries its cookie, a variable that every process of the tree inherits and that daemonising does not shake off.
//!
//! A supervisor is a subreaper (`PR_SET_CHILD_SUBREAPER`, prctl(2)), so while it lives nothing can leave its descendants; the
//! cookie is for the time after its death. A gladys started *by* a service has another cookie and is left alone.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use procfs::process::{Stat, StatFlags};

use super::badge::{Badge, badge, is_carried};
use super::process::{Ident, dead, look_at, pids, stat};

/// How often an empty tree is looked at again at most: for seconds, where a program that comes from a slow disk is being executed. Looks
/// are counted, and no clock is asked: where the machine stands still, nobody got further meanwhile.
const LOOKS: usize = 2000;
/// Between two looks at those of whom nothing is certain.
const PAUSE: Duration = Duration::from_millis(1);

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

/// What is looked at of one process; small, for a supervisor keeps what it once took from the system.
#[derive(Clone, Copy)]
struct Seen {
    this: Ident,
    parent: u32,
    session: u32,
    dead: bool,
    /// It will never say whose it is: it is the kernel's own, or runs without an environment.
    mute: bool,
}

impl From<&Stat> for Seen {
    fn from(stat: &Stat) -> Self {
        let number = |pid: i32| u32::try_from(pid).unwrap_or(0);
        let this = Ident { pid: number(stat.pid), start: stat.starttime };
        let kernel = StatFlags::from_bits_truncate(stat.flags).contains(StatFlags::PF_KTHREAD);
        // About to execute a program it has none for a moment, and this says 0 (proc(5), fields 50 and 51).
        let bare = stat.env_end.is_some_and(|end| end != 0 && stat.env_start == Some(end));
        let (parent, session) = (number(stat.ppid), number(stat.session));
        Self { this, parent, session, dead: dead(stat), mute: kernel || bare }
    }
}

impl Seen {
    /// Whether its badge says whose it is: a living one without an environment may be about to execute a program (execve(2)).
    fn certain(&self, badge: &Badge) -> bool {
        self.dead || self.mute || *badge != Badge::Bare
    }
}

/// Looks at every process of the machine and keeps the tree of one service.
///
/// Fails rather than overlook one, as when this process has no descriptors left to look with.
pub fn look(roots: Roots<'_>) -> io::Result<Tree> {
    Ok(survey(roots)?.tree)
}

/// A tree, and of whom it is not certain that he is none of it.
#[derive(Default)]
struct Survey {
    tree: Tree,
    uncertain: Vec<u32>,
}

fn survey(roots: Roots<'_>) -> io::Result<Survey> {
    let rootless = roots.leader.is_none() && roots.supervisor.is_none() && roots.known.is_empty();
    if rootless && !is_carried(roots.dir)? {
        return Ok(Survey::default());
    }
    let all = everyone()?;
    let badges: HashMap<u32, Badge> =
        all.iter().map(|seen| (seen.this.pid, badge(seen.this.pid, roots.dir))).collect();
    let mut children: HashMap<u32, Vec<Seen>> = HashMap::new();
    for seen in &all {
        children.entry(seen.parent).or_default().push(*seen);
    }
    let rooted = all.iter().filter(|seen| rooted(seen, roots, badges.get(&seen.this.pid)));
    let mut queue: Vec<Seen> = rooted.copied().collect();
    let mut done = HashSet::new();
    let mut tree = Tree::default();
    while let Some(next) = queue.pop() {
        let badge = badges.get(&next.this.pid);
        if badge == Some(&Badge::Others) || !done.insert(next.this) {
            continue;
        }
        if badge == Some(&Badge::OurSupervisor) {
            tree.supervisors.push(next.this);
        } else if !next.dead {
            tree.members.push(next.this);
        }
        queue.extend(children.get(&next.this.pid).into_iter().flatten());
    }
    tree.members.sort_by_key(|member| (member.start, member.pid));
    let leads = |member: &&Ident| all.iter().any(|seen| seen.this == **member && seen.session == member.pid);
    tree.oldest = tree.members.iter().find(leads).copied();
    let certain = |seen: &Seen| badges.get(&seen.this.pid).is_some_and(|badge| seen.certain(badge));
    let uncertain = all.iter().filter(|seen| !certain(seen)).map(|seen| seen.this.pid).collect();
    Ok(Survey { tree, uncertain })
}

/// The same, and an empty tree is really empty: one that forks and exits may be gone when it is looked at, its child too young for the
/// list. So whoever was made since is looked at, until nobody was.
pub fn look_closely(roots: Roots<'_>) -> io::Result<Tree> {
    let mut latest = latest_pid()?;
    let Survey { mut tree, mut uncertain } = survey(roots)?;
    for _ in 0..LOOKS {
        let before = std::mem::replace(&mut latest, latest_pid()?);
        // Pids begin again when there are no greater ones.
        let born = if latest < before { pids()? } else { (before + 1..=latest).collect() };
        if !tree.members.is_empty() || born.is_empty() && uncertain.is_empty() {
            break;
        }
        if !uncertain.is_empty() {
            std::thread::sleep(PAUSE);
        }
        uncertain.extend(born);
        uncertain.retain(|pid| match look_at(*pid).map(|stat| stat.as_ref().map(Seen::from)) {
            Ok(Some(seen)) if !seen.dead => {
                let badge = badge(*pid, roots.dir);
                tree.members.extend((badge == Badge::Ours).then_some(seen.this));
                !seen.certain(&badge)
            }
            looked => looked.is_err(),
        });
    }
    Ok(tree)
}

/// The pid that was given out last: the fifth field of `/proc/loadavg` (proc(5)).
fn latest_pid() -> io::Result<u32> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let last = text.split_whitespace().nth(4).and_then(|word| word.parse().ok());
    last.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The living descendants of a process, from the kernel's own lists of children; a fork under way may be missed, so ask again.
///
/// Leaves out a gladys that a service started. `None` where the kernel keeps no such lists (`CONFIG_PROC_CHILDREN`).
pub fn descendants(of: u32, dir: &Path) -> Option<Vec<Ident>> {
    let mut found = Vec::new();
    let mut queue = vec![of];
    while let Some(pid) = queue.pop() {
        for child in children(pid)? {
            let Some(seen) = stat(child).as_ref().map(Seen::from) else { continue };
            if matches!(badge(child, dir), Badge::Others | Badge::OurSupervisor) {
                continue;
            }
            if !seen.dead {
                found.push(seen.this);
            }
            queue.push(child);
        }
    }
    Some(found)
}

fn children(pid: u32) -> Option<Vec<u32>> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for task in tasks.flatten() {
        match fs::read_to_string(task.path().join("children")) {
            Ok(list) => found.extend(list.split_whitespace().filter_map(|word| word.parse::<u32>().ok())),
            Err(error) if error.kind() == io::ErrorKind::NotFound && task.path().exists() => {
                return None;
            }
            Err(_) => {}
        }
    }
    Some(found)
}

fn everyone() -> io::Result<Vec<Seen>> {
    let mut all = Vec::new();
    for pid in pids()? {
        all.extend(look_at(pid)?.as_ref().map(Seen::from));
    }
    Ok(all)
}

fn rooted(seen: &Seen, roots: Roots<'_>, badge: Option<&Badge>) -> bool {
    let present =
        |root: Option<Ident>, pid: u32| root.is_some_and(|root| root.pid == pid && root.stat().is_some());
    matches!(badge, Some(Badge::Ours | Badge::OurSupervisor))
        || roots.leader == Some(seen.this)
        || roots.known.contains(&seen.this)
        || present(roots.supervisor, seen.parent)
        || present(roots.leader, seen.session)
}
