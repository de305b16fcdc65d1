//! Real servers, made and started below a folder that only its owner may enter.

mod binaries;
mod fetching;
mod running;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Error;
use super::prepare::{Request, prepare};
use crate::masked::Masked;

const PATIENCE: Duration = Duration::from_secs(30);

/// A request for `data` in a folder, with what most tests want of it.
fn request(folder: &TempDir) -> Request {
    Request {
        data: folder.path().join("state/data"),
        user: "gladys".to_owned(),
        database: "my \"own\" db".to_owned(),
        bin: None,
        major: None,
        extensions: Vec::new(),
        password: Some(Masked::secret("it's a \"secret\"")),
        cache: folder.path().join("cache"),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// What `prepare` says, line by line, or the error as words.
fn said(request: &Request) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let done: Result<(), Error> = prepare(request, &mut out);
    let text = String::from_utf8(out).expect("text");
    done.map(|()| text.lines().map(str::to_owned).collect()).map_err(|error| error.to_string())
}

/// A server of this machine's packages; these tests have no other to start.
fn installed() -> super::find::Server {
    let servers = super::find::installed(super::user::unprivileged());
    servers.into_iter().next().expect("PostgreSQL server binaries, such as those of `apt install postgresql`")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn state(folder: &TempDir) -> PathBuf {
    folder.path().join("state")
}

/// Waits until there is an answer, for as long as anybody would.
fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
