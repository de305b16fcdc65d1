//! Making a data folder and a database in it, once.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;

use super::error::last_line;
use super::find::{Server, inspect, installed, lacks, named};
use super::place::{Place, give, owner};
use super::record::{Record, major};
use super::user::{User, command, unprivileged};
use super::{Error, fetch, lock};
use crate::masked::Masked;

/// What `prepare` was asked for.
pub(super) struct Request {
    pub(super) data: PathBuf,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) bin: Option<PathBuf>,
    pub(super) major: Option<u32>,
    pub(super) extensions: Vec<String>,
    pub(super) password: Option<Masked>,
    pub(super) cache: PathBuf,
}

/// Makes what is missing of binaries, data folder, and database.
///
/// The folder is complete or absent: it is made beside its place and renamed. Two runs at once are fine.
pub(super) fn prepare(request: &Request, out: &mut dyn Write) -> Result<(), Error> {
    check(request)?;
    let data = std::path::absolute(&request.data).map_err(Error::at(&request.data))?;
    let parent = data.parent().unwrap_or(&data);
    fs::create_dir_all(parent).map_err(Error::at(parent))?;
    let _lock = lock::take(&beside(&data, "lock"), out)?;
    match major(&data) {
        Some(major) => extend(request, &data, major, out),
        None if is_absent(&data) => create(request, &data, out),
        // Data that we may not read is somebody else's.
        None => whose(&data).and(Err(Error::Foreign(data.clone()))),
    }
}

/// As whom to run what works on an existing data folder: as its owner, which PostgreSQL insists on.
pub(super) fn whose(data: &Path) -> Result<Option<User>, Error> {
    let owner = owner(data).map_err(Error::at(data))?;
    match geteuid() {
        me if me.as_raw() == owner.uid && !me.is_root() => Ok(None),

        me if me.is_root() && owner.uid != 0 => Ok(Some(owner)),
        _ => Err(Error::Owner { data: data.to_path_buf(), owner: owner.uid }),
    }
}

/// Names and the password are passed on as lines.
fn check(request: &Request) -> Result<(), Error> {
    let password = request.password.as_ref().map_or("-", Masked::reveal);
    let texts =
        [("user name", &*request.user), ("database name", &*request.database), ("password", password)];
    match texts.iter().find(|(_, text)| text.is_empty() || text.contains(['\n', '\r', '\0'])) {
        Some((what, _)) => Err(Error::Name { what }),
        None => Ok(()),
    }
}

fn beside(data: &Path, end: &str) -> PathBuf {
    let mut path = data.as_os_str().to_owned();
    path.push(".");
    path.push(end);
    path.into()
}

fn is_absent(data: &Path) -> bool {
    fs::read_dir(data).map_or(!data.exists(), |mut entries| entries.next().is_none())
}

/// Looks after a data folder that is there: is it of the right version and user, and is the database in it?
fn extend(request: &Request, data: &Path, found: u32, out: &mut dyn Write) -> Result<(), Error> {
    if let Some(wanted) = request.major.filter(|wanted| *wanted != found) {
        return Err(Error::DataVersion { data: data.to_path_buf(), found, wanted });
    }
    let user = whose(data)?;
    let mut record = Record::read(data);
    if let Some(other) = record.user.as_ref().filter(|name| **name != request.user) {
        let (data, wanted) = (data.to_path_buf(), request.user.clone());
        return Err(Error::User { data, found: other.clone(), wanted });
    }
    let server = server(request, record.bin.as_deref(), Some(found), user, out)?;
    if record.databases.contains(&request.database) && record.bin.as_ref() == Some(&server.bin) {
        return Ok(());
    }
    if !record.databases.contains(&request.database) {
        let place = Place::new(data, user).map_err(Error::at(data))?;
        create_database(&server, &place.argument(""), user, &request.database, out)?;
        record.databases.push(request.database.clone());
    }
    record.bin = Some(server.bin);
    record.write(data, user).map_err(Error::at(data))
}

/// Makes folder and database in a folder beside, which is then renamed.
fn create(request: &Request, data: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let user = unprivileged();
    let server = server(request, None, request.major, user, out)?;
    lock::say(
        out,
        &format!(
            "initialising {} with PostgreSQL {} ({})",
            data.display(),
            server.major,
            server.bin.display()
        ),
    );
    let staging = Staging::new(beside(data, "new"), user)?;
    let place = Place::new(&staging.path, user).map_err(Error::at(&staging.path))?;
    initdb(request, &server, &staging, &place, user)?;
    create_database(&server, &place.argument("data"), user, &request.database, out)?;
    let made = staging.path.join("data");
    let databases = vec![request.database.clone()];
    let record = Record { bin: Some(server.bin), user: Some(request.user.clone()), databases };
    record.write(&made, user).map_err(Error::at(&made))?;
    fs::rename(&made, data).map_err(Error::at(data))
}

/// The folder that everything is made in. What an interrupted run left of it is cleared first, since the lock is ours.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn new(path: PathBuf, user: Option<User>) -> Result<Self, Error> {
        let staging = Self { path };
        staging.clear();
        let path = &staging.path;
        fs::create_dir(path).and_then(|()| give(path, user)).map_err(Error::at(path))?;
        Ok(staging)
    }

    fn clear(&self) {
        // What cannot be removed is in the way of `create_dir`, which tells.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The binaries to use: those named, those noted, those installed, those fetched before, or those fetched now.
fn server(
    request: &Request,
    noted: Option<&Path>,
    major: Option<u32>,
    user: Option<User>,
    out: &mut dyn Write,
) -> Result<Server, Error> {
    if let Some(bin) = named(request.bin.as_deref()) {
        return chosen(inspect(&bin, user)?, request, major, user);
    }
    let fits = |server: &Server| {
        major.is_none_or(|major| major == server.major) && lacks(server, &request.extensions, user).is_empty()
    };
    if let Some(server) = noted.and_then(|bin| inspect(bin, user).ok()).filter(fits) {
        return Ok(server);
    }
    let here = installed(user).into_iter().chain(fetch::cached(&request.cache, major, user)).find(fits);
    match here {
        Some(server) => Ok(server),
        None => {
            chosen(fetch::fetch(&request.cache, major, &request.extensions, user, out)?, request, major, user)
        }
    }
}

/// Refuses binaries that cannot be exchanged for others.
fn chosen(
    server: Server,
    request: &Request,
    major: Option<u32>,
    user: Option<User>,
) -> Result<Server, Error> {
    if let Some(wanted) = major.filter(|major| *major != server.major) {
        return Err(Error::Version { bin: server.bin, found: server.major, wanted });
    }
    let missing = lacks(&server, &request.extensions, user);
    if missing.is_empty() { Ok(server) } else { Err(Error::Extension { missing }) }
}

/// <https://www.postgresql.org/docs/16/app-initdb.html>
fn initdb(
    request: &Request,
    server: &Server,
    staging: &Staging,
    place: &Place,
    user: Option<User>,
) -> Result<(), Error> {
    let mut command = command(&server.bin.join("initdb"), user);
    command.arg("-D").arg(place.argument("data")).arg("--username").arg(&request.user);
    command.args(["--encoding=UTF8", "--locale=C"]);
    match &request.password {
        Some(password) => {
            let file = staging.path.join("password");
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
    use std::os::unix::fs::OpenOptionsExt;
    let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(open, "{}", password.reveal())?;
    give(file, user)
}

/// Makes a database without a server running (<https://www.postgresql.org/docs/16/app-postgres.html>, single-user mode),
/// which fails while one is.
fn create_database(
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
