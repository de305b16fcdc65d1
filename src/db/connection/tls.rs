//! TLS as libpq means it: `sslmode` says what is verified (libpq, chapter 34.19.1).

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    StreamOwned,
};

use super::certificates::{Own, roots};
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
        let system = settings.text("sslrootcert") == Some("system");
        match settings.text("sslmode").unwrap_or("prefer") {
            "verify-full" => Ok(Self::VerifyFull),
            // Anybody can have a certificate of a public authority (libpq 16, chapter 34.19.1).
            weaker if system => {
                Err(format!("`sslrootcert=system` needs `sslmode=verify-full`, not `{weaker}`"))
            }
            "disable" => Ok(Self::Disable),
            "allow" => Ok(Self::Allow),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
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
            let roots = match settings.text("sslrootcert") {
                Some("system") => "the system".to_owned(),
                given => format!("`{}`", given.unwrap_or("~/.postgresql/root.crt")),
            };
            format!("no authority of {roots} has signed the server's certificate")
        }
        other => format!("the server's certificate is refused: {other}"),
    }
}

/// What the server has against the session, where it says so in an alert behind the handshake: with TLS 1.3 that is when it
/// looks at the client's certificate.
pub(super) fn alert(cause: &str, settings: &Settings) -> Option<String> {
    let alert = cause.strip_prefix("received fatal alert: ")?;
    Some(match Own::of(settings) {
        Some(own) => {
            format!("the server does not accept the certificate `{}` ({alert})", own.chain.display())
        }
        None => format!("the server has ended the session ({alert})"),
    })
}

fn config(mode: Mode, settings: &Settings) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(mode, settings, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match Own::of(settings) {
        Some(own) => {
            let (chain, key) = own.read()?;
            builder.with_client_auth_cert(chain, key).map_err(|error| own.mismatch(&error))?
        }
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
