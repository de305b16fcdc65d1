//! Where the shell writes: its own output, where results go (`\o`), and messages. The order in which a person or a
//! program sees them on one device is kept by emptying the first before the last is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::{Child, Stdio};

use super::program::{ended, sh};

/// Where results go.
pub(super) enum Target {
    /// The shell's own output.
    Own,
    /// A file.
    File(BufWriter<File>),
    /// The standard input of a command.
    Pipe(Child),
}

impl Target {
    /// The place that `\o` or `\g` names: nothing, a file, or `|` and a command.
    pub(super) fn open(name: Option<&str>) -> io::Result<Self> {
        match name {
            None | Some("") => Ok(Self::Own),
            Some(name) => match name.strip_prefix('|') {
                Some(command) => Ok(Self::Pipe(sh(command).stdin(Stdio::piped()).spawn()?)),
                None => Ok(Self::File(BufWriter::new(File::create(name)?))),
            },
        }
    }

    /// Ends it: a file is written out, a command waited for; the error is what failed, or how the command ended.
    pub(super) fn close(self) -> io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::File(mut file) => file.flush(),
            Self::Pipe(mut child) => {
                drop(child.stdin.take());
                ended(&mut child)
            }
        }
    }
}

/// All outputs of the shell.
pub(super) struct Output<'a> {
    own: BufWriter<Box<dyn Write + 'a>>,
    /// Where results go.
    pub(super) results: Target,
    /// Nobody reads the own output any more.
    pub(super) closed: bool,
    /// Why something could not be written, until that is told.
    pub(super) failed: Option<io::Error>,
    /// Whether such a thing was told: what is held back then fails again.
    pub(super) told: bool,
    /// `-L`: a copy of what is sent and shown.
    log: Option<File>,
}

impl<'a> Output<'a> {
    pub(super) fn new(own: Box<dyn Write + 'a>) -> Self {
        let own = BufWriter::with_capacity(64 * 1024, own);
        Self { own, results: Target::Own, closed: false, failed: None, told: false, log: None }
    }

    /// Writes to the shell's own output.
    pub(super) fn say(&mut self, text: &str) {
        let done = self.own.write_all(text.as_bytes());
        self.note(done);
    }

    /// Writes a line to the shell's own output.
    pub(super) fn line(&mut self, text: &str) {
        self.say(text);
        self.say("\n");
    }

    /// Begins to keep a log: behind what is there.
    pub(super) fn keep_log(&mut self, name: &str) -> io::Result<()> {
        self.log = Some(File::options().append(true).create(true).open(name)?);
        Ok(())
    }

    /// Writes to the log, where one is kept.
    pub(super) fn log(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if let Some(log) = &mut self.log {
            // A log that cannot be written on, as on a full disk, stops nothing.
            let _ = write(log);
        }
    }

    /// Writes what is sent to the log (psql's frame around a query).
    pub(super) fn log_query(&mut self, query: &str) {
        self.log(|out| writeln!(out, "********* QUERY **********\n{query}\n**************************\n"));
    }

    /// Writes to where results go.
    pub(super) fn result(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let done = match &mut self.results {
            Target::Own => write(&mut self.own),
            target => write_to(target, write),
        };
        self.note(done);
    }

    /// Writes to this place, which may be the shell's own output.
    pub(super) fn to(&mut self, target: &mut Target, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let done = match target {
            Target::Own => write(&mut self.own),
            target => write_to(target, write),
        };
        self.note(done);
    }

    fn note(&mut self, done: io::Result<()>) {
        match done {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failed = Some(error),
        }
    }

    /// Empties what is held back.
    pub(super) fn flush(&mut self) {
        let mut done = self.own.flush();
        if let Target::File(file) = &mut self.results {
            done = done.and_then(|()| file.flush());
        }
        self.note(done);
    }

    /// Writes a message, after everything that was written before it.
    pub(super) fn message(&mut self, text: &str) {
        self.flush();
        // Standard error that cannot be written to leaves nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn write_to(target: &mut Target, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match target {
        Target::Own => Ok(()),
        Target::File(file) => write(file),
        Target::Pipe(child) => match &mut child.stdin {
            // A command that reads no further is its own affair.
            Some(stdin) => write(stdin).or(Ok(())),
            None => Ok(()),
        },
    }
}
