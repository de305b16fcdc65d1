//! gladys runs a team's services and commands, in any environment, from one manifest.
//!
//! The floors, from the top; imports go down only, and neighbours on one floor do not know each other
//! (`tests/floors.rs` keeps it):
//!
//! 6. [`cli`]: find the manifest, build the command line from it, report. The only place that prints.
//! 5. [`engine`]: walk a plan, in parallel where the order allows.
//! 4. [`plan`]: manifest + request -> a flat list of resolved steps. The only place where words meet the world.
//! 3. [`builtin`]: the native verbs.
//! 2. [`probe`], [`supervisor`], [`postgres`]: waiting for readiness; owning services; PostgreSQL binaries.
//! 1. [`manifest`], [`process`], [`db`]: words; program calls; database connections.
//! 0. [`span`], [`text`], [`masked`], [`event`].

mod builtin;
mod cli;
mod db;
mod engine;
mod event;
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

pub fn run(_args: Vec<OsString>) -> u8 {
    0
}
