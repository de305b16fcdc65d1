//! The bytes' way to the server: TCP or a unix socket, plain or under TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

/// An open way to the server.
pub(super) enum Transport {
    /// A plain TCP connection.
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
    /// TLS over TCP.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Why a server could not be reached.
#[derive(Debug)]
pub(super) enum Unreached {
    /// The name does not resolve.
    UnknownHost(String),
    /// It resolves, and no address answers.
    Io(io::Error),
}

impl Transport {
    /// Connects to a host name, an address, or a folder with a unix socket, before `deadline`.
    pub(super) fn open(host: &str, port: &str, deadline: Instant) -> Result<Self, Unreached> {
        if host.starts_with('/') || host.starts_with('@') {
            let path = Path::new(host).join(format!(".s.PGSQL.{port}"));
            return UnixStream::connect(path).map(Self::Unix).map_err(Unreached::Io);
        }
        let mut last = io::Error::new(ErrorKind::TimedOut, "timed out");
        for address in resolve(host, port, deadline)? {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return nodelay(stream).map(Self::Tcp).map_err(Unreached::Io),
                Err(error) => last = error,
            }
        }
        Err(Unreached::Io(last))
    }

    /// The server's own certificate (DER), under TLS.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        let Self::Tls(stream) = self else { return None };
        stream.conn.peer_certificates()?.first().map(|certificate| certificate.to_vec())
    }

    /// Version, cipher and bits of its key, under TLS, in the words of `OpenSSL`.
    pub(super) fn encryption(&self) -> Option<(&'static str, String, usize)> {
        let Self::Tls(stream) = self else { return None };
        let suite = stream.conn.negotiated_cipher_suite()?;
        let name = format!("{:?}", suite.suite());
        let bits = if name.contains("AES_128") { 128 } else { 256 };
        let older = || {
            let plain = name.trim_start_matches("TLS_").replace("_WITH", "").replace("AES_", "AES");
            ("TLSv1.2", plain.replace('_', "-"))
        };
        let new = name.strip_prefix("TLS13_").map(|rest| ("TLSv1.3", format!("TLS_{rest}")));
        let (version, name) = new.unwrap_or_else(older);
        Some((version, name, bits))
    }

    /// How long one read may block.
    pub(super) fn read_timeout(&self, time: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(time),
            Self::Unix(stream) => stream.set_read_timeout(time),
            Self::Tls(stream) => stream.sock.set_read_timeout(time),
        }
    }
}

fn nodelay(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Resolves on a thread of its own, because the system's resolver knows no deadline.
fn resolve(host: &str, port: &str, deadline: Instant) -> Result<Vec<SocketAddr>, Unreached> {
    let port: u16 = port.parse().map_err(|_| {
        Unreached::Io(io::Error::new(ErrorKind::InvalidInput, format!("`{port}` is not a port (1 to 65535)")))
    })?;
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // The receiver is gone when the deadline has passed; then nobody wants the answer.
        let _ = sender.send(found);
    });
    let left = deadline.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(Unreached::UnknownHost(error.to_string())),
        Err(_) => Err(Unreached::UnknownHost("the name service does not answer".to_owned())),
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Unix(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
