//! How it ends: at SIGTERM and SIGINT, later than asked, not at all, or on its own.

use std::process;
use std::thread;
use std::time::Duration;

use clap::{Arg, ArgMatches, value_parser};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::oneshot;

use super::flag::{self, At};
use crate::log;

/// When the process ends.
pub(crate) struct Ending {
    /// SIGTERM and SIGINT change nothing.
    pub(crate) ignore_term: bool,
    delay: Duration,
    exit: Option<At>,
    last_words: bool,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        flag::switch("ignore-term", "Ignore SIGTERM and SIGINT, and so do all child processes"),
        flag::number("term-delay", "MS", "Stop only MS milliseconds after the signal"),
        flag::value("exit", "CODE@MS", "Exit with CODE after MS milliseconds, without a clean stop")
            .value_parser(value_parser!(At)),
        flag::switch(
            "crash-without-newline",
            "End with a line that has no newline: by --exit, or aborting at once",
        ),
    ]
}

impl Ending {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        Self {
            ignore_term: matches.get_flag("ignore-term"),
            delay: flag::millis(matches, "term-delay").unwrap_or_default(),
            exit: matches.get_one("exit").copied(),
            last_words: matches.get_flag("crash-without-newline"),
        }
    }

    /// Takes the signals over from now on; the receiver hears when it is time to stop.
    pub(crate) fn on_signal(&self) -> Result<oneshot::Receiver<()>, String> {
        let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(|error| error.to_string())?;
        let (stop, stopped) = oneshot::channel();
        let (mut stop, delay, ignore) = (Some(stop), self.delay, self.ignore_term);
        thread::spawn(move || {
            for signal in signals.forever() {
                let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
                log::info(format!("{name}{}", if ignore { " ignored" } else { "" }));
                if !ignore {
                    thread::sleep(delay);
                    let _ = stop.take().map(|stop| stop.send(()));
                }
            }
        });
        Ok(stopped)
    }

    /// Starts the clock of `--exit`; with 0 ms, or to crash at once, this does not return.
    pub(crate) fn on_its_own(&self) {
        let last_words = self.last_words;
        match self.exit {
            Some(At { code, after }) if after.is_zero() => leave(code, last_words),
            Some(At { code, after }) => drop(thread::spawn(move || {
                thread::sleep(after);
                leave(code, last_words)
            })),
            None if last_words => crash(),
            None => {}
        }
    }
}

fn leave(code: u16, last_words: bool) -> ! {
    if last_words {
        speak();
    }
    process::exit(code.into())
}

/// Aborts without a core file, which nobody wants to find.
fn crash() -> ! {
    speak();
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    process::abort()
}

fn speak() {
    log::raw(b"last words without a newline");
}
