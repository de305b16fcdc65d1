//! How a flag is declared and read.

use std::str::FromStr;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};

/// A value that counts from `after` the start: `CODE@MS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct At {
    pub(crate) code: u16,
    pub(crate) after: Duration,
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('@').and_then(|(code, ms)| Some((code.parse().ok()?, ms.parse().ok()?)));
        let (code, ms) = parts.ok_or("expected CODE@MS, such as 3@200")?;
        Ok(Self { code, after: Duration::from_millis(ms) })
    }
}

/// A flag without a value.
pub(crate) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// A flag with one value, any text.
pub(crate) fn value(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// A flag with a whole number.
pub(crate) fn number(name: &'static str, unit: &'static str, help: &'static str) -> Arg {
    value(name, unit, help).value_parser(clap::value_parser!(u64))
}

/// A flag with a number of bytes: `4096`, `64k`, `10M`, `1G`.
pub(crate) fn bytes(name: &'static str, help: &'static str) -> Arg {
    value(name, "BYTES", help).value_parser(size)
}

/// The number of a `number` or `bytes` flag.
pub(crate) fn count(matches: &ArgMatches, name: &str) -> Option<u64> {
    matches.get_one(name).copied()
}

/// A `number` flag in milliseconds.
pub(crate) fn millis(matches: &ArgMatches, name: &str) -> Option<Duration> {
    count(matches, name).map(Duration::from_millis)
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(['k', 'M', 'G']);
    let factor = match &text[digits.len()..] {
        "" => 1,
        "k" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => 0,
    };
    let size = digits.parse().ok().and_then(|number: u64| number.checked_mul(factor));
    size.filter(|size| *size > 0)
        .ok_or_else(|| "expected a number of bytes, such as 4096, 64k, 10M or 1G".into())
}
