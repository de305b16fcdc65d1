//! How a plan is walked: in parallel where it can be, up to the first failure, until somebody says stop.
//!
//! Order is proved by what the steps do: each appends a word to a file.

mod fail_fast;
mod failure;
mod interruption;
mod parallel;
mod told;
