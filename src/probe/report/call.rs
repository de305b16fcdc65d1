//! One call of the program, within its time; whatever it started is killed with it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;
use tokio::time::timeout;

use crate::process::Invocation;
use crate::text;

/// What it printed on standard output, or why it failed in a few words.
pub async fn output(invocation: &Invocation, limit: Duration) -> Result<String, String> {
    let name = invocation.asked();
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).current_dir(&invocation.cwd);
    command.envs(invocation.env.iter().map(|(name, value)| (name, value.reveal())));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.process_group(0).kill_on_drop(true).spawn();
    let child = child.map_err(|error| format!("`{name}` did not start: {}", text::io_reason(&error)))?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let ended = timeout(limit, child.wait_with_output()).await;
    let ended = ended.map_err(|_| format!("`{name}` did not answer within {}", text::duration(limit)))?;
    let output = ended.map_err(|error| format!("`{name}`: {}", text::io_reason(&error)))?;
    group.0 = None;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(failure(&name, output.status, &String::from_utf8_lossy(&output.stderr)))
}

/// The last line of its own words says most.
fn failure(name: &str, status: ExitStatus, stderr: &str) -> String {
    match stderr.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => line.to_owned(),
        None => format!("`{name}` ended with {status}"),
    }
}

/// Kills the process group of a call that was given up.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.0.map(|leader| kill_process_group(leader, Signal::KILL));
    }
}
