//! The index beside a log: one line per mark, appended only, and read leniently (a torn or unknown line is passed over).
//!
//! Offsets are logical: they count every byte since the first run and never change. Where old bytes are punched out they are
//! the offsets in the file; where the file is cut instead, a `base` mark says at which offset the file now begins.

use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;

use super::INDEX;
use super::mark::Mark;
use crate::supervisor::exit::{Cause, Exit};
use crate::supervisor::folder::Folder;

/// A place in the log where something other than text is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A run began.
    Start { time: i64, offset: u64, run: u64, pid: u32 },
    /// A run ended.
    End { time: i64, offset: u64, run: u64, exit: Exit, cause: Cause },
}

impl Event {
    /// Before which byte it is shown.
    pub fn offset(&self) -> u64 {
        match *self {
            Self::Start { offset, .. } | Self::End { offset, .. } => offset,
        }
    }

    /// When it happened, in microseconds after 1970.
    pub fn time(&self) -> i64 {
        match *self {
            Self::Start { time, .. } | Self::End { time, .. } => time,
        }
    }

    /// The run it belongs to.
    pub fn run(&self) -> u64 {
        match *self {
            Self::Start { run, .. } | Self::End { run, .. } => run,
        }
    }
}

/// What a writer needs of an index, read without keeping it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ends {
    /// The offset at which the log file begins.
    pub base: u64,
    /// The greatest offset that was noted.
    pub end: u64,
    /// The greatest number of a run.
    pub run: u64,
}

impl Ends {
    /// Reads the index of a folder.
    pub fn load(folder: &Folder) -> Self {
        let mut ends = Self::default();
        let Ok(file) = folder.look_into(INDEX) else { return ends };
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        for mark in lines.filter_map(|line| std::str::from_utf8(&line).ok().and_then(Mark::parse)) {
            ends.end = ends.end.max(mark.offset());
            match mark {
                Mark::Base { offset, .. } => ends.base = offset,
                Mark::Start { run, .. } | Mark::End { run, .. } => ends.run = ends.run.max(run),
                Mark::At { .. } => {}
            }
        }
        ends
    }
}

/// An index in memory, which can be brought up to date while its file grows.
#[derive(Debug, Default)]
pub struct Index {
    /// (offset, time): the log ended at `offset` at `time`; offsets ascend.
    pub marks: Vec<(u64, i64)>,
    /// Starts and ends, in the order of the file.
    pub events: Vec<Event>,
    /// The offset at which the log file begins.
    pub base: u64,
    /// The inode of the file with what was before that; 0 where there is none.
    pub old: u64,
    file: Option<(u64, u64)>,
}

impl Index {
    /// Reads what was appended since; a replaced file is read anew, and then the answer is `true`.
    pub fn refresh(&mut self, folder: &Folder) -> bool {
        let Ok(mut file) = folder.look_into(INDEX) else { return false };
        let Ok(inode) = file.metadata().map(|metadata| metadata.ino()) else { return false };
        let known = self.file.filter(|(known, _)| *known == inode);
        if known.is_none() {
            *self = Self::default();
        }
        let from = known.map_or(0, |(_, read)| read);
        if file.seek(SeekFrom::Start(from)).is_ok() {
            let read = self.take(BufReader::new(file));
            self.file = Some((inode, from + read));
        }
        known.is_none()
    }

    /// Takes whole lines and returns how many bytes they were; a line without its end is left for the next time.
    fn take(&mut self, mut lines: impl BufRead) -> u64 {
        let mut read = 0;
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok() && line.ends_with(b"\n") {
            read += line.len() as u64;
            if let Some(mark) = std::str::from_utf8(&line).ok().and_then(|text| Mark::parse(text.trim_end()))
            {
                self.add(mark);
            }
            line.clear();
        }
        read
    }

    fn add(&mut self, mark: Mark) {
        match mark {
            Mark::At { time, offset } => {
                if self.marks.last().is_none_or(|(last, _)| *last < offset) {
                    self.marks.push((offset, time));
                }
            }
            Mark::Start { time, offset, run, pid } => {
                self.events.push(Event::Start { time, offset, run, pid });
            }
            Mark::End { time, offset, run, exit, cause } => {
                self.events.push(Event::End { time, offset, run, exit, cause });
            }
            Mark::Base { offset, old, .. } => (self.base, self.old) = (offset, old),
        }
    }

    /// When the byte at this offset was first seen, in microseconds after 1970; `None` if it is newer than the index.
    pub fn time_of(&self, offset: u64) -> Option<i64> {
        let next = self.marks.partition_point(|(end, _)| *end <= offset);
        self.marks.get(next).map(|(_, time)| *time)
    }

    /// An offset before which everything is older than `time`. The clock may have been set back, so times need not ascend.
    pub fn before(&self, time: i64) -> u64 {
        let older = self.marks.iter().take_while(|(_, at)| *at < time);
        older.last().map_or(0, |(offset, _)| *offset)
    }

    /// An offset behind which everything is newer than `time`.
    pub fn behind(&self, time: i64) -> u64 {
        self.marks.iter().rfind(|(_, at)| *at <= time).map_or(0, |(offset, _)| *offset)
    }

    /// Where a run begins and ends in the log: positive numbers count from the first run, 0 is the latest, -1 the one before.
    ///
    /// `None` if there is no such run; the end is `None` while it is the latest.
    pub fn region(&self, run: i64) -> Option<(u64, Option<u64>, u64)> {
        let starts: Vec<(u64, u64)> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Start { offset, run, .. } => Some((*offset, *run)),
                Event::End { .. } => None,
            })
            .collect();
        let place = match u64::try_from(run) {
            Ok(0) => starts.len().checked_sub(1)?,
            Ok(number) => starts.iter().position(|(_, run)| *run == number)?,
            Err(_) => starts.len().checked_sub(1 + usize::try_from(run.unsigned_abs()).ok()?)?,
        };
        let (from, number) = *starts.get(place)?;
        Some((from, starts.get(place + 1).map(|(next, _)| *next), number))
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    const TEXT: &str = "s 10 0 1 77 ;\nm 20 100 ;\nm 30 200 ;\ne 31 200 1 s 9 i ;\ns 40 200 2 78 ;\nm 45 2\nm 50 300 ;\nm 60";

    fn index() -> Index {
        let mut index = Index::default();
        assert_eq!(index.take(TEXT.as_bytes()), TEXT.len() as u64 - 4);
        index
    }

    #[test]
    fn a_byte_has_the_time_at_which_the_log_was_first_seen_to_hold_it() {
        let index = index();
        assert_eq!(index.time_of(0), Some(20));
        assert_eq!(index.time_of(99), Some(20));
        assert_eq!(index.time_of(100), Some(30));
        assert_eq!(index.time_of(300), None);
        assert_eq!(index.before(30), 100);
        assert_eq!(index.before(5), 0);
        assert_eq!((index.behind(5), index.behind(30)), (0, 200));
    }

    #[test]
    fn the_clock_may_be_set_back() {
        let mut index = Index::default();
        index.take(&b"m 20 100 ;\nm 90 200 ;\nm 30 300 ;\nm 40 400 ;\nm 50 500 ;\n"[..]);
        assert_eq!((index.before(35), index.behind(45)), (100, 400));
    }

    #[test]
    fn runs_are_counted_from_both_ends() {
        let index = index();
        assert_eq!(index.region(0), Some((200, None, 2)));
        assert_eq!(index.region(-1), Some((0, Some(200), 1)));
        assert_eq!(index.region(1), Some((0, Some(200), 1)));
        assert_eq!(index.region(-2), None);
    }
}
