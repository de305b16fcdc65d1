//! Becoming the server of a data folder.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use super::find::{Server, inspect, installed, named};
use super::major::major;
use super::place::Place;
use super::prepare::{unless_hidden, whose};
use super::record::Record;
use super::user::{User, command};

/// What `serve` was asked for.
pub(super) struct Request {
    pub(super) data: PathBuf,
    pub(super) bin: Option<PathBuf>,
    pub(super) port: u16,
    pub(super) listen: String,
}

/// Becomes the server; returns only with why it could not.
pub(super) fn serve(request: &Request) -> Result<Infallible, Error> {
    let (mut call, _place) = call(request)?;
    let error = call.exec();
    Err(Error::at(call.get_program())(error))
}

/// The call of the server, and the folder that it needs open.
///
/// It listens on one address, has no socket file, and logs to stderr, which is ours. A `postmaster.pid` that a killed
/// server left is PostgreSQL's own to judge.
pub(super) fn call(request: &Request) -> Result<(Command, Place), Error> {
    let data = std::path::absolute(&request.data).map_err(Error::at(&request.data))?;
    let unprepared = || unless_hidden(&data, Error::Unprepared(request.data.clone()));
    let major = major(&data).ok_or_else(unprepared)?;
    let user = whose(&data)?;
    let server = binaries(request, &data, major, user)?;
    let place = Place::new(&data, user).map_err(Error::at(&data))?;
    let mut call = command(&server.bin.join("postgres"), user);
    call.arg("-D").arg(place.argument(""));
    call.args(["-p", &request.port.to_string()]);
    call.args(["-c", &format!("listen_addresses={}", request.listen)]);
    call.args(["-c", "unix_socket_directories="]);
    call.args(["-c", "logging_collector=off", "-c", "log_destination=stderr"]);
    Ok((call, place))
}

/// Those that were named, those that made the data, or others of its version.
fn binaries(request: &Request, data: &Path, major: u32, user: Option<User>) -> Result<Server, Error> {
    if let Some(bin) = named(request.bin.as_deref()) {
        let server = inspect(&bin, user)?;
        let found = server.major;
        return if found == major {
            Ok(server)
        } else {
            Err(Error::DataVersion { data: data.into(), found: major, wanted: found })
        };
    }
    let noted = Record::read(data).bin.and_then(|bin| inspect(&bin, user).ok());
    let fits = |server: &Server| server.major == major;
    let found = noted.filter(fits).or_else(|| installed(user).into_iter().find(fits));
    found.ok_or(Error::NoVersion { major })
}
