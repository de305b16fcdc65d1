//! What a request becomes: order, needs, groups, conditions, words, variables. All of it without running anything, by
//! `--dry-run`, or with programs that print what they were given.

mod mixed;
mod order;
mod ports;
mod variables;
mod words;
