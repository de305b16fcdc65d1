//! Long results, shown page by page (`PageOutput` of psql's `print.c`).

use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::Shell;
use super::output::Target;
use super::program::sh;
use crate::db::print;

impl Shell<'_> {
    /// Prints a table to where results go, and to the log.
    pub(super) fn show(&mut self, table: &print::Table, options: &print::Options) {
        let (width, _) = self.screen();
        self.output.log(|out| print::table(table, options, 0, out));
        if width == 0 || self.look.pager == 0 {
            self.output.result(|out| print::table(table, options, width, out));
            return;
        }
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = print::table(table, options, width, &mut text);
        self.page(&text);
    }

    /// The size of the terminal that results go to; 0 for none.
    pub(super) fn screen(&self) -> (usize, usize) {
        if matches!(self.output.results, Target::Own) { (self.screen)() } else { (0, 0) }
    }

    /// Shows a text, in the pager where it does not fit on the screen.
    pub(super) fn page(&mut self, text: &[u8]) {
        if !self.too_long(text) || !self.paged(text) {
            self.output.result(|out| out.write_all(text));
        }
    }

    fn too_long(&self, text: &[u8]) -> bool {
        let (columns, rows) = self.screen();
        if rows == 0 || self.look.pager == 0 || !self.asks {
            return false;
        }
        let shown = String::from_utf8_lossy(text);
        let least = usize::try_from(self.look.pager_lines).unwrap_or(0);
        let lines = shown.lines().count();
        self.look.pager > 1
            || (lines >= rows && lines >= least)
            || shown.lines().any(|line| line.width() > columns)
    }

    /// Gives a text to the pager; false if there is none.
    fn paged(&mut self, text: &[u8]) -> bool {
        let named = ["PSQL_PAGER", "PAGER"].into_iter().find_map(|name| self.variables.environment(name));
        let pager =
            named.unwrap_or_else(|| if which::which("less").is_ok() { "less" } else { "more" }.to_owned());
        if pager.trim().is_empty() {
            return false;
        }
        self.output.flush();
        let mut command = sh(&pager);
        let spawned = self.variables.surround(&mut command).stdin(Stdio::piped()).spawn();
        let Ok(mut child) = spawned else { return false };
        undisturbed(self.interrupted, || {
            if let Some(mut stdin) = child.stdin.take() {
                // A pager that was left early has shown enough.
                let _ = stdin.write_all(text);
            }
            let _ = child.wait();
        });
        true
    }
}

/// Runs something that a person steers: Ctrl-C is meant for it, and neither cancels nor ends the shell.
pub(super) fn undisturbed<T>(interrupted: &AtomicBool, run: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                interrupted.store(false, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let done = run();
        over.store(true, Ordering::Relaxed);
        done
    })
}
