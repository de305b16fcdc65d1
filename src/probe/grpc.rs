//! The standard gRPC health check, over HTTP/2 with prior knowledge.
//!
//! Protocol: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>. Service:
//! <https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto>, of which these two messages are used:
//! `HealthCheckRequest { string service = 1; }` and `HealthCheckResponse { ServingStatus status = 1; }`.

use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::header::{CONTENT_TYPE, TE};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;

use super::tcp;

const METHOD: &str = "/grpc.health.v1.Health/Check";
/// Far more than an answer of two bytes needs; a server that sends more is something else.
const LONGEST_ANSWER: usize = 4096;
/// What a connection that breaks off tells, whichever side of hyper notices it first.
const NO_GRPC: &str = "it hung up, as a server does that does not speak gRPC";

/// Asks once; only `SERVING` is ready, and every other answer is told apart.
pub(super) async fn attempt(host: &str, port: u16, service: &str) -> Result<(), String> {
    let stream = tcp::connect(host, port).await?;
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.map_err(|_| NO_GRPC)?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::post(format!("http://{host}:{port}{METHOD}"))
        .header(CONTENT_TYPE, "application/grpc")
        .header(TE, "trailers")
        .body(Full::new(question(service)))
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|_| NO_GRPC)?;
    read(answer, service).await
}

/// The request in its frame: a byte for "not compressed", four for the length, then field 1 (wire type 2) if not empty.
fn question(service: &str) -> Bytes {
    let mut message = BytesMut::new();
    if !service.is_empty() {
        message.put_u8(0x0a);
        put_varint(&mut message, service.len());
        message.put_slice(service.as_bytes());
    }
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put(message);
    frame.freeze()
}

/// A number in groups of seven bits, lowest first (<https://protobuf.dev/programming-guides/encoding/#varints>).
fn put_varint(buffer: &mut BytesMut, mut number: usize) {
    loop {
        let [group, ..] = number.to_le_bytes();
        number >>= 7;
        buffer.put_u8(if number == 0 { group & 0x7f } else { group | 0x80 });
        if number == 0 {
            return;
        }
    }
}

/// Reads body and trailers. A call that fails at once has its status in the headers.
async fn read(answer: Response<Incoming>, service: &str) -> Result<(), String> {
    let (head, body) = answer.into_parts();
    if !head.status.is_success() {
        return Err(format!("it answered {}, which is not gRPC", head.status));
    }
    let body = Limited::new(body, LONGEST_ANSWER)
        .collect()
        .await
        .map_err(|error| format!("the answer broke off: {error}"))?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    let status = header(&trailers, "grpc-status").or_else(|| header(&head.headers, "grpc-status"));
    let message = header(&trailers, "grpc-message").or_else(|| header(&head.headers, "grpc-message"));
    match status.as_deref() {
        Some("0") => serving(&body.to_bytes()),
        Some(code) => Err(refusal(code, message.as_deref().unwrap_or_default(), service)),
        None => Err("it answered without a `grpc-status`, which is not gRPC".to_owned()),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Status codes as in <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>.
fn refusal(code: &str, message: &str, service: &str) -> String {
    match code {
        "5" => format!("the server knows no service `{service}` (NOT_FOUND)"),
        "12" => "the server has no health service (UNIMPLEMENTED)".to_owned(),
        _ if message.is_empty() => format!("the health check failed with gRPC status {code}"),
        _ => format!("the health check failed with gRPC status {code}: {message}"),
    }
}

/// `ServingStatus`; a field that is absent has the value 0.
fn serving(frame: &[u8]) -> Result<(), String> {
    match frame {
        [0, 0, 0, 0, 2, 0x08, 1] => Ok(()),
        [0, 0, 0, 0, 0] | [0, 0, 0, 0, 2, 0x08, 0] => Err("the server says UNKNOWN".to_owned()),
        [0, 0, 0, 0, 2, 0x08, 2] => Err("the server says NOT_SERVING".to_owned()),
        [0, 0, 0, 0, 2, 0x08, 3] => Err("the server says SERVICE_UNKNOWN".to_owned()),
        _ => Err("the answer is not a `HealthCheckResponse`".to_owned()),
    }
}
