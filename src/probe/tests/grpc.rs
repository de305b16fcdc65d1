//! gRPC servers in every state of health.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{HeaderMap, Response};

use super::super::{Kind, Probe};
use super::{Answer, LONG, Respond, Version, ask, free_port, serve};

fn grpc(port: u16, service: &str) -> Kind {
    Kind::Grpc { host: "localhost".to_owned(), port, service: service.to_owned() }
}

/// An answer with a body and trailers, as a server sends it that has the health service.
fn says(status: &'static [u8]) -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("a value"));
    let body = Full::new(Bytes::from_static(status)).with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::builder().header("content-type", "application/grpc").body(body.boxed()).expect("an answer")
}

/// An answer of headers alone, as a server sends it for a call that fails at once.
fn fails(code: &str, message: &str) -> Answer {
    let answer = Response::builder().header("content-type", "application/grpc");
    let answer = answer.header("grpc-status", code).header("grpc-message", message);
    answer.body(Empty::new().boxed()).expect("an answer")
}

const SERVING: &[u8] = &[0, 0, 0, 0, 2, 0x08, 1];

#[test]
fn only_serving_is_ready() {
    let rows: [(Respond, &str); 6] = [
        (|_| says(&[0, 0, 0, 0, 2, 0x08, 2]), "the server says NOT_SERVING"),
        (|_| says(&[0, 0, 0, 0, 0]), "the server says UNKNOWN"),
        (|_| says(&[0, 0, 0, 0, 1, 0xff]), "the answer is not a `HealthCheckResponse`"),
        (|_| fails("12", "unknown service"), "the server has no health service (UNIMPLEMENTED)"),
        (|_| fails("5", ""), "the server knows no service `a.B` (NOT_FOUND)"),
        (|_| fails("14", "warming up"), "the health check failed with gRPC status 14: warming up"),
    ];
    for (answer, cause) in rows {
        let port = serve(Version::Http2, answer);
        let said = ask(grpc(port, "a.B"));
        assert_eq!(said, Err(format!("grpc health of `a.B` on port {port} is not ready: {cause}")));
    }
    assert_eq!(ask(grpc(serve(Version::Http2, |_| says(SERVING)), "")), Ok(()));
}

#[test]
fn the_request_is_what_the_protocol_asks_for() {
    let port = serve(Version::Http2, |request| {
        let right = request.method() == "POST"
            && request.uri().path() == "/grpc.health.v1.Health/Check"
            && request.headers()["content-type"] == "application/grpc"
            && request.headers()["te"] == "trailers"
            // A frame of five bytes, then field 1 with its length in two bytes: 5 + 1 + 2 + 200.
            && request.headers()["content-length"] == "208";
        if right { says(SERVING) } else { fails("3", "wrong request") }
    });
    assert_eq!(ask(grpc(port, &"s".repeat(200))), Ok(()));
}

#[test]
fn what_is_no_grpc_server_is_named() {
    let port = free_port();
    let said = |port, cause: &str| Err(format!("grpc health on port {port} is not ready: {cause}"));
    assert_eq!(ask(grpc(port, "")), said(port, "connection refused"));
    let port = serve(Version::Http1, |_| fails("0", ""));
    assert_eq!(ask(grpc(port, "")), said(port, "it hung up, as a server does that does not speak gRPC"));
    let port = serve(Version::Http2, |_| Response::new(Empty::new().boxed()));
    assert_eq!(ask(grpc(port, "")), said(port, "it answered without a `grpc-status`, which is not gRPC"));
    assert_eq!(Probe::new(grpc(50051, ""), LONG).describe(), "grpc health on port 50051");
}
