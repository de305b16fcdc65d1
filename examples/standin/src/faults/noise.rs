//! What it writes: floods, endless lines, bytes that are no text.

use std::io::Write;
use std::thread;
use std::time::Duration;

use clap::{Arg, ArgMatches};

use super::flag;
use crate::log;

const LINE: u64 = 64;
const CHUNK: u64 = 1024;
const TICK: Duration = Duration::from_millis(100);

/// What is written to stdout beside the usual lines.
pub(crate) struct Noise {
    flood: Option<u64>,
    rate: Option<u64>,
    bad_utf8: bool,
    long_line: Option<u64>,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        flag::bytes("flood", "Write BYTES to stdout in numbered lines of 64 bytes (64k, 10M, 1G)"),
        flag::bytes("flood-rate", "Write at most BYTES a second; without --flood, for ever"),
        flag::switch("bad-utf8", "Write a line with the bytes FF, NUL, and half a character"),
        flag::bytes("long-line", "Write one line of BYTES, and its newline"),
    ]
}

impl Noise {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        Self {
            flood: flag::count(matches, "flood"),
            rate: flag::count(matches, "flood-rate"),
            bad_utf8: matches.get_flag("bad-utf8"),
            long_line: flag::count(matches, "long-line"),
        }
    }

    /// Writes the short noise now and starts the flood on a thread of its own.
    pub(crate) fn start(&self) {
        if self.bad_utf8 {
            log::raw(b"bad bytes: \xff \0 \xe2\x82 end\n");
        }
        if let Some(length) = self.long_line.and_then(|length| usize::try_from(length).ok()) {
            let mut line = vec![b'x'; length];
            line.push(b'\n');
            log::raw(&line);
        }
        if self.flood.is_some() || self.rate.is_some() {
            let (total, rate) = (self.flood.unwrap_or(u64::MAX), self.rate);
            thread::spawn(move || flood(total.div_ceil(LINE), rate));
        }
    }
}

/// Writes `lines` lines as fast as they are taken, or `rate` bytes a second in ten portions.
fn flood(lines: u64, rate: Option<u64>) {
    let portion = rate.map_or(CHUNK, |rate| (rate / 10 / LINE).max(1));
    let mut written = 0;
    while written < lines {
        let upto = lines.min(written + portion);
        log::raw(&numbered(written, upto));
        written = upto;
        if rate.is_some() {
            thread::sleep(TICK);
        }
    }
    log::info(format!("flood of {lines} lines is over"));
}

fn numbered(from: u64, upto: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in from..upto {
        // A vector takes every write.
        let _ = writeln!(bytes, "flood {number:012} {:.<44}", "");
    }
    bytes
}
