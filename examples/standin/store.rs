//! The database connection of memory-python: made at the start, made again after it was lost.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::{Client, Config, Error, NoTls};

use crate::address;
use crate::call::Failure;

/// One connection, used by one request at a time. It must never be dropped inside the runtime: the blocking
/// client waits for its own runtime when it is dropped, which tokio forbids there.
pub(crate) struct Store {
    place: String,
    config: Config,
    client: Arc<Mutex<Option<Client>>>,
}

impl Store {
    /// Connects with `STORAGE_HOST`, `_PORT`, `_DATABASE`, `_USER`, `_PASSWORD`; the error names host and port.
    pub(crate) async fn from_env() -> Result<Self, String> {
        let host = address::env_or("STORAGE_HOST", "localhost");
        let port = address::port_from_env("STORAGE_PORT", 5432)?;
        let mut config = Config::new();
        config
            .dbname(&address::env_or("STORAGE_DATABASE", "gladys"))
            .user(&address::env_or("STORAGE_USER", "gladys"))
            .password(address::env_or("STORAGE_PASSWORD", "gladys"));
        locate(&mut config, &host, port).await?;
        let store = Self { place: format!("{host}:{port}"), config, client: Arc::default() };
        store.run(|client| client.simple_query("SELECT 1").map(drop)).await.map_err(|error| error.message)?;
        Ok(store)
    }

    /// Host and port, for messages.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Runs `work` on the connection, on a thread where blocking is allowed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let (config, slot) = (self.config.clone(), Arc::clone(&self.client));
        let done = tokio::task::spawn_blocking(move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let client = match slot.take() {
                Some(client) if !client.is_closed() => client,
                _ => config.connect(NoTls)?,
            };
            work(slot.insert(client))
        });
        let result = done.await.map_err(|error| Failure::upstream(error.to_string()))?;
        result.map_err(|error| Failure::upstream(format!("database at {}: {}", self.place, explain(&error))))
    }
}

/// Puts host and port into `config`, with `localhost` resolved here so that no `/etc/hosts` is needed.
pub(crate) async fn locate(config: &mut Config, host: &str, port: u16) -> Result<(), String> {
    config.connect_timeout(Duration::from_secs(3));
    if host.starts_with('/') {
        config.host(host).port(port);
        return Ok(());
    }
    let addresses: Vec<IpAddr> = address::resolve(host, port).await?.iter().map(SocketAddr::ip).collect();
    for ip in addresses {
        config.host(host).hostaddr(ip).port(port);
    }
    Ok(())
}

/// The server's own message where there is one, else the whole chain of causes.
pub(crate) fn explain(error: &Error) -> String {
    if let Some(answer) = error.as_db_error() {
        return format!("{}: {}", answer.severity(), answer.message());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
