//! Server binaries on this machine.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use super::Error;
use super::error::last_line;
use super::user::{User, command};

/// Folders that packages put servers into: Debian, PGDG for Red Hat, Alpine, Homebrew, Postgres.app, from source.
const USUAL: [&str; 8] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// Binaries that run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Server {
    /// Folder with `initdb` and `postgres`.
    pub(super) bin: PathBuf,
    /// Major version.
    pub(super) major: u32,
}

/// The folder a person named: `--bin`, else `GLADYS_POSTGRES_BIN`.
pub(super) fn named(flag: Option<&Path>) -> Option<PathBuf> {
    let variable =
        || std::env::var_os("GLADYS_POSTGRES_BIN").filter(|bin| !bin.is_empty()).map(PathBuf::from);
    flag.map(Path::to_path_buf).or_else(variable)
}

/// What is installed: first what is on PATH, then the usual folders, newest first.
pub(super) fn installed(user: Option<User>) -> Vec<Server> {
    let on_path = which::which_all("postgres").into_iter().flatten().filter_map(|program| {
        let program = program.canonicalize().ok()?;
        program.parent().map(Path::to_path_buf)
    });
    let usual = USUAL.iter().filter_map(|pattern| glob::glob(pattern).ok()).flatten().flatten();
    let mut found: Vec<Server> = on_path.filter_map(|bin| inspect(&bin, user).ok()).collect();
    let mut others: Vec<Server> = usual.filter_map(|bin| inspect(&bin, user).ok()).collect();
    others.sort_by_key(|server| Reverse(server.major));
    found.extend(others);
    found
}

/// Looks at one folder: it counts if it holds both programs and they run, as the user that is to run them.
pub(super) fn inspect(bin: &Path, user: Option<User>) -> Result<Server, Error> {
    let refuse = |cause: String| Error::Bin { bin: bin.to_path_buf(), cause };
    if let Some(missing) = ["initdb", "postgres"].iter().find(|name| !bin.join(name).is_file()) {
        return Err(refuse(format!("there is no `{missing}` in it")));
    }
    let bin = std::path::absolute(bin).map_err(Error::at(bin))?;
    let asked = command(&bin.join("postgres"), user).arg("--version").output();
    let asked = asked.map_err(|error| refuse(format!("`postgres` does not run: {error}")))?;
    if !asked.status.success() {
        return Err(refuse(format!("`postgres` does not run: {}", last_line(&asked.stderr))));
    }
    let said = String::from_utf8_lossy(&asked.stdout);
    let major = major(&said).ok_or_else(|| refuse(format!("its version is not known: {}", said.trim())))?;
    Ok(Server { bin, major })
}

/// `postgres (PostgreSQL) 16.14 (Debian …)` -> 16; `17beta1` -> 17.
pub(super) fn major(said: &str) -> Option<u32> {
    let version = said.split("(PostgreSQL)").nth(1)?.trim();
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// Which of the extensions a server does not offer: those without a control file
/// (<https://www.postgresql.org/docs/16/extend-extensions.html>).
pub(super) fn lacks(server: &Server, extensions: &[String], user: Option<User>) -> Vec<String> {
    if extensions.is_empty() {
        return Vec::new();
    }
    let Some(folder) = share(&server.bin, user) else { return extensions.to_vec() };
    let offered = |name: &&String| folder.join(format!("extension/{name}.control")).is_file();
    extensions.iter().filter(|name| !offered(name)).cloned().collect()
}

/// Where a server keeps its shared files, as it says itself.
fn share(bin: &Path, user: Option<User>) -> Option<PathBuf> {
    let said = command(&bin.join("pg_config"), user).arg("--sharedir").output().ok()?;
    let folder = String::from_utf8(said.stdout).ok()?;
    said.status.success().then(|| PathBuf::from(folder.trim()))
}
