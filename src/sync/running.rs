//! What runs is what was built, and was started as it is defined.
//!
//! A running process is known by the content of its program, which `/proc/PID/exe` opens even after the file was
//! replaced (proc(5)); anything else by what a program says it runs.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::command;
use super::files::Context;
use super::finding::{Finding, Severity};
use super::hash::{Content, Digest, hash_file};
use crate::process::Invocation;

/// A running service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Running {
    /// Its name.
    pub service: String,
    /// What it runs.
    pub runs: Runs,
    /// The sum of the definition it was started with, and of the present one; `None` if that was not kept.
    pub definition: Option<(String, String)>,
    /// The command that starts it anew.
    pub restart: String,
}

/// How it is known what a service runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runs {
    /// By its processes: those that were started from the built file.
    Processes(Vec<u32>),
    /// By a program that prints the identity of what it runs.
    Named(Invocation),
    /// It is an interpreter's matter; only the definition is compared.
    Interpreted,
}

/// Whether the service runs what was built and was started as it is defined now. `built` is the sum of the build,
/// `file` its path if it is a file.
pub fn judge(running: &Running, file: Option<&Path>, built: Digest, context: Context) -> Finding {
    let service = &running.service;
    let finding = |severity, text: &str| Finding::new(severity, service, format!("{service}: {text}"));
    let restart = |text: &str| finding(Severity::Drift, text).action([running.restart.clone()]);
    if running.definition.as_ref().is_some_and(|(then, now)| then != now) {
        return restart("OUT OF SYNC, it was started with another definition");
    }
    match runs(running, file, built, context) {
        Ok(true) => finding(Severity::InStep, "in sync (runs this build)"),
        Ok(false) => restart("OUT OF SYNC, it runs another build"),
        Err(_) if running.runs == Runs::Interpreted && running.definition.is_some() => {
            finding(Severity::InStep, "in sync (runs the present definition)")
        }
        Err(why) => finding(Severity::Unknown, &format!("unknown, {why}")),
    }
}

/// Whether it runs this build; why that is not known.
fn runs(running: &Running, file: Option<&Path>, built: Digest, context: Context) -> Result<bool, String> {
    match (&running.runs, file) {
        (Runs::Processes(pids), Some(path)) => {
            let programs = programs(path, pids);
            if programs.is_empty() {
                return Err("none of its processes was started from this file".to_owned());
            }
            let sums: Result<Vec<Digest>, _> = programs.into_iter().collect();
            let sums = sums.map_err(|trouble| format!("the program it runs {trouble}"))?;
            Ok(sums.iter().all(|sum| *sum == built))
        }
        (Runs::Named(call), _) => {
            let said = command::answer(call, context.ground.interrupted);
            let said = said.map_err(|(why, _)| format!("the command that says what it runs {why}"))?;
            Ok(Digest::of(said.trim_ascii()) == built)
        }
        _ => Err("nothing was kept of how it was started".to_owned()),
    }
}

/// The contents of the programs of those processes that were started from `path`.
fn programs(path: &Path, processes: &[u32]) -> Vec<Content> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let from_here = |link: &PathBuf| {
        let target = std::fs::read_link(link).unwrap_or_default();
        let bytes = target.as_os_str().as_bytes();
        Path::new(OsStr::from_bytes(bytes.strip_suffix(b" (deleted)").unwrap_or(bytes))) == path
    };
    let links = processes.iter().map(|pid| PathBuf::from(format!("/proc/{pid}/exe")));
    links.filter(from_here).map(|link| hash_file(&link)).collect()
}
