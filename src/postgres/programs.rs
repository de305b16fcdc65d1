//! Calls of PostgreSQL's own programs that make a data folder and what is in it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;
use super::error::last_line;
use super::find::Server;
use super::lock;
use super::place::{Place, give};
use super::user::{User, command};
use crate::masked::Masked;

/// Makes the folder `data` in `place`, with a superuser (<https://www.postgresql.org/docs/16/app-initdb.html>).
pub(super) fn initdb(
    server: &Server,
    place: &Place,
    user: Option<User>,
    name: &str,
    password: Option<&Masked>,
) -> Result<(), Error> {
    let mut command = command(&server.bin.join("initdb"), user);
    command.arg("-D").arg(place.argument("data")).arg("--username").arg(name);
    command.args(["--encoding=UTF8", "--locale=C"]);
    match password {
        Some(password) => {
            let file = place.path.join("password");
            secret(&file, password, user).map_err(Error::at(&file))?;
            command.arg("--auth=scram-sha-256").arg("--pwfile").arg(place.argument("password"));
        }
        None => {
            command.arg("--auth=trust");
        }
    }
    run("initdb", &mut command, b"")
}

/// A file that only the server's user can read; it goes with the staging folder.
fn secret(file: &Path, password: &Masked, user: Option<User>) -> io::Result<()> {
    let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(open, "{}", password.reveal())?;
    give(file, user)
}

/// Makes a database without a server running (<https://www.postgresql.org/docs/16/app-postgres.html>, single-user mode),
/// which fails while one is.
pub(super) fn create_database(
    server: &Server,
    data: &Path,
    user: Option<User>,
    name: &str,
    out: &mut dyn Write,
) -> Result<(), Error> {
    lock::say(out, &format!("creating the database `{name}`"));
    let mut command = command(&server.bin.join("postgres"), user);
    command
        .arg("--single")
        .arg("-D")
        .arg(data)
        .args(["-c", "exit_on_error=on", "-c", "log_destination=stderr"])
        .arg("postgres");
    let statement = format!("CREATE DATABASE \"{}\"\n", name.replace('"', "\"\""));
    match run("postgres", &mut command, statement.as_bytes()) {
        Err(Error::Program { cause, .. })
            if cause.starts_with("database ") && cause.ends_with("already exists") =>
        {
            Ok(())
        }
        Err(Error::Program { cause, .. }) if cause.starts_with("lock file ") => {
            Err(Error::Running { database: name.to_owned() })
        }
        made => made,
    }
}

/// Runs one of PostgreSQL's programs to its end; what it says is kept for the error.
fn run(program: &'static str, command: &mut Command, input: &[u8]) -> Result<(), Error> {
    let path = PathBuf::from(command.get_program());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).env("LC_ALL", "C");
    let mut child = command.spawn().map_err(Error::at(&path))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read it says why on its own.
        let _ = stdin.write_all(input);
    }
    let ended = child.wait_with_output().map_err(Error::at(&path))?;
    if ended.status.success() {
        return Ok(());
    }
    Err(Error::Program { program, cause: telling(&ended.stderr) })
}

/// The line that says what went wrong: the first of PostgreSQL's own that does, or the last of any.
fn telling(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let marks = ["FATAL:  ", "ERROR:  ", "error: "];
    let found = text.lines().find_map(|line| marks.iter().find_map(|mark| line.split_once(mark)));
    found.map_or_else(|| last_line(stderr), |(_, cause)| cause.to_owned())
}
