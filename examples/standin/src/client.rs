//! JSON over HTTP/1.1 to another service; a new connection for each request, at most ten seconds.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::address;
use crate::call::Failure;

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends `body` (nothing if `null`) and returns the JSON answer; any status but 2xx is a failure with
/// the other service's own message: 4xx stays what it is, 5xx becomes 502.
pub(crate) async fn call(to: &str, method: Method, path: &str, body: Value) -> Result<Value, Failure> {
    let exchange = tokio::time::timeout(PATIENCE, exchange(to, method, path, body)).await;
    let answer = exchange.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
    let (status, value) = answer.map_err(|error| Failure::upstream(format!("{to}: {error}")))?;
    if status.is_success() {
        return Ok(value);
    }
    let reason = value["error"].as_str().or(value["status"].as_str()).unwrap_or("no reason given");
    if status.is_client_error() {
        return Err(Failure { status, message: reason.to_owned() });
    }
    Err(Failure::upstream(format!("{to} answered {}: {reason}", status.as_u16())))
}

/// A TCP connection to `HOST:PORT`, with or without `http://`.
pub(crate) async fn connect(to: &str) -> Result<TokioIo<TcpStream>, String> {
    let (host, port) = address::split(to)?;
    let addresses = address::resolve(host, port).await?;
    TcpStream::connect(&addresses[..]).await.map(TokioIo::new).map_err(|error| error.to_string())
}

async fn exchange(
    to: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Result<(hyper::StatusCode, Value), String> {
    let io = connect(to).await?;
    let (mut sender, connection) = http1::handshake(io).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "standin")
        .header("content-type", "application/json")
        .body(Full::new(bytes))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    Ok((response.status(), json(response).await?))
}

async fn json(response: Response<Incoming>) -> Result<Value, String> {
    let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|error| format!("the answer is no JSON: {error}"))
}
