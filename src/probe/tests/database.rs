//! A real PostgreSQL, before it is there, while it is, and with the wrong password.

use std::collections::HashSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::{Gate, Kind, Probe};
use super::{LONG, ask, free_port, waiting};
use crate::db;
use crate::masked::Masked;

fn target(port: u16, password: &str) -> Kind {
    Kind::Postgres(db::Target {
        name: "main".to_owned(),
        url: Masked::from(format!("postgres://me@localhost:{port}/postgres")),
        password: Some(Masked::secret(password)),
        origin: String::new(),
        span: crate::span::Span::default(),
        service: None,
        migrations: None,
    })
}

/// Folder of the binaries of Debian's packages, the newest.
fn binaries() -> PathBuf {
    let found = glob::glob("/usr/lib/postgresql/*/bin").expect("a pattern").flatten().max();
    found.expect("PostgreSQL server binaries, such as those of `apt install postgresql`")
}

/// PostgreSQL refuses root, so this runs as `nobody` then.
fn call(program: &str, data: &Path) -> Command {
    let mut command = Command::new(binaries().join(program));
    command
        .current_dir("/")
        .arg("-D")
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    command
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let quit = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.0),
            rustix::process::Signal::QUIT,
        );
        quit.map_err(std::io::Error::from).and_then(|()| self.0.wait()).expect("the server to end");
    }
}

#[test]
fn postgres_is_ready_when_it_lets_us_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, secret) = (folder.path().join("data"), folder.path().join("secret"));
    std::fs::write(&secret, "right\n").expect("a file");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(65534), Some(65534)).expect("a folder of its own");
    }
    let initdb = call("initdb", &data)
        .args(["-U", "me", "-A", "scram-sha-256", "-N", "--pwfile"])
        .arg(&secret)
        .status();
    assert!(initdb.expect("initdb").success());

    let port = free_port();
    let waiter = super::super::Waiter::new(HashSet::new).expect("a waiter");
    let ready = waiting::begin(&waiter, Probe::new(target(port, "right"), LONG), || Gate::Open);
    let what = format!("postgres on localhost:{port}");
    let refused = ask(target(port, "right")).expect_err("nobody listens");
    assert!(refused.starts_with(&format!("{what} is not ready: ")), "{refused}");

    let mut serve = call("postgres", &data);
    serve.args([
        "-p",
        &port.to_string(),
        "-c",
        "listen_addresses=localhost",
        "-c",
        "unix_socket_directories=",
    ]);
    let _server = Server(serve.spawn().expect("a server"));
    assert_eq!(waiting::end(&ready), Ok(()));
    let wrong = ask(target(port, "wrong")).expect_err("the wrong password");
    assert!(wrong.contains("password authentication failed for user \"me\""), "{wrong}");
    assert!(!wrong.contains("wrong"), "{wrong}");
    assert_eq!(Probe::new(target(port, "right"), Duration::ZERO).describe(), what);
    let never = Duration::from_secs(3600);
    let refused = waiting::begin(&waiter, Probe::new(target(port, "wrong"), never), || Gate::Open);
    let refused = waiting::end(&refused).expect_err("the wrong password stays wrong");
    assert!(refused.starts_with(&format!("{what} refuses the login: ")), "{refused}");
}
