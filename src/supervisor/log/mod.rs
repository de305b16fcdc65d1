//! The log of a service *is* its standard output and error: one file, opened for appending, with nobody in between.
//!
//! Beside it stands an index (`index.rs`, its lines `mark.rs`): when the log had grown to which offset, where each run began and
//! how it ended. The supervisor keeps both, and bounds the disk (`keep.rs`); `source.rs` reads one log, `reader.rs` filters it,
//! `show.rs` merges and follows many; `view.rs` is what can be asked for and shown.

mod index;
mod keep;
mod mark;
mod reader;
mod show;
mod source;
#[cfg(test)]
mod tests;
mod view;

pub use keep::{BLOCK, Keeper};
pub use show::{last_lines, logs};
pub use view::{Line, LogOptions, LogSource};

use std::path::{Path, PathBuf};

use index::Ends;
use mark::Mark;

use super::exit::{Cause, Exit};
use super::folder::Folder;

/// Name of the log in its folder.
const LOG: &str = "log";
/// Name of the index in its folder.
const INDEX: &str = "index";
/// Name of the older half, where the file system cannot punch holes.
const OLD: &str = "log.old";

/// Path of the log: the service's own bytes.
pub fn log_path(dir: &Path) -> PathBuf {
    dir.join(LOG)
}

/// The present end of the log, as an offset in [`log_path`]; 0 when there is none.
pub fn log_position(dir: &Path) -> u64 {
    std::fs::metadata(log_path(dir)).map_or(0, |metadata| metadata.len())
}

/// Where the present or last run begins, as an offset in [`log_path`]; 0 when there was none.
pub fn run_position(dir: &Path) -> u64 {
    let mut index = index::Index::default();
    index.refresh(&Folder::new(dir));
    index.region(0).map_or(0, |(from, _, _)| from.saturating_sub(index.base))
}

/// Whether the log still knows a run, counted as in [`LogOptions::run`].
pub fn has_run(dir: &Path, run: i64) -> bool {
    let mut index = index::Index::default();
    index.refresh(&Folder::new(dir));
    index.region(run).is_some()
}

/// Notes the end of a run in the index, for a command that does the work of a dead supervisor.
pub fn note_end(folder: &Folder, run: u64, exit: Exit, cause: Cause) {
    let offset = Ends::load(folder).base + log_position(folder.path());
    let mark = Mark::End { time: super::record::now(), offset, run, exit, cause };
    if let Ok(mut file) = folder.append(INDEX) {
        let _ = std::io::Write::write_all(&mut file, mark.to_string().as_bytes());
    }
}

/// The greatest run number that the index knows, for a record that was lost.
pub fn last_run(folder: &Folder) -> u64 {
    Ends::load(folder).run
}
