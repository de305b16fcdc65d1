//! Where the others are: variables, `http://host:port` in both spellings, names to socket addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The variable's value, or `default` when it is unset or empty (compose files pass `${UNSET:-}` as "").
pub(crate) fn env_or(name: &str, default: &str) -> String {
    std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}

/// The port number in the variable, or `default`; the error says what was expected.
pub(crate) fn port_from_env(name: &str, default: u16) -> Result<u16, String> {
    let text = env_or(name, &default.to_string());
    text.parse().map_err(|_| format!("{name} is `{text}`, expected a port number"))
}

/// Host and port of `localhost:50051`, `http://localhost:50051`, or `[::1]:50051`.
pub(crate) fn split(address: &str) -> Result<(&str, u16), String> {
    let bare = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
    let parts = bare.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = parts.ok_or_else(|| format!("`{address}` is no address, expected HOST:PORT"))?;
    Ok((host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// Every address of a host. `localhost` needs no `/etc/hosts`, which an image built from scratch lacks.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    if host == "localhost" {
        return Ok(local.map(|ip| SocketAddr::new(ip, port)).to_vec());
    }
    let found = tokio::net::lookup_host((host, port)).await;
    found.map(Iterator::collect).map_err(|error| format!("cannot find the host `{host}`: {error}"))
}
