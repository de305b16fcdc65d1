//! Reading the log of one service from front to back: text, run starts and ends, and gaps. No lock is held and nobody is slowed.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{SeekFrom, seek};

use super::index::{Event, Index};
use super::{LOG, OLD};
use crate::supervisor::folder::Folder;

/// How much is read at once, and the longest piece of a line that is handed out at once.
const CHUNK: usize = 64 << 10;
/// For how many milliseconds a cut that was begun may take; a supervisor that died in it never ends it.
const CUTTING: u32 = 50;

/// The next thing to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Head {
    /// A line or a piece of one, as a range of [`Source::bytes`]; `whole` if its end was seen.
    Text { range: Range<usize>, time: Option<i64>, whole: bool },
    /// A run began or ended.
    Event(Event),
    /// So many bytes are not kept any more.
    Gap(u64),
    /// The log was cut here while the service could write: what it wrote at that moment is lost, and nobody counted it.
    Cut,
}

/// A place in a log.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    offset: u64,
    passed: Option<Event>,
    past_cut: bool,
}

impl Head {
    /// Whether this is a piece of a line whose end is still to come.
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::Text { whole: false, .. })
    }
}

/// One log being read.
#[derive(Debug)]
pub struct Source {
    folder: Folder,
    /// The index, as of the last refresh.
    pub index: Index,
    log: Option<File>,
    old: Option<(File, u64)>,
    /// Where reading stops; `None` for the end of the file, wherever that moves.
    pub limit: Option<u64>,
    /// Whether a last line without an end is shown.
    pub flush: bool,
    /// The run that the position is in.
    pub run: u64,
    at: u64,
    next_event: usize,
    /// The event that was taken last.
    passed: Option<Event>,
    buffer: Vec<u8>,
    used: usize,
    inside_gap: bool,
    /// Whether [`Head::Cut`] was taken for the present base.
    past_cut: bool,
    /// The older half, as an inode, of a cut that was begun and never ended.
    unfinished: u64,
    fallback_time: Option<i64>,
}

impl Source {
    /// Opens the log of a folder at its beginning; a log that does not exist is an empty one.
    pub fn open(folder: Folder) -> Self {
        let mut source = Self {
            folder,
            index: Index::default(),
            log: None,
            old: None,
            limit: None,
            flush: true,
            run: 0,
            at: 0,
            next_event: 0,
            passed: None,
            buffer: Vec::new(),
            used: 0,
            inside_gap: false,
            past_cut: false,
            unfinished: 0,
            fallback_time: None,
        };
        source.refresh();
        source
    }

    /// Takes up what has changed: a grown index, a log that was made or cut.
    pub fn refresh(&mut self) {
        let base = self.index.base;
        if self.index.refresh(&self.folder) {
            self.next_event = self.after_passed();
        }
        self.reopen();
        if self.index.base != base || self.old.is_none() {
            self.past_cut = false;
            let old = self.folder.look_into(OLD).ok();
            self.old = old.and_then(|file| {
                let metadata = file.metadata().ok().filter(|metadata| metadata.ino() == self.index.old)?;
                Some((file, self.index.base.checked_sub(metadata.len())?))
            });
        }
        let modified = self.log.as_ref().and_then(|log| log.metadata().ok()?.modified().ok());
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        self.fallback_time = since.and_then(|time| i64::try_from(time.as_micros()).ok());
    }

    /// Opens the log, also anew where it was deleted and another one made.
    fn reopen(&mut self) {
        let present = fs::symlink_metadata(self.folder.file(LOG)).map(|log| log.ino()).ok();
        let open = self.log.as_ref().and_then(|log| log.metadata().ok()).map(|log| log.ino());
        if present.is_some() && present != open {
            self.log = self.folder.look_into(LOG).ok();
        }
    }

    /// Moves to an offset, which may be in the middle of a line.
    pub fn seek(&mut self, offset: u64) {
        let last = self.events_before(offset).checked_sub(1);
        let passed = last.and_then(|last| self.index.events.get(last)).copied();
        self.go_to(Place { offset, passed, past_cut: false });
    }

    /// Where it is, to come back to.
    pub fn place(&self) -> Place {
        Place { offset: self.position(), passed: self.passed, past_cut: self.past_cut }
    }

    /// Goes to a place where it was.
    pub fn go_to(&mut self, place: Place) {
        self.at = place.offset;
        self.buffer.clear();
        self.used = 0;
        (self.passed, self.past_cut) = (place.passed, place.past_cut);
        self.run = self.passed.as_ref().map_or(0, Event::run);
        self.next_event = self.after_passed();
    }

    /// The event behind the one that was taken last.
    fn after_passed(&self) -> usize {
        let passed = self.passed.and_then(|event| self.index.events.iter().position(|known| *known == event));
        passed.map_or_else(|| self.events_before(self.position()), |place| place + 1)
    }

    fn events_before(&self, offset: u64) -> usize {
        self.index.events.iter().take_while(|event| event.offset() < offset).count()
    }

    /// The state folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The offset of the next byte to be shown.
    pub fn position(&self) -> u64 {
        self.at + self.used as u64
    }

    /// The bytes that a [`Head::Text`] speaks of.
    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.buffer.get(range.clone()).unwrap_or_default()
    }

    /// What comes next, without taking it; `None` at the present end.
    pub fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            let position = self.position();
            let event = self.index.events.get(self.next_event).copied();
            if let Some(event) = event.filter(|event| event.offset() <= position) {
                return Ok(Some(Head::Event(event)));
            }
            if self.limit.is_some_and(|limit| position >= limit) {
                return Ok(None);
            }
            let cut = self.old.is_some().then_some(self.index.base).filter(|_| !self.past_cut);
            if cut == Some(position) {
                return Ok(Some(Head::Cut));
            }
            let cut = cut.filter(|cut| *cut > position);
            let stop = [event.map(|event| event.offset()), self.limit, cut].into_iter().flatten().min();
            if let Some(head) = self.line(stop) {
                return Ok(Some(head));
            }
            match self.fill()? {
                Fill::More => {}
                Fill::Gap(bytes) => return Ok(Some(Head::Gap(bytes))),
                Fill::End => return Ok(self.rest()),
            }
        }
    }

    /// Steps over what [`Source::head`] returned.
    pub fn take(&mut self, head: &Head) {
        match head {
            Head::Text { range, .. } => self.used = range.end,
            Head::Event(event) => {
                self.run = event.run();
                self.passed = Some(*event);
                self.next_event += 1;
            }
            Head::Cut => self.past_cut = true,
            Head::Gap(bytes) => {
                self.at = self.position() + bytes;
                self.buffer.clear();
                self.used = 0;
                self.inside_gap = true;
            }
        }
    }

    /// A line that is wholly in the buffer, ends at an event, or is too long to wait for its end.
    fn line(&mut self, stop: Option<u64>) -> Option<Head> {
        let room =
            stop.map_or(usize::MAX, |stop| usize::try_from(stop - self.position()).unwrap_or(usize::MAX));
        let pending = self.buffer.get(self.used..)?;
        let pending = pending.get(..room).unwrap_or(pending);
        let length = match pending.iter().position(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if pending.len() == room || pending.len() >= CHUNK => pending.len(),
            None => return None,
        };
        let whole = pending.get(length.wrapping_sub(1)) == Some(&b'\n');
        if std::mem::take(&mut self.inside_gap) && whole && length < pending.len() {
            self.used += length;
            return self.line(stop);
        }
        Some(self.text(length, whole || length == room))
    }

    /// What is left in the buffer at the end of the file.
    fn rest(&self) -> Option<Head> {
        let length = self.buffer.len() - self.used;
        (self.flush && length > 0).then(|| self.text(length, true))
    }

    fn text(&self, length: usize, whole: bool) -> Head {
        let time = self.index.time_of(self.position()).or(self.fallback_time);
        Head::Text { range: self.used..self.used + length, time, whole }
    }

    /// Reads more behind what is in the buffer.
    fn fill(&mut self) -> io::Result<Fill> {
        self.buffer.drain(..self.used);
        self.at += self.used as u64;
        self.used = 0;
        let end = self.at + self.buffer.len() as u64;
        let Some(log) = &self.log else { return Ok(self.missing(end)) };
        let (file, inside, moves) = match &self.old {
            Some((old, from)) if end < self.index.base && end >= *from => (old, end - from, false),
            Some((_, from)) if end < *from => return Ok(self.gap(from - end)),
            None if end < self.index.base => return Ok(self.gap(self.index.base - end)),
            _ => (log, end - self.index.base, true),
        };
        let had = self.buffer.len();
        self.buffer.resize(had + CHUNK, 0);
        let read = file.read_at(self.buffer.get_mut(had..).unwrap_or_default(), inside);
        self.buffer.truncate(had + read.as_ref().copied().unwrap_or(0));
        let read = read?;
        // Old bytes may have been punched out before or during the read, and then read as zeros; SEEK_DATA (lseek(2)) tells
        // them from zeros that were written. Holes are only ever made at the front.
        let data = seek(file, SeekFrom::Data(inside)).unwrap_or(inside);
        if moves && (self.was_cut() || self.renewed()) {
            self.buffer.truncate(had);
            return Ok(Fill::More);
        }
        if read > 0 && data > inside {
            self.buffer.truncate(had);
            return Ok(self.gap(data - inside));
        }
        Ok(if read > 0 { Fill::More } else { self.missing(end) })
    }

    /// Takes up the events of what was just read: they are noted before the run that they begin writes anything. Whether
    /// offsets are others now.
    fn renewed(&mut self) -> bool {
        let base = self.index.base;
        self.refresh();
        self.index.base != base
    }

    /// Whether the log was cut since the index was read, so that its offsets are others now. The older half is replaced just
    /// before a cut, and the index tells of it just after.
    fn was_cut(&mut self) -> bool {
        let (base, mut unfinished) = (self.index.base, 0);
        for _ in 0..CUTTING {
            let present = fs::symlink_metadata(self.folder.file(OLD)).map_or(0, |old| old.ino());
            if present == self.index.old || present == self.unfinished {
                return false;
            }
            self.refresh();
            if self.index.base != base {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
            unfinished = present;
        }
        self.unfinished = unfinished;
        false
    }

    /// The end of what is there; where something is known to have come behind it, somebody emptied or deleted the log.
    fn missing(&mut self, end: u64) -> Fill {
        let next = self.index.events.get(self.next_event).map_or(end, Event::offset);
        if next > end { self.gap(next - end) } else { Fill::End }
    }

    /// A gap behind what is in the buffer: that is shown first, as the beginning of a line whose end is gone.
    fn gap(&mut self, bytes: u64) -> Fill {
        if self.buffer.is_empty() {
            return Fill::Gap(bytes);
        }
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
        Fill::Gap(bytes)
    }
}

/// What reading on gave.
enum Fill {
    More,
    Gap(u64),
    End,
}
