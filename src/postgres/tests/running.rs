//! From nothing to a server that lets us in, and back.

use std::net::TcpListener;
use std::process::{Child, ExitStatus, Stdio};

use postgres::{Client, Config, NoTls};
use rustix::process::{Pid, Signal, kill_process};

use super::super::prepare::Request;
use super::super::serve;
use super::{folder, installed, names, request, said, state, until};

/// A server that ends with the test.
struct Running {
    server: Child,
    port: u16,
}

impl Running {
    fn start(request: &Request) -> Self {
        Self::try_start(request).expect("a server that stays")
    }

    /// `None` if the server ended before it let anybody in.
    fn try_start(request: &Request) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let (data, bin) = (request.data.clone(), request.bin.clone());
        let serve = serve::Request { data, bin, port, listen: "localhost".to_owned() };
        let (mut call, _place) = serve::call(&serve).expect("a server to call");
        let server = call.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
        let mut running = Self { server, port };
        let refused = "password authentication failed for user \"gladys\"";
        let stays =
            until("the server lets in or ends", || match running.server.try_wait().expect("a status") {
                None => (login(port, request, "wrong").err()? == refused).then_some(true),
                Some(_) => Some(false),
            });
        stays.then_some(running)
    }

    fn end(&mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.server), signal).expect("a process");
        until("the server ends", || self.server.try_wait().expect("a status"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.end(Signal::QUIT);
        }
    }
}

fn login(port: u16, request: &Request, password: &str) -> Result<Client, String> {
    let mut config = Config::new();
    config.host("localhost").port(port).user(&request.user).dbname(&request.database).password(password);
    config.connect(NoTls).map_err(|error| {
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    })
}

fn right(running: &Running, request: &Request) -> Client {
    let password = request.password.as_ref().expect("a password").reveal();
    login(running.port, request, password).expect("a login")
}

pub(super) fn asked(client: &mut Client, query: &str) -> String {
    client.query_one(query, &[]).expect("a row").get(0)
}

#[test]
fn a_server_from_nothing_lets_in_with_the_password_and_keeps_its_data() {
    let folder = folder();
    let request = request(&folder);
    let binaries = installed();
    let (major, bin) = (binaries.major, binaries.bin.display().to_string());
    let data = request.data.display();
    assert_eq!(
        said(&request),
        Ok(vec![
            format!("initialising {data} with PostgreSQL {major} ({bin})"),
            "creating the database `my \"own\" db`".to_owned(),
        ])
    );
    assert_eq!(names(&state(&folder)), ["data", "data.lock"]);
    assert_eq!(said(&request), Ok(vec![]), "the second time there is nothing to do");

    let mut running = Running::start(&request);
    let mut client = right(&running, &request);
    assert_eq!(asked(&mut client, "show password_encryption"), "scram-sha-256");
    assert_eq!(
        asked(&mut client, "select rolpassword from pg_authid where rolname = 'gladys'")[..13],
        *"SCRAM-SHA-256"
    );
    assert_eq!(asked(&mut client, "show server_encoding"), "UTF8");
    assert_eq!(
        asked(&mut client, "select datcollate from pg_database where datname = current_database()"),
        "C"
    );
    client.batch_execute("create table kept (what text); insert into kept values ('this')").expect("a table");
    assert_eq!(said(&request), Ok(vec![]), "nothing to do beside a running server either");
    assert!(running.end(Signal::INT).success(), "SIGINT is a clean shutdown although a client is there");

    let running = Running::start(&request);
    assert_eq!(asked(&mut right(&running, &request), "select what from kept"), "this");
}

#[test]
fn a_server_that_was_killed_starts_again() {
    let folder = folder();
    let request = request(&folder);
    said(&request).expect("a data folder");
    let mut running = Running::start(&request);
    right(&running, &request).batch_execute("create table kept ()").expect("a table");
    assert!(!running.end(Signal::KILL).success());
    assert!(names(&request.data).contains(&"postmaster.pid".to_owned()));
    // The processes of the killed one notice within moments; until then PostgreSQL refuses to start beside them.
    let running = until("the server starts again", || Running::try_start(&request));
    right(&running, &request).batch_execute("table kept").expect("the table");
}

fn request_again(request: &Request) -> Request {
    Request {
        data: request.data.clone(),
        user: request.user.clone(),
        database: request.database.clone(),
        bin: request.bin.clone(),
        major: request.major,
        extensions: request.extensions.clone(),
        password: request.password.clone(),
        cache: request.cache.clone(),
    }
}

#[test]
fn a_further_database_is_made_unless_a_server_runs() {
    let folder = folder();
    let request = request(&folder);
    said(&request).expect("a data folder");
    let other = |name: &str| Request { database: name.to_owned(), ..request_again(&request) };
    assert_eq!(said(&other("second")), Ok(vec!["creating the database `second`".to_owned()]));
    assert_eq!(
        said(&other("postgres")),
        Ok(vec!["creating the database `postgres`".to_owned()]),
        "it was there"
    );
    let running = Running::start(&request);
    let mut client = right(&running, &request);
    assert_eq!(asked(&mut client, "select count(*)::text from pg_database where datname = 'second'"), "1");
    assert_eq!(
        said(&other("third")),
        Err("the database `third` cannot be made while a server runs on the data".to_owned())
    );
    assert_eq!(said(&other("second")), Ok(vec![]));
}

#[test]
fn two_at_once_make_one_folder_and_what_was_half_done_does_not_count() {
    let folder = folder();
    std::fs::create_dir_all(state(&folder).join("data.new/data/base")).expect("what a killed run left");
    let both = std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| said(&request(&folder)).expect("a data folder")));
        runs.map(|run| run.join().expect("no panic"))
    });
    let made = both.iter().filter(|lines| lines.iter().any(|line| line.starts_with("initialising"))).count();
    assert_eq!(made, 1, "{both:?}");
    assert_eq!(names(&state(&folder)), ["data", "data.lock"]);
}

#[test]
fn without_a_password_none_is_asked_for() {
    let folder = folder();
    let request = Request { password: None, ..request(&folder) };
    said(&request).expect("a data folder");
    let rules = std::fs::read_to_string(request.data.join("pg_hba.conf")).expect("the rules");
    let methods: Vec<_> =
        rules.lines().filter(|line| line.starts_with("host")).map(|line| line.ends_with("trust")).collect();
    assert!(!methods.is_empty() && methods.iter().all(|trust| *trust), "{rules}");
}
