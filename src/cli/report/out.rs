//! The two streams. A reader that went away (`| head`) is not an error; whatever else keeps standard output from being
//! written is kept here, whoever writes, and told once at the end.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::OnceLock;

use miette::Diagnostic;
use thiserror::Error;

/// Standard output took not everything.
#[derive(Clone, PartialEq, Eq, Debug, Error, Diagnostic)]
#[error("standard output cannot be written: {0}")]
#[diagnostic(code(gladys::output), help("what was done is done; only what was to be shown is not complete"))]
pub struct Unwritten(String);

/// The first error of standard output.
static UNWRITTEN: OnceLock<Unwritten> = OnceLock::new();

struct Stdout;

fn kept<T>(result: io::Result<T>) -> io::Result<T> {
    result.inspect_err(|error| {
        if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted) {
            let _ = UNWRITTEN.set(Unwritten(crate::text::io_reason(error)));
        }
    })
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        kept(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        kept(io::stdout().flush())
    }
}

/// Writes to standard output.
pub fn stdout(text: &str) {
    let _ = Stdout.write_all(text.as_bytes()).and_then(|()| Stdout.flush());
}

/// Writes to standard error.
pub fn stderr(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Standard output for a verb that prints much: large blocks into a pipe or file, whole lines to a terminal.
pub fn writer() -> Box<dyn Write> {
    Box::new(BufWriter::with_capacity(64 << 10, Stdout))
}

/// Writes what is still held back; says whether everything could be written.
pub fn close() -> Result<(), &'static Unwritten> {
    let _ = Stdout.flush();
    UNWRITTEN.get().map_or(Ok(()), Err)
}
