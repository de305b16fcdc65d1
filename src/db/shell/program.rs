//! Programs that the shell runs, and how they ended.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use signal_hook::low_level::signal_name;

use super::variables::Variables;

/// A line for `/bin/sh`, which calls itself `sh` in its messages, as under `popen(3)`.
pub(super) fn sh(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg0("sh").args(["-c", line]);
    command
}

/// What a line for `/bin/sh` prints, without its last line end.
pub(super) fn output(line: &str, variables: &Variables) -> Vec<u8> {
    let mut command = sh(line);
    let run = variables.surround(&mut command).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let mut bytes = run.map(|output| output.stdout).unwrap_or_default();
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    bytes
}

/// Waits for the end of a program; the error says how it ended, if not well.
pub(super) fn ended(child: &mut Child) -> io::Result<()> {
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(in_words(status))) }
}

/// How a program ended, in the server's words (`src/common/wait_error.c`).
fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(126), _) => "command not executable".to_owned(),
        (Some(127), _) => "command not found".to_owned(),
        (Some(code), _) => format!("child process exited with exit code {code}"),
        (None, Some(signal)) => {
            let name = signal_name(signal).unwrap_or("unrecognized signal");
            format!("child process was terminated by signal {signal}: {name}")
        }
        (None, None) => format!("child process exited with unrecognized status {}", status.into_raw()),
    }
}
