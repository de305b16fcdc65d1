//! What kind of statement a text is, by its first words.

use crate::db::sql::statement::{Statement, statements};

fn first_words(query: &str) -> Vec<String> {
    let statement: Option<Statement> = statements(query).ok().and_then(|found| found.into_iter().next());
    statement.map(|statement| statement.words).unwrap_or_default()
}

/// Statements before which AUTOCOMMIT off begins no transaction (`command_no_begin`).
pub(super) fn begins_itself(query: &str) -> bool {
    let words = first_words(query);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["ABORT" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "VACUUM", ..]
            | ["CLUSTER"]
            | ["PREPARE", "TRANSACTION", ..]
            | ["CREATE", "DATABASE" | "TABLESPACE", ..]
            | ["CREATE", "INDEX", "CONCURRENTLY", ..]
            | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]
            | ["ALTER", "SYSTEM", ..]
            | ["DROP" | "REINDEX", "DATABASE" | "SYSTEM" | "TABLESPACE", ..]
            | ["DROP" | "REINDEX", "INDEX" | "TABLE", "CONCURRENTLY", ..]
            | ["DISCARD", "ALL", ..]
    )
}

/// Whether a cursor can be declared for it.
pub(super) fn is_select(query: &str) -> bool {
    let words = first_words(query);
    matches!(words.first().map(String::as_str), Some("SELECT" | "VALUES"))
}
