//! The native verbs.

pub mod clean;
pub mod context;
pub mod migrate;
pub mod psql;
pub mod query;
