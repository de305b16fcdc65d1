//! What kind of statement a text is, by its first words.

use crate::db::sql::statement::statements;
use crate::db::sql::token::{Kind, Mode, token};

/// The first words of a text, at most four, in upper case; what is no word is the last of them. `nested` takes those behind
/// parentheses too.
fn first_words(text: &str, nested: bool) -> Vec<String> {
    let (mut mode, mut at, mut words) = (Mode::default(), 0, Vec::new());
    while at < text.len() && words.len() < 4 {
        let (kind, end) = token(&mut mode, true, text.as_bytes(), at);
        let word = text.get(at..end).unwrap_or_default();
        at = end;
        match kind {
            Kind::Space | Kind::Comment => {}
            Kind::Open if nested && words.is_empty() => {}
            Kind::Semicolon => break,
            kind => {
                words.push(word.to_uppercase());
                if kind != Kind::Word {
                    break;
                }
            }
        }
    }
    words
}

/// Statements before which AUTOCOMMIT off begins no transaction (`command_no_begin`).
pub(super) fn begins_itself(query: &str) -> bool {
    let words = first_words(query, false);
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

/// Whether a cursor can be declared for it (`is_select_command`): it is one statement that gives rows.
pub(super) fn is_select(query: &str) -> bool {
    let words = first_words(query, true);
    let gives_rows = matches!(words.first().map(String::as_str), Some("SELECT" | "VALUES"));
    gives_rows && statements(query).map_or(1, |all| all.len()) == 1
}

#[cfg(test)]
mod tests {
    use super::{begins_itself, is_select};

    #[test]
    fn the_first_words_tell() {
        for text in ["select 1", " -- note\n( (Values (1)))", "select 'no end"] {
            assert!(is_select(text), "{text}");
        }
        for text in ["", ";select 1", "select 1; select 2", "selectx", "with a as (select 1) table a"] {
            assert!(!is_select(text), "{text}");
        }
        for text in
            ["vacuum", "cluster ;", "create unique index concurrently on t (i)", "/* a */ Discard all"]
        {
            assert!(begins_itself(text), "{text}");
        }
        for text in ["cluster t", "cluster \"t\"", "(vacuum)", "create index on t (i)", "select 1"] {
            assert!(!begins_itself(text), "{text}");
        }
    }
}
