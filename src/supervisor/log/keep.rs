//! The supervisor's side of a log: note when it grew, bound what it takes on the disk, keep space ahead of its end.
//!
//! The service writes by itself; all of this may be late or fail, and the service never feels it. Old bytes go by
//! `FALLOC_FL_PUNCH_HOLE` and the reservation is `FALLOC_FL_KEEP_SIZE` (fallocate(2)); growth is told by inotify(7).

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, Instant};

use rustix::fs::inotify::WatchFlags;
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, seek};
use rustix::io::Errno;

use super::index::Ends;
use super::mark::Mark;
use super::{INDEX, LOG, OLD};
use crate::supervisor::exit::{Cause, Exit};
use crate::supervisor::fail;
use crate::supervisor::folder::Folder;
use crate::supervisor::record::now;
use crate::supervisor::watch::{drained, watch};

/// How much of a log is kept unless the manifest says otherwise.
const KEPT: u64 = 64 << 20;
/// How much space is held ahead of the end.
const AHEAD: u64 = 1 << 20;
/// Holes begin and end at multiples of this: no file system has larger blocks.
pub const BLOCK: u64 = 64 << 10;
/// How large an index may grow before it is thinned.
const INDEX_LIMIT: u64 = 1 << 20;
/// How exact the times of lines are, and how rarely a flood wakes the supervisor.
const GRAIN: Duration = Duration::from_millis(10);
/// How often the log is looked at where no inotify watch is to be had (`fs.inotify.max_user_instances`).
const UNWATCHED: Duration = Duration::from_millis(200);

/// Keeps one log.
#[derive(Debug)]
pub struct Keeper {
    folder: Folder,
    log: File,
    index: File,
    index_size: u64,
    watch: Option<OwnedFd>,
    quiet_until: Option<Instant>,
    base: u64,
    end: u64,
    from: u64,
    kept: u64,
    /// Up to where space is held.
    reserved: u64,
    /// How much was held when that was done.
    ahead: u64,
    cannot: Cannot,
    /// What a person should know, if anything.
    pub note: Option<&'static str>,
}

/// What this file system turned out not to support.
#[derive(Debug, Default, Clone, Copy)]
struct Cannot {
    punch: bool,
    reserve: bool,
}

impl Keeper {
    /// Opens log and index, and notes what was written while nobody watched.
    pub fn open(folder: &Folder, kept: Option<u64>) -> io::Result<Self> {
        let log = folder.append(LOG)?;
        let index = folder.append(INDEX)?;
        let watch = watch(&folder.file(LOG), WatchFlags::MODIFY);
        let Ends { base, end, .. } = Ends::load(folder);
        let from = seek(&log, SeekFrom::Data(0)).unwrap_or(0) / BLOCK * BLOCK;
        let mut keeper = Self {
            folder: folder.clone(),
            index_size: index.metadata()?.len(),
            log,
            index,
            note: watch.is_err().then_some("no inotify watch is left: the log is looked at once in 200 ms"),
            quiet_until: watch.is_err().then(Instant::now),
            watch: watch.ok(),
            base,
            end,
            from,
            kept: kept.unwrap_or(KEPT).max(2 * BLOCK),
            reserved: 0,
            ahead: AHEAD,
            cannot: Cannot { punch: fail::chosen("no-punch"), reserve: false },
        };
        keeper.close_torn_line()?;
        keeper.grown();
        Ok(keeper)
    }

    /// As on a file system that cannot punch holes.
    #[cfg(test)]
    pub fn never_punch(&mut self) {
        self.cannot.punch = true;
    }

    /// A full disk may have torn the last line.
    fn close_torn_line(&mut self) -> io::Result<()> {
        let mut last = [b'\n'];
        if let Some(at) = self.index_size.checked_sub(1) {
            self.index.read_exact_at(&mut last, at)?;
        }
        if last != [b'\n'] {
            self.index.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The log, for a child's standard output and error.
    pub fn log(&self) -> &File {
        &self.log
    }

    /// What becomes readable when the log grows; `None` while growth is not looked at, or cannot be.
    pub fn fd(&self) -> Option<&OwnedFd> {
        self.watch.as_ref().filter(|_| self.quiet_until.is_none())
    }

    /// How long growth is not looked at; `None` when it is.
    pub fn quiet(&self) -> Option<Duration> {
        self.quiet_until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Looks at the log if it may have grown. Called whenever the supervisor is awake.
    pub fn turn(&mut self) {
        if self.quiet_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        self.quiet_until = None;
        let grain = if self.watch.is_none() { UNWATCHED } else { GRAIN };
        if self.watch.as_ref().is_none_or(drained) {
            self.grown();
            self.quiet_until = Some(Instant::now() + grain);
        }
    }

    /// Notes the end of the log if it moved, and sees to the disk.
    pub fn grown(&mut self) {
        let Ok(metadata) = self.log.metadata() else { return };
        if metadata.nlink() == 0 {
            self.note = Some("its log file was deleted: what it writes is lost until it is restarted");
        }
        let size = metadata.len();
        if self.base + size < self.end {
            self.base = self.end;
            self.from = 0;
            let _ = fs::remove_file(self.folder.file(OLD));
            self.mark(Mark::Base { time: now(), offset: self.base, old: 0 });
        }
        if self.base + size > self.end {
            self.end = self.base + size;
            self.mark(Mark::At { time: now(), offset: self.end });
        }
        self.bound(size);
        self.reserve(size);
    }

    /// Notes that a run begins.
    pub fn start(&mut self, run: u64, pid: u32) {
        self.grown();
        self.mark(Mark::Start { time: now(), offset: self.end, run, pid });
    }

    /// Notes that a run ended.
    pub fn end(&mut self, run: u64, exit: Exit, cause: Cause) {
        self.grown();
        self.mark(Mark::End { time: now(), offset: self.end, run, exit, cause });
    }

    fn mark(&mut self, mark: Mark) {
        let line = mark.to_string();
        let mut written = self.index.write_all(line.as_bytes());
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull)
            && self.make_room(BLOCK)
        {
            written = self.index.write_all(line.as_bytes());
        }
        if written.is_ok() {
            self.index_size += line.len() as u64;
        }
        if self.index_size > INDEX_LIMIT {
            let _ = self.thin();
        }
    }

    fn bound(&mut self, size: u64) {
        if size.saturating_sub(self.from) <= self.kept + self.kept / 8 {
            return;
        }
        self.drop_before((size - self.kept) / BLOCK * BLOCK);
    }

    /// Gives the disk back what is before this place in the file.
    fn drop_before(&mut self, to: u64) {
        if to <= self.from {
            return;
        }
        if !self.cannot.punch {
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            match fallocate(&self.log, flags, self.from, to - self.from) {
                Ok(()) => self.from = to,
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.cannot.punch = true,
                Err(_) => {}
            }
        }
        if self.cannot.punch {
            self.note = Some(
                "this file system cannot punch holes: the log is cut instead, and its lines say where some may be missing",
            );
            let _ = self.cut();
        }
    }

    /// Where holes cannot be punched: keeps the newest half in a second file and empties the first. No call both reads a file
    /// to its end and empties it, so what is written between the two is lost; a reader says so where the files meet.
    fn cut(&mut self) -> io::Result<()> {
        let new = self.folder.file("log.new");
        let mut old = self.folder.anew("log.new")?;
        let size = self.log.metadata()?.len();
        // A service that writes faster than this copies would have it copy for ever.
        let most = self.copy(size.saturating_sub(self.kept / 2), size + self.kept, &mut old)?;
        fs::rename(new, self.folder.file(OLD))?;
        let end = self.copy(most, most + self.kept, &mut old)?;
        self.log.set_len(0)?;
        self.base += end;
        self.end = self.base;
        (self.from, self.reserved) = (0, 0);
        self.mark(Mark::Base { time: now(), offset: self.base, old: old.metadata()?.ino() });
        Ok(())
    }

    /// Copies the log from an offset to its present end, or a little beyond another offset; returns up to where.
    fn copy(&self, from: u64, upto: u64, to: &mut File) -> io::Result<u64> {
        let mut buffer = vec![0; 64 << 10];
        let mut at = from;
        while at < upto {
            let read = self.log.read_at(&mut buffer, at)?;
            if read == 0 {
                break;
            }
            to.write_all(buffer.get(..read).unwrap_or_default())?;
            at += read as u64;
        }
        Ok(at)
    }

    /// Holds space ahead of the end, so that a disk filled by others does not stop the service. On a full disk the oldest lines
    /// pay for it, and less is held.
    fn reserve(&mut self, size: u64) {
        if self.cannot.reserve || self.reserved > size + self.ahead / 2 {
            return;
        }
        let ask = |keeper: &Self| fallocate(&keeper.log, FallocateFlags::KEEP_SIZE, size, keeper.ahead);
        self.ahead = AHEAD;
        let mut asked = ask(self);
        if asked == Err(Errno::NOSPC) {
            self.ahead = AHEAD / 2;
            let missing = (size + self.ahead).saturating_sub(self.reserved.max(size));
            if self.make_room(missing) {
                asked = ask(self);
            }
        }
        match asked {
            Ok(()) => self.reserved = size + self.ahead,
            Err(Errno::NOSPC) => {
                self.note = Some("the disk is full: the log has no space held ahead of its end");
            }
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.cannot.reserve = true,
            Err(_) => {}
        }
    }

    /// Gives up so many of the oldest bytes of the log for more urgent needs on a full disk; whether there were any.
    pub fn make_room(&mut self, bytes: u64) -> bool {
        self.note = Some("the disk is full: the oldest lines of the log are dropped early");
        let Ok(size) = self.log.metadata().map(|metadata| metadata.len()) else { return false };
        let before = self.from;
        let to = (self.from + bytes).next_multiple_of(BLOCK).min(size / BLOCK * BLOCK);
        if !self.cannot.punch {
            self.drop_before(to);
        }
        self.from > before
    }

    /// Drops marks of bytes that are gone, and every second one of the others; starts and ends of what is kept stay.
    fn thin(&mut self) -> io::Result<()> {
        let new = self.folder.file("index.new");
        let mut out = BufWriter::new(self.folder.anew("index.new")?);
        let kept_from = self.base.saturating_sub(self.kept) + self.from;
        let lines = BufReader::new(self.folder.look_into(INDEX)?).lines();
        let mut odd = false;
        for mark in lines.map_while(Result::ok).filter_map(|line| Mark::parse(&line)) {
            odd = !odd;
            let is_point = matches!(mark, Mark::At { .. });
            if (is_point && odd) || (mark.offset() < kept_from && !matches!(mark, Mark::Base { .. })) {
                continue;
            }
            write!(out, "{mark}")?;
        }
        out.flush()?;
        fs::rename(new, self.folder.file(INDEX))?;
        self.index = self.folder.append(INDEX)?;
        self.index_size = self.index.metadata()?.len();
        Ok(())
    }
}
