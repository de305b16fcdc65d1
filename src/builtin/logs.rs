//! `tail`: the logs of services, merged by time.

use clap::{Arg, ArgAction};

use crate::supervisor::{LogOptions, LogSource};

/// Logs to print.
#[derive(Clone, Debug)]
pub struct Logs {
    /// Whose.
    pub sources: Vec<LogSource>,
    /// Which lines.
    pub options: LogOptions,
}

/// Parses the words of `tail`.
pub fn parse_words(words: Vec<String>, sources: Vec<LogSource>) -> Result<Logs, clap::Error> {
    let command = clap::Command::new("tail").no_binary_name(true).disable_help_flag(true);
    let command = command
        .arg(Arg::new("follow").short('f').long("follow").action(ArgAction::SetTrue))
        .arg(Arg::new("tail").short('n').long("tail").value_parser(clap::value_parser!(u64)));
    let matches = command.try_get_matches_from(words)?;
    let tail = matches.get_one::<u64>("tail").and_then(|lines| usize::try_from(*lines).ok());
    let options = LogOptions { follow: matches.get_flag("follow"), tail, ..LogOptions::default() };
    Ok(Logs { sources, options })
}
