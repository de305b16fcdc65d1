//! Copies: which of them differ, from what, and what could not be compared.

use super::{Project, check, relative};
use crate::sync::{Check, Kind, Same};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

fn same(project: &Project, places: &[&str], source: Option<&str>, everywhere: bool) -> Check {
    let places = places.iter().map(|place| project.path(place)).collect();
    let source = source.map(|place| project.path(place));
    let patterns = vec![relative("*.proto")];
    check("protos", "Copies", Kind::Same(Same { patterns, places, source, everywhere }))
}

fn project() -> Project {
    Project::new(&[("a/x.proto", "one"), ("b/x.proto", "one"), ("c/x.proto", "one"), ("a/only.proto", "1")])
}

#[test]
fn equal_copies_are_in_step_and_a_file_in_one_place_is_fine() {
    let project = project();
    let (code, text) = project.judge(&same(&project, &["a", "b", "c"], None, false));
    assert_eq!(text, "  [OK] only.proto: only in a (hash: 6b86b2)\n  [OK] x.proto: in sync (hash: 7692c3)");
    assert_eq!(code, 0);
}

#[test]
fn one_changed_byte_is_named_with_both_hashes_against_the_majority() {
    let project = project();
    project.flip("b/x.proto");
    project.remove("a/only.proto");
    let (code, text) = project.judge(&same(&project, &["a", "b", "c"], None, false));
    let (one, other) = (hash("one"), hash("ooe"));
    let expected = format!(
        "  [X] x.proto: OUT OF SYNC\n     - a: hash {one}\n     - b: hash {other} (differs from the majority)\n     - c: hash {one}"
    );
    assert_eq!((code, text), (1, expected));
}

/// The first digits of a sum, by the crate itself.
fn hash(text: &str) -> String {
    crate::sync::hash::Digest::of(text.as_bytes()).to_string()[..6].to_owned()
}

#[test]
fn two_copies_that_differ_have_no_majority_and_a_declared_source_decides() {
    let project = project();
    project.write("b/x.proto", "two");
    let (one, two) = (hash("one"), hash("two"));
    let (_, text) = project.judge(&same(&project, &["a", "b"], None, false));
    assert!(text.ends_with(&format!("     - a: hash {one}\n     - b: hash {two}")), "{text}");
    let report = project.run(&[same(&project, &["a", "b", "c"], Some("b"), false)]);
    let (code, text) = super::shown(&report);
    let lines = format!("     - a: hash {one} (stale)\n     - b: hash {two}\n     - c: hash {one} (stale)");
    assert!(code == 1 && text.ends_with(&lines), "{text}");
    assert_eq!(report.actions, ["cp b/x.proto a/x.proto", "cp b/x.proto c/x.proto"]);
}

#[test]
fn a_missing_copy_is_drift_where_every_place_must_have_it() {
    let project = project();
    let (code, text) = project.judge(&same(&project, &["a", "b"], None, true));
    let expected = format!(
        "  [X] only.proto: OUT OF SYNC\n     - a: hash {}\n     - b: missing\n  [OK] x.proto: in sync (hash: {})",
        hash("1"),
        hash("one")
    );
    assert_eq!((code, text), (1, expected));
}

#[test]
fn line_ends_and_byte_order_marks_are_differences() {
    for other in ["one\r\n", "\u{feff}one\n", "one", "one\n\n"] {
        let project = Project::new(&[("a/x.proto", "one\n"), ("b/x.proto", other)]);
        assert_eq!(project.judge(&same(&project, &["a", "b"], None, false)).0, 1, "{other:?}");
    }
}

#[test]
fn what_cannot_be_compared_is_never_in_step() {
    type Seed = fn(&Project);
    let seeds: [(Seed, &str); 6] = [
        (|p| symlink("gone", p.path("b/x.proto")).expect("a link"), "b: is a broken link to `gone`"),
        (
            |p| fs::create_dir(p.path("b/x.proto")).expect("a folder"),
            "b: is a folder where a file was expected",
        ),
        (
            |p| symlink("/proc/self/mem", p.path("b/x.proto")).expect("a link"),
            "b: cannot be read: input/output error",
        ),
        (
            |p| symlink("/dev/zero", p.path("b/x.proto")).expect("a link"),
            "b: is a device where a file was expected",
        ),
        (
            |p| symlink("x.proto", p.path("b/x.proto")).expect("a link"),
            "b: cannot be read: too many levels of symbolic links",
        ),
        (
            |p| drop(std::os::unix::net::UnixListener::bind(p.path("b/x.proto")).expect("a socket")),
            "b: is a socket where a file was expected",
        ),
    ];
    for (seed, expected) in seeds {
        let project = project();
        project.remove("b/x.proto");
        seed(&project);
        let (code, text) = project.judge(&same(&project, &["a", "b"], None, false));
        assert!(text.contains("[!] x.proto: could not be compared") && text.contains(expected), "{text}");
        assert_eq!(code, 2, "{text}");
    }
}

#[test]
fn a_place_or_pattern_without_files_is_a_finding_at_its_span_unless_optional() {
    let project = project();
    fs::create_dir(project.path("empty")).expect("a folder");
    for place in ["empty", "nowhere"] {
        let mut check = same(&project, &["a", place], None, false);
        let (code, text) = project.judge(&check);
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(
            (code, first),
            (2, format!("  [!] no file matches `*.proto` in {place} (gladys.kdl:2)").as_str())
        );
        check.optional = true;
        assert_eq!(project.judge(&check).0, 0);
    }
    let (code, text) = project.judge(&same(&project, &["a", "b/x.proto"], None, false));
    assert!(code == 2 && text.contains("b/x.proto is not a folder"), "{text}");
}

#[test]
fn names_that_are_not_utf8_are_compared_and_shown() {
    let project = project();
    let name = OsStr::from_bytes(b"\xff.proto");
    fs::write(project.path("a").join(name), "1").expect("a file");
    fs::write(project.path("b").join(name), "2").expect("a file");
    let (code, text) = project.judge(&same(&project, &["a", "b"], None, false));
    assert!(code == 1 && text.contains(r"[X] \xff.proto: OUT OF SYNC"), "{text}");
}

#[test]
fn a_hundred_thousand_files_are_judged_and_the_one_that_differs_is_found() {
    let project = Project::new(&[]);
    for number in 0..50_000 {
        project.write(&format!("a/{number}.proto"), number.to_string());
        project.write(&format!("b/{number}.proto"), number.to_string());
    }
    let check = same(&project, &["a", "b"], None, false);
    assert_eq!(project.judge(&check), (0, "  [OK] 50000 in sync".to_owned()));
    project.flip("b/31415.proto");
    let (code, text) = project.judge(&check);
    assert!(
        code == 1 && text.starts_with("  [OK] 49999 in sync\n  [X] 31415.proto: OUT OF SYNC\n"),
        "{text}"
    );
}
