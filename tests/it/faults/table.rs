//! One row of the table for each fault: how often it was produced, how often it was survived.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a race is run when everything is asked for, and at least.
const FULL: u32 = 200;
const LEAST: u32 = 20;
/// About how long a race may take otherwise.
const TIME: Duration = Duration::from_secs(5);

/// Whether everything is asked for.
pub fn full() -> bool {
    std::env::var("GLADYS_FAULTS").is_ok_and(|word| word == "full")
}

/// A fault whose outcome hangs on timing: `one` is given the number of the run, and panics when the fault is not survived.
pub fn race(fault: &str, one: impl Fn(u32)) {
    let begun = Instant::now();
    let more = |runs| if full() { runs < FULL } else { runs < LEAST || (runs < FULL && begun.elapsed() < TIME) };
    run(fault, more, one);
}

/// A fault that is the same every time.
pub fn once(fault: &str, one: impl Fn()) {
    let wanted = if full() { 5 } else { 1 };
    run(fault, |runs| runs < wanted, |_| one());
}

/// A fault with so many variants, each of them run once.
pub fn each<T>(fault: &str, variants: &[T], one: impl Fn(&T)) {
    let rounds = if full() { 200_usize.div_ceil(variants.len()) } else { 1 };
    let index = |run: u32| run as usize % variants.len();
    run(fault, |runs| (runs as usize) < rounds * variants.len(), |run| one(&variants[index(run)]));
}

fn run(fault: &str, more: impl Fn(u32) -> bool, one: impl Fn(u32)) {
    let (mut runs, mut survived) = (0, 0);
    while more(runs) {
        survived += u32::from(catch_unwind(AssertUnwindSafe(|| one(runs))).is_ok());
        runs += 1;
    }
    row(fault, &runs.to_string(), &survived.to_string());
    assert_eq!(survived, runs, "{fault}: survived {survived} of {runs}");
}

/// A fault that cannot be produced on this machine, for this reason.
pub fn skip(fault: &str, reason: &str) {
    row(fault, "skipped", reason);
    let _ = writeln!(std::io::stderr(), "skipped: {fault}: {reason}");
}

/// Adds a row to `target/faults.tsv`; one write, so that tests side by side do not mix.
fn row(fault: &str, runs: &str, survived: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let file = OpenOptions::new().create(true).append(true).open(folder.join("faults.tsv"));
    let _ = file.and_then(|mut file| file.write_all(format!("{fault}\t{runs}\t{survived}\n").as_bytes()));
}
