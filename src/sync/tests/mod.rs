//! Every kind of check against real files: in step, drifted in every way, and not to be known.

mod built;
mod fresh;
mod ledger;
mod program;
mod report;
mod same;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::{Check, Glob, Ground, Kind, Report, Style, record, render, run};
use crate::process::Invocation;
use crate::span::{Sources, Span};

/// A project in a folder of its own.
pub(super) struct Project {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Project {
    /// With these files.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let mut sources = Sources::default();
        sources.add("gladys.kdl".into(), "project Test\ncheck x { same \"*.proto\" }\n".into());
        let project = Self { folder: tempfile::tempdir().expect("a folder"), sources };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    pub(super) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    /// Changes one byte in the middle, and puts the old times back: content decides.
    pub(super) fn flip(&self, name: &str) {
        let path = self.path(name);
        let times = fs::metadata(&path).expect("a file").modified().expect("a time");
        let mut bytes = fs::read(&path).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("a file");
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(times))
            .expect("a time");
    }

    /// A pattern below the project, as if written on the second line of the manifest.
    pub(super) fn glob(&self, pattern: &str) -> Glob {
        Glob { pattern: self.path(pattern), ..relative(pattern) }
    }

    /// A shell script as a program call in the project's folder.
    pub(super) fn shell(&self, script: &str) -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            cwd: self.folder.path().into(),
            env: indexmap::IndexMap::new(),
        }
    }

    fn ground<T>(&self, then: impl FnOnce(&Ground) -> T) -> T {
        let records = self.path(".gladys/sync");
        let interrupted = AtomicBool::new(false);
        let root = self.folder.path();
        then(&Ground { root, records: &records, sources: &self.sources, interrupted: &interrupted })
    }

    pub(super) fn run(&self, checks: &[Check]) -> Report {
        self.ground(|ground| run(checks, ground))
    }

    pub(super) fn record(&self, checks: &[Check]) -> Report {
        self.ground(|ground| record(checks, ground))
    }

    /// The exit code and the text of the report on one check, without its head and tail.
    pub(super) fn judge(&self, check: &Check) -> (u8, String) {
        shown(&self.run(std::slice::from_ref(check)))
    }
}

/// The exit code and the first section's lines.
pub(super) fn shown(report: &Report) -> (u8, String) {
    let text = render(report, Style::default());
    let section = text.split("\n\n").nth(1).and_then(|section| section.split_once('\n'));
    (report.exit_code(), section.map(|(_, lines)| lines.to_owned()).unwrap_or_default())
}

/// A pattern that is relative to places.
pub(super) fn relative(pattern: &str) -> Glob {
    Glob { pattern: pattern.into(), shown: pattern.into(), span: Span { file: 0, offset: 28, len: 9 } }
}

pub(super) fn check(name: &str, summary: &str, kind: Kind) -> Check {
    Check {
        name: name.into(),
        summary: summary.into(),
        kind,
        optional: false,
        fix: None,
        fix_shown: None,
        span: Span { file: 0, offset: 13, len: 5 },
    }
}

pub(super) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sync")
}
