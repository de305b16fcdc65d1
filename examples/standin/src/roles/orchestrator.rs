//! The orchestrator: an event goes to memory-rust to be weighed and stored, then to the executive.

use hyper::Method;
use serde_json::{Value, json};

use crate::address::env_or;
use crate::call::{Call, Failure};
use crate::{client, log};

/// The front door of the system. It connects to the others when an event comes, not before.
pub(crate) struct Orchestrator {
    salience: String,
    storage: String,
    executive: String,
    patterns: Value,
}

impl Orchestrator {
    /// Reads the three addresses and `OUTCOME_PATTERNS_JSON`, which must be JSON.
    pub(crate) fn open() -> Result<Self, String> {
        let patterns = env_or("OUTCOME_PATTERNS_JSON", "[]");
        let patterns = serde_json::from_str(&patterns)
            .map_err(|error| format!("OUTCOME_PATTERNS_JSON is no JSON: {error}"))?;
        Ok(Self {
            salience: env_or("SALIENCE_MEMORY_ADDRESS", "localhost:50052"),
            storage: env_or("MEMORY_STORAGE_ADDRESS", "localhost:50051"),
            executive: env_or("EXECUTIVE_ADDRESS", "localhost:50053"),
            patterns,
        })
    }

    /// `POST /events {text}` is the whole chain; the reads are passed on to memory-python.
    pub(crate) async fn handle(&self, call: &Call) -> Result<Value, Failure> {
        match call.route() {
            ("POST", path) if path == ["events"] => self.route_event(call).await,
            ("GET", path) if path == ["config"] => Ok(json!({ "outcome_patterns": self.patterns })),
            ("GET", path) if path.first() == Some(&"events") => {
                client::call(&self.storage, Method::GET, &format!("/{}", path.join("/")), Value::Null).await
            }
            _ => Err(call.unknown("POST /events, GET /events, GET /events/ID, or GET /config")),
        }
    }

    async fn route_event(&self, call: &Call) -> Result<Value, Failure> {
        let text = call.text("text")?;
        let event = json!({ "text": text, "source": "orchestrator" });
        let weighed = client::call(&self.salience, Method::POST, "/salience", event).await?;
        let (id, salience) = (&weighed["id"], &weighed["salience"]);
        let question = json!({ "id": id, "text": text, "heuristics": weighed["heuristics"] });
        let answer = client::call(&self.executive, Method::POST, "/answer", question).await;
        let answer = answer.unwrap_or_else(|error| {
            log::warn(format!("event {id} is not answered: {error}"));
            Value::Null
        });
        log::info(format!("event {id} routed"));
        Ok(json!({ "id": id, "salience": salience, "answer": answer }))
    }
}
