//! Misbehaviour on request. Every part accepts every flag, in any combination; each file here is one way to
//! misbehave, with its flags and what they do.

mod answers;
mod ending;
mod family;
mod flag;
mod load;
mod noise;
mod traces;

use std::time::Duration;

use clap::{Arg, ArgMatches};

pub(crate) use answers::{Answers, GrpcHealth};
pub(crate) use ending::Ending;
pub(crate) use family::Family;
pub(crate) use load::Load;
pub(crate) use noise::Noise;
pub(crate) use traces::Traces;

/// Everything that was asked for; without flags, a service that behaves.
pub(crate) struct Faults {
    /// When to listen; `None` is never.
    pub(crate) listen_after: Option<Duration>,
    pub(crate) answers: Answers,
    pub(crate) ending: Ending,
    pub(crate) family: Family,
    pub(crate) load: Load,
    pub(crate) noise: Noise,
    pub(crate) traces: Traces,
}

/// The flags of all files here, under one heading of the help.
pub(crate) fn flags() -> Vec<Arg> {
    let listening = [
        flag::number("ready-after", "MS", "Listen only after MS milliseconds"),
        flag::switch("never-listen", "Run, but never listen"),
    ];
    let others = [answers::flags(), ending::flags(), noise::flags(), family::flags(), load::flags()];
    let all = listening.into_iter().chain(others.into_iter().flatten()).chain(traces::flags());
    all.map(|arg| arg.help_heading("Misbehaviour")).collect()
}

impl Faults {
    /// The flags as they were given.
    pub(crate) fn from(matches: &ArgMatches) -> Self {
        let after = flag::millis(matches, "ready-after").unwrap_or_default();
        Self {
            listen_after: (!matches.get_flag("never-listen")).then_some(after),
            answers: Answers::from(matches),
            ending: Ending::from(matches),
            family: Family::from(matches),
            load: Load::from(matches),
            noise: Noise::from(matches),
            traces: Traces::from(matches),
        }
    }
}
