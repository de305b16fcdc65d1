//! The rules of the source tree, kept: imports go down the floors of `src/lib.rs`, one file prints, no environment is
//! named, every file says what it is.
//!
//! Between floors there can be no circles, because every import goes down. Inside a module the files must not import each
//! other in circles either; its `mod.rs`, which shows the others to the outside, does not count.

mod made_up;
mod tree;

use tree::Tree;

/// Files below `src/` that touch the standard streams, each with its reason.
const STREAMS: [(&str, &str); 6] = [
    ("cli/report/out.rs", "everything that is printed"),
    ("cli/report/style.rs", "asks what the streams are, and writes nothing"),
    ("db/shell/output.rs", "the shell's own standard error, in psql's order"),
    ("db/testing.rs", "tests that cannot run here, by name"),
    ("postgres/tests/fetching.rs", "tests that cannot run here, by name"),
    ("supervisor/serve.rs", "a supervisor's report, on a pipe of its own"),
];

/// Words of environments. They belong to profiles, in KDL.
const ENVIRONMENTS: [&str; 9] =
    ["docker", "podman", "compose", "swarm", "kubectl", "kubernetes", "containerd", "nomad", "systemctl"];

/// Where such a word is the name of a file format that is read.
const FORMATS: [(&str, &str); 1] = [("import/", "compose")];

#[test]
fn imports_go_down_the_floors() {
    assert_eq!(Tree::real().imports_that_do_not_go_down(), [] as [String; 0]);
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    assert_eq!(Tree::real().circles(), [] as [String; 0]);
}

#[test]
fn every_module_has_a_floor() {
    assert_eq!(Tree::real().modules_without_a_floor(), [] as [String; 0]);
}

#[test]
fn one_file_prints() {
    let tree = Tree::real();
    assert_eq!(tree.files_that_print(), [] as [String; 0]);
    for (file, reason) in STREAMS {
        assert!(tree.files.contains_key(file), "`{file}` is gone; so is its exception ({reason})");
    }
}

#[test]
fn no_environment_is_named() {
    assert_eq!(Tree::real().environments_named(), [] as [String; 0]);
}

#[test]
fn every_file_says_what_it_is() {
    assert_eq!(Tree::real().files_without_a_heading(), [] as [String; 0]);
}
