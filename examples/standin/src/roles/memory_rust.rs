//! memory-rust, the salience gateway: weighs an event, passes it on to memory-python, records what fired.

use hyper::Method;
use serde_json::{Value, json};

use crate::address::env_or;
use crate::call::{Call, Failure};
use crate::{client, log};

/// The gateway in front of memory-python.
pub(crate) struct MemoryRust {
    storage: String,
}

impl MemoryRust {
    /// Reads `STORAGE_ADDRESS`. It connects when it is asked something; one look now tells of a wrong address.
    pub(crate) async fn open() -> Self {
        let storage = env_or("STORAGE_ADDRESS", "http://localhost:50051");
        match client::call(&storage, Method::GET, "/health", Value::Null).await {
            Ok(_) => log::info(format!("storage at {storage}")),
            Err(error) => log::warn(format!("storage not reachable yet: {error}")),
        }
        Self { storage }
    }

    /// `POST /salience {text, source}` stores the event and returns `{id, salience, heuristics}`.
    pub(crate) async fn handle(&self, call: &Call) -> Result<Value, Failure> {
        match call.route() {
            ("POST", path) if path == ["salience"] => self.weigh(call).await,
            _ => Err(call.unknown("POST /salience")),
        }
    }

    async fn weigh(&self, call: &Call) -> Result<Value, Failure> {
        let (text, source) = (call.text("text")?, call.body["source"].as_str().unwrap_or("memory-rust"));
        let heuristics = self.storage("/heuristics/match", json!({ "text": text })).await?;
        let fired: &[Value] = heuristics.as_array().map_or(&[], Vec::as_slice);
        let salience = salience(&text, fired);
        let event = json!({ "text": text, "source": source, "salience": salience });
        let id = self.storage("/events", event).await?["id"].clone();
        for heuristic in fired {
            self.storage("/fires", json!({ "heuristic_id": heuristic["id"], "event_id": id })).await?;
        }
        log::info(format!("event {id} has salience {salience}, {} fired", fired.len()));
        Ok(json!({ "id": id, "salience": salience, "heuristics": heuristics }))
    }

    async fn storage(&self, path: &str, body: Value) -> Result<Value, Failure> {
        client::call(&self.storage, Method::POST, path, body).await
    }
}

/// The confidence of the surest heuristic; with none, 0.2 and 0.1 more for each `!`, at most 1.
fn salience(text: &str, fired: &[Value]) -> f64 {
    let surest = fired.iter().filter_map(|heuristic| heuristic["confidence"].as_f64()).reduce(f64::max);
    surest.unwrap_or_else(|| {
        f64::from(text.chars().filter(|c| *c == '!').fold(2_u8, |tenths, _| 10.min(tenths + 1))) / 10.0
    })
}
