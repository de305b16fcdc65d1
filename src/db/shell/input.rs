//! Where the shell's lines come from: files, standard input, or a person.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// Bytes, line by line.
pub(super) enum Reader {
    /// The program's standard input: whoever reads it goes on where the last one stopped.
    Standard,
    /// Anything else.
    Own(Box<dyn BufRead>),
}

impl Reader {
    /// The next line with its line end; nothing at the end.
    pub(super) fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let length = match self {
            Self::Standard => io::stdin().lock().read_until(b'\n', &mut line)?,
            Self::Own(reader) => reader.read_until(b'\n', &mut line)?,
        };
        Ok((length > 0).then_some(line))
    }
}

/// Something that gives lines.
pub(super) struct Source {
    reader: Reader,
    /// The file's name for messages; none for standard input.
    pub(super) name: Option<String>,
    /// Lines read so far.
    pub(super) line: usize,
    /// Whether a person gives the lines.
    pub(super) interactive: bool,
}

impl Source {
    /// Standard input, as if it were a file of this name.
    pub(super) fn stdin(name: Option<String>) -> Self {
        Self { reader: Reader::Standard, name, line: 0, interactive: false }
    }

    /// A file.
    pub(super) fn file(path: &str) -> io::Result<Self> {
        let reader = Reader::Own(Box::new(BufReader::with_capacity(64 * 1024, File::open(path)?)));
        Ok(Self { reader, name: Some(path.to_owned()), line: 0, interactive: false })
    }

    /// A text, such as the one of `-c`.
    pub(super) fn text(text: &str) -> Self {
        let reader = Reader::Own(Box::new(io::Cursor::new(text.to_owned().into_bytes())));
        Self { reader, name: None, line: 0, interactive: false }
    }

    /// A person; the lines are asked for elsewhere, and data of a COPY is read from standard input.
    pub(super) fn person() -> Self {
        Self { interactive: true, ..Self::stdin(None) }
    }

    /// The next line with its line end; nothing at the end.
    pub(super) fn raw(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.reader.line()
    }

    /// The next line without its line end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(mut line) = self.raw()? else { return Ok(None) };
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok(Some(line))
    }
}
