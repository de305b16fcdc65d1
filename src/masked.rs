//! A text that may hold a secret: it is used as it is and shown as `***`.

use std::fmt;

/// What stands in place of a secret wherever text is shown.
pub const MASK: &str = "***";

/// A text with two faces: [`Masked::reveal`] for the program that needs it, [`fmt::Display`] for eyes.
///
/// `Debug` and `Display` print the masked face, so a secret cannot reach output by accident.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Masked {
    real: String,
    shown: Option<String>,
}

impl Masked {
    /// A text without a secret.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { real: text.into(), shown: None }
    }

    /// A text that is secret as a whole.
    pub fn secret(text: impl Into<String>) -> Self {
        Self { real: text.into(), shown: Some(MASK.to_owned()) }
    }

    /// The text itself, for the program that needs it; never for output.
    pub fn reveal(&self) -> &str {
        &self.real
    }

    /// Whether any part of it is secret.
    pub fn is_secret(&self) -> bool {
        self.shown.is_some()
    }

    /// Appends another text; a secret part stays secret.
    pub fn push(&mut self, other: &Masked) {
        if self.shown.is_some() || other.shown.is_some() {
            let shown = self.shown.get_or_insert_with(|| self.real.clone());
            shown.push_str(other.shown.as_deref().unwrap_or(&other.real));
        }
        self.real.push_str(&other.real);
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown.as_deref().unwrap_or(&self.real))
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl From<&str> for Masked {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Masked;

    #[test]
    fn a_secret_part_is_shown_masked_and_revealed_whole() {
        let mut url = Masked::plain("postgres://me:");
        url.push(&Masked::secret("hunter2"));
        url.push(&"@host".into());
        assert_eq!(url.reveal(), "postgres://me:hunter2@host");
        assert_eq!(url.to_string(), "postgres://me:***@host");
        assert_eq!(format!("{url:?}"), "\"postgres://me:***@host\"");
    }
}
