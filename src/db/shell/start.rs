//! How the shell begins: what its command line says.

/// One thing to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// `-c`: SQL, or one command with a backslash.
    Command(String),
    /// `-f`; `-` is standard input.
    File(String),
}

/// How the shell begins.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Start {
    /// What to run; nothing means standard input or a person.
    pub actions: Vec<Action>,
    /// `-v NAME=VALUE`: variables.
    pub variables: Vec<(String, String)>,
    /// `-P NAME=VALUE`, and what the short forms stand for.
    pub looks: Vec<(String, Option<String>)>,
    /// `-o FILE`
    pub output: Option<String>,
    /// `-1`: everything in one transaction.
    pub single: bool,
    /// Read `~/.psqlrc`.
    pub rc: bool,
    /// `-L FILE`: a copy of everything that is sent and shown.
    pub log: Option<String>,
    /// `-l`: list the databases.
    pub list: bool,
    /// Rows as JSON, and nothing else.
    pub json: bool,
}
