//! What to run, and how to treat it: resolved values that the plan hands over.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::process::Invocation;

/// One service of one profile, ready to be launched.
#[derive(Clone, PartialEq, Debug)]
pub struct Spec {
    /// Its name in the manifest.
    pub service: String,
    /// The profile it runs in.
    pub profile: String,
    /// Absolute path of its state folder, `<root>/.gladys/<profile>/<service>`.
    pub dir: PathBuf,
    /// What to execute.
    pub invocation: Invocation,
    /// The TCP ports it will listen on; refused at launch when somebody else has them.
    pub ports: Vec<u16>,
    /// How it is ended.
    pub stop: Stop,
    /// Whether it is started again when it ends.
    pub restart: Restart,
    /// What it does not keep running without.
    pub needs: Vec<Need>,
    /// What it may use.
    pub limits: Limits,
}

/// A signal that can ask a service to end; see signal(7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Signal {
    /// SIGTERM
    Term,
    /// SIGINT
    Int,
    /// SIGQUIT
    Quit,
    /// SIGHUP
    Hup,
    /// SIGUSR1
    Usr1,
    /// SIGUSR2
    Usr2,
    /// SIGKILL
    Kill,
}

impl Signal {
    /// Every signal, in the order in which a message lists them.
    pub const ALL: [Signal; 7] =
        [Signal::Term, Signal::Int, Signal::Quit, Signal::Hup, Signal::Usr1, Signal::Usr2, Signal::Kill];

    /// Reads `TERM`, `SIGTERM`, `term`; `None` for any other word.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        Self::ALL.into_iter().find(|signal| &signal.to_string()[3..] == name)
    }

    /// The signal as rustix sends it.
    pub(super) fn raw(self) -> rustix::process::Signal {
        match self {
            Self::Term => rustix::process::Signal::TERM,
            Self::Int => rustix::process::Signal::INT,
            Self::Quit => rustix::process::Signal::QUIT,
            Self::Hup => rustix::process::Signal::HUP,
            Self::Usr1 => rustix::process::Signal::USR1,
            Self::Usr2 => rustix::process::Signal::USR2,
            Self::Kill => rustix::process::Signal::KILL,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Term => "SIGTERM",
            Self::Int => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Hup => "SIGHUP",
            Self::Usr1 => "SIGUSR1",
            Self::Usr2 => "SIGUSR2",
            Self::Kill => "SIGKILL",
        })
    }
}

/// How a service is ended: a signal to its whole tree, a grace, then SIGKILL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// The signal that asks.
    pub signal: Signal,
    /// How long it may take before SIGKILL.
    pub grace: Duration,
}

impl Default for Stop {
    fn default() -> Self {
        Self { signal: Signal::Term, grace: Duration::from_secs(5) }
    }
}

/// When a service that ended is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Policy {
    /// Never: it stays down.
    #[default]
    Never,
    /// When it exited non-zero, was killed, or nobody could see how it ended.
    OnFailure,
    /// However it ended.
    Always,
}

/// What becomes of a service whose supervisor is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Orphan {
    /// It runs on, and the next `launch` adopts it.
    #[default]
    Keep,
    /// The kernel kills it with its supervisor (`PR_SET_PDEATHSIG`, prctl(2)); its children are swept by the next command.
    Kill,
}

/// What becomes of a service when a run of something that it needs ends, however that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Lost {
    /// It is ended, and stays down.
    Stop,
    /// It is ended, and started again when what was lost is ready again.
    Restart,
}

/// Another service that a service does not keep running without.
#[derive(Clone, PartialEq, Debug)]
pub struct Need {
    /// Its name in the manifest.
    pub service: String,
    /// Its state folder.
    pub dir: PathBuf,
    /// What follows from its end.
    pub lost: Lost,
    /// A program that exits with 0 when it is ready, and how long that may take; without one it counts as ready when it runs.
    pub ready: Option<(Invocation, Duration)>,
}

/// A check that the supervisor repeats while the service runs; one that fails several times in a row means that it hangs.
///
/// It counts from its first success on: until then, readiness has its own deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Liveness {
    /// Exits 0 while the service is well. It is killed with everything it started when it takes too long.
    pub check: Invocation,
    /// From the end of one check to the beginning of the next.
    pub every: Duration,
    /// How long a check may take.
    pub timeout: Duration,
    /// How many failures in a row mean that the service hangs; it is then ended, which counts as a failure of it.
    pub failures: u32,
}

/// The restart policy: exponential back-off with jitter on the monotonic clock, and a budget.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Restart {
    /// When.
    pub policy: Policy,
    /// How many restarts in a row before it counts as a crash loop.
    pub max: u32,
    /// The first delay; each following one is twice as long.
    pub initial: Duration,
    /// The longest delay.
    pub longest: Duration,
    /// After running this long the budget and the delay begin anew.
    pub stable: Duration,
    /// What happens when the supervisor itself is killed.
    pub orphan: Orphan,
    /// How a service that hangs is found out.
    #[serde(skip)]
    pub liveness: Option<Liveness>,
}

impl Default for Restart {
    fn default() -> Self {
        Self {
            policy: Policy::Never,
            max: 5,
            initial: Duration::from_millis(200),
            longest: Duration::from_secs(30),
            stable: Duration::from_secs(30),
            orphan: Orphan::Keep,
            liveness: None,
        }
    }
}

/// What a service may use; `None` leaves it as it is inherited.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Most open files (`RLIMIT_NOFILE`).
    pub open_files: Option<u64>,
    /// Niceness, -20 to 19.
    pub nice: Option<i32>,
    /// Most memory of the whole tree, in bytes (cgroup v2 `memory.max`).
    pub memory: Option<u64>,
    /// Most processors of the whole tree, 1.5 is one and a half (cgroup v2 `cpu.max`).
    pub cpu: Option<f64>,
    /// How much of the log is kept, in bytes; 64 MiB unless said otherwise.
    pub log: Option<u64>,
}

/// A hash of words, folder and variables, for telling whether what runs is still what the manifest says.
///
/// Returns 16 hexadecimal digits; secrets cannot be read back from it in practice, and it is kept in a 0600 file only.
pub fn definition(invocation: &Invocation) -> String {
    let mut hash = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    feed(invocation.program.as_os_str().as_encoded_bytes());
    feed(invocation.cwd.as_os_str().as_encoded_bytes());
    invocation.args.iter().for_each(|arg| feed(arg.as_bytes()));
    feed(b"");
    for (name, value) in &invocation.env {
        feed(name.as_bytes());
        feed(value.reveal().as_bytes());
    }
    let digest = hash.finalize();
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    format!("{:016x}", u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn a_signal_is_read_with_and_without_its_prefix() {
        assert_eq!(Signal::parse("term"), Some(Signal::Term));
        assert_eq!(Signal::parse("SIGINT"), Some(Signal::Int));
        assert_eq!(Signal::parse("QUIT"), Some(Signal::Quit));
        assert_eq!(Signal::parse("SIG"), None);
        assert_eq!(Signal::parse("STOP"), None);
    }
}
