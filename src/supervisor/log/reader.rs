//! One log through the filters: a run, a time, a text, a tail.

use std::io;
use std::ops::Range;

use jiff::Timestamp;
use memchr::memmem;

use super::index::Event;
use super::source::{Head, Source};
use super::view::{Line, LogOptions, LogSource};
use crate::supervisor::error::Error;
use crate::supervisor::folder::Folder;

/// One source with its filters.
pub struct Reader<'a> {
    service: &'a str,
    /// Where it reads.
    pub source: Source,
    options: &'a LogOptions,
    /// Whether nothing more can be wanted.
    empty: bool,
    /// The number of the run asked for.
    run: Option<u64>,
    /// The long line that was searched last, and whether it has the text.
    searched: Option<(Range<u64>, bool)>,
    /// Text still to be passed over, for a tail.
    skip: usize,
    /// The latest time so far: a clock that was set back does not change the order.
    pub latest: i64,
}

impl<'a> Reader<'a> {
    /// Opens a log at the first byte that can be wanted.
    pub fn open(from: &'a LogSource, options: &'a LogOptions) -> Self {
        let source = Source::open(Folder::new(&from.dir));
        let mut reader = Self {
            service: &from.service,
            source,
            options,
            empty: false,
            run: None,
            searched: None,
            skip: 0,
            latest: i64::MIN,
        };
        reader.source.flush = !options.follow;
        reader.rewind();
        reader
    }

    /// Goes to the first byte that can be wanted.
    fn rewind(&mut self) {
        let mut from = 0;
        self.empty = false;
        if let Some(run) = self.options.run {
            match self.source.index.region(run) {
                Some((begin, end, number)) => {
                    (from, self.source.limit, self.run) = (begin, end, Some(number));
                }
                None => self.empty = true,
            }
        }
        if let Some(since) = self.options.since {
            from = from.max(self.source.index.before(since.as_microsecond()));
        }
        self.source.seek(from);
        self.latest = i64::MIN;
    }

    /// Counts what would be shown, then begins again so that only the tail of it is.
    pub fn skip_to_tail(&mut self) -> io::Result<()> {
        let Some(tail) = self.options.tail else { return Ok(()) };
        let end = super::log_position(self.source.dir()) + self.source.index.base;
        let mut lines = 0;
        let flush = std::mem::replace(&mut self.source.flush, true);
        while let Some(head) = self.next()?.filter(|_| self.source.position() <= end) {
            lines += usize::from(ends_line(&head));
            self.source.take(&head);
        }
        self.source.flush = flush;
        self.skip = lines.saturating_sub(tail);
        self.rewind();
        Ok(())
    }

    /// The next thing that passes the filters, not taken.
    fn next(&mut self) -> io::Result<Option<Head>> {
        if self.empty {
            return Ok(None);
        }
        while let Some(head) = self.source.head()? {
            let grep = self.options.grep.as_ref().filter(|_| head.goes_on() && self.known().is_none());
            if let Some(grep) = grep {
                self.search(grep.as_bytes())?;
                continue;
            }
            let time = time_of(&head);
            let until = self.options.until.map(Timestamp::as_microsecond);
            let late = until.filter(|until| time.is_some_and(|time| time > *until));
            if late.is_some_and(|until| self.source.position() >= self.source.index.behind(until)) {
                self.empty = true;
                return Ok(None);
            }
            if late.is_none() && self.wanted(&head, time) {
                return Ok(Some(head));
            }
            self.source.take(&head);
        }
        Ok(None)
    }

    fn wanted(&self, head: &Head, time: Option<i64>) -> bool {
        let since = self.options.since.map(Timestamp::as_microsecond);
        if since.is_some_and(|since| time.is_some_and(|time| time < since)) {
            return false;
        }
        match (head, &self.options.grep) {
            (Head::Gap(_), _) => since.is_none(),
            (Head::Cut, _) => true,
            (Head::Event(event), grep) => grep.is_none() && self.run.is_none_or(|run| run == event.run()),
            (Head::Text { .. }, None) => true,
            (Head::Text { range, .. }, Some(grep)) => self
                .known()
                .unwrap_or_else(|| memmem::find(self.source.bytes(range), grep.as_bytes()).is_some()),
        }
    }

    /// Whether the long line at this place has the text, if it was searched.
    fn known(&self) -> Option<bool> {
        let (line, found) = self.searched.as_ref()?;
        line.contains(&self.source.position()).then_some(*found)
    }

    /// Searches a long line, of which only a piece is at hand, as a whole and once, and comes back to its beginning.
    fn search(&mut self, text: &[u8]) -> io::Result<()> {
        let (begin, from) = (self.source.place(), self.source.position());
        let (mut found, mut goes_on) = (false, true);
        let mut seen: Vec<u8> = Vec::new();
        while let Some(head) = self.source.head()?.filter(|_| goes_on) {
            let Head::Text { range, .. } = &head else { break };
            seen.extend_from_slice(self.source.bytes(range));
            found = found || memmem::find(&seen, text).is_some();
            // The text may stand where two pieces meet.
            seen.drain(..seen.len().saturating_sub(text.len()));
            goes_on = head.goes_on();
            self.source.take(&head);
        }
        self.searched = Some((from..self.source.position(), found));
        self.source.go_to(begin);
        Ok(())
    }

    /// The next thing to show, past the part that a tail leaves out.
    pub fn head(&mut self) -> Result<Option<(i64, Head)>, Error> {
        loop {
            let Some(head) = self.next().map_err(|error| self.broken(error))? else { return Ok(None) };
            if self.skip > 0 {
                self.skip -= usize::from(ends_line(&head));
                self.source.take(&head);
                continue;
            }
            let time = time_of(&head).unwrap_or(self.latest).max(self.latest);
            return Ok(Some((time, head)));
        }
    }

    /// Hands over what [`Reader::head`] returned, and steps over it.
    pub fn show(
        &mut self,
        head: &Head,
        each: &mut dyn FnMut(Option<Line<'_>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let shown = each(Some(self.line(head)));
        self.source.take(head);
        shown
    }

    fn line(&self, head: &Head) -> Line<'_> {
        let service = self.service;
        let at = |time: i64| Timestamp::from_microsecond(time).ok();
        match head {
            Head::Gap(bytes) => Line::Dropped { service, bytes: Some(*bytes) },
            Head::Cut => Line::Dropped { service, bytes: None },
            Head::Event(Event::Start { time, run, pid, .. }) => {
                Line::RunStart { service, time: at(*time), run: *run, pid: *pid }
            }
            Head::Event(Event::End { time, run, exit, cause, .. }) => {
                Line::RunEnd { service, time: at(*time), run: *run, exit: *exit, cause: *cause }
            }
            Head::Text { range, whole, .. } => {
                let bytes = self.source.bytes(range);
                let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                let time = time_of(head).and_then(at);
                Line::Text { service, time, run: self.source.run, bytes, whole: *whole }
            }
        }
    }

    /// An error of reading this log.
    pub fn broken(&self, error: io::Error) -> Error {
        Error::io(format!("read the log of `{}`", self.service), error)
    }
}

fn time_of(head: &Head) -> Option<i64> {
    match head {
        Head::Gap(_) | Head::Cut => None,
        Head::Event(event) => Some(event.time()),
        Head::Text { time, .. } => *time,
    }
}

/// Whether this is, or completes, a line of text.
fn ends_line(head: &Head) -> bool {
    matches!(head, Head::Text { whole: true, .. })
}
