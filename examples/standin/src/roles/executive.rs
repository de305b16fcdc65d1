//! The executive: answers events. It looks for memory for five seconds at its start; if memory is not there
//! by then it keeps its answers in a file *for its lifetime*, as the real one does: start it too early and
//! the system looks healthy and remembers nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::address::env_or;
use crate::call::{Call, Failure};
use crate::{client, log};

const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// Where answers are kept; chosen once.
enum Storage {
    Memory(String),
    File(PathBuf),
}

/// The service that answers.
pub(crate) struct Executive {
    storage: Storage,
    model: String,
}

impl Executive {
    /// Reads `MEMORY_ADDRESS`, `OLLAMA_URL`, `OLLAMA_MODEL`, `STORAGE_FILE`, and settles where answers go.
    pub(crate) async fn open(port: u16) -> Self {
        let model = env_or("OLLAMA_MODEL", "stub");
        log::info(format!("language model `{model}` at {}", env_or("OLLAMA_URL", "nowhere")));
        let memory = env_or("MEMORY_ADDRESS", "localhost:50051");
        let storage = match find(&memory).await {
            Ok(()) => Storage::Memory(memory),
            Err(error) => {
                log::warn(format!("memory not reachable after {} s: {error}", PATIENCE.as_secs()));
                Storage::File(fallback(port))
            }
        };
        match &storage {
            Storage::Memory(address) => log::info(format!("storage is memory at {address}")),
            Storage::File(path) => log::warn(format!("storage is the file {}", path.display())),
        }
        Self { storage, model }
    }

    /// `memory` or `file`.
    pub(crate) fn storage(&self) -> &'static str {
        match self.storage {
            Storage::Memory(_) => "memory",
            Storage::File(_) => "file",
        }
    }

    /// `POST /answer {id, text, heuristics}` returns `{text, storage, model}`.
    pub(crate) async fn handle(&self, call: &Call) -> Result<Value, Failure> {
        match call.route() {
            ("POST", path) if path == ["answer"] => self.answer(call).await,
            _ => Err(call.unknown("POST /answer")),
        }
    }

    async fn answer(&self, call: &Call) -> Result<Value, Failure> {
        let (id, text) = (call.id("id")?, call.text("text")?);
        let learned = call.body["heuristics"][0]["response"].as_str();
        let answer = learned.map_or_else(|| format!("noted: {text}"), str::to_owned);
        match &self.storage {
            Storage::Memory(memory) => {
                let path = format!("/events/{id}/answer");
                client::call(memory, Method::PUT, &path, json!({ "answer": answer })).await?;
            }
            Storage::File(path) => keep(path, &json!({ "id": id, "answer": answer }))?,
        }
        log::info(format!("event {id} answered"));
        Ok(json!({ "text": answer, "storage": self.storage(), "model": self.model }))
    }
}

/// Asks again after each pause until memory says it is healthy, or the time is over.
async fn find(memory: &str) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        let left = PATIENCE.saturating_sub(started.elapsed());
        let asked = client::call(memory, Method::GET, "/health", Value::Null);
        match tokio::time::timeout(left, asked).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) if left <= PAUSE => return Err(error),
            Ok(Err(_)) => tokio::time::sleep(PAUSE).await,
            Err(_) => return Err(Failure::upstream(format!("{memory}: no answer"))),
        }
    }
}

fn fallback(port: u16) -> PathBuf {
    let usual = std::env::temp_dir().join(format!("standin-executive-{port}.jsonl"));
    PathBuf::from(env_or("STORAGE_FILE", &usual.to_string_lossy()))
}

fn keep(path: &Path, line: &Value) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let kept = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    kept.map_err(|error| Failure::upstream(format!("{}: {error}", path.display())))
}
