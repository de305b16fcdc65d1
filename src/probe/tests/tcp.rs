//! Ports that accept, refuse, or do neither.

use std::time::Duration;

use super::super::tcp::to_somebody_else;
use super::super::{Kind, Probe, check_all};
use super::{LONG, ask, free_port, listener, port};

fn tcp(host: &str, port: u16) -> Kind {
    Kind::Tcp { host: host.to_owned(), port }
}

#[test]
fn localhost_is_both_loopback_addresses() {
    let (four, six) = (listener("127.0.0.1:0"), listener("[::1]:0"));
    assert_eq!(ask(tcp("localhost", port(&four))), Ok(()));
    assert_eq!(ask(tcp("localhost", port(&six))), Ok(()));
    assert_eq!(ask(tcp("::1", port(&six))), Ok(()));
    assert_eq!(
        ask(tcp("127.0.0.1", port(&six))),
        Err(format!("port {} is not ready: connection refused", port(&six)))
    );
}

#[test]
fn the_cause_is_named() {
    let port = free_port();
    assert_eq!(ask(tcp("localhost", port)), Err(format!("port {port} is not ready: connection refused")));
    assert_eq!(
        ask(tcp("nowhere.invalid", port)),
        Err(format!("port {port} of nowhere.invalid is not ready: the name `nowhere.invalid` is not known"))
    );
}

#[test]
fn many_are_asked_at_once_and_answered_in_order() {
    let open = listener("127.0.0.1:0");
    let closed = free_port();
    let probes = (0..100)
        .map(|index| tcp("localhost", if index % 2 == 0 { port(&open) } else { closed }))
        .map(|kind| Probe::new(kind, LONG));
    let ready: Vec<bool> = check_all(probes.collect()).into_iter().map(|result| result.is_ok()).collect();
    assert_eq!(ready, (0..100).map(|index| index % 2 == 0).collect::<Vec<_>>());
}

#[test]
fn a_connection_to_itself_is_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refused = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let itself = socket.local_addr().expect("an address");
        to_somebody_else(socket.connect(itself).await.expect("TCP's simultaneous open"))
    });
    assert_eq!(refused.map(drop).map_err(|error| error.kind()), Err(std::io::ErrorKind::ConnectionRefused));
}

#[test]
fn hosts_are_named_only_when_they_are_not_this_machine() {
    let said = |host: &str| Probe::new(tcp(host, 50051), Duration::ZERO).describe();
    assert_eq!(said("localhost"), "port 50051");
    assert_eq!(said("db.example"), "port 50051 of db.example");
}
