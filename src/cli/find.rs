//! Where the manifest is: named, or found upward from the working directory.

use std::path::{Path, PathBuf};

use super::{FIRST_MANIFEST, MANIFEST};

/// There is no manifest, or nothing in it.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Missing {
    /// None was found.
    #[error("there is no `{MANIFEST}` in `{}` or any folder above it", from.display())]
    #[diagnostic(
        code(gladys::no_manifest),
        help(
            "change into a project, name a manifest with `--manifest FILE`, take over what another tool has with \
             `gladys import`, or write a first one:\n\n{FIRST_MANIFEST}"
        )
    )]
    NotFound {
        /// Where the search began.
        from: PathBuf,
    },
    /// There is one, and it has no commands.
    #[error("`{}` has no commands yet, so there is nothing to run", file.display())]
    #[diagnostic(
        code(gladys::no_commands),
        help(
            "begin with these lines, or take over what another tool has with `gladys import` (`--force` writes over \
             this file):\n\n{FIRST_MANIFEST}"
        )
    )]
    NoCommands {
        /// The manifest.
        file: PathBuf,
    },
    /// The working directory is gone or cannot be read.
    #[error("the working directory cannot be read: {reason}")]
    #[diagnostic(code(gladys::no_manifest), help("change into a folder that exists"))]
    Nowhere {
        /// The system's words.
        reason: String,
    },
}

/// The path of the manifest: what was named, then `GLADYS_MANIFEST`, then the nearest one upward.
pub fn manifest(named: Option<String>) -> Result<PathBuf, Missing> {
    let variable = || std::env::var_os("GLADYS_MANIFEST").filter(|path| !path.is_empty());
    if let Some(path) = named.map(PathBuf::from).or_else(|| variable().map(PathBuf::from)) {
        return Ok(if path.is_dir() { path.join(MANIFEST) } else { path });
    }
    let here = std::env::current_dir()
        .map_err(|error| Missing::Nowhere { reason: crate::text::io_reason(&error) })?;
    let found =
        here.ancestors().map(|folder| folder.join(MANIFEST)).find(|path| path.symlink_metadata().is_ok());
    found.map(|path| relative(&path, &here)).ok_or(Missing::NotFound { from: here })
}

/// In the working directory itself the bare name reads better; above it the whole path does.
fn relative(path: &Path, here: &Path) -> PathBuf {
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), Path::to_owned)
}
