//! The faults that a runner of local services must survive, each with real processes and judged by what the kernel says
//! (`oracle.rs`), never by what gladys says of itself. `tests/faults.sh` runs them and prints the table.

mod bench;
mod clock;
mod cut;
mod foreign;
mod limits;
mod logs;
mod needs;
mod oracle;
mod ports;
mod races;
mod restarts;
mod state;
mod stop;
mod stranger;
mod supervisor_killed;
mod table;
mod trees;
