//! HTTP and HTTPS servers of every temper.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::{Request, Response};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::super::{Kind, Probe, tls};
use super::{Answer, LONG, Version, ask, ask_within, free_port, listener, port, serve};

fn http(url: impl Into<String>) -> Kind {
    Kind::Http { url: url.into() }
}

/// `/503?q=1` is answered with 503, if the request is as it should be.
fn by_path(request: &Request<Incoming>) -> Answer {
    let status = request.uri().path().trim_start_matches('/').parse().unwrap_or(200);
    let host = request.headers()["host"].to_str().unwrap_or_default();
    let status = if host.starts_with("localhost:") { status } else { 400 };
    Response::builder().status(status).body(Empty::new().boxed()).expect("an answer")
}

#[test]
fn success_and_redirects_are_ready_and_errors_are_named() {
    let root = format!("http://localhost:{}", serve(Version::Http1, by_path));
    for path in ["", "/", "/200", "/204?q=1", "/302"] {
        assert_eq!(ask(http(format!("{root}{path}"))), Ok(()), "{path}");
    }
    for (status, words) in [(404, "Not Found"), (503, "Service Unavailable")] {
        let url = format!("{root}/{status}");
        assert_eq!(ask(http(&url)), Err(format!("{url} is not ready: it answered {status} {words}")));
    }
}

#[test]
fn what_is_no_http_server_is_named() {
    let url = format!("http://localhost:{}/", free_port());
    assert_eq!(ask(http(&url)), Err(format!("{url} is not ready: connection refused")));
    let silent = listener("127.0.0.1:0");
    let url = format!("http://localhost:{}/", port(&silent));
    assert_eq!(
        ask_within(http(&url), Duration::from_millis(100)),
        Err(format!("{url} is not ready: no answer within 100ms"))
    );
    let url = format!("http://localhost:{}/", answering(b"220 mail.example ESMTP\r\n"));
    assert_eq!(ask(http(&url)), Err(format!("{url} is not ready: invalid HTTP version parsed")));
    assert_eq!(
        ask(http("localhost:80/health")),
        Err("localhost:80/health is not ready: it is not an address: invalid format".to_owned())
    );
    assert_eq!(
        ask(http("ftp://localhost/")),
        Err("ftp://localhost/ is not ready: it is neither `http://` nor `https://`".to_owned())
    );
}

#[test]
fn a_password_in_the_address_is_not_shown() {
    let said = |url: &str| Probe::new(http(url), LONG).describe();
    assert_eq!(said("http://localhost:8502/health"), "http://localhost:8502/health");
    assert_eq!(said("https://me:secret@host/a@b"), "https://***@host/a@b");
    assert_eq!(said("http://host/a@b"), "http://host/a@b");
}

#[test]
fn https_wants_a_certificate_that_somebody_vouches_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, mut server) = openssl_server(folder.path());
    let url = format!("https://localhost:{port}/");
    let refused = ask(http(&url));
    let trusted = trusting(&folder.path().join("cert.pem"), port);
    server.kill().and_then(|()| server.wait()).expect("the server to end");
    let cause = "TLS failed: invalid peer certificate: UnknownIssuer";
    assert_eq!(refused, Err(format!("{url} is not ready: {cause}")));
    assert_eq!(trusted, Ok(()));
}

/// `openssl s_server` with a certificate of its own making.
fn openssl_server(folder: &std::path::Path) -> (u16, std::process::Child) {
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=gladys-test \
                -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:false";
    let made = Command::new("openssl").args(request.split_whitespace()).current_dir(folder).output();
    assert!(made.expect("openssl").status.success());
    let port = free_port();
    let serve = format!("s_server -quiet -www -key key.pem -cert cert.pem -accept {port}");
    let server = Command::new("openssl").args(serve.split_whitespace()).current_dir(folder).spawn();
    super::until("the server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (port, server.expect("openssl"))
}

/// A handshake with a client that knows this one certificate.
fn trusting(certificate: &std::path::Path, port: u16) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).expect("a certificate")).expect("a root");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        tls::handshake(tls::config(roots)?, stream, "localhost").await.map(drop)
    })
}

/// A server that says the same to everybody.
fn answering(words: &'static [u8]) -> u16 {
    let listener: TcpListener = listener("127.0.0.1:0");
    let port = port(&listener);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(words);
        }
    });
    port
}
