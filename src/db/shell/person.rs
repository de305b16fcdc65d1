//! The person at the terminal, as the shell sees one.

use super::complete::Known;

/// Who types the lines.
pub trait Person {
    /// Makes ready: the file of the history, and how many entries it keeps.
    fn begin(&mut self, history: Option<&str>, size: usize);
    /// The next line; the prompt says what is waited for, and `known` what Tab completes.
    fn line(&mut self, prompt: &str, known: Known) -> Typed;
    /// A line that is not shown while it is typed; nothing if there is none.
    fn secret(&mut self, prompt: &str) -> Option<String>;
    /// Adds to the history.
    fn remember(&mut self, entry: &str);
    /// Every entry of the history, the oldest first.
    fn history(&self) -> Vec<String>;
}

/// What a person did at the prompt.
pub enum Typed {
    /// A line, or several that were taken from the history together.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// The size of the terminal that results go to: columns and rows; none is 0.
pub type Screen = fn() -> (usize, usize);
