//! `grpc.health.v1.Health/Check`, server and client, over HTTP/2 with prior knowledge.
//!
//! Framing and statuses: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>; the messages:
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioExecutor;

use crate::client;
use crate::faults::GrpcHealth;
use crate::server::{Body, Reply};

/// The one method that is served.
pub(crate) const CHECK: &str = "/grpc.health.v1.Health/Check";

const NOT_FOUND: &str = "5";
const UNIMPLEMENTED: &str = "12";

/// Answers a call of any gRPC method: `health` for the whole server (`""`) and for the service `name`,
/// `NOT_FOUND` for another name, `UNIMPLEMENTED` for another method.
pub(crate) fn answer(path: &str, message: &[u8], name: &str, health: GrpcHealth) -> Reply {
    let asked = asked_service(message);
    match health {
        GrpcHealth::Unimplemented => failed(UNIMPLEMENTED),
        _ if path != CHECK => failed(UNIMPLEMENTED),
        _ if !asked.is_empty() && asked != name.as_bytes() => failed(NOT_FOUND),
        GrpcHealth::Serving => status(1),
        GrpcHealth::NotServing => status(2),
    }
}

/// What a server says about itself: `SERVING`, `NOT_SERVING`, or an error that tells why there is no answer.
pub(crate) async fn check(address: &str) -> Result<&'static str, String> {
    let io = client::connect(address).await?;
    let handshake = http2::handshake(TokioExecutor::new(), io).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::post(format!("http://standin{CHECK}"))
        .header(CONTENT_TYPE, "application/grpc")
        .header("te", "trailers")
        .body(Full::new(Bytes::from_static(&[0; 5])))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    read(response).await
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<&'static str, String> {
    let head = response.headers().clone();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
    let trailers = body.trailers().unwrap_or(&head);
    let code = trailers.get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("none").to_owned();
    match (code.as_str(), body.to_bytes().as_ref()) {
        ("0", [0, 0, 0, 0, 2, 8, 1]) => Ok("SERVING"),
        ("0", [0, 0, 0, 0, 2, 8, 2]) => Ok("NOT_SERVING"),
        ("0", _) => Ok("UNKNOWN"),
        (code, _) => Err(format!("grpc-status {code}")),
    }
}

/// The `service` of a framed `HealthCheckRequest`: field 1, a string; empty when it is left out.
fn asked_service(message: &[u8]) -> &[u8] {
    match message.get(5..) {
        Some([0x0a, length, name @ ..]) => name.get(..usize::from(*length)).unwrap_or(name),
        _ => &[],
    }
}

fn status(value: u8) -> Reply {
    let message = Bytes::copy_from_slice(&[0, 0, 0, 0, 2, 8, value]);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    reply(Full::new(message).with_trailers(std::future::ready(Some(Ok(trailers)))).boxed())
}

fn failed(code: &'static str) -> Reply {
    let mut reply = reply(Full::default().boxed());
    reply.headers_mut().insert("grpc-status", HeaderValue::from_static(code));
    reply
}

fn reply(body: Body) -> Reply {
    let mut reply = Response::new(body);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    reply
}
