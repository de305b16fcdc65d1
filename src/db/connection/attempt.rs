//! One way to one server that is tried.

use std::time::Instant;

use super::settings::{Server, Settings};
use super::tls::Mode;

/// A server, how it is reached, and until when.
pub(super) struct Attempt<'s> {
    pub(super) settings: &'s Settings,
    pub(super) server: &'s Server,
    pub(super) mode: Mode,
    pub(super) deadline: Instant,
}
