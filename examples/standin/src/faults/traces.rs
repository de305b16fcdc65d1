//! What it leaves for a test to read: the order of starts and stops, its pid, its environment.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, value_parser};

use super::flag;
use crate::log;

/// The files to write.
#[derive(Default)]
pub(crate) struct Traces {
    append: Option<(PathBuf, String)>,
    pid_file: Option<PathBuf>,
    env_to: Option<PathBuf>,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        Arg::new("append")
            .long("append")
            .num_args(2)
            .value_names(["FILE", "WORD"])
            .help("Append the line WORD to FILE at the start, and `WORD stopped` at a clean stop"),
        path("pid-file", "Write its pid to FILE"),
        path("env-to", "Write its environment to FILE, sorted lines NAME=VALUE"),
    ]
}

impl Traces {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        let mut append = matches.get_many::<String>("append").into_iter().flatten().cloned();
        Self {
            append: append.next().map(PathBuf::from).zip(append.next()),
            pid_file: matches.get_one("pid-file").cloned(),
            env_to: matches.get_one("env-to").cloned(),
        }
    }

    /// Writes them all; the error names the file.
    pub(crate) fn at_start(&self) -> Result<(), String> {
        if let Some(file) = &self.pid_file {
            replace(file, format!("{}\n", std::process::id()).as_bytes())?;
        }
        if let Some(file) = &self.env_to {
            replace(file, &environment())?;
        }
        self.append("").map_err(|error| format!("--append: {error}"))
    }

    /// Says that the stop was a clean one.
    pub(crate) fn at_clean_stop(&self) {
        if let Err(error) = self.append(" stopped") {
            log::error(format!("--append: {error}"));
        }
    }

    fn append(&self, what: &str) -> io::Result<()> {
        let Some((file, word)) = &self.append else { return Ok(()) };
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        file.write_all(format!("{word}{what}\n").as_bytes())
    }
}

fn path(name: &'static str, help: &'static str) -> Arg {
    flag::value(name, "FILE", help).value_parser(value_parser!(PathBuf))
}

/// Whole or not at all: a reader that waits for the file never sees half of it.
fn replace(file: &Path, content: &[u8]) -> Result<(), String> {
    let mut unfinished = OsString::from(file);
    unfinished.push(format!(".{}", std::process::id()));
    let done = fs::write(&unfinished, content).and_then(|()| fs::rename(&unfinished, file));
    done.map_err(|error| format!("{}: {error}", file.display()))
}

fn environment() -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = std::env::vars_os()
        .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes(), b"\n"].concat())
        .collect();
    lines.sort();
    lines.concat()
}
