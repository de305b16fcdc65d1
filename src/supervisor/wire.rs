//! What client, supervisor and held child say to each other through pipes, as JSON: never on a command line, never on disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::spec::{Limits, Liveness, Lost, Need, Restart, Spec, Stop, definition};
use crate::process::Invocation;

/// A [`Spec`] with its secrets open, from the client to the supervisor.
#[derive(Serialize, Deserialize)]
pub struct Order {
    /// As in [`Spec`].
    pub service: String,
    /// As in [`Spec`].
    pub profile: String,
    /// As in [`Spec`].
    pub dir: PathBuf,
    /// What to execute.
    pub words: Words,
    /// As in [`Spec`].
    pub stop: Stop,
    /// As in [`Spec`].
    pub restart: Restart,
    /// The restart policy's liveness check.
    pub check: Option<Check>,
    /// As in [`Spec`].
    pub needs: Vec<Required>,
    /// As in [`Spec`].
    pub limits: Limits,
    /// [`definition`] of the invocation.
    pub definition: String,
    /// As in [`Spec`].
    pub ports: Vec<u16>,
    /// Whether the client found neither a record nor a process of this service: it looked at every process of the machine, which
    /// a supervisor need not do once more while nobody else has had the lock.
    pub first: bool,
}

/// What the held child executes when it is let go.
#[derive(Clone, Serialize, Deserialize)]
pub struct Words {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// Variables on top of the inherited ones.
    pub env: Vec<(String, String)>,
}

/// A liveness check.
#[derive(Serialize, Deserialize)]
pub struct Check {
    /// What to execute.
    pub words: Words,
    /// As in [`Liveness`].
    pub every: Duration,
    /// As in [`Liveness`].
    pub timeout: Duration,
    /// As in [`Liveness`].
    pub failures: u32,
}

/// A [`Need`] with its secrets open.
#[derive(Serialize, Deserialize)]
pub struct Required {
    /// As in [`Need`].
    pub service: String,
    /// As in [`Need`].
    pub dir: PathBuf,
    /// As in [`Need`].
    pub lost: Lost,
    /// As in [`Need`].
    pub ready: Option<(Words, Duration)>,
}

impl From<&Need> for Required {
    fn from(need: &Need) -> Self {
        let ready = need.ready.as_ref().map(|(check, timeout)| (check.into(), *timeout));
        Self { service: need.service.clone(), dir: need.dir.clone(), lost: need.lost, ready }
    }
}

impl From<&Liveness> for Check {
    fn from(liveness: &Liveness) -> Self {
        let Liveness { check, every, timeout, failures } = liveness;
        Self { words: check.into(), every: *every, timeout: *timeout, failures: *failures }
    }
}

impl From<&Invocation> for Words {
    fn from(call: &Invocation) -> Self {
        let env = call.env.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect();
        Self { program: call.program.clone(), args: call.args.clone(), cwd: call.cwd.clone(), env }
    }
}

/// The word that lets a held child go, with everything it applies to itself first.
#[derive(Serialize, Deserialize)]
pub struct Go {
    /// What to execute.
    pub words: Words,
    /// Open files and niceness are applied by the child itself.
    pub limits: Limits,
    /// Whether it dies with its supervisor.
    pub mortal: bool,
}

/// What the supervisor tells the client that spawned it: one line.
#[derive(Serialize, Deserialize)]
pub enum Report {
    /// The program runs.
    Started(u32),
    /// It ran before, without a supervisor, and has one again.
    Adopted(u32),
    /// Somebody else holds the lock.
    Busy,
    /// The program could not be executed: path, and the system's words.
    NotExecutable(PathBuf, String),
    /// A file or a system call failed: what was being done, and the system's words.
    Broken(String, String),
    /// Processes of an earlier run that cannot be ended: `4711 (python)`.
    Alive(Vec<String>),
}

impl Order {
    /// The order for this service; `first` as in the field.
    pub fn new(spec: &Spec, first: bool) -> Self {
        Self {
            service: spec.service.clone(),
            profile: spec.profile.clone(),
            dir: spec.dir.clone(),
            words: (&spec.invocation).into(),
            stop: spec.stop,
            restart: spec.restart.clone(),
            check: spec.restart.liveness.as_ref().map(Check::from),
            needs: spec.needs.iter().map(Required::from).collect(),
            limits: spec.limits,
            definition: definition(&spec.invocation),
            ports: spec.ports.clone(),
            first,
        }
    }
}

/// Profile and service that a state folder belongs to: the last two parts of its path.
pub fn owner_of(dir: &Path) -> Option<(String, String)> {
    let service = dir.file_name()?.to_str()?.to_owned();
    let profile = dir.parent()?.file_name()?.to_str()?.to_owned();
    Some((profile, service))
}
