//! `\if`, `\elif`, `\else`, `\endif` (`src/fe_utils/conditional.c`).

/// Where in an `\if` block the reading is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// In a branch that is taken.
    True,
    /// In a branch that is not taken, and none was before.
    False,
    /// In a branch that is not taken because another was, or because the whole block is not.
    Ignored,
    /// In an `\else` that is taken.
    ElseTrue,
    /// In an `\else` that is not taken.
    ElseFalse,
}

/// One open block, and what had been read before its last branch began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) state: State,
    /// Length of the statement.
    pub(super) length: usize,
    /// Its open parentheses.
    pub(super) parentheses: usize,
}

/// The open blocks.
#[derive(Default)]
pub(super) struct Blocks(pub(super) Vec<Block>);

impl Blocks {
    /// Whether what is read is meant.
    pub(super) fn active(&self) -> bool {
        self.0.last().is_none_or(|block| matches!(block.state, State::True | State::ElseTrue))
    }

    /// Where the reading is; nothing outside of blocks.
    pub(super) fn state(&self) -> Option<State> {
        self.0.last().map(|block| block.state)
    }

    /// Changes where the reading is.
    pub(super) fn set(&mut self, state: State) {
        if let Some(block) = self.0.last_mut() {
            block.state = state;
        }
    }
}
