//! What a plan may cost to make: a few lines that refer to each other twice, many times over, would otherwise fill the
//! memory or go on for ever.

use std::cell::Cell;

/// How deep words may refer to others; below what would exhaust the stack.
const DEEPEST: usize = 100;
/// How many words one word may refer to, all in all.
const MOST_WORDS: usize = 1000;
/// The longest text that a word may become, in bytes: a program takes no argument above 128 KiB (execve(2)), a query may
/// be longer.
const LONGEST: usize = 1 << 20;
/// How deep a command may do others.
const DEEPEST_CALLS: usize = 64;
/// How many others a command may do, all in all.
const MOST_CALLS: usize = 1000;
/// How many steps may have been made when a further command is done.
const MOST_STEPS: usize = 100_000;

/// What is too much, and what to do about it.
pub type Excess = [&'static str; 2];

const NAME_ONCE: &str =
    "what stands twice here, and twice in what is meant by it, doubles each time: name it once";
const NAME_DIRECTLY: &str = "name what is meant at the end of this chain";
const SHARE: &str = "do less in one command: give it to several";

/// The cost of the words so far.
#[derive(Debug, Default)]
pub struct Cost {
    depth: Cell<usize>,
    words: Cell<usize>,
    spent: Cell<bool>,
}

impl Cost {
    /// Begins to expand a word, maybe for another one; what is too much, at the first word that is.
    pub fn begin(&self) -> Result<(), Option<Excess>> {
        if self.spent.get() {
            return Err(None);
        }
        let depth = self.depth.get();
        self.words.set(if depth == 0 { 0 } else { self.words.get() + 1 });
        if depth >= DEEPEST {
            return Err(self.spend(["values that refer to each other more than 100 deep", NAME_DIRECTLY]));
        }
        if self.words.get() > MOST_WORDS {
            return Err(self.spend(["more than 1000 values in one word", NAME_ONCE]));
        }
        self.depth.set(depth + 1);
        Ok(())
    }

    /// Ends what was begun, with the text that it has become; what is too much.
    pub fn end(&self, text: &str) -> Result<(), Option<Excess>> {
        self.depth.set(self.depth.get() - 1);
        if text.len() > LONGEST { Err(self.spend(["a word of more than 1 MiB", NAME_ONCE])) } else { Ok(()) }
    }

    /// Whether something has come to too much.
    pub fn is_spent(&self) -> bool {
        self.spent.get()
    }

    /// The plan is refused: nothing more need be expanded.
    fn spend(&self, excess: Excess) -> Option<Excess> {
        (!self.spent.replace(true)).then_some(excess)
    }
}

/// The commands that a command has done so far.
#[derive(Debug, Default)]
pub struct Calls {
    /// How deep it is now.
    pub depth: usize,
    count: usize,
    spent: bool,
}

impl Calls {
    /// Counts one more, where there are so many steps; what is too much, once.
    pub fn count(&mut self, steps: usize) -> Result<(), Option<Excess>> {
        self.count += 1;
        let excess = if self.depth >= DEEPEST_CALLS {
            ["commands that do each other more than 64 deep", NAME_DIRECTLY]
        } else if self.count > MOST_CALLS {
            ["more than 1000 commands in one", NAME_ONCE]
        } else if steps > MOST_STEPS {
            ["more than 100000 steps", SHARE]
        } else {
            return Ok(());
        };
        Err((!std::mem::replace(&mut self.spent, true)).then_some(excess))
    }
}
