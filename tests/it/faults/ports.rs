//! Ports that somebody else has, before the start or just in time.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::bench::{Bench, end, free_port};
use super::oracle::{self, until};
use super::stranger::stranger;
use super::table::{once, race};

#[test]
fn held_before_the_start() {
    once("the port is held by a stranger before `start`", || {
        let bench = Bench::web("", "");
        let stranger = stranger(bench.port);
        let pid = stranger.pid();
        bench
            .gladys(&["start"])
            .code(1)
            .says(&format!("port {} is taken by process {pid}", bench.port))
            .says("standin");
        bench.assert_nothing();
        let status = bench.gladys(&["status"]).code(1);
        assert!(!status.text.contains("ready "), "{status:?}");
        bench.gladys(&["stop"]).success();
        assert_eq!(oracle::listeners(bench.port), [pid], "the stranger lives");
    });
}

#[test]
fn held_by_another_of_ours() {
    once("the port is held by a service of another profile", || {
        let bench = Bench::web("", "");
        bench.profile("other", &Bench::service("web", bench.port, "", ""));
        bench.start();
        let leader = bench.leader();
        bench
            .gladys(&["start", "-p", "other"])
            .code(1)
            .says("is taken by service `web` of profile `local`")
            .says("`gladys run stop web --profile local` frees it");
        bench
            .gladys(&["why", "web", "-p", "other"])
            .code(1)
            .says(&format!("web: port {} is taken by `web` of profile `local`: free it with `", bench.port))
            .says("`gladys run stop web --profile local`");
        assert_eq!(bench.assert_one(), leader);
        bench.gladys(&["run", "stop", "web", "--profile", "local"]).success();
        bench.gladys(&["start", "-p", "other"]).success();
        assert_ne!(bench.assert_one(), leader);
        bench.gladys(&["stop", "-p", "other"]).success();
        bench.assert_nothing();
    });
}

#[test]
fn taken_between_check_and_bind() {
    race("a stranger takes the port between check and bind", |_| {
        let bench = Bench::web("--ready-after 1500", "");
        let start = bench
            .program(super::bench::GLADYS, &["start"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("gladys");
        until("the service runs", || !bench.named("web").is_empty());
        let stranger = stranger(bench.port);
        let ended = start.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{text}");
        assert!(text.contains("in use"), "the service's own failure is the cause: {text}");
        bench.stop();
        assert!(oracle::alive(stranger.pid()));
    });
}

#[test]
fn answered_by_a_stranger() {
    once("a stranger answers on the port of a service that never listens", || {
        let bench = Bench::declared("service web { ready tcp timeout=\"1500ms\" }", |bench| {
            Bench::service("web", bench.port, "--never-listen", "")
        });
        let start = bench.begin(&["start"]);
        until("the service runs", || !bench.named("web").is_empty());
        let stranger = stranger(bench.port);
        assert_eq!(end(start), Some(1), "it was never ready");
        bench.stop();
        assert!(oracle::alive(stranger.pid()));
    });
}

#[test]
fn end_of_a_connection() {
    once("the port is one end of a stranger's connection at `start`", || {
        let bench = Bench::web("", "");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let there = listener.local_addr().expect("its address");
        let flags = SocketFlags::CLOEXEC;
        let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None);
        let socket = socket.expect("a socket");
        net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], bench.port))).expect("nobody has it");
        net::connect(&socket, &there).expect("somebody listens");
        bench.gladys(&["start"]).code(1).within(Duration::from_secs(5)).says("in use").says(&format!(
            "port {} is one end of a connection of process {} (",
            bench.port,
            std::process::id()
        ));
        bench.assert_nothing();
        drop((socket, listener));
    });
}

#[test]
fn ours_on_another_port_only() {
    once("a worker of the service listens, not the service itself", || {
        let bench = Bench::web("", "");
        let own = free_port();
        let flags = format!("--worker-port {}", bench.port);
        let placed = Bench::service("web", bench.port, &flags, "").replace("\"{port}\"", &own.to_string());
        bench.place("local", "service web { ready tcp }", &placed);
        bench.start().within(Duration::from_secs(5));
        bench.stop();
        assert!(oracle::listeners(bench.port).is_empty());
    });
}
