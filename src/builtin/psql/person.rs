//! The person at the terminal: line editing, history, completion, passwords.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::{History, MemHistory, SearchDirection};
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, Helper};

use super::highlight;
use crate::db::Settings;
use crate::db::shell::complete::{Choice, Known};
use crate::db::shell::person::{Person, Typed};

/// What psql writes for the line ends inside an entry of its history file.
const LINE_END: char = '\u{1}';

/// A line editor on the terminal. Its history is psql's own file.
pub(super) struct Terminal {
    editor: Editor<Guide, MemHistory>,
    file: Option<PathBuf>,
}

impl Terminal {
    /// Takes the terminal; nothing if there is none that can be used.
    pub(super) fn open(color: bool) -> Option<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .bracketed_paste(true);
        let mut editor = Editor::with_history(config.build(), MemHistory::new()).ok()?;
        editor.set_helper(Some(Guide { known: Known::default(), files: FilenameCompleter::new(), color }));
        Some(Self { editor, file: None })
    }
}

impl Person for Terminal {
    fn begin(&mut self, history: Option<&str>, size: usize) {
        self.file = history.map(PathBuf::from);
        let history = self.editor.history_mut();
        // A size that cannot be had leaves the usual one.
        let _ = history.set_max_len(size);
        let Some(file) = &self.file else { return };
        // There is none before the first time.
        let text = fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let entries: Vec<&str> = text.lines().collect();
        let kept = &entries[entries.len().saturating_sub(size)..];
        for entry in kept {
            let _ = history.add(&entry.replace(LINE_END, "\n"));
        }
        if kept.len() < entries.len() {
            // A file that cannot be shortened is only longer than it need be.
            let _ = shorten(file, kept);
        }
    }

    fn line(&mut self, prompt: &str, known: Known) -> Typed {
        if let Some(guide) = self.editor.helper_mut() {
            guide.known = known;
        }
        match self.editor.readline(prompt) {
            Ok(line) => Typed::Line(line),
            Err(ReadlineError::Interrupted) => Typed::Interrupt,
            Err(_) => Typed::End,
        }
    }

    fn secret(&mut self, prompt: &str) -> Option<String> {
        secret(prompt)
    }

    fn remember(&mut self, entry: &str) {
        let _ = self.editor.history_mut().add(entry);
        let Some(file) = &self.file else { return };
        let line = entry.replace('\n', &LINE_END.to_string()) + "\n";
        // At once, so that the end of the shell loses nothing; a file that cannot be written leaves the history of this session.
        let _ = own_file(file).and_then(|mut file| file.write_all(line.as_bytes()));
    }

    fn history(&self) -> Vec<String> {
        let history = self.editor.history();
        let entry = |index| Some(history.get(index, SearchDirection::Forward).ok()??.entry.into_owned());
        (0..history.len()).filter_map(entry).collect()
    }
}

/// The history file, for writing at its end; nobody else may read what was typed.
fn own_file(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn shorten(path: &PathBuf, kept: &[&str]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    kept.iter().try_for_each(|entry| writeln!(file, "{entry}"))?;
    file.persist(path)?;
    Ok(())
}

/// What the editor asks while a line is typed.
struct Guide {
    known: Known,
    files: FilenameCompleter,
    color: bool,
}

impl Completer for Guide {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        match self.known.choices(line, at) {
            Choice::File(_) => self.files.complete_path(line, at),
            Choice::Words(start, words) => {
                let pair = |word: String| Pair { display: word.clone(), replacement: word };
                Ok((start, words.into_iter().map(pair).collect()))
            }
        }
    }
}

impl Highlighter for Guide {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.color { Cow::Owned(highlight::line(&self.known.before, line)) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.color && kind != CmdKind::MoveCursor
    }
}

impl Hinter for Guide {
    type Hint = String;
}

impl Validator for Guide {}

impl Helper for Guide {}

/// `-n`, or a terminal that can do nothing: a person without a line editor.
pub(super) struct Plain<'a>(pub(super) &'a AtomicBool);

impl Plain<'_> {
    /// Waits for a line; false if Ctrl-C came instead.
    fn wait(&self) -> bool {
        let stdin = rustix::stdio::stdin();
        loop {
            if self.0.swap(false, Ordering::Relaxed) {
                return false;
            }
            let grain = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&grain)) {
                Ok(0) | Err(Errno::INTR) => {}
                _ => return true,
            }
        }
    }
}

impl Person for Plain<'_> {
    fn begin(&mut self, _: Option<&str>, _: usize) {}

    fn line(&mut self, prompt: &str, _: Known) -> Typed {
        let Ok(mut terminal) = File::options().write(true).open("/dev/tty") else { return Typed::End };
        // A terminal that takes no prompt takes no answer either.
        let _ = write!(terminal, "{prompt}");
        if !self.wait() {
            let _ = writeln!(terminal);
            return Typed::Interrupt;
        }
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(length) if length > 0 => Typed::Line(line.strip_suffix('\n').unwrap_or(&line).to_owned()),
            _ => Typed::End,
        }
    }

    fn secret(&mut self, prompt: &str) -> Option<String> {
        secret(prompt)
    }

    fn remember(&mut self, _: &str) {}

    fn history(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A line from the terminal that it does not show.
fn secret(prompt: &str) -> Option<String> {
    let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    let shown = tcgetattr(&terminal).ok()?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).ok()?;
    let mut line = String::new();
    let read =
        write!(&terminal, "{prompt}").and_then(|()| io::BufReader::new(&terminal).read_line(&mut line));
    let _ = tcsetattr(&terminal, OptionalActions::Flush, &shown);
    let _ = writeln!(&terminal);
    read.ok().filter(|length| *length > 0)?;
    Some(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// The settings with a password that the person types.
pub(super) fn with_password(settings: Settings) -> Settings {
    match secret(&format!("Password for user {}: ", settings.user())) {
        Some(password) => settings.replaced("password", &password),
        None => settings,
    }
}

/// Columns and rows of the terminal.
pub(super) fn size() -> (usize, usize) {
    let size = tcgetwinsize(rustix::stdio::stdout());
    size.map_or((0, 0), |size| (usize::from(size.ws_col), usize::from(size.ws_row)))
}
