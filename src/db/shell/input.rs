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

/// No line of a script is longer: no statement of this length can be sent (`MaxAllocSize` of the server).
const LONGEST: usize = (1 << 30) - 1;

impl Reader {
    /// The next line with its line end; nothing at the end.
    pub(super) fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.with(|reader| {
            let mut line = Vec::new();
            read_line(reader, &mut line)?;
            Ok((!line.is_empty()).then_some(line))
        })
    }

    /// Puts the next part of the data of a COPY in place of the one before, up to the line that ends the data; false if
    /// there is no more.
    pub(super) fn data(&mut self, part: &mut Vec<u8>) -> io::Result<bool> {
        let begins = part.last().is_none_or(|byte| *byte == b'\n');
        part.clear();
        self.with(|reader| {
            let there = filled(reader)?;
            let length = before_end(there, begins);
            if length > 0 || there.is_empty() {
                part.extend_from_slice(&there[..length]);
                reader.consume(length);
                return Ok(length > 0);
            }
            read_line(reader, part)?;
            Ok(!is_end(part))
        })
    }

    fn with<T>(&mut self, read: impl FnOnce(&mut dyn BufRead) -> io::Result<T>) -> io::Result<T> {
        match self {
            Self::Standard => read(&mut io::stdin().lock()),
            Self::Own(reader) => read(reader),
        }
    }
}

/// What is there to be read, at least one byte before the end.
fn filled(reader: &mut dyn BufRead) -> io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    // What was read stays until it is consumed; only so does the loop let go of it.
    reader.fill_buf()
}

/// Adds bytes up to a line end or the end.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let there = filled(reader)?;
        let end = memchr::memchr(b'\n', there);
        let length = end.map_or(there.len(), |end| end + 1);
        if line.len() + length > LONGEST || line.try_reserve(length).is_err() {
            return Err(io::Error::other(
                "a line is longer than memory or the server allow: this is not a script",
            ));
        }
        line.extend_from_slice(&there[..length]);
        reader.consume(length);
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}

/// Whether a line ends the data of a COPY.
pub(super) fn is_end(line: &[u8]) -> bool {
    matches!(line, b"\\.\n" | b"\\.\r\n" | b"\\.")
}

/// How many bytes are data for certain: those before a line that ends the data, or of which too little is there to tell.
/// `begins` says that the first byte begins a line.
fn before_end(there: &[u8], begins: bool) -> usize {
    let may_end = |at: &usize| {
        let line = &there[*at..];
        let cut = line.len() < 4 && [b"\\.\n".as_slice(), b"\\.\r\n"].iter().any(|end| end.starts_with(line));
        cut || line.starts_with(b"\\.\n") || line.starts_with(b"\\.\r\n")
    };
    let first = (begins && there.first() == Some(&b'\\')).then_some(0);
    let lines = memchr::memmem::find_iter(there, b"\n\\").map(|at| at + 1);
    first.into_iter().chain(lines).find(may_end).unwrap_or(there.len())
}

/// Something that gives lines.
pub(super) struct Source {
    pub(super) reader: Reader,
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

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::Reader;

    /// The data of a COPY and what is left behind it, read with so many bytes at a time.
    fn data(text: &[u8], buffer: usize) -> (Vec<u8>, Vec<u8>) {
        let mut reader = Reader::Own(Box::new(BufReader::with_capacity(buffer, Cursor::new(text.to_vec()))));
        let (mut found, mut part) = (Vec::new(), Vec::new());
        while reader.data(&mut part).expect("memory can be read") {
            found.extend_from_slice(&part);
        }
        let mut rest = Vec::new();
        reader.with(|reader| reader.read_to_end(&mut rest)).expect("memory can be read");
        (found, rest)
    }

    #[test]
    fn the_end_of_data_is_found_wherever_the_reads_are_cut() {
        for end in ["\\.\n", "\\.\r\n"] {
            for (before, behind) in [
                ("1\tone\n\\N\t\\.\n\\.x\n.\n", "select 1;\n"),
                ("", "\\echo\n"),
                ("\\\\.\n \\.\n", ""),
                ("\n\n", "\\.\n"),
            ] {
                let text = format!("{before}{end}{behind}");
                for buffer in 1..20 {
                    let (found, rest) = data(text.as_bytes(), buffer);
                    assert_eq!(String::from_utf8_lossy(&found), before, "{text:?} by {buffer}");
                    assert_eq!(String::from_utf8_lossy(&rest), behind, "{text:?} by {buffer}");
                }
            }
        }
        for text in ["no end\n\\x", "cut", "\\", "a\n\\.\r"] {
            assert_eq!(data(text.as_bytes(), 3).0, text.as_bytes());
        }
        assert_eq!(data(b"last\n\\.", 4).0, b"last\n");
    }
}
