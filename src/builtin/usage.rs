//! What an error of a native verb says beside its words: whether the command line is wrong, and what differs.

use std::error::Error;

use super::context::Failure;
use super::query::QueryError;
use crate::db;
use crate::db::migration::{Difference, MigrationError};

/// The exit code of an error: 2 where the command line asks for what there is not, which is known before anything is
/// done; 1 for everything else.
pub fn exit_code(failure: &Failure) -> u8 {
    let error: &(dyn Error + 'static) = failure.as_ref();
    let refused = error.downcast_ref().is_some_and(db::Error::is_usage)
        || error.downcast_ref().is_some_and(MigrationError::is_usage)
        || error.downcast_ref().is_some_and(QueryError::is_usage);
    if refused { 2 } else { 1 }
}

/// What a database is not as it should be in, for an error that says so.
pub fn differences(failure: &Failure) -> &[Difference] {
    let error: &(dyn Error + 'static) = failure.as_ref();
    match error.downcast_ref() {
        Some(MigrationError::NoMatch { differences, .. }) => differences,
        _ => &[],
    }
}
