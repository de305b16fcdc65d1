//! A program run to its end, its output kept for the report, stopped when the run is interrupted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::masked::MASK;
use crate::process::Invocation;

/// Lines and bytes of output that are kept for a report.
const LINES: usize = 5;
const TAIL: u64 = 4096;
/// Bytes of output that are read where the output is the answer.
const ANSWER: u64 = 1 << 20;

/// How a program ended, with the last lines of what it said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ended {
    /// By itself.
    Exit {
        /// Its exit code.
        code: i32,
        /// The last lines of output and errors.
        said: Vec<String>,
    },
    /// It gave no answer: not started, killed, or interrupted. In words, as the end of "it …".
    NoAnswer(String, Vec<String>),
}

/// Runs a program without input, in a process group of its own.
pub fn run(call: &Invocation, interrupted: &AtomicBool) -> Ended {
    match output(call, interrupted) {
        Ok((status, mut file)) => ended(status, last_lines(&mut file, call), interrupted),
        Err(error) => Ended::NoAnswer(format!("could not be run: {error}"), Vec::new()),
    }
}

/// Runs a program whose output is the answer; its first mebibyte.
pub fn answer(call: &Invocation, interrupted: &AtomicBool) -> Result<Vec<u8>, (String, Vec<String>)> {
    let text = |error: std::io::Error| (format!("could not be run: {error}"), Vec::new());
    let (status, mut file) = output(call, interrupted).map_err(text)?;
    match ended(status, last_lines(&mut file, call), interrupted) {
        Ended::Exit { code: 0, .. } => {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0)).map_err(text)?;
            file.take(ANSWER).read_to_end(&mut bytes).map_err(text)?;
            Ok(bytes)
        }
        Ended::Exit { code, said } => Err((format!("ended with exit code {code}"), said)),
        Ended::NoAnswer(why, said) => Err((why, said)),
    }
}

fn output(call: &Invocation, interrupted: &AtomicBool) -> std::io::Result<(ExitStatus, File)> {
    let file = tempfile::tempfile()?;
    let mut command = Command::new(&call.program);
    command.args(&call.args).current_dir(&call.cwd).stdin(Stdio::null()).process_group(0);
    command.envs(call.env.iter().map(|(name, value)| (name, value.reveal())));
    command.stdout(file.try_clone()?).stderr(file.try_clone()?);
    let status = wait(command.spawn()?, interrupted)?;
    Ok((status, file))
}

/// Waits for the program; an interruption kills its whole group.
fn wait(mut child: Child, interrupted: &AtomicBool) -> std::io::Result<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupted.load(Ordering::Relaxed) {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended just now; the wait tells.
                let _ = kill_process_group(group, Signal::KILL);
            }
            return child.wait();
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn ended(status: ExitStatus, said: Vec<String>, interrupted: &AtomicBool) -> Ended {
    match (status.code(), status.signal()) {
        // env(1), sh(1): these two say that a program was not run.
        (Some(code @ (126 | 127)), _) => {
            Ended::NoAnswer(format!("could not be run (exit code {code})"), said)
        }
        (Some(code), _) => Ended::Exit { code, said },
        (None, _) if interrupted.load(Ordering::Relaxed) => {
            Ended::NoAnswer("was interrupted".to_owned(), said)
        }
        (None, signal) => {
            Ended::NoAnswer(format!("was killed by signal {}", signal.unwrap_or_default()), said)
        }
    }
}

/// The end of what the program said, without the secrets it was given.
fn last_lines(file: &mut File, call: &Invocation) -> Vec<String> {
    let mut bytes = Vec::new();
    let length = file.metadata().map(|meta| meta.len()).unwrap_or_default();
    let sought = file.seek(SeekFrom::Start(length.saturating_sub(TAIL)));
    if sought.and_then(|_| file.take(TAIL).read_to_end(&mut bytes)).is_err() {
        return Vec::new();
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for secret in call.env.values().filter(|value| value.is_secret() && !value.reveal().is_empty()) {
        text = text.replace(secret.reveal(), MASK);
    }
    let clean = |line: &str| line.trim_end().replace(|letter: char| letter.is_control(), " ");
    let lines: Vec<String> = text.lines().map(clean).filter(|line| !line.is_empty()).collect();
    lines.into_iter().rev().take(LINES).rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{Ended, answer, run};
    use crate::masked::Masked;
    use crate::process::Invocation;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            cwd: "/".into(),
            env: [("TOKEN".to_owned(), Masked::secret("hunter2"))].into_iter().collect(),
        }
    }

    fn plain(script: &str) -> Ended {
        run(&shell(script), &AtomicBool::new(false))
    }

    #[test]
    fn how_a_program_ended_and_what_it_said_is_told_without_secrets() {
        let said = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(plain("true"), Ended::Exit { code: 0, said: vec![] });
        assert_eq!(
            plain("for i in 1 2 3 4 5 6; do echo line $i; done; echo \"token $TOKEN\" >&2; exit 3"),
            Ended::Exit { code: 3, said: said(&["line 3", "line 4", "line 5", "line 6", "token ***"]) }
        );
        assert_eq!(plain("kill -9 $$"), Ended::NoAnswer("was killed by signal 9".to_owned(), vec![]));
        assert!(matches!(plain("exec /no/such/program"), Ended::NoAnswer(why, _) if why.contains("127")));
        let missing = Invocation { program: "/no/such/program".into(), ..shell("") };
        assert!(
            matches!(run(&missing, &AtomicBool::new(false)), Ended::NoAnswer(why, _) if why.contains("No such"))
        );
        assert_eq!(answer(&shell("echo sha256:12"), &AtomicBool::new(false)), Ok(b"sha256:12\n".to_vec()));
    }

    #[test]
    fn an_interruption_ends_the_program_and_its_children() {
        let stop = AtomicBool::new(false);
        let start = Instant::now();
        let ended = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&shell("sleep 600 & sleep 600"), &stop));
            std::thread::sleep(Duration::from_millis(100));
            stop.store(true, Ordering::Relaxed);
            running.join().expect("it ends")
        });
        assert_eq!(ended, Ended::NoAnswer("was interrupted".to_owned(), vec![]));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
