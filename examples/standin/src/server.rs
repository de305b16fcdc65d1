//! One port for HTTP/1.1 and for gRPC over HTTP/2 with prior knowledge, told apart by the first bytes.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::call::{Call, Failure};
use crate::faults::Answers;
use crate::roles::Role;
use crate::{grpc, log};

/// Everything this program answers with.
pub(crate) type Body = BoxBody<Bytes, Infallible>;
/// A whole answer.
pub(crate) type Reply = Response<Body>;

/// What stands behind the port, for the life of the process.
pub(crate) struct Desk {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) answers: Answers,
}

/// Binds the port on every host address; port 0 is chosen by the kernel once for all of them. An address
/// family this machine lacks is a warning, a port that is taken is an error.
pub(crate) async fn listen(hosts: &[IpAddr], port: u16) -> Result<Vec<TcpListener>, String> {
    let (mut listeners, mut port) = (Vec::new(), port);
    for host in hosts {
        let address = SocketAddr::new(*host, port);
        match TcpListener::bind(address).await {
            Ok(listener) => {
                port = listener.local_addr().map_or(port, |bound| bound.port());
                listeners.push(listener);
            }
            Err(error) if lacks_family(&error) => log::warn(format!("cannot listen on {address}: {error}")),
            Err(error) => return Err(format!("cannot listen on {address}: {error}")),
        }
    }
    if listeners.is_empty() { Err(format!("no address to listen on for port {port}")) } else { Ok(listeners) }
}

/// Accepts for ever, each connection in a task of its own.
pub(crate) async fn accept(listener: TcpListener, desk: &'static Desk) {
    let mut failing = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failing = false;
                tokio::spawn(converse(stream, desk));
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    log::warn(format!("cannot accept: {error}"));
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn lacks_family(error: &std::io::Error) -> bool {
    let code = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    error.kind() == ErrorKind::AddrNotAvailable || code == Some(rustix::io::Errno::AFNOSUPPORT)
}

async fn converse(stream: TcpStream, desk: &'static Desk) {
    if desk.answers.hang {
        let _held_open = stream;
        return std::future::pending().await;
    }
    let service = service_fn(|request| async { Ok::<_, Infallible>(desk.answer(request).await) });
    // A client that hangs up half-way is everyday life, not an error of this service.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let Ok(body) = body.collect().await else { return failure(&Failure::bad("the body broke off")) };
        let bytes = body.to_bytes();
        let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if kind.starts_with(b"application/grpc") {
            return grpc::answer(&path, &bytes, &self.name, self.answers.grpc());
        }
        if path == "/health" {
            return self.health();
        }
        self.work(head.method, &path, &bytes).await.unwrap_or_else(|error| failure(&error))
    }

    async fn work(&self, method: Method, path: &str, bytes: &[u8]) -> Result<Reply, Failure> {
        log::debug(format!("{method} {path}"));
        let body = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) };
        let body = body.map_err(|error| Failure::bad(format!("the body is no JSON: {error}")))?;
        let path = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let value = self.role.handle(&Call { method, path, body }).await?;
        Ok(reply(StatusCode::OK, &value))
    }

    fn health(&self) -> Reply {
        let status = self.answers.http_status();
        let word = if status.is_success() { "serving" } else { "not serving" };
        let mut value = json!({ "service": self.name, "status": word });
        if let Some(storage) = self.role.storage() {
            value["storage"] = storage.into();
        }
        reply(status, &value)
    }
}

fn failure(error: &Failure) -> Reply {
    if error.status.is_server_error() {
        log::error(error);
    }
    reply(error.status, &json!({ "error": error.message }))
}

fn reply(status: StatusCode, value: &Value) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(format!("{value}\n"))).boxed());
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
