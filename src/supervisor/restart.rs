//! When to start a service again: exponential back-off with jitter, counted on the monotonic clock, within a budget.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::spec::{Policy, Restart};

/// What to do after a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing: it stays down.
    Stay,
    /// Start it again after this time.
    Again(Duration),
    /// It has used up its budget: a crash loop.
    GiveUp,
}

/// Decides after a run that ended with `exit` after `ran`, being restart number `restarts` in a row (0 for the first run).
pub fn decide(restart: &Restart, exit: Exit, ran: Duration, restarts: &mut u32) -> Verdict {
    let wanted = match restart.policy {
        Policy::Never => false,
        Policy::OnFailure => exit != Exit::Code(0),
        Policy::Always => true,
    };
    if !wanted {
        return Verdict::Stay;
    }
    if ran >= restart.stable {
        *restarts = 0;
    }
    if *restarts >= restart.max {
        return Verdict::GiveUp;
    }
    let delay = delay(restart, *restarts);
    *restarts += 1;
    Verdict::Again(delay)
}

/// Three quarters to five quarters of the doubled delay, so that services that fell together do not rise together.
fn delay(restart: &Restart, restarts: u32) -> Duration {
    let factor = 2_u32.saturating_pow(restarts.min(16));
    let full = restart.initial.saturating_mul(factor).min(restart.longest);
    let random = RandomState::new().hash_one(Instant::now());
    let percent = u32::try_from(random % 51).unwrap_or(25) + 75;
    full.saturating_mul(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::{Verdict, decide};
    use crate::supervisor::exit::Exit;
    use crate::supervisor::spec::{Policy, Restart};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(5);

    #[test]
    fn the_delay_doubles_up_to_the_longest_and_the_budget_ends() {
        let restart =
            Restart { policy: Policy::OnFailure, max: 3, longest: SHORT * 100, ..Restart::default() };
        let mut restarts = 0;
        for nominal in [200, 400, 500] {
            let Verdict::Again(delay) = decide(&restart, Exit::Code(1), SHORT, &mut restarts) else {
                panic!("a restart is due")
            };
            assert!((nominal * 3 / 4..=nominal * 5 / 4).contains(&delay.as_millis()), "{delay:?}");
        }
        assert_eq!(decide(&restart, Exit::Signal(9), SHORT, &mut restarts), Verdict::GiveUp);
        assert!(matches!(
            decide(&restart, Exit::Signal(9), restart.stable, &mut restarts),
            Verdict::Again(_)
        ));
        assert_eq!(restarts, 1);
    }

    #[test]
    fn the_policy_decides_what_is_a_failure() {
        let policy = |policy| Restart { policy, ..Restart::default() };
        let after = |restart: &Restart, exit| decide(restart, exit, SHORT, &mut 0) != Verdict::Stay;
        assert!(!after(&policy(Policy::Never), Exit::Code(1)));
        assert!(!after(&policy(Policy::OnFailure), Exit::Code(0)));
        assert!(after(&policy(Policy::OnFailure), Exit::Unknown));
        assert!(after(&policy(Policy::Always), Exit::Code(0)));
    }
}
