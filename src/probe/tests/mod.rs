//! Probes against real sockets, servers, programs, and files.

mod database;
mod grpc;
mod http;
mod programs;
mod tcp;
mod waiting;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{Kind, Probe, check_all};

const LONG: Duration = Duration::from_secs(20);

/// One attempt of one kind: nothing, or how it failed.
fn ask(kind: Kind) -> Result<(), String> {
    ask_within(kind, LONG)
}

fn ask_within(kind: Kind, attempt: Duration) -> Result<(), String> {
    let results = check_all(vec![Probe { kind, timeout: LONG, attempt }]);
    let [result] = results.try_into().expect("one result for one probe");
    result.map(drop).map_err(|error| error.to_string())
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    port(&listener("127.0.0.1:0"))
}

fn listener(address: &str) -> TcpListener {
    TcpListener::bind(address).expect("a free port")
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().as_ref().map(SocketAddr::port).expect("a bound port")
}

/// Waits until `met`, for as long as anybody would.
fn until(what: &str, met: impl Fn() -> bool) {
    let begun = Instant::now();
    while !met() {
        assert!(begun.elapsed() < LONG, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

type Answer = Response<BoxBody<bytes::Bytes, Infallible>>;
type Respond = fn(&Request<Incoming>) -> Answer;

/// Serves HTTP/1 or HTTP/2 with hyper on a thread of its own, until the test program ends; returns the port.
fn serve(version: Version, answer: Respond) -> u16 {
    let listener = listener("127.0.0.1:0");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let port = port(&listener);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(accept(version, listener, answer));
    });
    port
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

async fn accept(version: Version, listener: TcpListener, answer: Respond) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    let service = service_fn(move |request| async move { Ok::<_, Infallible>(answer(&request)) });
    while let Ok((stream, _)) = listener.accept().await {
        let io = TokioIo::new(stream);
        tokio::spawn(async move {
            // The client may hang up as soon as it knows enough.
            let _ = match version {
                Version::Http1 => {
                    hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
                }
                Version::Http2 => {
                    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    server.serve_connection(io, service).await
                }
            };
        });
    }
}
