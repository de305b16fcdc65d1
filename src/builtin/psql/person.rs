//! The person at the terminal: line editing and history.

use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::db::shell::{Person, Typed};

/// A line editor on the terminal. Its history is psql's own file.
pub(super) struct Terminal {
    editor: Editor<(), FileHistory>,
    history: Option<PathBuf>,
}

impl Terminal {
    /// Takes the terminal; nothing if there is none that can be used.
    pub(super) fn open() -> Option<Self> {
        let config = Config::builder().max_history_size(500).ok()?.auto_add_history(true).build();
        let mut editor = Editor::with_config(config).ok()?;
        let history = std::env::home_dir().map(|home| home.join(".psql_history"));
        if let Some(path) = &history {
            // There is none before the first time.
            let _ = editor.load_history(path);
        }
        Some(Self { editor, history })
    }
}

impl Person for Terminal {
    fn line(&mut self, prompt: &str) -> Typed {
        match self.editor.readline(prompt) {
            Ok(line) => Typed::Line(line),
            Err(ReadlineError::Interrupted) => Typed::Interrupt,
            Err(_) => Typed::End,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(path) = &self.history {
            let _ = self.editor.save_history(path);
        }
    }
}

/// The width of the terminal in columns.
pub(super) fn width() -> usize {
    rustix::termios::tcgetwinsize(rustix::stdio::stdout()).map_or(0, |size| usize::from(size.ws_col))
}
