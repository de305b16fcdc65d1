//! The rules on trees that break them: a test that could not fail would keep nothing.

use super::tree::Tree;

const LIB: &str = "//! The map.\n//!\n//! 2. [`cli`]: top.\n//! 1. [`left`], [`right`]: middle.\n//! 0. [`base`].\n\nmod base;\nmod cli;\nmod left;\npub mod right;\n";

fn wrong_imports(path: &str, text: &str) -> Vec<String> {
    Tree::of(&[("lib.rs", LIB), (path, text)]).imports_that_do_not_go_down()
}

#[test]
fn down_is_allowed_and_so_are_neighbours_in_one_module() {
    assert!(wrong_imports("cli/mod.rs", "use crate::left::Left;\nuse crate::base;\n").is_empty());
    assert!(wrong_imports("left/inner.rs", "use crate::left::Other;\nuse super::super::base;\n").is_empty());
    assert!(wrong_imports("left.rs", "//! See [`crate::cli`].\n").is_empty());
}

#[test]
fn up_is_refused_however_it_is_written() {
    let up = ["left.rs (floor 1) imports `cli` (floor 2)"];
    assert_eq!(wrong_imports("left.rs", "use crate::cli::run;\n"), up);
    assert_eq!(wrong_imports("left.rs", "use crate::{base::{self, Text}, cli};\n"), up);
    assert_eq!(wrong_imports("left.rs", "fn f() { crate::cli::run() }\n"), up);
    assert_eq!(wrong_imports("left.rs", "use super::cli;\n"), up);
    let deep = ["left/inner.rs (floor 1) imports `cli` (floor 2)"];
    assert_eq!(wrong_imports("left/inner.rs", "use super::super::cli;\n"), deep);
}

#[test]
fn strangers_on_one_floor_and_circles_are_refused() {
    let strangers = ["left.rs (floor 1) imports `right` (floor 1)"];
    assert_eq!(wrong_imports("left.rs", "use crate::right::Right;\n"), strangers);
    let circle = [("lib.rs", LIB), ("cli.rs", "use crate::base::Base;"), ("base.rs", "use crate::cli::Cli;")];
    let broken = Tree::of(&circle).imports_that_do_not_go_down();
    assert_eq!(broken, ["base.rs (floor 0) imports `cli` (floor 2)"]);
}

#[test]
fn files_that_import_each_other_are_found() {
    let circles = |files: &[(&str, &str)]| Tree::of(files).circles();
    let one = ("left/one.rs", "use super::two::{self, Two};");
    assert!(
        circles(&[one, ("left/two.rs", "use crate::base;"), ("left/mod.rs", "pub use one::One;")]).is_empty()
    );
    assert_eq!(circles(&[one, ("left/two.rs", "use crate::left::one::One;")]), ["left: one, two"]);
    let round =
        [one, ("left/two.rs", "use super::three::T;"), ("left/three/mod.rs", "use super::super::left::one;")];
    assert_eq!(circles(&round), ["left: one, three, two"]);
    let below =
        [("left/three/a.rs", "fn f() { super::super::one::f() }"), ("left/one.rs", "use super::three::x;")];
    assert_eq!(circles(&below), ["left: one, three"]);
    let tests = [one, ("left/two.rs", "\n#[cfg(test)]\nmod tests {\n    use super::super::one;\n}\n")];
    assert!(circles(&tests).is_empty());
}

#[test]
fn a_module_that_is_not_on_the_map_is_found() {
    let lib = format!("{LIB}mod stray;\n");
    assert_eq!(Tree::of(&[("lib.rs", &lib)]).modules_without_a_floor(), ["stray"]);
}

#[test]
fn printing_is_found_outside_its_file() {
    let tree = Tree::of(&[
        ("a.rs", "fn f() { println!(\"x\"); eprintln!(\"y\") }"),
        ("b.rs", "let mut out = io::stderr().lock();"),
        ("cli/report/out.rs", "io::stdout()"),
    ]);
    assert_eq!(tree.files_that_print(), ["a.rs: println!", "a.rs: eprintln!", "b.rs: io::stderr()"]);
}

#[test]
fn an_environment_is_found_as_a_word_of_its_own() {
    let tree = Tree::of(&[("a.rs", "Command::new(\"Docker\")"), ("b.rs", "decompose and composed")]);
    assert_eq!(tree.environments_named(), ["a.rs: docker"]);
}

#[test]
fn a_file_without_a_heading_is_found() {
    let tree = Tree::of(&[("a.rs", "//! A.\n"), ("b.rs", "use x;\n"), ("c.rs", "")]);
    assert_eq!(tree.files_without_a_heading(), ["b.rs", "c.rs"]);
}
