//! One line of the index, as text: a letter, a time, an offset, what else there is, and a semicolon.

use std::fmt;

use crate::supervisor::exit::{Cause, Exit};

/// One line of the index; times are microseconds after 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// At this time the log ended here.
    At { time: i64, offset: u64 },
    /// A run begins here.
    Start { time: i64, offset: u64, run: u64, pid: u32 },
    /// A run ended here.
    End { time: i64, offset: u64, run: u64, exit: Exit, cause: Cause },
    /// The file begins at this offset from now on; what was before it is the file with this inode, or gone.
    Base { time: i64, offset: u64, old: u64 },
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::At { time, offset } => writeln!(f, "m {time} {offset} ;"),
            Self::Start { time, offset, run, pid } => writeln!(f, "s {time} {offset} {run} {pid} ;"),
            Self::Base { time, offset, old } => writeln!(f, "b {time} {offset} {old} ;"),
            Self::End { time, offset, run, exit, cause } => {
                let (kind, number) = match exit {
                    Exit::Code(code) => ('c', code),
                    Exit::Signal(signal) => ('s', signal),
                    Exit::Unknown => ('u', 0),
                };
                writeln!(f, "e {time} {offset} {run} {kind} {number} {} ;", letter(cause))
            }
        }
    }
}

fn letter(cause: Cause) -> char {
    match cause {
        Cause::Itself => 'i',
        Cause::Stopped => 's',
        Cause::Hung => 'h',
        Cause::NotExecuted => 'x',
        Cause::Memory => 'm',
        Cause::NeedLost => 'n',
        Cause::Lost => 'l',
    }
}

impl Mark {
    /// Reads one line without its end; a full disk can tear one, which shows by the missing semicolon.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_suffix(" ;")?.split(' ');
        let kind = words.next()?;
        let time = words.next()?.parse().ok()?;
        let offset = words.next()?.parse().ok()?;
        Some(match kind {
            "m" => Self::At { time, offset },
            "b" => Self::Base { time, offset, old: words.next()?.parse().ok()? },
            "s" => Self::Start {
                time,
                offset,
                run: words.next()?.parse().ok()?,
                pid: words.next()?.parse().ok()?,
            },
            "e" => {
                let run = words.next()?.parse().ok()?;
                let (kind, number) = (words.next()?, words.next()?.parse().ok()?);
                Self::End { time, offset, run, exit: exit(kind, number)?, cause: cause(words.next()?)? }
            }
            _ => return None,
        })
    }

    /// The offset it speaks of.
    pub fn offset(self) -> u64 {
        match self {
            Self::At { offset, .. }
            | Self::Start { offset, .. }
            | Self::End { offset, .. }
            | Self::Base { offset, .. } => offset,
        }
    }
}

fn exit(kind: &str, number: i32) -> Option<Exit> {
    match kind {
        "c" => Some(Exit::Code(number)),
        "s" => Some(Exit::Signal(number)),
        "u" => Some(Exit::Unknown),
        _ => None,
    }
}

fn cause(letter: &str) -> Option<Cause> {
    match letter {
        "i" => Some(Cause::Itself),
        "s" => Some(Cause::Stopped),
        "h" => Some(Cause::Hung),
        "x" => Some(Cause::NotExecuted),
        "m" => Some(Cause::Memory),
        "n" => Some(Cause::NeedLost),
        "l" => Some(Cause::Lost),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;
    use crate::supervisor::exit::{Cause, Exit};

    #[test]
    fn every_mark_is_read_as_it_was_written() {
        for mark in [
            Mark::At { time: 1, offset: 2 },
            Mark::Base { time: 1, offset: 2, old: 3 },
            Mark::Start { time: 1, offset: 2, run: 3, pid: 4 },
            Mark::End { time: 1, offset: 2, run: 3, exit: Exit::Code(-4), cause: Cause::Stopped },
            Mark::End { time: 1, offset: 2, run: 3, exit: Exit::Unknown, cause: Cause::Lost },
            Mark::End { time: 1, offset: 2, run: 3, exit: Exit::Signal(9), cause: Cause::Memory },
        ] {
            assert_eq!(Mark::parse(mark.to_string().trim_end()), Some(mark));
        }
    }
}
