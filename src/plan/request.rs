//! What was asked for: a command with the words for its parameters, free of the library that parsed them.

use indexmap::IndexMap;

use crate::builtin::Builtin;

/// A command and its words.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Request {
    /// The command's name.
    pub command: String,
    /// What was given for each parameter; every parameter of the command has an entry.
    pub params: IndexMap<String, Given>,
    /// The native verb, where the command leaves its words to one.
    pub native: Option<Builtin>,
}

/// What was given for one parameter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    /// The words that `{name}` becomes when it stands alone: `--tail 20`, or nothing.
    pub words: Vec<String>,
    /// What it becomes inside a word: `20`. `None` where it cannot stand inside one.
    pub text: Option<String>,
}

impl Given {
    /// Whether anything was given; what `if=` and `unless=` ask.
    pub fn is_given(&self) -> bool {
        !self.words.is_empty()
    }
}

impl Request {
    /// The words of a parameter; none if there is no such parameter.
    pub fn words(&self, name: &str) -> &[String] {
        self.params.get(name).map(|given| given.words.as_slice()).unwrap_or_default()
    }
}
