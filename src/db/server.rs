//! What the server says of an error or a notice: the manual's "Error and Notice Message Fields" (chapter 55.8).

use postgres::fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;

/// An error or a notice, field by field.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServerMessage {
    /// `ERROR`, `NOTICE`, in the server's language.
    pub severity: String,
    /// SQLSTATE.
    pub code: String,
    /// The one-line message.
    pub message: String,
    /// The secondary message.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where in the text that was sent, in characters from 1.
    pub position: Option<usize>,
    /// Where in `internal_query`, in characters from 1.
    pub internal_position: Option<usize>,
    /// The text of a command that a function ran.
    pub internal_query: Option<String>,
    /// The call stack of functions.
    pub stack: Option<String>,
    /// Every field, by its letter.
    pub fields: Vec<(u8, String)>,
}

impl ServerMessage {
    /// Reads the fields of a message; what cannot be read is left out.
    pub fn read(mut fields: ErrorFields<'_>) -> Self {
        let mut message = Self::default();
        while let Ok(Some(field)) = fields.next() {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            message.fields.push((field.type_(), value.clone()));
            message.set(field.type_(), value);
        }
        message
    }

    fn set(&mut self, letter: u8, value: String) {
        match letter {
            b'S' => self.severity = value,
            b'C' => self.code = value,
            b'M' => self.message = value,
            b'D' => self.detail = Some(value),
            b'H' => self.hint = Some(value),
            b'P' => self.position = value.parse().ok(),
            b'p' => self.internal_position = value.parse().ok(),
            b'q' => self.internal_query = Some(value),
            b'W' => self.stack = Some(value),
            _ => {}
        }
    }

    /// Whether the session ends with it; field `V` is the severity in English, whatever the server's language is.
    pub fn is_fatal(&self) -> bool {
        matches!(self.field(b'V'), Some("FATAL" | "PANIC"))
    }

    /// The field with this letter.
    pub fn field(&self, letter: u8) -> Option<&str> {
        self.fields.iter().find(|(of, _)| *of == letter).map(|(_, value)| value.as_str())
    }

    /// Which function or command the server was in, for a help text.
    pub fn context(&self) -> Option<String> {
        let query = self.internal_query.as_ref().map(|query| format!("while running: {query}"));
        match (query, &self.stack) {
            (None, None) => None,
            (Some(query), None) => Some(query),
            (None, Some(stack)) => Some(format!("in {stack}")),
            (Some(query), Some(stack)) => Some(format!("{query}\nin {stack}")),
        }
    }

    /// `NOTICE: table "x" does not exist, skipping`, in one line.
    pub fn line(&self) -> String {
        let detail = self.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        format!("{}: {}{detail}", self.severity, self.message)
    }
}
