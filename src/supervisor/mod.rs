//! Local services: one small supervisor process each, no daemon, no port, no protocol.
//!
//! The client side is [`launch()`], [`find`], [`terminate`], [`owns_port`] and [`logs`]; the supervisor itself is [`serve()`], and
//! [`hold()`] is what a service is before it is let go. They meet in one folder per service (see `folder.rs`):
//!
//! - `spec.rs` what to run; `facts.rs` and `state.rs` what really is; `exit.rs` how a run ended; `older.rs` whether they agree; `error.rs` what can go wrong
//! - `launch.rs`, `summon.rs`, `stop.rs`, `queue.rs`, `port.rs` (with `listeners.rs`) the client side
//! - `serve.rs` and `begin.rs` how a supervisor starts, `life.rs` and `signals.rs` its loop, `run.rs` one run, `hold.rs` the child before its `exec`, `restart.rs`
//!   back-off, `pulse.rs` the liveness check, `needs.rs` what happens when something it needs goes away
//! - `guard.rs` whom all that belongs to; `folder.rs`, `record.rs`, `lock.rs`, `probes.rs`, `unstarted.rs` what is on disk
//! - `process.rs`, `badge.rs`, `tree.rs`, `sweep.rs` processes: identity, what they say they are, belonging, ending
//! - `stake.rs` several commands that wait for one service of something else
//! - `limits.rs`, `cgroup.rs` what a service may use; `watch.rs` being told of changes of files
//! - `log/` the log: index, bounds, reading

mod badge;
mod begin;
mod cgroup;
mod error;
mod exit;
mod facts;
mod fail;
mod folder;
mod guard;
mod hold;
mod launch;
mod life;
mod limits;
mod listeners;
mod lock;
mod log;
mod needs;
mod older;
mod port;
mod probes;
mod process;
mod pulse;
mod queue;
mod record;
mod restart;
mod run;
mod serve;
mod signals;
mod spec;
mod stake;
mod state;
mod stop;
mod summon;
mod sweep;
mod tree;
mod unstarted;
mod watch;
mod wire;

pub use error::Error;
pub use exit::{Cause, Exit};
pub use folder::state_root;
pub use hold::hold;
pub use launch::{Launched, launch};
pub use log::{Line, LogOptions, LogSource, has_run, last_lines, log_path, logs, run_position};
pub use older::Present;
pub use port::{PortOwner, connected_from, heard_ports, owns_port};
pub use probes::{Asked, Probed, note_probe, probes};
pub use serve::serve;
pub use spec::{Limits, Liveness, Lost, Need, Orphan, Policy, Restart, Signal, Spec, Stop, definition};
pub use stake::Stake;
pub use state::{Ended, Guardian, Phase, State, find, mark_ready, note_unstarted, running_below};
pub use stop::{Terminated, terminate};
pub use unstarted::{Tried, Unstarted};
