//! TLS as libpq means it: `sslmode` says what is verified (libpq, chapter 34.19.1).

use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
};

use super::settings::Settings;

/// What `sslmode` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Never TLS.
    Disable,
    /// TLS where the server wants nothing else.
    Allow,
    /// TLS where the server offers it.
    Prefer,
    /// TLS or nothing.
    Require,
    /// And a certificate that a known authority signed.
    VerifyCa,
    /// And for the name of this host.
    VerifyFull,
}

impl Mode {
    /// The mode of these settings.
    pub(super) fn of(settings: &Settings) -> Result<Self, String> {
        match settings.text("sslmode").unwrap_or("prefer") {
            "disable" => Ok(Self::Disable),
            "allow" => Ok(Self::Allow),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            other => Err(format!(
                "`sslmode` is `disable`, `allow`, `prefer`, `require`, `verify-ca`, or `verify-full`, not `{other}`"
            )),
        }
    }
}

impl Mode {
    /// What is tried first, and what instead if the server refuses that (libpq, chapter 34.19.3).
    pub(super) fn tries(self) -> (Self, Option<Self>) {
        match self {
            Self::Allow => (Self::Disable, Some(Self::Require)),
            Self::Prefer => (Self::Prefer, Some(Self::Disable)),
            other => (other, None),
        }
    }
}

/// Puts TLS over an open connection whose server has agreed to it.
pub(super) fn wrap(
    mut stream: TcpStream,
    host: &str,
    mode: Mode,
    settings: &Settings,
) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
    let config = config(mode, settings)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    while session.is_handshaking() {
        session.complete_io(&mut stream).map_err(|error| refusal(&error, host, settings))?;
    }
    Ok(StreamOwned::new(session, stream))
}

/// Why the handshake failed, in words that name what was compared.
fn refusal(error: &io::Error, host: &str, settings: &Settings) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let Some(Error::InvalidCertificate(certificate)) = inner else { return error.to_string() };
    match certificate {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the server's certificate is not for `{host}`")
        }
        CertificateError::UnknownIssuer => {
            let roots = settings.text("sslrootcert").unwrap_or("~/.postgresql/root.crt");
            format!("no authority of `{roots}` has signed the server's certificate")
        }
        other => format!("the server's certificate is refused: {other}"),
    }
}

fn config(mode: Mode, settings: &Settings) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(mode, settings, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let own = own_certificate(settings)?;
    let mut config = match own {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

fn verifier(mode: Mode, settings: &Settings, provider: &Arc<CryptoProvider>) -> Result<Verifier, String> {
    let roots = roots(settings)?;
    let inner = match (mode, roots) {
        (Mode::VerifyCa | Mode::VerifyFull, None) => {
            return Err("a verifying `sslmode` needs `sslrootcert` (a file, or `system`)".to_owned());
        }
        (_, None) => None,
        (_, Some(roots)) => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(|error| error.to_string())?,
        ),
    };
    Ok(Verifier { inner, name: mode == Mode::VerifyFull, provider: provider.clone() })
}

/// The authorities to believe: the given file, the system's, or `~/.postgresql/root.crt` where it exists.
fn roots(settings: &Settings) -> Result<Option<RootCertStore>, String> {
    let path = match settings.text("sslrootcert") {
        Some("system") => return Ok(Some(system_roots())),
        Some(path) => PathBuf::from(path),
        None => match own_file("root.crt").filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let mut store = RootCertStore::empty();
    for certificate in certificates(&path)? {
        store.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(Some(store))
}

fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|error| format!("cannot read the certificate `{}`: {error}", path.display()))
}

/// The client's own certificate and key, where there are some.
fn own_certificate(
    settings: &Settings,
) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, String> {
    let file = |key: &str, usual: &str| settings.text(key).map(PathBuf::from).or_else(|| own_file(usual));
    let (Some(chain), Some(key)) = (file("sslcert", "postgresql.crt"), file("sslkey", "postgresql.key"))
    else {
        return Ok(None);
    };
    if settings.text("sslcert").is_none() && !chain.exists() {
        return Ok(None);
    }
    let secret = PrivateKeyDer::from_pem_file(&key)
        .map_err(|error| format!("cannot read the key `{}`: {error}", key.display()))?;
    Ok(Some((certificates(&chain)?, secret)))
}

fn own_file(name: &str) -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".postgresql").join(name))
}

/// Verifies as much as `sslmode` asks for: nothing, the authority, or the authority and the name.
#[derive(Debug)]
struct Verifier {
    inner: Option<Arc<WebPkiServerVerifier>>,
    name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(certificate, chain, name, stapled, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
