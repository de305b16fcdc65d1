//! `migrate --status`: how every version stands.

use super::report;
use super::session::Session;
use crate::builtin::context::{Failure, Verdict};
use crate::db::migration::State;

impl Session<'_> {
    /// Prints every version; the exit code is 1 if one is edited, missing or out of order.
    pub(super) fn status(&mut self) -> Result<Verdict, Failure> {
        let entries = self.entries()?;
        report::status(self.context, &entries);
        let wrong = |state| matches!(state, State::Edited | State::Missing | State::Late);
        let code = u8::from(entries.iter().any(|entry| wrong(entry.state)));
        let pending = entries.iter().filter(|entry| entry.state.is_pending()).count();
        Ok(Verdict { code, summary: Some(format!("{pending} pending")) })
    }
}
