//! Migrations: files applied once, whole or not at all, with a ledger that tells the truth.
//!
//! - [`mod@file`]: a file, its version, its checksums. [`ledger`]: what the database says was applied.
//! - [`history`]: both side by side: applied, pending, edited, missing.
//! - [`lock`]: one migrator at a time. [`apply`]: one file, one transaction. [`invalid`]: what may be left without one.
//! - [`catalog`]: what a database is made of, [`difference`]: what two differ in, [`fingerprint`]: the sum of one.
//!   [`scratch`]: what files make, tried out.
//! - [`error`]: what can go wrong besides the database itself.

pub mod apply;
pub mod catalog;
pub mod difference;
pub mod error;
pub mod file;
pub mod fingerprint;
pub mod history;
pub mod invalid;
pub mod ledger;
pub mod lock;
pub mod scratch;

pub use difference::Difference;
pub use error::MigrationError;
pub use file::Migration;
pub use history::{Entry, State};
pub use ledger::{Ledger, Row};
