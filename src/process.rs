//! A program with its words, folder and variables: resolved, ready to run.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::masked::Masked;

/// One program call, fully resolved. It inherits the environment of `gladys`, overlaid with `env`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invocation {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Its arguments, each one word.
    pub args: Vec<String>,
    /// Absolute path of the folder it runs in.
    pub cwd: PathBuf,
    /// Variables added to the inherited ones, or put in their place.
    pub env: IndexMap<String, Masked>,
}
