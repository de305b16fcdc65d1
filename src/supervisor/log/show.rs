//! Many logs as one: merged by time, filtered, followed.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify;

use super::reader::Reader;
use super::source::Head;
use super::view::{Line, LogOptions, LogSource};
use crate::supervisor::error::Error;
use crate::supervisor::sweep::timespec;
use crate::supervisor::watch::drained;

/// How long a follower sleeps before it looks whether it was interrupted, and whether a log has come to be.
const NAP: Duration = Duration::from_millis(200);
/// How often a follower looks at logs of which it was told nothing.
const SELDOM: Duration = Duration::from_secs(1);

/// Hands what the options ask for to `each`, merged by time; within one service the order of writing is kept. While
/// following, `None` says that everything there is was handed over, and that what comes next may take a while.
///
/// Reads what is on disk, whether or not anything runs. While following it returns when `interrupted` becomes true. A broken
/// pipe in `each` is a quiet end; any other error of it is [`Error::Output`].
pub fn logs(
    sources: &[LogSource],
    options: &LogOptions,
    interrupted: &AtomicBool,
    each: &mut dyn FnMut(Option<Line<'_>>) -> io::Result<()>,
) -> Result<(), Error> {
    let mut readers: Vec<Reader<'_>> = sources.iter().map(|source| Reader::open(source, options)).collect();
    for reader in &mut readers {
        reader.skip_to_tail().map_err(|error| reader.broken(error))?;
    }
    let watch = if options.follow { watch(sources) } else { None };
    loop {
        match merge(&mut readers, interrupted, each)? {
            Merged::Closed => return Ok(()),
            Merged::Shown if !options.follow || interrupted.load(Ordering::Relaxed) => return Ok(()),
            Merged::Shown => {}
        }
        if is_closed(each(None))? {
            return Ok(());
        }
        let looked = Instant::now();
        while !nap(watch.as_ref()) && looked.elapsed() < SELDOM && !interrupted.load(Ordering::Relaxed) {}
        let last = interrupted.load(Ordering::Relaxed);
        for reader in &mut readers {
            reader.source.refresh();
            reader.source.flush = last;
        }
    }
}

/// The last lines of one run (the latest where `run` is `None`) without their ends, for an error message; fewer where there are fewer,
/// and of a very long one its beginning.
pub fn last_lines(dir: &Path, run: Option<u64>, n: usize) -> Vec<String> {
    let run = run.map_or(0, |run| i64::try_from(run).unwrap_or(i64::MAX));
    let options = LogOptions { tail: Some(n), run: Some(run), ..LogOptions::default() };
    let source = LogSource { service: String::new(), dir: dir.to_path_buf() };
    let mut lines: Vec<Brief> = Vec::new();
    let mut begun = false;
    let _ = logs(&[source], &options, &AtomicBool::new(false), &mut |line| {
        let Some(line) = line else { return Ok(()) };
        if let Line::Text { bytes, .. } = line {
            lines.extend((!begun).then(Brief::default));
            lines.iter_mut().last().into_iter().for_each(|line| line.add(bytes));
        }
        begun = line.goes_on();
        Ok(())
    });
    lines.iter().map(Brief::told).collect()
}

/// The beginning of a line, and how much more there is of it.
#[derive(Default)]
struct Brief {
    bytes: Vec<u8>,
    more: usize,
}

impl Brief {
    /// The most bytes of one line that an error message shows.
    const LONGEST: usize = 2 << 10;

    fn add(&mut self, piece: &[u8]) {
        let room = Self::LONGEST.saturating_sub(self.bytes.len());
        let (shown, more) = piece.split_at(piece.len().min(room));
        self.bytes.extend_from_slice(shown);
        self.more += more.len();
    }

    fn told(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        if self.more == 0 { text.into_owned() } else { format!("{text}… and {} bytes more", self.more) }
    }
}

/// How a round of merging ended.
enum Merged {
    /// Everything there is was shown.
    Shown,
    /// Nobody reads any more.
    Closed,
}

fn merge(
    readers: &mut [Reader<'_>],
    interrupted: &AtomicBool,
    each: &mut dyn FnMut(Option<Line<'_>>) -> io::Result<()>,
) -> Result<Merged, Error> {
    let mut heads = readers.iter_mut().map(Reader::head).collect::<Result<Vec<_>, _>>()?;
    let mut begun = None;
    while !interrupted.load(Ordering::Relaxed) {
        let Some(place) = next(&heads, begun) else { break };
        let (Some(reader), Some(slot)) = (readers.get_mut(place), heads.get_mut(place)) else { break };
        let Some((time, head)) = slot.take() else { break };
        reader.latest = time;
        begun = head.goes_on().then_some(place);
        if is_closed(reader.show(&head, each))? {
            return Ok(Merged::Closed);
        }
        *slot = reader.head()?;
    }
    Ok(Merged::Shown)
}

/// Whether nobody reads any more.
fn is_closed(shown: io::Result<()>) -> Result<bool, Error> {
    match shown {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(Error::Output(error)),
    }
}

/// Whose turn it is: a line that was begun is ended before another service says something, else the earliest goes first.
fn next(heads: &[Option<(i64, Head)>], begun: Option<usize>) -> Option<usize> {
    let waits = |place: &usize| heads.get(*place).is_some_and(Option::is_some);
    let all = heads.iter().enumerate();
    let first = all.filter_map(|(place, head)| head.as_ref().map(|(time, _)| (*time, place))).min();
    begun.filter(waits).or(first.map(|(_, place)| place))
}

/// What tells of changes.
struct Watch {
    fd: OwnedFd,
    /// Whether it tells of all logs; the folder of a service that never ran is not there yet.
    all: bool,
}

/// Watches the folders: logs and indexes grow, are made, and are replaced there.
fn watch(sources: &[LogSource]) -> Option<Watch> {
    use inotify::{CreateFlags, WatchFlags};
    let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
    let flags = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
    let unwatched = sources.iter().filter(|source| inotify::add_watch(&fd, &source.dir, flags).is_err());
    let all = unwatched.count() == 0;
    Some(Watch { fd, all })
}

/// Sleeps until something changed, or for a [`NAP`]; whether it may have changed.
fn nap(watch: Option<&Watch>) -> bool {
    let Some(watch) = watch else {
        std::thread::sleep(NAP);
        return true;
    };
    let mut fds = [PollFd::new(&watch.fd, PollFlags::IN)];
    let _ = poll(&mut fds, timespec(NAP).as_ref());
    drained(&watch.fd) || !watch.all
}
