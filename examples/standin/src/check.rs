//! The client side: post one event, ask one service for its health, or check the whole running stack.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Method;
use postgres::Config;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::address::{env_or, port_from_env};
use crate::call::Failure;
use crate::{client, grpc, log, store};

type Check = fn() -> Result<Vec<String>, String>;

/// What `standin check` knows to check, in this order.
pub(crate) const CHECKS: [(&str, Check); 2] = [("health", all_healthy), ("event", event_arrives)];

const SERVICES: [(&str, &str, &str); 4] = [
    ("memory-python", "PYTHON_ADDRESS", "localhost:50051"),
    ("memory-rust", "RUST_ADDRESS", "localhost:50052"),
    ("orchestrator", "ORCHESTRATOR_ADDRESS", "localhost:50050"),
    ("executive", "EXECUTIVE_ADDRESS", "localhost:50053"),
];

/// Runs the named checks, or all; one `ok` line for each fact, and exit code 1 at the first that is not so.
pub(crate) fn run(names: &[String]) -> ExitCode {
    let chosen = CHECKS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|n| n == name));
    let mut passed = 0;
    for (name, check) in chosen {
        match check() {
            Ok(facts) => {
                passed += facts.len();
                for fact in facts {
                    print(&format!("ok    {fact}"));
                }
            }
            Err(message) => {
                print(&format!("FAIL  {name}: {message}"));
                return ExitCode::FAILURE;
            }
        }
    }
    print(&format!("{passed} checks passed"));
    ExitCode::SUCCESS
}

/// Posts one event to the orchestrator and prints its answer, one line of JSON.
pub(crate) fn post_event(to: &str, text: &str) -> ExitCode {
    conclude(post(to, text).map(|answer| answer.to_string()))
}

/// Prints `SERVING` (gRPC) or the JSON of `/health` and exits with 0; anything else exits with 1.
pub(crate) fn health(address: &str, http_only: bool) -> ExitCode {
    let asked = if http_only { http_health(address) } else { grpc_health(address).map(str::to_owned) };
    conclude(asked)
}

fn conclude(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(line) => {
            print(&line);
            ExitCode::SUCCESS
        }
        Err(message) => {
            log::error(message);
            ExitCode::FAILURE
        }
    }
}

fn all_healthy() -> Result<Vec<String>, String> {
    let healthy = |(name, variable, default): (&str, &str, &str)| {
        let address = env_or(variable, default);
        http_health(&address)
            .and_then(|_| grpc_health(&address))
            .map_err(|error| format!("{name}: {error}"))?;
        Ok(format!("{name} at {address} is healthy over HTTP and gRPC"))
    };
    SERVICES.into_iter().map(healthy).collect()
}

/// An event with a text nobody posted before is in the database exactly once, as the answer said.
fn event_arrives() -> Result<Vec<String>, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let text = format!("standin check {now}!");
    let event = post(&env_or("ORCHESTRATOR_ADDRESS", "localhost:50050"), &text)?;
    let id = event["id"].as_i64().ok_or_else(|| format!("the answer has no id: {event}"))?;
    if event["answer"]["storage"] != "memory" {
        return Err(format!("the executive does not use memory: its answer is {}", event["answer"]));
    }
    let stored = stored_answer(id, &text)?;
    if event["answer"]["text"].as_str() != stored.as_deref() {
        return Err(format!("event {id} has the answer {stored:?} in the database, not {}", event["answer"]));
    }
    Ok(vec![
        format!("event {id} posted to the orchestrator"),
        format!("event {id} stored in episodic_events, once"),
        format!("event {id} answered by the executive, and the answer stored"),
        "the executive uses memory storage".to_owned(),
    ])
}

/// The answer of the one row with this text, which must have this id.
fn stored_answer(id: i64, text: &str) -> Result<Option<String>, String> {
    let (host, port) = (env_or("DB_HOST", "localhost"), port_from_env("DB_PORT", 5432)?);
    let mut config = Config::new();
    config.user(&env_or("PGUSER", "gladys")).password(env_or("PGPASSWORD", "gladys"));
    config.dbname(&env_or("PGDATABASE", "gladys"));
    let configs = block_on(store::locate(config, &host, port))?;
    let failed = |error| format!("database at {host}:{port}: {error}");
    let mut client = store::connect(&configs).map_err(failed)?;
    let sql = "SELECT id, answer FROM episodic_events WHERE raw_text = $1";
    let rows = client.query(sql, &[&text]).map_err(|error| failed(store::explain(&error)))?;
    match rows.as_slice() {
        [row] if row.get::<_, i64>(0) == id => Ok(row.get(1)),
        [row] => Err(format!("the event is row {}, the answer said {id}", row.get::<_, i64>(0))),
        rows => Err(format!("event {id} is in episodic_events {} times", rows.len())),
    }
}

fn post(to: &str, text: &str) -> Result<Value, String> {
    block_on(plain(client::call(to, Method::POST, "/events", json!({ "text": text }))))
}

fn http_health(address: &str) -> Result<String, String> {
    let asked = block_on(plain(client::call(address, Method::GET, "/health", Value::Null)));
    asked.map(|answer| answer.to_string())
}

fn grpc_health(address: &str) -> Result<&'static str, String> {
    match block_on(grpc::check(address)).map_err(|error| format!("{address}: {error}"))? {
        "SERVING" => Ok("SERVING"),
        other => Err(format!("{address}: gRPC health is {other}")),
    }
}

async fn plain(asked: impl Future<Output = Result<Value, Failure>>) -> Result<Value, String> {
    asked.await.map_err(|error| error.message)
}

fn block_on<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(work)
}

fn print(line: &str) {
    log::raw(format!("{line}\n").as_bytes());
}
