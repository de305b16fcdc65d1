//! Logs of several kinds as one: each is read by a thread of its own, and their lines are put in the order of time.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::print::Printer;
use super::program::{self, Running};
use super::{Context, Failure, Logs, Printed, Source};
use crate::supervisor::{self, Cause, Exit, Line, LogOptions, LogSource};

/// Lines read ahead of each log.
const AHEAD: usize = 256;
/// What comes within this time is put in order before it is shown.
const GATHER: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_millis(50);

type Reading<'s> = ScopedJoinHandle<'s, Result<(), Failure>>;

/// Prints the logs, and follows them until interrupted or until one cannot be read any more.
pub fn run(logs: &Logs, context: &Context<'_>) -> Result<(), Failure> {
    let (stop, running) = (AtomicBool::new(false), Running::default());
    std::thread::scope(|scope| {
        let streams = streams(logs, scope, &running, &stop).map_err(|source| {
            stop.store(true, Ordering::Relaxed);
            Box::new(supervisor::Error::io("begin to read the logs", source)) as Failure
        })?;
        let (readings, receivers): (Vec<_>, Vec<_>) = streams.into_iter().unzip();
        let mut out = context.sink.stdout();
        let mut printer = Printer::new(logs, context);
        let shown = if logs.options.follow {
            follow(&receivers, &readings, &mut printer, &mut out, context)
        } else {
            merge(&receivers, &mut printer, &mut out, context.interrupted)
        };
        // A broken pipe is a quiet end; the reader has what it wanted.
        let _ = shown.and_then(|()| printer.finish(&mut out)).and_then(|()| out.flush());
        stop.store(true, Ordering::Relaxed);
        drop(receivers);
        running.lock().map(|all| all.iter().for_each(|pid| program::end(Some(*pid)))).unwrap_or_default();
        let mut results = readings.into_iter().map(|reading| reading.join().unwrap_or(Ok(())));
        results.find(Result::is_err).unwrap_or(Ok(()))
    })
}

fn streams<'s>(
    logs: &'s Logs,
    scope: &'s Scope<'s, '_>,
    running: &'s Running,
    stop: &'s AtomicBool,
) -> io::Result<Vec<(Reading<'s>, Receiver<Owned>)>> {
    let supervised: Vec<LogSource> = logs.sources.iter().filter_map(Source::supervised).collect();
    let mut streams = Vec::new();
    if !supervised.is_empty() {
        let (sender, receiver) = sync_channel(AHEAD);
        let read = move || read_supervised(&supervised, &logs.options, stop, &sender);
        let reading = Builder::new().spawn_scoped(scope, read)?;
        streams.push((reading, receiver));
    }
    for source in &logs.sources {
        let Source::Printed(printed) = source else { continue };
        let (sender, receiver) = sync_channel(AHEAD);
        let read = move || read_printed(printed, &logs.options, running, stop, &sender);
        let reading = Builder::new().spawn_scoped(scope, read)?;
        streams.push((reading, receiver));
    }
    Ok(streams)
}

fn read_supervised(
    sources: &[LogSource],
    options: &LogOptions,
    stop: &AtomicBool,
    sender: &SyncSender<Owned>,
) -> Result<(), Failure> {
    let result = supervisor::logs(sources, options, stop, &mut |line| {
        let Some(line) = line else { return Ok(()) };
        sender.send(Owned::of(line)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    });
    result.map_err(|error| Box::new(error) as Failure)
}

fn read_printed(
    printed: &Printed,
    options: &LogOptions,
    running: &Running,
    stop: &AtomicBool,
    sender: &SyncSender<Owned>,
) -> Result<(), Failure> {
    let result = printed.read(options, running, stop, &mut |line| {
        let kind = Kind::Text { run: 0, bytes: line.text, whole: true };
        sender.send(Owned { service: printed.service.clone(), time: Some(line.time), kind }).is_ok()
    });
    result.map_err(|error| Box::new(error) as Failure)
}

/// The earliest line of all goes first; each log by itself is in order, and a line that was begun is ended first.
fn merge(
    receivers: &[Receiver<Owned>],
    printer: &mut Printer<'_>,
    out: &mut dyn Write,
    interrupted: &AtomicBool,
) -> io::Result<()> {
    let mut heads: Vec<_> = receivers.iter().map(|receiver| next(receiver, interrupted)).collect();
    let mut begun = None;
    loop {
        let waiting = heads.iter().enumerate().filter_map(|(index, head)| Some((index, head.as_ref()?.time)));
        let first = waiting.min_by_key(|(_, time)| *time).map(|(index, _)| index);
        let Some(index) = begun.filter(|index: &usize| heads[*index].is_some()).or(first) else {
            return Ok(());
        };
        if let Some(head) = heads[index].take() {
            printer.print(out, head.line())?;
            begun = head.line().goes_on().then_some(index);
        }
        heads[index] = next(&receivers[index], interrupted);
    }
}

/// The next line of a log; nothing at its end, and once the command is interrupted.
fn next(receiver: &Receiver<Owned>, interrupted: &AtomicBool) -> Option<Owned> {
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(line) => return Some(line),
            Err(RecvTimeoutError::Timeout) if !interrupted.load(Ordering::Relaxed) => {}
            Err(_) => return None,
        }
    }
}

fn follow(
    receivers: &[Receiver<Owned>],
    readings: &[Reading<'_>],
    printer: &mut Printer<'_>,
    out: &mut dyn Write,
    context: &Context<'_>,
) -> io::Result<()> {
    loop {
        let mut lines = gather(receivers);
        lines.sort_by_key(|line| line.time);
        for line in &lines {
            printer.print(out, line.line())?;
        }
        out.flush()?;
        let over =
            context.interrupted.load(Ordering::Relaxed) || readings.iter().any(ScopedJoinHandle::is_finished);
        if over && lines.is_empty() {
            return Ok(());
        }
    }
}

/// What comes within a short time of the first line, of all logs.
fn gather(receivers: &[Receiver<Owned>]) -> Vec<Owned> {
    let mut lines = Vec::new();
    let begun = Instant::now();
    let share = TICK / u32::try_from(receivers.len()).unwrap_or(1).max(1);
    while begun.elapsed() < GATHER {
        for receiver in receivers {
            match receiver.recv_timeout(share) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(share),
            }
            while let Ok(line) = receiver.try_recv() {
                lines.push(line);
                if begun.elapsed() >= GATHER {
                    break;
                }
            }
        }
    }
    lines
}

/// A line of a supervisor's log or of a program, to be handed from thread to thread.
struct Owned {
    service: String,
    time: Option<Timestamp>,
    kind: Kind,
}

enum Kind {
    Text { run: u64, bytes: Vec<u8>, whole: bool },
    Start { run: u64, pid: u32 },
    End { run: u64, exit: Exit, cause: Cause },
    Dropped { bytes: Option<u64> },
}

impl Owned {
    fn of(line: Line<'_>) -> Self {
        let (service, time, kind) = match line {
            Line::Text { service, time, run, bytes, whole } => {
                (service, time, Kind::Text { run, bytes: bytes.to_vec(), whole })
            }
            Line::RunStart { service, time, run, pid } => (service, time, Kind::Start { run, pid }),
            Line::RunEnd { service, time, run, exit, cause } => {
                (service, time, Kind::End { run, exit, cause })
            }
            Line::Dropped { service, bytes } => (service, None, Kind::Dropped { bytes }),
        };
        Self { service: service.to_owned(), time, kind }
    }

    fn line(&self) -> Line<'_> {
        let (service, time) = (self.service.as_str(), self.time);
        match &self.kind {
            Kind::Text { run, bytes, whole } => Line::Text { service, time, run: *run, bytes, whole: *whole },
            Kind::Start { run, pid } => Line::RunStart { service, time, run: *run, pid: *pid },
            Kind::End { run, exit, cause } => {
                Line::RunEnd { service, time, run: *run, exit: *exit, cause: *cause }
            }
            Kind::Dropped { bytes } => Line::Dropped { service, bytes: *bytes },
        }
    }
}
