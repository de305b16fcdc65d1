//! The docker profile on a real engine.
//!
//! - [`states`]: what `status` tells apart. [`faults`]: each is told in one message, within a bounded time.
//! - [`stack`]: the manifest of this repository, every verb. [`calls`]: how often the engine is asked.
//! - [`both`]: beside local services, and mixed with them.
//! - [`proxy`]: the engine behind a socket that can be cut. [`cut`]: an engine that goes away meanwhile.
//! - [`races`]: several commands at once, and killed ones. [`images`]: how they are made. [`logs`]: what they say.

mod both;
mod calls;
mod cut;
mod faults;
mod images;
mod logs;
mod proxy;
mod races;
mod stack;
mod states;

use std::time::Duration;

/// More than anything takes that does not hang, on a loaded machine.
const SOON: Duration = Duration::from_secs(30);

/// A table with one space between its columns, and nothing that differs from run to run: `[id]`, `[time]`.
fn plain(text: &str) -> String {
    text.lines().map(line).collect()
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let before = std::iter::once("").chain(words.iter().copied());
    let words: Vec<&str> = before.zip(&words).map(|(before, found)| word(before, found)).collect();
    words.join(" ") + "\n"
}

/// A word, or what stands for it; a pid is known by what is before it: a port, or its name.
fn word<'a>(before: &str, word: &'a str) -> &'a str {
    let is_pid = word.chars().all(|c| c.is_ascii_digit()) && (before == "pid" || before.starts_with('['));
    let is_id = is_pid || [12, 64].contains(&word.len()) && word.chars().all(|c| c.is_ascii_hexdigit());
    let number = word.trim_end_matches(char::is_alphabetic);
    let unit = &word[number.len()..];
    match word {
        _ if is_id => "[id]",
        _ if !number.is_empty() && number.parse::<f64>().is_ok() && ["ms", "s", "m", "h"].contains(&unit) => {
            "[time]"
        }
        _ => word,
    }
}

#[test]
fn a_pid_of_three_digits_is_one_too() {
    assert_eq!(plain("top  ready  [TOP]  433  2.1s  0\n"), "top ready [TOP] [id] [time] 0\n");
    assert_eq!(
        plain("top  exited  [TOP]  0123456789ab  -  0  exit code 137\n"),
        "top exited [TOP] [id] - 0 exit code 137\n"
    );
}
