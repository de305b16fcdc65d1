//! The service's own words: `INFO` and `DEBUG` lines to stdout, `WARN` and `ERROR` lines to stderr, always
//! `LEVEL name: message`, one write for each line, so that lines of several processes never mix.

use std::fmt::Display;
use std::io::Write;
use std::sync::OnceLock;

/// How much is said; each level includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

static SETTINGS: OnceLock<(String, Level)> = OnceLock::new();

/// Fixes the name at the head of every line and the most talkative level shown; the first call counts.
pub(crate) fn init(name: &str, level: Level) {
    SETTINGS.get_or_init(|| (name.to_owned(), level));
}

/// The level in a `RUST_LOG` value: `debug`, or the last one of `memory=debug,warn`; `INFO` if it names none.
pub(crate) fn level_in(rust_log: &str) -> Level {
    let last = rust_log.rsplit([',', '=']).next().unwrap_or_default().trim().to_lowercase();
    match last.as_str() {
        "error" | "off" => Level::Error,
        "warn" => Level::Warn,
        "debug" | "trace" => Level::Debug,
        _ => Level::Info,
    }
}

/// One `ERROR` line on stderr.
pub(crate) fn error(message: impl Display) {
    line(Level::Error, &message);
}

/// One `WARN` line on stderr.
pub(crate) fn warn(message: impl Display) {
    line(Level::Warn, &message);
}

/// One `INFO` line on stdout.
pub(crate) fn info(message: impl Display) {
    line(Level::Info, &message);
}

/// One `DEBUG` line on stdout, if `RUST_LOG` asks for it.
pub(crate) fn debug(message: impl Display) {
    line(Level::Debug, &message);
}

/// Bytes on stdout exactly as they are. Whoever reads them may be gone: that is no error of ours.
pub(crate) fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

fn line(level: Level, message: &dyn Display) {
    let (name, shown) = SETTINGS.get().map_or(("standin", Level::Info), |(name, level)| (name, *level));
    if level > shown {
        return;
    }
    match level {
        Level::Error => to_stderr(&format!("ERROR {name}: {message}\n")),
        Level::Warn => to_stderr(&format!("WARN  {name}: {message}\n")),
        Level::Info => raw(format!("INFO  {name}: {message}\n").as_bytes()),
        Level::Debug => raw(format!("DEBUG {name}: {message}\n").as_bytes()),
    }
}

fn to_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
