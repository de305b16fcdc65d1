//! A port that accepts: every address of the host is tried at once, the first that accepts wins.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

use super::error::cause;

/// Connects and hangs up.
pub(super) async fn attempt(host: &str, port: u16) -> Result<(), String> {
    connect(host, port).await.map(drop)
}

/// Connects to the first of the host's addresses that accepts.
///
/// The error is that of the first address, which is the one a person means.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let mut running = JoinSet::new();
    for (index, address) in addresses(host, port).await?.into_iter().enumerate() {
        running.spawn(async move { (index, open(address).await) });
    }
    let mut failures = Vec::new();
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok((_, Ok(stream))) => return Ok(stream),
            Ok((index, Err(error))) => failures.push((index, cause(&error))),
            Err(error) => failures.push((usize::MAX, error.to_string())),
        }
    }
    let first = failures.into_iter().min_by_key(|(index, _)| *index);
    Err(first.map_or_else(|| format!("`{host}` has no address"), |(_, cause)| cause))
}

/// What a name stands for. `localhost` is both loopback addresses whatever `/etc/hosts` says (RFC 6761, section 6.3).
async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare == "localhost" {
        let both = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        return Ok(both.map(|address| (address, port).into()).to_vec());
    }
    let found = lookup_host((bare, port)).await.map_err(|_| format!("the name `{bare}` is not known"))?;
    Ok(found.collect())
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    to_somebody_else(TcpStream::connect(address).await?)
}

/// Refuses a connection to itself: while nobody listens on a port of the ephemeral range, the kernel may choose that
/// very port as our own end, and TCP's simultaneous open (RFC 9293, section 3.5) then succeeds.
pub(super) fn to_somebody_else(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}
