//! What the last questions about a service's health were answered: those of a start that waits for it, and those of its liveness check.
//!
//! One small file for each asker, a line for each answer: a command and the supervisor never write the same one, and what two commands
//! append does not mix.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, Sync};
use super::record::now;

/// How many answers of each asker are told.
const KEPT: usize = 10;
/// The size in bytes from which on a file loses the older ones.
const MOST: u64 = 16 << 10;

/// Why a service was asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Asked {
    /// A start waits until it is ready.
    Ready,
    /// Its supervisor wants to know whether it hangs.
    Alive,
}

/// One answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probed {
    /// When it was known.
    pub time: Timestamp,
    /// Why it was asked.
    pub asked: Asked,
    /// What was wrong; nothing for a good answer.
    pub failure: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    /// Microseconds after 1970.
    time: i64,
    failure: Option<String>,
}

impl Asked {
    fn file(self) -> &'static str {
        match self {
            Self::Ready => "probes.ready",
            Self::Alive => "probes.alive",
        }
    }
}

/// Keeps an answer, the last ten of each asker. Nothing depends on it, so it may fail.
pub fn note_probe(dir: &Path, asked: Asked, failure: Option<&str>) {
    let folder = Folder::new(dir);
    let line = Line { time: now(), failure: failure.map(str::to_owned) };
    let Ok(mut file) = folder.append(asked.file()) else { return };
    let _ = file.write_all(&text(&[line]));
    if file.metadata().is_ok_and(|metadata| metadata.len() > MOST) {
        let _ = folder.replace(asked.file(), &text(&load(&folder, asked)), Sync::No);
    }
}

fn text(lines: &[Line]) -> Vec<u8> {
    let lines = lines.iter().filter_map(|line| serde_json::to_vec(line).ok());
    lines.flat_map(|line| [line, b"\n".to_vec()].concat()).collect()
}

/// The answers that are kept, the latest last.
pub fn probes(dir: &Path) -> Vec<Probed> {
    let folder = Folder::new(dir);
    let of = |asked| {
        let lines = load(&folder, asked).into_iter();
        lines.filter_map(move |line| {
            Some(Probed { time: Timestamp::from_microsecond(line.time).ok()?, asked, failure: line.failure })
        })
    };
    let mut all: Vec<_> = of(Asked::Ready).chain(of(Asked::Alive)).collect();
    all.sort_by_key(|probed| (probed.time, probed.asked));
    all
}

/// The last ten lines; one that is not whole is passed over.
fn load(folder: &Folder, asked: Asked) -> Vec<Line> {
    let text = folder.read(asked.file()).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n').rev();
    let mut last: Vec<_> = lines.filter_map(|line| serde_json::from_slice(line).ok()).take(KEPT).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::{Asked, MOST, note_probe, probes};

    #[test]
    fn the_last_ten_of_each_asker_are_kept_in_their_order() {
        let place = tempfile::tempdir().expect("a temporary folder");
        note_probe(place.path(), Asked::Ready, Some("no answer"));
        for number in 0..12 {
            note_probe(place.path(), Asked::Alive, (number % 2 == 0).then_some("exit code 1"));
        }
        let found = probes(place.path());
        let told: Vec<_> = found.iter().map(|probed| (probed.asked, probed.failure.as_deref())).collect();
        let alive = [(Asked::Alive, Some("exit code 1")), (Asked::Alive, None)];
        assert_eq!(told, [&[(Asked::Ready, Some("no answer"))], alive.repeat(5).as_slice()].concat());
    }

    #[test]
    fn a_file_of_many_answers_does_not_grow_on() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let long = "x".repeat(1000);
        for _ in 0..40 {
            note_probe(place.path(), Asked::Alive, Some(&long));
        }
        let size = std::fs::metadata(place.path().join("probes.alive")).expect("the file").len();
        assert!(size <= MOST, "{size} bytes");
        assert_eq!(probes(place.path()).len(), 10);
    }
}
