//! The two streams. A reader that went away (`| head`) is not an error.

use std::io::{self, BufWriter, Write};

/// Writes to standard output.
pub fn stdout(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error.
pub fn stderr(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Standard output for a verb that prints much: large blocks into a pipe or file, whole lines to a terminal.
pub fn writer() -> Box<dyn Write> {
    Box::new(BufWriter::with_capacity(64 << 10, io::stdout()))
}
