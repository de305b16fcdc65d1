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

/// Standard output with no buffer of its own, so that nothing is written behind a caller's back.
struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output whose first error is kept.
struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Stdout.write(bytes).inspect_err(|error| {
            if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted) {
                let _ = UNWRITTEN.set(Unwritten(crate::text::io_reason(error)));
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to standard output.
pub fn stdout(text: &str) {
    let _ = Kept.write_all(text.as_bytes());
}

/// Writes to standard error.
pub fn stderr(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Standard output for a verb that prints much: in large blocks.
pub fn writer() -> Box<dyn Write> {
    Box::new(BufWriter::with_capacity(64 << 10, Kept))
}

/// The same, whose errors are for the caller to tell.
pub fn told_writer() -> Box<dyn Write> {
    Box::new(BufWriter::with_capacity(64 << 10, Stdout))
}

/// Whether everything could be written.
pub fn written() -> Result<(), &'static Unwritten> {
    UNWRITTEN.get().map_or(Ok(()), Err)
}
