//! Who listens on a port, or is connected from it, as the kernel tells it: by `sock_diag(7)`, which looks at the sockets in question only.
//! `/proc/net/tcp*` (proc(5)), which walks the table of all connections for every question, is asked where that is not to be had. Linux only.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use procfs::net::TcpState;
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, netlink, recv, send, socket_with,
};

/// A socket that listens, or is one end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listener {
    /// The address that it is bound to.
    pub address: IpAddr,
    /// The port that it is bound to.
    pub port: u16,
    /// Its inode, by which the descriptors of processes name it.
    pub inode: u64,
    /// The user that it belongs to.
    pub uid: u32,
}

/// Every socket that listens on this TCP port, over IPv4 or IPv6.
pub fn listeners(port: u16) -> Vec<Listener> {
    asked(1 << TCP_LISTEN, Some(port)).unwrap_or_else(|_| read(port))
}

/// Every socket that has this TCP port as one end of a connection; nothing where `sock_diag(7)` is not to be had.
pub fn connected(port: u16) -> Vec<Listener> {
    asked(CONNECTED, Some(port)).unwrap_or_default()
}

/// Every socket that listens on a TCP port, over IPv4 or IPv6; an error where `sock_diag(7)` is not to be had.
pub fn all_listeners() -> io::Result<Vec<Listener>> {
    asked(1 << TCP_LISTEN, None)
}

/// Whether this socket keeps a server from its address, even one that reuses addresses, as nearly all do (`SO_REUSEADDR`, socket(7)).
pub fn is_in_the_way(end: &Listener) -> bool {
    let family = if end.address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let Ok(socket) = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None) else {
        return false;
    };
    let reuses = set_socket_reuseaddr(&socket, true);
    reuses.and_then(|()| bind(&socket, &SocketAddr::new(end.address, end.port))) == Err(Errno::ADDRINUSE)
}

// From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST_AND_DUMP: u16 = 0x301;
const NLMSG_DONE: u16 = 3;
const IPPROTO_TCP: u8 = 6;
const TCP_LISTEN: u32 = 10;
/// The states 1 to 11 of tcp(7), a bit each, without 6 (`TIME_WAIT`, whose socket is nobody's any more), 7 (closed) and 10 (listening).
const CONNECTED: u32 = 0b1011_0011_1110;
/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;

/// The sockets in one of these states (a bit each), on one port or on all.
fn asked(states: u32, port: Option<u16>) -> io::Result<Vec<Listener>> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))?;
    let mut found = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        send(&socket, &question(family, states, port), SendFlags::empty())?;
        let mut buffer = vec![0; 32 << 10];
        loop {
            let (_, size) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
            if answers(buffer.get(..size).unwrap_or_default(), port, &mut found)? {
                break;
            }
        }
    }
    Ok(found)
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2`: the sockets of one family in these states, on one port or on all (0).
fn question(family: AddressFamily, states: u32, port: Option<u16>) -> Vec<u8> {
    const SIZE: u32 = 72;
    let mut bytes = Vec::with_capacity(SIZE as usize);
    bytes.extend(SIZE.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST_AND_DUMP.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([u8::try_from(family.as_raw()).unwrap_or_default(), IPPROTO_TCP, 0, 0]);
    bytes.extend(states.to_ne_bytes());
    bytes.extend(port.unwrap_or(0).to_be_bytes());
    bytes.resize(SIZE as usize, 0);
    bytes
}

/// Takes the messages of one datagram; whether they were the last.
fn answers(mut bytes: &[u8], port: Option<u16>, found: &mut Vec<Listener>) -> io::Result<bool> {
    while let Some(header) = bytes.first_chunk::<HEADER>() {
        let size = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let body = bytes.get(HEADER..size).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        match u16::from_ne_bytes([header[4], header[5]]) {
            NLMSG_DONE => return Ok(true),
            SOCK_DIAG_BY_FAMILY => {
                found.extend(socket_of(body).filter(|found| port.is_none_or(|port| found.port == port)));
            }
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
        bytes = bytes.get(size.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// `struct inet_diag_msg`: the family at 0, the port at 4, the address at 8, the user at 64, the inode at 68.
fn socket_of(body: &[u8]) -> Option<Listener> {
    let number = |at: usize| body.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
    let port = u16::from_be_bytes(*body.get(4..)?.first_chunk()?);
    let address = body.get(8..)?.first_chunk::<16>()?;
    let address = if u16::from(*body.first()?) == AddressFamily::INET.as_raw() {
        IpAddr::from(Ipv4Addr::new(address[0], address[1], address[2], address[3]))
    } else {
        IpAddr::from(Ipv6Addr::from(*address))
    };
    Some(Listener { address, port, uid: number(64)?, inode: number(68)?.into() })
}

fn read(port: u16) -> Vec<Listener> {
    let all = [procfs::net::tcp(), procfs::net::tcp6()].into_iter().flatten().flatten();
    let listening = all.filter(|entry| entry.state == TcpState::Listen && entry.local_address.port() == port);
    listening
        .map(|entry| {
            let (address, inode, uid) = (entry.local_address.ip(), entry.inode, entry.uid);
            Listener { address, port, inode, uid }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{TCP_LISTEN, asked, read};
    use std::net::TcpListener;

    #[test]
    fn both_ways_of_asking_find_the_same() {
        for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().expect("its address").port();
            let asked = asked(1 << TCP_LISTEN, Some(port)).expect("sock_diag answers");
            assert_eq!((asked.len(), &asked), (1, &read(port)), "{address}");
        }
    }
}
