//! How a run ended, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
    /// Nobody was there to see it.
    Unknown,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => match signal_hook::low_level::signal_name(*number) {
                Some(name) => write!(f, "killed by {name}"),
                None => write!(f, "killed by signal {number}"),
            },
            Self::Unknown => write!(f, "an exit that nobody saw"),
        }
    }
}

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Cause {
    /// By itself.
    Itself,
    /// Because it was stopped.
    Stopped,
    /// Because its liveness check failed too often.
    Hung,
    /// The kernel killed it because its memory limit was reached.
    Memory,
    /// Its program could not be executed.
    NotExecuted,
    /// Because something that it needs went away.
    NeedLost,
    /// Nobody knows: there was no supervisor.
    Lost,
}

impl Cause {
    /// What is said behind an [`Exit`]: nothing where that says it all.
    pub fn told(self) -> &'static str {
        match self {
            Self::Stopped => ", it was stopped",
            Self::Hung => ", its liveness check failed",
            Self::Memory => ", its memory limit was reached",
            Self::NeedLost => ", something it needs went away",
            Self::Itself | Self::NotExecuted | Self::Lost => "",
        }
    }
}
