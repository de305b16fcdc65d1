//! Which processes belong to a service: the descendants of its supervisor and of its leader, the leader's session, and whoever
//! carries its cookie, a variable that every process of the tree inherits and that daemonising does not shake off.
//!
//! A supervisor is a subreaper (`PR_SET_CHILD_SUBREAPER`, prctl(2)), so while it lives nothing can leave its descendants; the
//! cookie is for the time after its death. A gladys started *by* a service has another cookie and is left alone.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use procfs::process::{Stat, StatFlags};

use super::folder::Folder;
use super::process::{Ident, dead, is_gone_or_hidden, look_at, stat, whole};

/// The variable that every process of a service carries: the path of its state folder.
pub const COOKIE: &str = "GLADYS_SERVICE";
/// The variable that a supervisor carries in its place.
pub const GUARDIAN: &str = "GLADYS_SUPERVISOR";
/// The variable that a liveness check carries on top, and whatever it starts: that is not the service.
pub const CHECK: &str = "GLADYS_CHECK";

/// How long that is done; where a program has emptied its environment, it may be anybody's.
const BIRTHS: Duration = Duration::from_millis(250);

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
    kernel: bool,
}

impl From<&Stat> for Seen {
    fn from(stat: &Stat) -> Self {
        let number = |pid: i32| u32::try_from(pid).unwrap_or(0);
        let this = Ident { pid: number(stat.pid), start: stat.starttime };
        let kernel = StatFlags::from_bits_truncate(stat.flags).contains(StatFlags::PF_KTHREAD);
        Self { this, parent: number(stat.ppid), session: number(stat.session), dead: dead(stat), kernel }
    }
}

impl Seen {
    /// Whether its badge says whose it is: a living one without an environment may be about to execute a program (execve(2)).
    fn certain(&self, badge: &Badge) -> bool {
        self.dead || self.kernel || *badge != Badge::Bare
    }
}

/// What a process says it is.
#[derive(PartialEq, Eq)]
enum Badge {
    Ours,
    OurSupervisor,
    Others,
    None,
    /// It has no environment.
    Bare,
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
        all.iter().map(|seen| (seen.this.pid, badge(seen, roots.dir))).collect();
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
    let begun = Instant::now();
    while tree.members.is_empty() && begun.elapsed() < BIRTHS {
        let before = std::mem::replace(&mut latest, latest_pid()?);
        // Pids begin again when there are no greater ones.
        let born = if latest < before { pids()? } else { (before + 1..=latest).collect() };
        uncertain.extend(born);
        if uncertain.is_empty() {
            break;
        }
        for pid in std::mem::take(&mut uncertain) {
            let Some(seen) = stat(pid).as_ref().map(Seen::from).filter(|seen| !seen.dead) else { continue };
            match badge(&seen, roots.dir) {
                Badge::Ours => tree.members.push(seen.this),
                badge if seen.certain(&badge) => {}
                _ => uncertain.push(pid),
            }
        }
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
            if matches!(badge(&seen, dir), Badge::Others | Badge::OurSupervisor) {
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

/// The service folder that a process belongs to, itself or through its ancestors; `None` if it is none of ours.
pub fn service_of(pid: u32) -> Option<PathBuf> {
    let mut next = pid;
    while next > 1 {
        let environ = environ(next).unwrap_or_default();
        if let Some(dir) = variable(&environ, COOKIE).or_else(|| variable(&environ, GUARDIAN)) {
            return Some(OsStr::from_bytes(dir).into());
        }
        next = u32::try_from(stat(next)?.ppid).ok()?;
    }
    None
}

/// Whether a process that a record of ours names is of the service: it carries the cookie, or it may have lost that. It may where its
/// environment cannot be read, was written over by the program (a title in its place) or replaced while the log stayed its output.
pub fn belongs(process: Ident, folder: &Folder) -> bool {
    let Ok(environ) = environ(process.pid) else { return true };
    match sort(&environ, folder.path()) {
        Badge::Ours => true,
        Badge::OurSupervisor | Badge::Others => false,
        Badge::None | Badge::Bare => overwritten(&environ) || writes_to(process, &folder.file("log")),
    }
}

/// Whether a process is a supervisor of this folder; where its environment cannot be read, that is not denied.
pub fn is_supervisor(process: Ident, dir: &Path) -> bool {
    let environ = environ(process.pid);
    environ.map_or(true, |environ| sort(&environ, dir) == Badge::OurSupervisor)
}

/// The folder that a supervisor knows as its own; nothing for what is none.
pub fn guarded_by(pid: u32) -> Option<PathBuf> {
    let environ = environ(pid).ok()?;
    variable(&environ, GUARDIAN).map(|dir| OsStr::from_bytes(dir).into())
}

/// Whether this is no environment as execve(2) leaves it, `NAME=VALUE` each.
fn overwritten(environ: &[u8]) -> bool {
    let pairs = environ.strip_suffix(b"\0").unwrap_or(environ);
    pairs.split(|byte| *byte == 0).any(|pair| !pair.contains(&b'='))
}

fn writes_to(process: Ident, log: &Path) -> bool {
    let identity = |file: fs::Metadata| (file.dev(), file.ino());
    let Ok(log) = fs::symlink_metadata(log).map(identity) else { return false };
    let output = |fd: &u32| fs::metadata(format!("/proc/{}/fd/{fd}", process.pid)).map(identity);
    [1, 2].iter().any(|fd| output(fd).is_ok_and(|output| output == log))
}

/// Whether a process was started by a liveness check.
pub fn is_of_check(process: &Ident) -> bool {
    environ(process.pid).is_ok_and(|environ| variable(&environ, CHECK).is_some())
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

/// The folders whose cookie is carried or that have a supervisor, as hashes; one that is here by chance costs a closer look.
struct Carried {
    begun: Instant,
    folders: HashSet<u64>,
}

/// Whether any process is a supervisor of this folder or carries its cookie. Without one, and without a process to begin with, there is
/// no tree: that is so at every first start, and much quicker to find out than who is whose child.
///
/// A look serves all who asked before it began: those who are started side by side ask the same of the same processes.
fn is_carried(dir: &Path) -> io::Result<bool> {
    static LATEST: Mutex<Option<Carried>> = Mutex::new(None);
    let asked = Instant::now();
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = latest.take().filter(|carried| carried.begun > asked);
    let carried = latest.insert(fresh.map_or_else(Carried::look, Ok)?);
    Ok(carried.folders.contains(&hash(dir.as_os_str().as_bytes())))
}

impl Carried {
    fn look() -> io::Result<Self> {
        let begun = Instant::now();
        let mut folders = HashSet::new();
        for pid in pids()? {
            match environ(pid) {
                Ok(environ) => {
                    folders.extend(
                        [GUARDIAN, COOKIE].iter().filter_map(|name| variable(&environ, name)).map(hash),
                    );
                }
                Err(error) if is_gone_or_hidden(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { begun, folders })
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn everyone() -> io::Result<Vec<Seen>> {
    let mut all = Vec::new();
    for pid in pids()? {
        all.extend(look_at(pid)?.as_ref().map(Seen::from));
    }
    Ok(all)
}

/// Every process but this one.
fn pids() -> io::Result<Vec<u32>> {
    let own = std::process::id();
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let pid = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        all.extend(pid.filter(|pid| *pid != own));
    }
    Ok(all)
}

/// `/proc/PID/environ`: the variables that a process was started with.
fn environ(pid: u32) -> io::Result<Vec<u8>> {
    whole(&format!("/proc/{pid}/environ"))
}

/// One whose environment is not for this user to see has no badge.
fn badge(seen: &Seen, dir: &Path) -> Badge {
    match environ(seen.this.pid) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Badge::None,
        environ => sort(&environ.unwrap_or_default(), dir),
    }
}

fn sort(environ: &[u8], dir: &Path) -> Badge {
    let ours = |value: &[u8]| value == dir.as_os_str().as_bytes();
    match (variable(environ, GUARDIAN), variable(environ, COOKIE)) {
        (Some(value), _) if ours(value) => Badge::OurSupervisor,
        (None, Some(value)) if ours(value) => Badge::Ours,
        (None, None) if environ.is_empty() => Badge::Bare,
        (None, None) => Badge::None,
        _ => Badge::Others,
    }
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

/// The value of a variable in the environment that a process was started with.
fn variable<'a>(environ: &'a [u8], name: &str) -> Option<&'a [u8]> {
    environ.split(|byte| *byte == 0).find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}
