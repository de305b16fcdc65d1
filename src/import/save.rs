//! Writing the files of a draft: all of them, or none.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::draft::{Draft, File};
use super::error::Fault;
use crate::text;

/// As a text editor would make it, before the umask.
const MODE: u32 = 0o644;

/// Writes every file beside its place first, so that what can fail has failed before the first one is in place.
pub fn save(draft: &Draft, force: bool) -> Result<(), Vec<Fault>> {
    let taken = draft.files.iter().filter(|file| !force && file.path.symlink_metadata().is_ok());
    let taken: Vec<Fault> = taken.map(|file| Fault::Exists { path: shown(&file.path) }).collect();
    if !taken.is_empty() {
        return Err(taken);
    }
    // Nothing takes the place of a folder, and that would be noticed when the other file is in its place already.
    let folders = draft.files.iter().filter(|file| file.path.is_dir());
    let folders: Vec<Fault> = folders
        .map(|file| Fault::Unwritable { path: shown(&file.path), reason: "it is a folder".into() })
        .collect();
    if !folders.is_empty() {
        return Err(folders);
    }
    let written: Result<Vec<_>, Fault> = draft.files.iter().map(|file| Ok((prepare(file)?, file))).collect();
    for (temporary, file) in written.map_err(|fault| vec![fault])? {
        temporary.persist(&file.path).map_err(|error| vec![unwritable(&file.path, &error.error)])?;
    }
    Ok(())
}

fn prepare(file: &File) -> Result<NamedTempFile, Fault> {
    let folder = file.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error| unwritable(&file.path, &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mode = std::fs::Permissions::from_mode(MODE);
    let mut builder = tempfile::Builder::new();
    let mut temporary = builder.prefix(".gladys-").permissions(mode).tempfile_in(folder).map_err(failed)?;
    temporary.write_all(file.text.as_bytes()).map_err(failed)?;
    Ok(temporary)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::Unwritable { path: shown(path), reason: text::io_reason(error) }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
