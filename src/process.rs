//! A program with its words, folder and variables: resolved, ready to run.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use duct::Expression;
use indexmap::IndexMap;
use miette::Diagnostic;

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

/// A program that did not exit with 0.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ProgramError {
    /// It exited with another code.
    #[error("`{program}` exited with {code}")]
    #[diagnostic(code(gladys::program::failed))]
    Exited {
        /// Its name.
        program: String,
        /// Its code.
        code: i32,
    },
    /// A signal ended it.
    #[error("`{program}` was ended by {signal}")]
    #[diagnostic(code(gladys::program::signalled))]
    Signalled {
        /// Its name.
        program: String,
        /// The signal's number.
        number: i32,
        /// The signal's name.
        signal: String,
    },
    /// It could not be run.
    #[error("`{program}` cannot be run: {reason}")]
    #[diagnostic(code(gladys::program::not_run), help("check the program and its `cwd` in the manifest"))]
    NotRun {
        /// Its name.
        program: String,
        /// The system's words.
        reason: String,
    },
}

impl ProgramError {
    /// What a status says; nothing for success.
    pub fn of(program: &Invocation, status: ExitStatus) -> Option<Self> {
        let program = program.name();
        match (status.code(), status.signal()) {
            (Some(0), _) => None,
            (Some(code), _) => Some(Self::Exited { program, code }),
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal").to_owned();
                Some(Self::Signalled { program, number: signal, signal: name })
            }
        }
    }

    /// The exit code that stands for it, as shells have it: the program's own, 128 and the signal's number, or 127.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Exited { code, .. } => u8::try_from(*code).unwrap_or(1),
            Self::Signalled { number, .. } => u8::try_from(128 + number).unwrap_or(1),
            Self::NotRun { .. } => 127,
        }
    }
}

impl Invocation {
    /// The call as duct runs it; a non-zero exit is not an error to it.
    pub fn expression(&self) -> Expression {
        let base = duct::cmd(&self.program, &self.args).dir(&self.cwd).unchecked();
        let base = of_cargo_run().fold(base, |expression, name| expression.env_remove(name));
        self.env.iter().fold(base, |expression, (name, value)| expression.env(name, value.reveal()))
    }

    /// Runs it to its end in the foreground, with the streams of gladys.
    pub fn run(&self) -> Result<(), ProgramError> {
        let status = self.expression().run().map_err(|error| self.not_run(&error))?.status;
        ProgramError::of(self, status).map_or(Ok(()), Err)
    }

    /// Runs it to its end; what it prints goes nowhere.
    pub fn run_quietly(&self) -> Result<(), ProgramError> {
        let quiet = self.expression().stdin_null().stdout_null().stderr_null();
        let status = quiet.run().map_err(|error| self.not_run(&error))?.status;
        ProgramError::of(self, status).map_or(Ok(()), Err)
    }

    /// The error of a call that could not be made.
    pub fn not_run(&self, error: &std::io::Error) -> ProgramError {
        ProgramError::NotRun { program: self.name(), reason: crate::text::io_reason(error) }
    }

    /// The program's file name, for messages.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// What it is asked for, for messages: the script of a shell, the name of another program.
    pub fn asked(&self) -> String {
        let name = self.name();
        match self.args.as_slice() {
            [option, script, ..] if option == "-c" && name.ends_with("sh") => script.trim().to_owned(),
            _ => name,
        }
    }
}

/// What `cargo run` sets for the program it runs ("Environment variables" of the Cargo book). A cargo that gladys calls
/// would build everything anew that asks for them.
fn of_cargo_run() -> impl Iterator<Item = std::ffi::OsString> {
    let own = std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == env!("CARGO_PKG_NAME"));
    let named = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(move |name| own && name.to_str().is_some_and(named))
}

/// As one would type it in a shell: words quoted where they need it, secrets masked.
impl std::fmt::Display for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::text::shell_word(&self.program.to_string_lossy()))?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", crate::text::shell_word(arg)))
    }
}
