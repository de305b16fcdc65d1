//! memory-python: events, heuristics and their fires, in `PostgreSQL`.

use postgres::Row;
use serde_json::{Value, json};

use crate::call::{Call, Failure};
use crate::log;
use crate::store::Store;

const ROUTES: &str = "GET /events, GET /events/ID, POST /events, PUT /events/ID/answer, POST /heuristics, \
                      POST /heuristics/match, or POST /fires";
const EVENT: &str = "SELECT id, occurred_at::text, source, raw_text, salience, answer FROM episodic_events";

/// The storage service.
pub(crate) struct MemoryPython {
    store: Store,
}

impl MemoryPython {
    /// Needs the database: without it this service does not start.
    pub(crate) async fn open() -> Result<Self, String> {
        let store = Store::from_env().await?;
        log::info(format!("connected to the database at {}", store.place()));
        Ok(Self { store })
    }

    /// Events in and out, heuristics that match a text, fires.
    pub(crate) async fn handle(&self, call: &Call) -> Result<Value, Failure> {
        match call.route() {
            ("GET", path) if path == ["events"] => self.recent().await,
            ("POST", path) if path == ["events"] => self.insert(call).await,
            ("POST", path) if path == ["heuristics"] => self.learn(call).await,
            ("POST", path) if path == ["heuristics", "match"] => self.matching(call).await,
            ("POST", path) if path == ["fires"] => self.fire(call).await,
            ("GET", path) if path.len() == 2 && path[0] == "events" => self.event(number(path[1])?).await,
            ("PUT", path) if path.len() == 3 && path[0] == "events" && path[2] == "answer" => {
                self.answer(number(path[1])?, call).await
            }
            _ => Err(call.unknown(ROUTES)),
        }
    }

    async fn insert(&self, call: &Call) -> Result<Value, Failure> {
        let (text, salience) = (call.text("text")?, call.number("salience", 0.0));
        let source = call.body["source"].as_str().unwrap_or("memory-python").to_owned();
        let sql = "INSERT INTO episodic_events (source, raw_text, salience) VALUES ($1, $2, $3) RETURNING id";
        let id = self.id_of(move |client| client.query_one(sql, &[&source, &text, &salience])).await?;
        log::info(format!("event {id} stored"));
        Ok(json!({ "id": id }))
    }

    async fn answer(&self, id: i64, call: &Call) -> Result<Value, Failure> {
        let answer = call.text("answer")?;
        let sql = "UPDATE episodic_events SET answer = $2, answered_at = now() WHERE id = $1";
        let changed = self.store.run(move |client| client.execute(sql, &[&id, &answer])).await?;
        if changed == 1 {
            Ok(json!({ "id": id }))
        } else {
            Err(Failure::missing(format!("there is no event {id}")))
        }
    }

    async fn event(&self, id: i64) -> Result<Value, Failure> {
        let sql = format!("{EVENT} WHERE id = $1");
        let found = self.store.run(move |client| client.query_opt(&sql, &[&id])).await?;
        found.as_ref().map(event).ok_or_else(|| Failure::missing(format!("there is no event {id}")))
    }

    async fn recent(&self) -> Result<Value, Failure> {
        let sql = format!("{EVENT} ORDER BY id DESC LIMIT 20");
        let rows = self.store.run(move |client| client.query(&sql, &[])).await?;
        Ok(rows.iter().map(event).collect())
    }

    async fn learn(&self, call: &Call) -> Result<Value, Failure> {
        let (name, condition) = (call.text("name")?, call.text("condition")?);
        let (response, confidence) = (call.text("response")?, call.number("confidence", 0.5));
        let sql = "INSERT INTO heuristics (name, condition, response, confidence) VALUES ($1, $2, $3, $4) \
                   RETURNING id";
        let work = move |client: &mut postgres::Client| {
            client.query_one(sql, &[&name, &condition, &response, &confidence])
        };
        Ok(json!({ "id": self.id_of(work).await? }))
    }

    async fn matching(&self, call: &Call) -> Result<Value, Failure> {
        let text = call.text("text")?;
        let sql = "SELECT id, name, response, confidence FROM heuristics \
                   WHERE enabled AND position(lower(condition) IN lower($1)) > 0 ORDER BY confidence DESC, id";
        let rows = self.store.run(move |client| client.query(sql, &[&text])).await?;
        Ok(rows.iter().map(heuristic).collect())
    }

    async fn fire(&self, call: &Call) -> Result<Value, Failure> {
        let (heuristic, event) = (call.id("heuristic_id")?, call.id("event_id")?);
        let sql = "WITH counted AS (UPDATE heuristics SET fire_count = fire_count + 1 WHERE id = $1) \
                   INSERT INTO heuristic_fires (heuristic_id, event_id) VALUES ($1, $2) RETURNING id";
        let id = self.id_of(move |client| client.query_one(sql, &[&heuristic, &event])).await?;
        log::info(format!("heuristic {heuristic} fired for event {event}"));
        Ok(json!({ "id": id }))
    }

    async fn id_of(
        &self,
        work: impl FnOnce(&mut postgres::Client) -> Result<Row, postgres::Error> + Send + 'static,
    ) -> Result<i64, Failure> {
        self.store.run(move |client| work(client)?.try_get(0)).await
    }
}

fn number(text: &str) -> Result<i64, Failure> {
    text.parse().map_err(|_| Failure::bad(format!("`{text}` is no event number")))
}

fn event(row: &Row) -> Value {
    json!({
        "id": row.get::<_, i64>(0),
        "occurred_at": row.get::<_, String>(1),
        "source": row.get::<_, String>(2),
        "text": row.get::<_, String>(3),
        "salience": row.get::<_, f64>(4),
        "answer": row.get::<_, Option<String>>(5),
    })
}

fn heuristic(row: &Row) -> Value {
    json!({
        "id": row.get::<_, i64>(0),
        "name": row.get::<_, String>(1),
        "response": row.get::<_, String>(2),
        "confidence": row.get::<_, f64>(3),
    })
}
