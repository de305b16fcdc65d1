//! The exit codes, the same for every command.

use std::process::ExitCode;

/// What the exit code of gladys says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// 0: everything asked for was done.
    Ok,
    /// 1: something was begun and failed, or a service that was asked about is not ready.
    Failed,
    /// 2: refused before anything was done: the command line, the manifest, or something missing on this machine.
    Refused,
    /// 130: interrupted with Ctrl-C.
    Interrupted,
    /// Any other code: that of the program that was run in the foreground (`gladys test`).
    Program(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Refused => 2,
            Self::Interrupted => 130,
            Self::Program(code) => code,
        }
    }
}

impl From<u8> for Exit {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::Failed,
            130 => Self::Interrupted,
            code => Self::Program(code),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
