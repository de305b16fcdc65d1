//! Hearing that somebody begins to listen: one question about all ports, for all who wait for one of them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Says on which ports of this machine somebody listens. It is asked on the waiting thread, so the answer must come quickly.
pub type HeardPorts = fn() -> HashSet<u16>;

/// The pause between two questions while a wait is young, and how old an answer may be that was given to somebody else.
const SHORTEST: Duration = Duration::from_millis(2);
/// … and while it is old; between them it is a fiftieth of the wait so far.
const LONGEST: Duration = Duration::from_millis(100);

/// The last answer, for all who wait.
pub struct Ears {
    heard: HeardPorts,
    last: RefCell<Option<(Instant, HashSet<u16>)>>,
}

impl Ears {
    /// Nothing was asked yet.
    pub fn new(heard: HeardPorts) -> Self {
        Self { heard, last: RefCell::new(None) }
    }

    /// Returns as soon as somebody listens on the port (`true`), or at `end`. `begun` is when the wait for it began.
    pub async fn hear(&self, port: u16, end: Instant, begun: Instant) -> bool {
        loop {
            let pause = (begun.elapsed() / 50).clamp(SHORTEST, LONGEST);
            sleep_until(end.min(Instant::now() + pause)).await;
            if self.is_heard(port) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
        }
    }

    fn is_heard(&self, port: u16) -> bool {
        let mut last = self.last.borrow_mut();
        let fresh = last.take().filter(|(asked, _)| asked.elapsed() < SHORTEST);
        let (_, ports) = last.insert(fresh.unwrap_or_else(|| (Instant::now(), (self.heard)())));
        ports.contains(&port)
    }
}
