//! The ground truth: generate again into an empty folder and compare.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::command::{Ended, run};
use super::files::Context;
use super::finding::{Finding, Severity};
use super::hash::{Contents, Digest};
use super::walk::{fixed_base, walk};
use super::{Glob, hash_file, place};
use crate::masked::Masked;
use crate::process::Invocation;

/// What stands for the folder in the words and variables of the program.
const OUT: &str = "{out}";

/// Runs the program and compares what it made with the outputs that are there. A file that the program makes and
/// an output pattern matches must be there; a file is compared at its place below the pattern's fixed part.
pub fn judge(
    call: &Invocation,
    globs: &[Glob],
    outputs: &BTreeSet<PathBuf>,
    contents: &Contents,
    context: Context,
) -> Vec<Finding> {
    let name = &context.check.name;
    let unknown = |why: String, said: Vec<String>| {
        vec![
            Finding::new(Severity::Unknown, name, format!("{name}: unknown, generating again {why}"))
                .details(said),
        ]
    };
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return unknown(format!("needs a temporary folder: {error}"), Vec::new()),
    };
    match run(&into(call, folder.path()), context.ground.interrupted) {
        Ended::Exit { code: 0, .. } => {}
        Ended::Exit { code, said } => return unknown(format!("ended with exit code {code}"), said),
        Ended::NoAnswer(why, said) => return unknown(why, said),
    }
    let mut made = BTreeSet::new();
    let found: Vec<Finding> = globs
        .iter()
        .flat_map(|glob| pairs(glob, folder.path(), outputs))
        .filter(|(there, _)| made.insert(there.clone()))
        .filter_map(|(there, again)| compare(&there, &again, contents, context))
        .collect();
    if found.is_empty() { unknown("made nothing to compare with".to_owned(), Vec::new()) } else { found }
}

/// The call with the folder in its place.
fn into(call: &Invocation, folder: &Path) -> Invocation {
    let folder = folder.to_string_lossy();
    let mut call = call.clone();
    for word in &mut call.args {
        *word = word.replace(OUT, &folder);
    }
    for value in call.env.values_mut().filter(|value| value.reveal().contains(OUT)) {
        let text = value.reveal().replace(OUT, &folder);
        *value = if value.is_secret() { Masked::secret(text) } else { Masked::plain(text) };
    }
    call
}

/// Every output that one pattern matches, here or in the folder: the file here and the one that was made again.
fn pairs(glob: &Glob, folder: &Path, outputs: &BTreeSet<PathBuf>) -> BTreeSet<(PathBuf, PathBuf)> {
    let base = fixed_base(&glob.pattern);
    let pattern = glob.pattern.strip_prefix(&base).unwrap_or(&glob.pattern);
    let here = walk(&base, pattern).paths.into_iter().filter(|path| outputs.contains(path));
    let again = walk(folder, pattern).paths;
    let again = again.iter().filter_map(|path| Some(base.join(path.strip_prefix(folder).ok()?)));
    let pair = |path: PathBuf| {
        let relative = path.strip_prefix(&base).unwrap_or(&path).to_path_buf();
        (path, folder.join(relative))
    };
    here.chain(again).map(pair).collect()
}

fn compare(there: &Path, again: &Path, contents: &Contents, context: Context) -> Option<Finding> {
    let place = place::shown(there, context.ground.root);
    let drift = |what: &str, lines: Vec<String>| {
        let message = format!("{place}: OUT OF SYNC, {what}");
        Some(context.mended(Finding::new(Severity::Drift, place.clone(), message).details(lines)))
    };
    let hash = |title: &str, sum: Digest| format!("{title}: hash {sum}");
    match (contents.get(there), hash_file(again)) {
        (Ok(now), Ok(fresh)) if now == fresh => {
            let message = format!("{place}: in sync (generated again)");
            Some(Finding::new(Severity::InStep, place, message))
        }
        (Ok(now), Ok(fresh)) => {
            drift("it differs from what is generated", vec![hash("here", now), hash("generated", fresh)])
        }
        (Ok(_), Err(_)) => drift("it is not generated any more", Vec::new()),
        (Err(super::Trouble::Missing), Ok(_)) => drift("it is generated and not there", Vec::new()),
        // Said already, as a file that could not be read.
        (Err(_), _) => None,
    }
}
