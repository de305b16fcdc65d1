//! A program that tells the state of many services at once, as JSON: for services that something else runs.
//!
//! - this file: asking it, at most a few times a second however many wait; [`call`]: running it within its time.
//! - [`layout`]: from its JSON to [`Row`]s, in the words of the manifest.

mod call;
mod layout;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use layout::{Field, Layout, Row, State};

use crate::process::Invocation;

/// How long the program may take unless it is said otherwise.
pub const LIMIT: Duration = Duration::from_secs(10);
/// An answer that has been known for so long still counts for others who wait.
const FRESH: Duration = Duration::from_millis(50);
/// For so long the program may fail in a row before those who wait give up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program, how to read it, its last answer, and in `past` every one that was different from the one before.
#[derive(Debug)]
pub struct Report {
    invocation: Invocation,
    layout: Layout,
    limit: Duration,
    flight: tokio::sync::Mutex<()>,
    last: Mutex<Option<Answer>>,
    past: Mutex<Vec<(Instant, Arc<Vec<Row>>)>>,
}

/// What was answered, or why not.
pub type Rows = Result<Arc<Vec<Row>>, String>;

#[derive(Clone, Debug)]
struct Answer {
    asked: Instant,
    known: Instant,
    failing: Option<Instant>,
    rows: Rows,
}

impl Report {
    /// A report that was not asked for yet. `limit` bounds each call.
    pub fn new(invocation: Invocation, layout: Layout, limit: Duration) -> Self {
        Self {
            invocation,
            layout,
            limit,
            flight: tokio::sync::Mutex::default(),
            last: Mutex::default(),
            past: Mutex::default(),
        }
    }

    /// Asks now and waits for the answer: the rows, or why there is none (`no answer within 10s`).
    pub fn ask(&self) -> Rows {
        self.ask_since(Instant::now())
    }

    /// The same, where an answer that somebody else asked for after `since` is as good.
    fn ask_since(&self, since: Instant) -> Rows {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| crate::text::io_reason(&error))?;
        let rows = runtime.block_on(self.look(since));
        crate::probe::end(runtime);
        rows
    }

    /// The program, for `--dry-run`.
    pub fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    /// An answer that was asked for after `since` and is not old; those who ask meanwhile share it, however long it takes.
    async fn look(&self, since: Instant) -> Rows {
        let _one = self.flight.lock().await;
        let known = self.last().clone();
        if let Some(answer) = &known
            && answer.asked >= since
            && answer.known.elapsed() < FRESH
        {
            return answer.rows.clone();
        }
        let asked = Instant::now();
        let output = call::output(&self.invocation, self.limit).await;
        let rows = output.and_then(|text| self.layout.rows(&text)).map(Arc::new);
        let failing = rows.is_err().then(|| known.and_then(|answer| answer.failing).unwrap_or(asked));
        if let Ok(rows) = &rows {
            let mut past = self.past();
            if past.last().is_none_or(|(_, last)| last != rows) {
                past.push((asked, Arc::clone(rows)));
            }
        }
        *self.last() = Some(Answer { asked, known: Instant::now(), failing, rows: rows.clone() });
        rows
    }

    fn past(&self) -> MutexGuard<'_, Vec<(Instant, Arc<Vec<Row>>)>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, Option<Answer>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The row of a unit; [`State::Missing`] when the report does not know it.
pub fn row_of(rows: &[Row], unit: &str) -> Row {
    rows.iter().find(|row| row.unit == unit).cloned().unwrap_or_else(|| Row::missing(unit))
}

/// One unit of a report, waited for from some moment on: what was said before does not count.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The report.
    pub report: Arc<Report>,
    /// The unit.
    pub unit: String,
    /// Answers count from here on.
    pub since: Instant,
}

impl Watch {
    /// A watch that begins now.
    pub fn new(report: Arc<Report>, unit: String) -> Self {
        Self { report, unit, since: Instant::now() }
    }

    /// The same unit, from now on.
    pub fn anew(&self) -> Self {
        Self::new(Arc::clone(&self.report), self.unit.clone())
    }

    /// What the report says of it, asked for from [`Watch::since`] on; or why there is no answer.
    pub fn row(&self) -> Result<Row, String> {
        Ok(row_of(&self.report.ask_since(self.since)?, &self.unit))
    }

    /// Why there is nothing left to wait for: the unit ended or is unhealthy, or nobody answers any more.
    pub fn hopeless(&self) -> Option<String> {
        let last = self.report.last();
        let answer = last.as_ref().filter(|answer| answer.asked >= self.since)?;
        match &answer.rows {
            Ok(rows) => {
                let row = row_of(rows, &self.unit);
                matches!(row.state, State::Exited | State::Unhealthy).then(|| row.describe())
            }
            Err(cause) => answer.failing.filter(|since| since.elapsed() > PATIENCE).map(|_| cause.clone()),
        }
    }

    /// Whether it was ready when the report was first asked, and is still the same.
    pub fn was_ready(&self) -> bool {
        self.first_and_last().is_some_and(|(first, last)| first.state == State::Ready && first.is_same(&last))
    }

    /// Whether it has been started since the report was first asked. Of several replicas some may be new; the others ran before.
    pub fn is_new(&self) -> bool {
        self.first_and_last().is_some_and(|(first, last)| {
            first.is_down() || (first.replicas.is_none() && !first.is_same(&last))
        })
    }

    /// Whether it ran at a moment, as far as it was asked about until then.
    pub fn ran_at(&self, moment: Instant) -> bool {
        let past = self.report.past();
        let known = past.iter().rev().find(|(asked, _)| *asked <= moment);
        known.is_none_or(|(_, rows)| !row_of(rows, &self.unit).is_down())
    }

    fn first_and_last(&self) -> Option<(Row, Row)> {
        let first = self.report.past().first().map(|(_, rows)| Arc::clone(rows))?;
        let last = self.report.last().clone()?.rows.ok()?;
        Some((row_of(&first, &self.unit), row_of(&last, &self.unit)))
    }

    /// One look, for the wait.
    pub(super) async fn attempt(&self) -> Result<(), String> {
        let rows = self.report.look(self.since).await?;
        let row = row_of(&rows, &self.unit);
        if row.state == State::Ready { Ok(()) } else { Err(row.describe()) }
    }
}
