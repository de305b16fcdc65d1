//! SQL as text: tokens, where statements end, psql's variables. The rules are those of psql's own lexer
//! (`src/fe_utils/psqlscan.l`), which follows the server's.
//!
//! - [`token`]: one token at a time, over lines or a whole file.
//! - [`statement`]: where a statement ends; the statements of a file.
//! - [`scan`]: psql's reading: lines in, statements out, variables replaced.
//! - [`copy`]: which statements data follows.
//! - [`normal`]: what is left of a file when comments and layout are taken away.

pub mod copy;
pub mod normal;
pub mod scan;
pub mod statement;
pub mod token;

/// Byte offset and length of the token that starts at a character (from 1), as the server counts.
pub fn place(text: &str, character: usize) -> (usize, usize) {
    let start = text.char_indices().nth(character.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    if start >= text.len() {
        // At the end of the input: point at its last visible character.
        let end = text.trim_end().len();
        let last = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
        return (last, end - last);
    }
    let (_, end) = token::token(&mut token::Mode::default(), true, text.as_bytes(), start);
    let len =
        (start..=end.max(start + 1)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(start) - start;
    (start, len.max(1))
}

/// A name as SQL writes it, quoted (`"my ""table"""`).
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it; one with a backslash in the `E''` form, as libpq's `PQescapeLiteral` does.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
