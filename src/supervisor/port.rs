//! Whose a port is: the inode of the listening socket (`listeners.rs`), its owner from the descriptors of processes (proc(5)). Linux only.

use std::collections::HashSet;
use std::fs;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::badge::service_of;
use super::error::Error;
use super::facts::Facts;
use super::folder::Folder;
use super::listeners::{Listener, all_listeners, connected, is_in_the_way, listeners};
use super::process::command;
use super::spec::Spec;
use super::wire::owner_of;

/// Whose a port is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortOwner {
    /// A process of this service listens on it, and nobody else does where a local client would connect.
    Ours,
    /// Nobody listens on it.
    Free,
    /// Somebody else listens on it.
    Other {
        /// The process; `None` if it belongs to another user and cannot be seen.
        pid: Option<u32>,
        /// Its command line, or what is known of it.
        command: String,
        /// Profile and service, when it is one of ours.
        service: Option<(String, String)>,
        /// The state folder of that service: in another checkout when it has another root.
        dir: Option<PathBuf>,
    },
}

impl PortOwner {
    /// Who has the port in place of the service whose state folder is `dir`, and what to type where that is one of ours; nothing where
    /// nobody is in its way.
    pub fn conflict(&self, dir: &Path, port: u16) -> Option<String> {
        let Self::Other { pid, command, service, dir: other } = self else { return None };
        Some(match (service, other, pid) {
            (Some((profile, service)), Some(other), _) => {
                let free = freeing(dir, other, profile, service);
                format!("port {port} is taken by `{service}` of profile `{profile}`: free it with `{free}`")
            }
            (_, _, Some(pid)) => format!("port {port} is taken by process {pid} ({command})"),
            _ => format!("port {port} is taken by {command}"),
        })
    }
}

/// Looks who listens on a TCP port of this machine, IPv4 and IPv6, for the service whose state folder is `dir`.
pub fn owns_port(dir: &Path, port: u16) -> PortOwner {
    let listeners = listeners(port);
    if listeners.is_empty() {
        return PortOwner::Free;
    }
    let ours = own_sockets(dir, &listeners);
    let strangers: Vec<_> = listeners.iter().filter(|entry| !ours.contains(&entry.inode)).collect();
    let local = strangers.iter().find(|entry| is_local(entry.address));
    match local {
        None if ours.is_empty() => PortOwner::Free,
        None => PortOwner::Ours,
        Some(entry) => stranger(entry),
    }
}

/// Whose connection keeps the service whose state folder is `dir` from listening on a port that nobody listens on. The kernel gives
/// clients such ports too (`ip_local_port_range`, ip(7)).
pub fn connected_from(dir: &Path, port: u16) -> Option<String> {
    if !listeners(port).is_empty() {
        return None;
    }
    let ends = connected(port);
    let ours = own_sockets(dir, &ends);
    let stranger = ends
        .iter()
        .filter(|end| !ours.contains(&end.inode) && is_in_the_way(end))
        .find_map(|end| holder_of(&HashSet::from([end.inode])))?;
    Some(format!("port {port} is one end of a connection of process {stranger} ({})", command(stranger)))
}

/// Every TCP port of this machine that a client on it would find somebody listening on. One question, however many ports are waited for;
/// nothing where the kernel cannot be asked that (see `listeners.rs`).
pub fn heard_ports() -> HashSet<u16> {
    let all = all_listeners().unwrap_or_default();
    all.iter().filter(|entry| is_local(entry.address)).map(|entry| entry.port).collect()
}

/// Refuses a launch when a port of the service belongs to somebody else.
pub fn refuse_taken(spec: &Spec) -> Result<(), Error> {
    spec.ports.iter().try_for_each(|port| match owns_port(&spec.dir, *port) {
        PortOwner::Free | PortOwner::Ours => Ok(()),
        PortOwner::Other { pid: Some(pid), service: Some((profile, other)), dir: Some(dir), .. } => {
            let command = freeing(&spec.dir, &dir, &profile, &other);
            Err(Error::PortOurs { port: *port, profile, other, pid, command })
        }
        PortOwner::Other { pid, command, .. } => {
            let holder = pid.map_or(command.clone(), |pid| format!("process {pid} ({command})"));
            Err(Error::PortTaken { port: *port, holder, service: spec.service.clone() })
        }
    })
}

/// The command that ends the other service, with the manifest of its checkout when that is another one.
fn freeing(own: &Path, other: &Path, profile: &str, service: &str) -> String {
    let root = |dir: &Path| dir.ancestors().nth(3).map(Path::to_path_buf);
    let command = format!("gladys run stop {service} --profile {profile}");
    match root(other) {
        Some(there) if root(own).as_ref() != Some(&there) => format!("cd {} && {command}", there.display()),
        _ => command,
    }
}

/// Whether a client that connects to this machine by `localhost` reaches a listener on this address.
fn is_local(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_unspecified()
        || address == IpAddr::from([127, 0, 0, 1])
        || address == IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
}

/// Which of these sockets the service holds: its first process is asked first, which is enough for most.
fn own_sockets(dir: &Path, listeners: &[Listener]) -> HashSet<u64> {
    let wanted: HashSet<u64> = listeners.iter().map(|entry| entry.inode).collect();
    let Ok(facts) = Facts::gather(&Folder::new(dir)) else { return HashSet::new() };
    let mut found: HashSet<u64> = facts.leader.map(|leader| sockets(leader.pid, &wanted)).unwrap_or_default();
    if found.len() < wanted.len() {
        let members = facts.look(&[]).map(|tree| tree.members).unwrap_or_default();
        found.extend(members.iter().flat_map(|member| sockets(member.pid, &wanted)));
    }
    found
}

fn sockets(pid: u32, wanted: &HashSet<u64>) -> HashSet<u64> {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return HashSet::new() };
    let inode = |link: PathBuf| {
        let text = link.as_os_str().as_bytes().strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
        std::str::from_utf8(text).ok()?.parse::<u64>().ok()
    };
    fds.flatten()
        .filter_map(|fd| fs::read_link(fd.path()).ok().and_then(inode))
        .filter(|inode| wanted.contains(inode))
        .collect()
}

fn stranger(entry: &Listener) -> PortOwner {
    let wanted = HashSet::from([entry.inode]);
    let Some(pid) = holder_of(&wanted) else {
        let command = format!("a process of user {} that cannot be seen from here", entry.uid);
        return PortOwner::Other { pid: None, command, service: None, dir: None };
    };
    let dir = service_of(pid);
    let service = dir.as_deref().and_then(owner_of);
    PortOwner::Other { pid: Some(pid), command: command(pid), service, dir }
}

/// The oldest process that holds the socket: a parent that passed it on to its workers.
fn holder_of(wanted: &HashSet<u64>) -> Option<u32> {
    let pids = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // This command may have inherited it from whoever has it.
    pids.filter(|pid| !sockets(*pid, wanted).is_empty()).min_by_key(|pid| (*pid == std::process::id(), *pid))
}

#[cfg(test)]
mod tests {
    use super::{PortOwner, is_local, owns_port};
    use std::net::TcpListener;

    #[test]
    fn a_stranger_on_the_port_is_named() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let PortOwner::Other { pid, service, .. } = owns_port(place.path(), port) else {
            panic!("the port belongs to this process")
        };
        assert_eq!((pid, service), (Some(std::process::id()), None));
        drop(listener);
        assert_eq!(owns_port(place.path(), port), PortOwner::Free);
    }

    #[test]
    fn only_addresses_that_localhost_reaches_count() {
        for (address, local) in [
            ("0.0.0.0", true),
            ("::", true),
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("127.0.0.53", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_local(address.parse().expect("an address")), local, "{address}");
        }
    }
}
