//! (in the making)

use super::Shell;
use super::command::Call;
use super::reading::After;

impl Shell<'_> {
    /// `\d…`, `\l`, `\z`
    #[expect(clippy::unused_self, reason = "in the making")]
    pub(super) fn describe(&mut self, _call: &mut Call<'_>) -> After {
        After::Unknown
    }
}
