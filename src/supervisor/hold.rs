//! What a service is before it is let go: gladys itself, waiting on its standard input for the word, so that its pid is on disk
//! before its program runs. No word, as when the supervisor died: it leaves without having done anything.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Signal, getppid, set_parent_process_death_signal, setsid};

use super::limits;
use super::wire::Go;

/// The exit code of a program that could not be executed, as in a shell.
pub const NOT_EXECUTED: u8 = 127;

/// Waits for a [`Go`] on standard input, then becomes the service; returns only if it does not.
///
/// Standard input is one end of a socket pair: the reason of a failure goes back on it, and a closed end means success,
/// because the descriptor is closed by `exec` (close-on-exec, open(2)).
pub fn hold() -> u8 {
    let parent = getppid();
    let _ = setsid();
    let mut line = String::new();
    if io::stdin().read_line(&mut line).is_err() || !line.ends_with('\n') {
        return 0;
    }
    let (Ok(go), Ok(back)) = (serde_json::from_str::<Go>(&line), detach_input()) else { return NOT_EXECUTED };
    if go.mortal && (set_parent_process_death_signal(Some(Signal::KILL)).is_err() || getppid() != parent) {
        return NOT_EXECUTED;
    }
    let reason = become_service(&go);
    let _ = File::from(back).write_all(reason.as_bytes());
    NOT_EXECUTED
}

/// Keeps the socket for the answer and puts `/dev/null` in the place of standard input.
fn detach_input() -> io::Result<OwnedFd> {
    let back = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(back)
}

/// Executes the program; returns the reason why not.
fn become_service(go: &Go) -> String {
    let words = &go.words;
    if let Err(reason) = limits::apply(&go.limits) {
        return reason;
    }
    if let Err(error) = std::env::set_current_dir(&words.cwd) {
        return format!("its folder `{}` cannot be entered: {error}", words.cwd.display());
    }
    let env = words.env.iter().map(|(name, value)| (name, value));
    let error = Command::new(&words.program).args(&words.args).envs(env).env("PWD", &words.cwd).exec();
    refused(&words.program, &error)
}

/// A program that is there is not found when what executes it is not (execve(2), ENOENT).
fn refused(program: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound && program.exists() {
        return "the interpreter that its first line (`#!`) or its header names is not there".to_owned();
    }
    error.to_string()
}
