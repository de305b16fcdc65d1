//! The major versions of PostgreSQL: those that can be fetched, and the one that made a data folder.

use std::fs;
use std::path::Path;

/// Versions the wheel holds; the first is taken when none is asked for.
pub(super) const MAJORS: [u32; 2] = [16, 18];

/// The major version that made a data folder; `None` if it is not a data folder.
pub(super) fn major(data: &Path) -> Option<u32> {
    let version = fs::read_to_string(data.join("PG_VERSION")).ok()?;
    version.trim().split('.').next()?.parse().ok()
}
