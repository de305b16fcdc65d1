//! gladys runs a team's services and commands, in any environment, from one manifest.
//!
//! The floors, from the top; imports go down only, and neighbours on one floor do not know each other
//! (`tests/it/floors.rs` keeps it):
//!
//! 6. [`cli`]: find the manifest, build the command line from it, report. The only place that prints.
//! 5. [`engine`]: walk a plan, in parallel where the order allows.
//! 4. [`plan`]: manifest + request -> a flat list of resolved steps. The only place where words meet the world.
//! 3. [`builtin`]: the native verbs.
//! 2. [`probe`], [`supervisor`], [`postgres`], [`sync`], [`import`]: waiting for readiness; owning services; PostgreSQL
//!    binaries; comparing what should agree; taking over what another tool's file says.
//! 1. [`manifest`], [`process`], [`db`]: words; program calls; database connections.
//! 0. [`span`], [`text`], [`masked`], [`event`], [`files`].

mod builtin;
mod cli;
mod db;
mod engine;
mod event;
mod files;
mod import;
mod manifest;
mod masked;
mod plan;
mod postgres;
mod probe;
mod process;
mod span;
mod supervisor;
mod sync;
mod text;

use std::ffi::OsString;

/// Runs `gladys` with its command line, the program's own name first. Returns the exit code, see [`cli::exit::Exit`].
pub fn run(args: &[OsString]) -> u8 {
    // The two internal entries come first: a supervisor is to be small, and needs neither manifest nor command line.
    if args.get(1).is_some_and(|word| word == "internal") {
        return match args.get(2).and_then(|word| word.to_str()) {
            Some("supervise") => supervisor::serve(),
            Some("hold") => supervisor::hold(),
            _ => cli::exit::Exit::Refused.code(),
        };
    }
    cli::run(args).code()
}
