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

impl Invocation {
    /// The program's file name, for messages.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// As one would type it in a shell: words quoted where they need it, secrets masked.
impl std::fmt::Display for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::text::shell_word(&self.program.to_string_lossy()))?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", crate::text::shell_word(arg)))
    }
}
