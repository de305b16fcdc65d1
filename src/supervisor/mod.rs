//! stand-in until the merge
mod spec;
pub use spec::*;
use std::path::{Path, PathBuf};
#[derive(Clone, Debug, PartialEq)]
pub struct LogSource {
    pub service: String,
    pub dir: PathBuf,
}
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    pub follow: bool,
    pub tail: Option<usize>,
    pub since: Option<jiff::Timestamp>,
    pub until: Option<jiff::Timestamp>,
    pub grep: Option<String>,
    pub run: Option<i64>,
}
pub fn state_root(root: &Path) -> PathBuf {
    root.join(".gladys")
}
pub fn log_path(dir: &Path) -> PathBuf {
    dir.join("log")
}
