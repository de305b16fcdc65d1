//! Tests of the whole program: real processes, real PostgreSQL, whole outputs; one module for each feature.
//!
//! - [`project`]: a manifest in a folder of its own, to run `gladys` in; [`run`]: one run, and what it must have done.
//! - [`normal`]: what differs from run to run; [`oracle`]: who is really alive; [`skip`]: tests that cannot run here.
//! - [`sandbox`]: a folder with programs of its own, for the documents and examples.

mod containers;
mod normal;
mod oracle;
mod project;
mod run;
mod sandbox;
mod skip;

mod cli;
mod database;
mod diagnostics;
mod docker;
mod engine;
mod examples;
mod faults;
mod floors;
mod import;
mod kubernetes;
mod local;

mod manifest_docs;
mod parity;
mod plan;
mod readme;
mod stack;

mod swarm;
mod sync_check;
