//! The database connection of memory-python: made at the start, made again after it was lost.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::{Client, Config, Error, NoTls};

use crate::address;
use crate::call::Failure;

const PATIENCE: Duration = Duration::from_secs(3);

/// One connection, used by one request at a time. It must never be dropped inside the runtime: the blocking
/// client waits for its own runtime when it is dropped, which tokio forbids there.
pub(crate) struct Store {
    place: String,
    configs: Arc<[Config]>,
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
        let configs = locate(config, &host, port).await?.into();
        let store = Self { place: format!("{host}:{port}"), configs, client: Arc::default() };
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
        let (configs, slot) = (Arc::clone(&self.configs), Arc::clone(&self.client));
        let done = tokio::task::spawn_blocking(move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            // A connection that died while nobody used it does not know it yet: ask.
            let client = match slot.take().map(|mut client| (client.is_valid(PATIENCE), client)) {
                Some((Ok(()), client)) => client,
                _ => connect(&configs)?,
            };
            work(slot.insert(client)).map_err(|error| explain(&error))
        });
        let result = done.await.map_err(|error| Failure::upstream(error.to_string()))?;
        result.map_err(|error| Failure::upstream(format!("database at {}: {error}", self.place)))
    }
}

/// `config` once for each address of the host, with `localhost` resolved here so that no `/etc/hosts` is
/// needed; a host that begins with `/` is the folder of a unix socket.
pub(crate) async fn locate(mut config: Config, host: &str, port: u16) -> Result<Vec<Config>, String> {
    config.port(port).connect_timeout(PATIENCE).host(host);
    if host.starts_with('/') {
        return Ok(vec![config]);
    }
    let addresses = address::resolve(host, port).await?;
    Ok(addresses.iter().map(|found| config.clone().hostaddr(found.ip()).clone()).collect())
}

/// The first address that answers decides. Given all addresses at once, the client would go on after a refused
/// password, and report that nobody listens on the last address instead.
pub(crate) fn connect(configs: &[Config]) -> Result<Client, String> {
    let mut reason = "the host has no address".to_owned();
    for config in configs {
        match config.connect(NoTls) {
            Ok(client) => return Ok(client),
            Err(error) if error.as_db_error().is_some() => return Err(explain(&error)),
            Err(error) => reason = explain(&error),
        }
    }
    Err(reason)
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
