//! Writing, bounding, reading and following, on real files.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::source::{Head, Source};
use super::{Keeper, Line, LogOptions, LogSource, last_lines, logs};
use crate::supervisor::exit::{Cause, Exit};
use crate::supervisor::folder::Folder;

/// A log in a temporary folder, written as a service would.
struct Log {
    place: tempfile::TempDir,
    keeper: Keeper,
    file: File,
}

impl Log {
    fn keeping(bytes: u64) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        let keeper = Keeper::open(&Folder::new(place.path()), Some(bytes)).expect("the log is opened");
        let file = keeper.log().try_clone().expect("the log is opened twice");
        Self { place, keeper, file }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.file.write_all(bytes).expect("the log takes what is written");
        self.keeper.grown();
    }

    fn read(&self, options: &LogOptions) -> String {
        let mut shown = String::new();
        let source = source("s", self.place.path());
        logs(&[source], options, &AtomicBool::new(false), &mut |line| {
            shown += &line.map(told).unwrap_or_default();
            Ok(())
        })
        .expect("the log is read");
        shown
    }
}

fn source(service: &str, dir: &Path) -> LogSource {
    LogSource { service: service.to_owned(), dir: dir.to_path_buf() }
}

fn told(line: Line<'_>) -> String {
    match line {
        Line::Text { run, bytes, whole, .. } => {
            format!("{run} {}{}\n", bytes.escape_ascii(), if whole { "" } else { " …" })
        }
        Line::RunStart { run, pid, .. } => format!("run {run} begins, pid {pid}\n"),
        Line::RunEnd { run, exit, cause, .. } => format!("run {run} ends: {exit}, {cause:?}\n"),
        Line::Dropped { bytes: Some(bytes), .. } => format!("{bytes} bytes dropped\n"),
        Line::Dropped { bytes: None, .. } => "cut\n".to_owned(),
    }
}

fn two_runs() -> Log {
    let mut log = Log::keeping(1 << 20);
    log.keeper.start(1, 11);
    log.write(b"one\n\0 and \xff\n");
    log.write(b"half a line");
    log.keeper.end(1, Exit::Signal(9), Cause::Itself);
    log.keeper.start(2, 12);
    log.write(b"two\nthree");
    log
}

#[test]
fn every_byte_and_every_run_is_shown_where_it_belongs() {
    assert_eq!(
        two_runs().read(&LogOptions::default()),
        "run 1 begins, pid 11\n1 one\n1 \\x00 and \\xff\n1 half a line\nrun 1 ends: killed by SIGKILL, Itself\n\
         run 2 begins, pid 12\n2 two\n2 three\n"
    );
}

#[test]
fn a_run_a_tail_and_a_text_can_be_asked_for() {
    let log = two_runs();
    let previous = LogOptions { run: Some(-1), tail: Some(2), ..LogOptions::default() };
    assert_eq!(
        log.read(&previous),
        "1 \\x00 and \\xff\n1 half a line\nrun 1 ends: killed by SIGKILL, Itself\n"
    );
    let matching = LogOptions { grep: Some("e".to_owned()), tail: Some(2), ..LogOptions::default() };
    assert_eq!(log.read(&matching), "1 half a line\n2 three\n");
    assert_eq!(log.read(&LogOptions { run: Some(7), ..LogOptions::default() }), "");
    assert_eq!(last_lines(log.place.path(), Some(1), 1), ["half a line"]);
    assert_eq!(last_lines(log.place.path(), None, 9), ["two", "three"]);
}

#[test]
fn nothing_is_shown_of_a_log_that_does_not_exist() {
    assert_eq!(last_lines(Path::new("/nonexistent"), None, 3), Vec::<String>::new());
}

/// Writes numbered lines of 100 bytes and returns the numbers that are still shown, and the first line that is shown.
fn flood(log: &mut Log, lines: u32) -> (Vec<u32>, String) {
    for block in 0..lines / 100 {
        let text: String = (0..100).map(|line| format!("{:099}\n", block * 100 + line)).collect();
        log.write(text.as_bytes());
    }
    let shown = log.read(&LogOptions::default());
    let numbers = shown.lines().filter_map(|line| line.strip_prefix("0 ")?.parse().ok()).collect();
    (numbers, shown.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn a_flood_is_bounded_on_the_disk_and_what_is_kept_has_no_gap() {
    let mut log = Log::keeping(512 << 10);
    let (numbers, first) = flood(&mut log, 50_000);
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a gap within what is kept");
    assert!(numbers.len() > 5_000, "only {} lines are kept", numbers.len());
    assert_eq!(numbers.last(), Some(&49_999));
    assert!(first.ends_with(" bytes dropped"), "{first}");
    let metadata = log.file.metadata().expect("the log is there");
    assert_eq!(metadata.len(), 5_000_000);
    assert!(metadata.blocks() * 512 < 2 << 20, "{} bytes are on the disk", metadata.blocks() * 512);
}

#[test]
fn where_holes_cannot_be_punched_the_log_is_copied_and_cut() {
    let mut log = Log::keeping(512 << 10);
    log.keeper.never_punch();
    let (numbers, first) = flood(&mut log, 50_000);
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a gap within what is kept");
    assert!(numbers.len() > 2_000, "only {} lines are kept", numbers.len());
    assert_eq!(numbers.last(), Some(&49_999));
    assert!(first.ends_with(" bytes dropped"), "{first}");
    assert!(log.read(&LogOptions::default()).contains("\ncut\n"), "where lines may be missing is said");
    assert!(log.file.metadata().expect("the log is there").len() < 1 << 20);
    assert!(log.keeper.note.is_some_and(|note| note.contains("cannot punch holes")));
}

#[test]
fn a_very_long_line_comes_in_pieces() {
    let mut log = Log::keeping(1 << 20);
    log.write(&vec![b'x'; 150_000]);
    log.write(b"\nend\n");
    let shown = log.read(&LogOptions::default());
    let pieces: Vec<(usize, bool)> =
        shown.lines().map(|line| (line.matches('x').count(), line.ends_with('…'))).collect();
    assert_eq!(pieces, [(65_536, true), (65_536, true), (18_928, false), (0, false)]);
}

#[test]
fn a_very_long_line_is_searched_as_a_whole() {
    let mut log = Log::keeping(1 << 20);
    log.write(b"before\n");
    log.write(&vec![b'x'; 65_530]);
    log.write(b"needle in two pieces");
    log.write(&vec![b'x'; 90_000]);
    log.write(b"\nneedle\n");
    log.write(&vec![b'y'; 90_000]);
    let found = |text: &str| {
        let shown = log.read(&LogOptions { grep: Some(text.to_owned()), ..LogOptions::default() });
        shown.lines().map(|line| (line.len(), line.ends_with('…'))).collect::<Vec<_>>()
    };
    let pieces = [(65_542, true), (65_542, true), (24_480, false)];
    assert_eq!(found("needle"), [&pieces[..], &[(8, false)]].concat());
    assert_eq!(found("in two"), pieces);
    assert_eq!(found("xy"), []);
}

#[test]
fn of_a_very_long_line_an_error_shows_the_beginning() {
    let mut log = Log::keeping(1 << 20);
    log.keeper.start(1, 11);
    log.write(b"one\n");
    log.write(&vec![b'x'; 300_000]);
    log.write(b"\nend\n");
    let long = format!("{}… and 297952 bytes more", "x".repeat(2048));
    assert_eq!(last_lines(log.place.path(), None, 2), [long.as_str(), "end"]);
}

#[test]
fn a_line_in_pieces_is_not_cut_up_by_another_service() {
    let mut logs_of = [Log::keeping(1 << 20), Log::keeping(1 << 20)];
    for _ in 0..3 {
        logs_of[0].write(&vec![b'x'; 65_536]);
        std::thread::sleep(Duration::from_millis(2));
        logs_of[1].write(b"short\n");
    }
    logs_of[0].write(b"end\n");
    let sources = [source("long", logs_of[0].place.path()), source("short", logs_of[1].place.path())];
    let mut shown = Vec::new();
    logs(&sources, &LogOptions::default(), &AtomicBool::new(false), &mut |line| {
        if let Some(Line::Text { service, whole, .. }) = line {
            shown.push((service.to_owned(), whole));
        }
        Ok(())
    })
    .expect("the logs are read");
    let long = ["long"; 4].map(str::to_owned).into_iter().zip([false, false, false, true]);
    let short = ["short"; 3].map(|name| (name.to_owned(), true));
    assert_eq!(shown, long.chain(short).collect::<Vec<_>>());
}

#[test]
fn what_is_missing_of_a_log_that_was_emptied_or_deleted_is_said() {
    let mut log = two_runs();
    log.file.set_len(0).expect("it is emptied");
    let missing = |bytes| {
        format!(
            "run 1 begins, pid 11\n{bytes} bytes dropped\nrun 1 ends: killed by SIGKILL, Itself\nrun 2 begins, pid 12\n"
        )
    };
    assert_eq!(log.read(&LogOptions::default()), missing(23));
    log.write(b"more\n");
    assert_eq!(log.read(&LogOptions::default()), missing(32) + "2 more\n");
    std::fs::remove_file(super::log_path(log.place.path())).expect("it is deleted");
    assert_eq!(log.read(&LogOptions::default()), missing(23));
    log.write(b"lost\n");
    assert_eq!(
        log.keeper.note,
        Some("its log file was deleted: what it writes is lost until it is restarted")
    );
}

#[test]
fn following_shows_what_is_written_later_and_ends_when_interrupted() {
    let mut log = two_runs();
    let interrupted = AtomicBool::new(false);
    let (send, shown) = std::sync::mpsc::channel();
    let source = source("s", log.place.path());
    let options = LogOptions { follow: true, tail: Some(1), ..LogOptions::default() };
    let patience = Duration::from_secs(10);
    std::thread::scope(|scope| {
        let (interrupted, options) = (&interrupted, &options);
        scope.spawn(move || {
            logs(&[source], options, interrupted, &mut |line| {
                let _ = send.send(line.map_or_else(|| "a pause\n".to_owned(), told));
                Ok(())
            })
        });
        let until = |last: &str| {
            let mut lines = Vec::new();
            while lines.last().is_none_or(|line| line != last) {
                lines.push(shown.recv_timeout(patience).expect("it goes on"));
            }
            lines
        };
        let before = until("a pause\n");
        assert_eq!(before, ["a pause\n"], "half a line was shown");
        log.write(b" and more\nfour\nfive\n");
        let more = until("2 five\n");
        assert_eq!(more[more.len() - 3..], ["2 three and more\n", "2 four\n", "2 five\n"], "at once");
        assert_eq!(shown.recv_timeout(patience).as_deref(), Ok("a pause\n"));
        log.keeper.end(2, Exit::Code(3), Cause::Itself);
        until("run 2 ends: exit code 3, Itself\n");
        interrupted.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_run_that_begins_while_its_log_is_read_is_shown_before_its_text() {
    let mut log = Log::keeping(1 << 20);
    log.keeper.start(1, 11);
    log.write(b"one\n");
    let mut source = Source::open(Folder::new(log.place.path()));
    log.keeper.end(1, Exit::Code(0), Cause::Stopped);
    log.keeper.start(2, 12);
    log.write(b"two\n");
    let mut shown = Vec::new();
    while let Some(head) = source.head().expect("the log is read") {
        shown.push(match &head {
            Head::Text { range, .. } => String::from_utf8_lossy(source.bytes(range)).into_owned(),
            other => format!("{other:?}").split(['{', ',']).next().unwrap_or_default().trim().to_owned(),
        });
        source.take(&head);
    }
    assert_eq!(shown, ["Event(Start", "one\n", "Event(End", "Event(Start", "two\n"]);
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    let log = two_runs();
    let ended =
        logs(&[source("s", log.place.path())], &LogOptions::default(), &AtomicBool::new(false), &mut |_| {
            Err(std::io::ErrorKind::BrokenPipe.into())
        });
    assert!(ended.is_ok());
}
