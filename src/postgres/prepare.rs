//! Making a data folder and a database in it, once.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::find::{Server, inspect, installed, lacks, named};
use super::major::major;
use super::place::{Place, give, owner};
use super::programs::{create_database, initdb};
use super::record::Record;
use super::user::{User, unprivileged};
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
    if major(&data).is_none() && !is_absent(&data) {
        return Err(unless_hidden(&data, Error::Foreign(data.clone())));
    }
    let parent = data.parent().unwrap_or(&data);
    fs::create_dir_all(parent).map_err(Error::at(parent))?;
    let _lock = lock::take(&beside(&data, "lock"), out)?;
    match major(&data) {
        Some(major) => extend(request, &data, major, out),
        None => create(request, &data, out),
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

/// What to say of a folder without data: that it is another user's, if that is why we see none.
pub(super) fn unless_hidden(data: &Path, otherwise: Error) -> Error {
    match fs::read_dir(data) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            whose(data).err().unwrap_or(otherwise)
        }
        _ => otherwise,
    }
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
    initdb(&server, &place, user, &request.user, request.password.as_ref())?;
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
    match lacks(&server, &request.extensions, user) {
        missing if missing.is_empty() => Ok(server),
        missing => Err(Error::Extension { wanted: missing }),
    }
}
