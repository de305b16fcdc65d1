//! The gallery of messages: every case of `tests/diagnostics/` is run, and what it says is compared with the `.stderr`
//! beside it. `GLADYS_BLESS=1` writes those anew; read what changed before it is committed.
//!
//! A case is one file, or a folder when it needs several. The first line of its manifest is a comment with the command
//! line that is run, variables in front of it; a manifest that cannot hold one has a file `command` beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::sandbox::{Ended, Sandbox, project};

/// Set to have the expected messages written instead of compared.
const BLESS: &str = "GLADYS_BLESS";
/// Larger than any manifest may be.
const TEN_MEGABYTES: usize = 10 << 20;

#[test]
fn every_message_is_as_in_the_gallery_and_every_problem_has_one() {
    let folder = project().join("tests/diagnostics");
    let bless = std::env::var_os(BLESS).is_some();
    let (mut wrong, mut headings) = (Vec::new(), Vec::new());
    for (name, case) in cases(&folder) {
        let said = run(&name, &case);
        assert_eq!(said.code, Some(2), "`{name}` is not refused: {said:#?}");
        assert_eq!(said.stdout, "", "`{name}` prints on standard output");
        headings.extend(said.stderr.lines().map(|line| line.trim().to_owned()));
        let expected = folder.join(format!("{name}.stderr"));
        if bless {
            fs::write(&expected, &said.stderr).expect("the expected message can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != said.stderr {
            wrong.push(format!("--- {name} says now:\n{}", said.stderr));
        }
    }
    let rest = format!("{BLESS}=1 cargo test diagnostics writes what is said now; then read the difference");
    assert!(wrong.is_empty(), "{}\n{rest}", wrong.join("\n"));
    let missing: Vec<_> = codes().into_iter().filter(|code| !headings.contains(code)).collect();
    assert!(missing.is_empty(), "no case of tests/diagnostics shows {missing:?}");
}

#[test]
fn every_expected_message_has_its_case() {
    let folder = project().join("tests/diagnostics");
    let cases = cases(&folder);
    let names =
        entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "stderr"));
    let stray: Vec<_> = names.filter(|path| !cases.contains_key(&stem(path))).collect();
    assert!(stray.is_empty(), "without a case: {stray:?}");
}

#[test]
fn a_manifest_cut_off_anywhere_is_refused_or_read_and_never_a_panic() {
    let whole = fs::read(project().join("gladys.kdl")).expect("a manifest");
    let sandbox = Sandbox::new();
    for end in (0..whole.len()).step_by(53) {
        sandbox.write("gladys.kdl", &whole[..end]);
        let ended = sandbox.gladys(&["list"]);
        assert!(matches!(ended.code, Some(0 | 2)), "cut at {end}: {ended:#?}");
    }
}

/// The codes of `Problem::code` and `Fault::code`.
fn codes() -> Vec<String> {
    let mut all = Vec::new();
    for (module, file, least) in [("manifest", "error/mod.rs", 40), ("import", "error.rs", 10)] {
        let file = project().join("src").join(module).join(file);
        let text = fs::read_to_string(file).expect("the problems");
        let start = format!("=> \"{module}::");
        let codes = text.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
        let codes: Vec<_> = codes.map(|code| format!("{module}::{code}")).collect();
        assert!(codes.len() > least, "only {} codes were found", codes.len());
        all.extend(codes);
    }
    all
}

/// Every case by its name.
fn cases(folder: &Path) -> BTreeMap<String, PathBuf> {
    let is_case = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|end| end == "kdl");
    let cases: BTreeMap<_, _> =
        entries(folder).into_iter().filter(is_case).map(|path| (stem(&path), path)).collect();
    assert!(cases.len() > 40, "only {} cases were found", cases.len());
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the gallery");
    entries.map(|entry| entry.expect("a readable folder").path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs a case in a folder of its own, where its manifest is `gladys.kdl`.
fn run(name: &str, case: &Path) -> Ended {
    let sandbox = Sandbox::new();
    if case.is_dir() {
        sandbox.copy(case);
    } else {
        sandbox.write("gladys.kdl", fs::read(case).expect("a case"));
    }
    let line = command_line(&sandbox.path());
    match name {
        "too-large" => drop(sandbox.write("gladys.kdl", "// nothing\n".repeat(TEN_MEGABYTES / 11 + 1))),
        "long-lines" => {
            let (note, open) = ("é".repeat(TEN_MEGABYTES / 20), "é".repeat(TEN_MEGABYTES / 40));
            let lines = format!("// {note}\nproject Demo /*{note}*/ port=\nprofile \"{open}\n");
            sandbox.write("gladys.kdl", lines);
        }
        "import-too-large" => drop(sandbox.write("Procfile", "# nothing\n".repeat(TEN_MEGABYTES / 10))),
        _ => {}
    }
    let mut words = line.split(' ').peekable();
    let mut sandbox = sandbox;
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        sandbox = sandbox.env(name, value);
        words.next();
    }
    assert_eq!(words.next(), Some("gladys"), "`{name}` does not say what is run");
    sandbox.gladys(&words.collect::<Vec<_>>())
}

fn command_line(folder: &Path) -> String {
    let separate = fs::read_to_string(folder.join("command")).ok();
    let text = separate.unwrap_or_else(|| {
        let bytes = fs::read(folder.join("gladys.kdl")).expect("a manifest");
        String::from_utf8_lossy(&bytes).trim_start_matches("// ").to_owned()
    });
    text.lines().next().unwrap_or_default().to_owned()
}
