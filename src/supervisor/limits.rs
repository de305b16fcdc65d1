//! The limits that a process sets for itself before its `exec`, and that its children inherit: setrlimit(2), setpriority(2).

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};

use super::spec::Limits;

/// Applies open files and niceness to this process; the error is one line that says which of them was refused.
pub fn apply(limits: &Limits) -> Result<(), String> {
    if let Some(files) = limits.open_files {
        let hard = getrlimit(Resource::Nofile).maximum;
        let maximum = hard.map(|hard| hard.max(files));
        setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum })
            .map_err(|error| format!("the limit of {files} open files is refused: {error}"))?;
    }
    if let Some(nice) = limits.nice {
        setpriority_process(None, nice).map_err(|error| format!("niceness {nice} is refused: {error}"))?;
    }
    Ok(())
}
