//! A `GET` that is answered with success or a redirect, by hyper over HTTP/1.1.

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::{error, tcp, tls};

/// Asks once; ready is a status of 200 to 399, since a redirect to a login page is an answer too.
pub(super) async fn attempt(url: &str) -> Result<(), String> {
    let status = get(url).await?;
    if status.is_success() || status.is_redirection() {
        return Ok(());
    }
    Err(format!("it answered {status}"))
}

/// The address for eyes: what stands before an `@` in it may be a password.
pub(super) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

async fn get(url: &str) -> Result<StatusCode, String> {
    let uri: Uri = url.parse().map_err(|error| format!("it is not an address: {error}"))?;
    let host = uri.host().ok_or("it is not an absolute `http://` or `https://` address")?;
    match uri.scheme_str() {
        Some("http") => status(tcp::connect(host, uri.port_u16().unwrap_or(80)).await?, &uri, host).await,
        Some("https") => {
            let stream = tcp::connect(host, uri.port_u16().unwrap_or(443)).await?;
            status(tls::connect(stream, host).await?, &uri, host).await
        }
        _ => Err("it is neither `http://` nor `https://`".to_owned()),
    }
}

/// Sends the request and waits for the status line and headers; the body is not read.
async fn status(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
    host: &str,
) -> Result<StatusCode, String> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| cause(&error))?;
    // Dropped at the end, and with it the connection.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.send_request(request(uri, host)?).await.map_err(|error| cause(&error))?;
    Ok(answer.status())
}

/// The request line holds the path alone, and `Host` the port only where it is written (RFC 9112, section 3.2).
fn request(uri: &Uri, host: &str) -> Result<Request<Empty<Bytes>>, String> {
    let authority = uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority)
        .header(USER_AGENT, concat!("gladys/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Empty::new())
        .map_err(|error| error.to_string())
}

/// What hyper met, with its own cause, which says more: `connection reset`, `invalid HTTP version parsed`.
fn cause(error: &hyper::Error) -> String {
    let source = std::error::Error::source(error);
    match source.and_then(|source| source.downcast_ref::<std::io::Error>()) {
        Some(io) => error::cause(io),
        None => source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
