//! Certificates: the authorities to believe, and the client's own (libpq, chapters 34.19.1 and 34.19.2).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::settings::Settings;
use crate::text::io_reason;

/// The authorities to believe: the given file, the system's, or `~/.postgresql/root.crt` where it exists.
pub(super) fn roots(settings: &Settings) -> Result<Option<RootCertStore>, String> {
    let path = match settings.text("sslrootcert") {
        Some("system") => return system_roots().map(Some),
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

/// Those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
fn system_roots() -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let cause = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(format!(
            "`sslrootcert=system`, and the system has no certificates of authorities{cause}"
        ));
    }
    Ok(store)
}

/// The client's own certificate.
pub(super) struct Own {
    /// The file with the certificate and those that lead from it to an authority.
    pub(super) chain: PathBuf,
    key: PathBuf,
}

impl Own {
    /// The certificate of these settings, or `~/.postgresql/postgresql.crt` where it exists.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        let file = |key: &str, usual: &str| settings.text(key).map(PathBuf::from).or_else(|| own_file(usual));
        let chain = file("sslcert", "postgresql.crt")?;
        let key = file("sslkey", "postgresql.key")?;
        (settings.text("sslcert").is_some() || chain.exists()).then_some(Self { chain, key })
    }

    /// The certificate with its chain, and its key, which nobody else may read.
    pub(super) fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
        let unread = |cause: String| format!("cannot read the key `{}`: {cause}", self.key.display());
        let about = self.key.metadata().map_err(|error| unread(io_reason(&error)))?;
        let open = about.mode() & if about.uid() == 0 { 0o037 } else { 0o077 };
        if open != 0 {
            return Err(format!(
                "the key `{0}` is open to others (mode {1:o}): chmod 600 {0}",
                self.key.display(),
                about.mode() & 0o777
            ));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unread(cause(&error)))?;
        Ok((certificates(&self.chain)?, key))
    }

    /// Why certificate and key cannot be used together.
    pub(super) fn mismatch(&self, error: &rustls::Error) -> String {
        let (key, chain) = (self.key.display(), self.chain.display());
        match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("the key `{key}` does not belong to the certificate `{chain}`")
            }
            other => format!("the certificate `{chain}` cannot be used: {other}"),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let unread = |cause: String| format!("cannot read the certificate `{}`: {cause}", path.display());
    let found = read().map_err(|error| unread(cause(&error)))?;
    if found.is_empty() { Err(unread("there is none in it".to_owned())) } else { Ok(found) }
}

fn cause(error: &Error) -> String {
    match error {
        Error::Io(error) => io_reason(error),
        other => other.to_string(),
    }
}

fn own_file(name: &str) -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".postgresql").join(name))
}
