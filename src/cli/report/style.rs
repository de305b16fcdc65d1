//! What the terminal can show.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use miette::{GraphicalReportHandler, GraphicalTheme};
use textwrap::{WordSeparator, WordSplitter};

/// Colours, characters and width of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the terminal")]
pub struct Style {
    /// Whether colour may be used.
    pub color: bool,
    /// Whether the locale has more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Columns of standard output, where it is a terminal: text on it is wrapped between words.
    pub columns: Option<usize>,
    /// Whether standard input and output are terminals: then, and only then, something may be asked.
    pub interactive: bool,
    /// Whether standard error is a terminal: then progress is shown live.
    pub live: bool,
}

/// What a pipe gets, whatever terminal is behind it.
const PIPE_WIDTH: usize = 100;

impl Style {
    /// Looks at the streams, `NO_COLOR` (<https://no-color.org>), the locale and `--color`.
    pub fn detect(color: Option<&str>) -> Self {
        let (stdout, stderr) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match color {
            Some("always") => true,
            Some("never") => false,
            _ => stdout && stderr && !no_color && !dumb,
        };
        let width = if stderr { terminal_width(std::io::stderr()) } else { PIPE_WIDTH };
        let columns = stdout.then(|| terminal_width(std::io::stdout()));
        let interactive = stdout && std::io::stdin().is_terminal();
        Self { color, unicode: crate::text::unicode(), width, columns, interactive, live: stderr && !dumb }
    }

    /// How diagnostics are drawn.
    pub fn handler(self) -> GraphicalReportHandler {
        let theme = match (self.unicode, self.color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(self.width.max(40));
        // A name or a time with a `-` in it is one word, and a word that is too long for the terminal is not broken: it
        // could not be copied.
        let handler = handler
            .with_break_words(false)
            .with_word_separator(WordSeparator::AsciiSpace)
            .with_word_splitter(WordSplitter::NoHyphenation);
        handler.with_links(false).with_context_lines(1).with_wrap_lines(true).without_cause_chain()
    }

    /// A mark in front of a line.
    pub fn mark(self, mark: Mark) -> &'static str {
        match (mark, self.unicode) {
            (Mark::Good, true) => "✓",
            (Mark::Good, false) => "+",
            (Mark::Bad, true) => "✗",
            (Mark::Bad, false) => "x",
            (Mark::Same, true) => "·",
            (Mark::Same, false) => "-",
            (Mark::Skipped, true) => "○",
            (Mark::Skipped, false) => "o",
        }
    }

    /// Text in a colour (SGR parameters of ECMA-48), where colour is wanted.
    pub fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What a line says at a glance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Done.
    Good,
    /// Failed.
    Bad,
    /// Nothing to do.
    Same,
    /// Not begun, or not done to its end.
    Skipped,
}

impl Mark {
    /// Its colour.
    pub fn color(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Same | Self::Skipped => "2",
        }
    }
}

fn terminal_width(terminal: impl AsFd) -> usize {
    let size = rustix::termios::tcgetwinsize(terminal).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}
