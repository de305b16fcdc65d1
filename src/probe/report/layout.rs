//! From JSON to rows. Only the words of the manifest are known here, never those of an engine.

use jiff::Timestamp;
use serde_json::Value;

/// Where the fields of a unit are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// The path of the list in each document, where there is one.
    pub list: Option<String>,
    /// The unit's name.
    pub unit: Field,
    /// `running`, `starting`, `exited`, `missing`; anything else is shown as it is and is not ready.
    pub state: Field,
    /// `healthy`, `starting`, `unhealthy`; empty or absent where nobody checks.
    pub health: Field,
    /// `2/3`: how many of how many run.
    pub replicas: Field,
    /// What the engine calls it.
    pub id: Field,
    /// Its process on this machine.
    pub pid: Field,
    /// Since when it runs (RFC 3339).
    pub since: Field,
    /// Its exit code.
    pub exit: Field,
    /// How many times it was started again.
    pub restarts: Field,
    /// What else there is to say.
    pub message: Field,
    /// What the health check says.
    pub check: Field,
}

/// Where one field is, and what its words mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Field {
    /// Keys divided by `/`; the first path that leads to something counts.
    pub paths: Vec<String>,
    /// Their words in lower case, with ours.
    pub words: Vec<(String, &'static str)>,
}

/// How a unit is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It runs, and is healthy where somebody checks.
    Ready,
    /// It is on its way.
    Starting,
    /// It runs, and its health check fails.
    Unhealthy,
    /// It ended, or was stopped.
    Exited,
    /// There is no such unit.
    Missing,
    /// A word that the manifest does not translate.
    Other(String),
}

/// What is known of a unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its name.
    pub unit: String,
    /// How it is.
    pub state: State,
    /// What the engine calls it.
    pub id: Option<String>,
    /// Its process on this machine.
    pub pid: Option<u32>,
    /// Since when it runs.
    pub since: Option<Timestamp>,
    /// Its exit code.
    pub exit: Option<i64>,
    /// How many of how many run.
    pub replicas: Option<(u64, u64)>,
    /// How many times it was started again.
    pub restarts: u32,
    /// What else there is to say, in one line.
    pub message: Option<String>,
}

impl Row {
    /// The row of a unit that nobody knows.
    pub fn missing(unit: &str) -> Self {
        let unit = unit.to_owned();
        let state = State::Missing;
        Self {
            unit,
            state,
            id: None,
            pid: None,
            since: None,
            exit: None,
            replicas: None,
            restarts: 0,
            message: None,
        }
    }

    /// Whether both are of one start.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.id, self.since) == (&other.id, other.since)
    }

    /// Whether it does not run.
    pub fn is_down(&self) -> bool {
        matches!(self.state, State::Missing | State::Exited)
    }

    /// Its state in one word.
    pub fn word(&self) -> &str {
        match &self.state {
            State::Ready => "ready",
            State::Starting => "starting",
            State::Unhealthy => "unhealthy",
            State::Exited => "exited",
            State::Missing => "missing",
            State::Other(word) => word,
        }
    }

    /// Why it is not ready: `it exited with 137: out of memory`.
    pub fn describe(&self) -> String {
        let state = match (&self.state, self.exit, self.replicas) {
            (State::Missing, ..) => "there is no such unit".to_owned(),
            (State::Exited, Some(code), _) => format!("it exited with {code}"),
            (_, _, Some((running, wanted))) => format!("{running} of {wanted} run"),
            _ => format!("it is {}", self.word()),
        };
        self.message.iter().fold(state, |state, message| format!("{state}: {message}"))
    }
}

impl Layout {
    /// The rows of what a program printed: JSON documents one after another, each a unit or a list of them. Two rows of
    /// one unit become one; the first to say something counts.
    pub fn rows(&self, text: &str) -> Result<Vec<Row>, String> {
        let mut rows: Vec<Row> = Vec::new();
        for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let document = document.map_err(|error| format!("its status is not JSON: {error}"))?;
            for row in self.items(&document).iter().filter_map(|item| self.row(item)) {
                match rows.iter_mut().find(|known| known.unit == row.unit) {
                    Some(known) => known.fill(row),
                    None => rows.push(row),
                }
            }
        }
        Ok(rows)
    }

    fn items<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        let found = self.list.as_deref().map_or(Some(document), |path| at(document, path));
        match found {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(item) => vec![item],
            None => Vec::new(),
        }
    }

    fn row(&self, item: &Value) -> Option<Row> {
        let unit = self.unit.text(item)?;
        let replicas = self.replicas.text(item).and_then(|text| pair(&text));
        let (word, health) = (self.state.word(item), self.health.word(item));
        let state = state(word.as_deref(), health.as_deref(), replicas);
        let running = !matches!(state, State::Exited | State::Missing);
        let number = |field: &Field| field.text(item).and_then(|text| text.parse::<i64>().ok());
        let pid = number(&self.pid).and_then(|pid| u32::try_from(pid).ok());
        let since = self.since.text(item).and_then(|text| text.parse::<Timestamp>().ok());
        Some(Row {
            unit,
            id: self.id.text(item),
            pid: pid.filter(|pid| *pid > 0 && running),
            // What never ran has a zero time: the year 1, or 1970.
            since: since.filter(|since| running && *since > Timestamp::UNIX_EPOCH),
            exit: number(&self.exit).filter(|_| !running),
            replicas,
            restarts: number(&self.restarts).and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
            message: self.message(item, &state),
            state,
        })
    }
}

impl Layout {
    /// What the health check said last counts while there is something to check.
    fn message(&self, item: &Value, state: &State) -> Option<String> {
        let checked = matches!(state, State::Starting | State::Unhealthy);
        let check = || self.check.text(item).filter(|_| checked);
        let message = self.message.text(item).filter(|_| *state != State::Ready).or_else(check);
        message.map(|text| one_line(&text))
    }
}

impl Row {
    fn fill(&mut self, other: Self) {
        self.id = self.id.take().or(other.id);
        self.pid = self.pid.or(other.pid);
        self.since = self.since.or(other.since);
        self.exit = self.exit.or(other.exit);
        self.message = self.message.take().or(other.message).filter(|_| self.state != State::Ready);
    }
}

fn state(state: Option<&str>, health: Option<&str>, replicas: Option<(u64, u64)>) -> State {
    match replicas {
        Some((_, 0)) => return State::Exited,
        Some((running, wanted)) if running < wanted => return State::Starting,
        _ => {}
    }
    match (state.unwrap_or("running"), health) {
        ("running", None | Some("healthy")) => State::Ready,
        ("running", Some("starting")) | ("starting", _) => State::Starting,
        ("running", Some("unhealthy")) => State::Unhealthy,
        ("exited", _) => State::Exited,
        ("missing", _) => State::Missing,
        ("running", Some(other)) | (other, _) => State::Other(other.to_owned()),
    }
}

impl Field {
    fn text(&self, item: &Value) -> Option<String> {
        let found = self.paths.iter().filter_map(|path| at(item, path));
        let mut texts = found.filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            _ => None,
        });
        texts.find(|text| !text.trim().is_empty())
    }

    fn word(&self, item: &Value) -> Option<String> {
        let word = self.text(item)?.to_lowercase();
        let known = self.words.iter().find(|(theirs, _)| *theirs == word);
        Some(known.map_or(word, |(_, ours)| (*ours).to_owned()))
    }
}

/// Follows keys divided by `/`; in a list a number, negative from its end.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').filter(|key| !key.is_empty()).try_fold(value, |value, key| match value {
        Value::Array(items) => {
            let index: i64 = key.parse().ok()?;
            let len = i64::try_from(items.len()).ok()?;
            items.get(usize::try_from(if index < 0 { len + index } else { index }).ok()?)
        }
        value => value.get(key),
    })
}

fn pair(text: &str) -> Option<(u64, u64)> {
    let (running, wanted) = text.split_whitespace().next()?.split_once('/')?;
    Some((running.parse().ok()?, wanted.parse().ok()?))
}

/// The last line of a longer text says most.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Field, Layout, State};

    fn field(path: &str, words: &[(&str, &'static str)]) -> Field {
        let words = words.iter().map(|(theirs, ours)| ((*theirs).to_owned(), *ours)).collect();
        Field { paths: vec![path.to_owned()], words }
    }

    #[test]
    fn a_unit_is_read_in_the_words_of_the_manifest() {
        let layout = Layout {
            unit: field("name", &[]),
            state: field("State/Status", &[("dead", "exited"), ("up", "running")]),
            health: field("State/Health", &[]),
            exit: field("State/Code", &[]),
            message: field("Log/-1/Text", &[]),
            ..Layout::default()
        };
        let text = r#"
            [{"name": "a", "State": {"Status": "Dead", "Code": 3}, "Log": [{"Text": "x"}, {"Text": "first\nlast\n"}]},
             {"name": "b", "State": {"Status": "up"}}]
            {"name": "c", "State": {"Status": "up", "Health": "starting"}}
            {"name": "d", "State": {"Status": "up", "Health": "unhealthy"}}
            {"name": "e", "State": {"Status": "asleep"}}
            {"no name": 1}"#;
        let rows = layout.rows(text).expect("it is JSON");
        let told: Vec<String> = rows.iter().map(super::Row::describe).collect();
        assert_eq!(
            told,
            ["it exited with 3: last", "it is ready", "it is starting", "it is unhealthy", "it is asleep"]
        );
        assert!(layout.rows("what?").is_err());
    }

    #[test]
    fn a_zero_time_is_no_time() {
        let layout = Layout { unit: field("n", &[]), since: field("at", &[]), ..Layout::default() };
        let text = r#"[{"n": "a", "at": "0001-01-01T00:00:00Z"}, {"n": "b", "at": "1970-01-01T00:00:00Z"},
            {"n": "c", "at": "2026-01-31T12:00:00Z"}]"#;
        let rows = layout.rows(text).expect("it is JSON");
        let since: Vec<Option<String>> =
            rows.iter().map(|row| row.since.map(|time| time.to_string())).collect();
        assert_eq!(since, [None, None, Some("2026-01-31T12:00:00Z".to_owned())]);
    }

    #[test]
    fn replicas_count_as_state() {
        let layout = Layout {
            list: Some("items".to_owned()),
            unit: field("n", &[]),
            replicas: field("r", &[]),
            ..Layout::default()
        };
        let text =
            r#"{"items": [{"n": "a", "r": "2/2"}, {"n": "b", "r": "1/2 (max 1)"}, {"n": "c", "r": "0/0"}]}"#;
        let rows = layout.rows(text).expect("it is JSON");
        let states: Vec<State> = rows.into_iter().map(|row| row.state).collect();
        assert_eq!(states, [State::Ready, State::Starting, State::Exited]);
    }
}
