//! The rules of the source tree, kept: imports go down the floors of `src/lib.rs`, one file prints, no environment is
//! named, every file says what it is.
//!
//! An order of floors that every import follows downward has no circles, so circles need no search of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files below `src/` that touch the standard streams, each with its reason.
const STREAMS: [(&str, &str); 5] = [
    ("cli/report/out.rs", "everything that is printed"),
    ("cli/report/style.rs", "asks what the streams are, and writes nothing"),
    ("db/testing.rs", "tests that cannot run here, by name"),
    ("postgres/tests/fetching.rs", "tests that cannot run here, by name"),
    ("supervisor/serve.rs", "a supervisor's report, on a pipe of its own"),
];

/// Words of environments. They belong to profiles, in KDL.
const ENVIRONMENTS: [&str; 9] =
    ["docker", "podman", "compose", "swarm", "kubectl", "kubernetes", "containerd", "nomad", "systemctl"];

#[test]
fn imports_go_down_the_floors() {
    assert_eq!(Tree::real().imports_that_do_not_go_down(), [] as [String; 0]);
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

/// The text of every file below `src/`, by its path there.
struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    fn real() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        for path in glob::glob(&format!("{}/**/*.rs", root.display())).expect("a pattern") {
            let path = path.expect("a readable folder");
            let name = path.strip_prefix(&root).expect("a path below src").to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path).expect("a readable file"));
        }
        assert!(files.len() > 50, "only {} files were found", files.len());
        Self { files }
    }

    fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    fn root(&self) -> &str {
        self.files.get("lib.rs").map_or("", String::as_str)
    }

    /// The floor of each module, from the map at the top of `lib.rs`: ``//! 2. [`probe`], [`supervisor`]: …``.
    fn floors(&self) -> BTreeMap<&str, u32> {
        let mut floors = BTreeMap::new();
        for line in self.root().lines() {
            let numbered = line.strip_prefix("//! ").and_then(|line| line.split_once(". "));
            let Some((Ok(floor), rest)) = numbered.map(|(number, rest)| (number.parse::<u32>(), rest)) else {
                continue;
            };
            let names = rest.split(':').next().unwrap_or("").split("[`").skip(1);
            floors.extend(names.filter_map(|name| Some((name.split_once("`]")?.0, floor))));
        }
        floors
    }

    fn modules_without_a_floor(&self) -> Vec<String> {
        let floors = self.floors();
        let declared = self.root().lines().filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        declared.filter(|name| !floors.contains_key(name)).map(str::to_owned).collect()
    }

    fn imports_that_do_not_go_down(&self) -> Vec<String> {
        let floors = self.floors();
        let mut wrong = Vec::new();
        for (path, text) in
            self.files.iter().filter(|(path, _)| !matches!(path.as_str(), "lib.rs" | "main.rs"))
        {
            let module = module_path(path);
            let Some(own) = floors.get(module[0]) else { continue };
            for name in imports(text, module.len()).iter().filter(|name| *name != module[0]) {
                let Some(other) = floors.get(name.as_str()) else { continue };
                if other >= own {
                    wrong.push(format!("{path} (floor {own}) imports `{name}` (floor {other})"));
                }
            }
        }
        wrong
    }

    fn files_that_print(&self) -> Vec<String> {
        const PRINTING: [&str; 7] =
            ["println!", "print!", "eprintln!", "eprint!", "dbg!", "io::stdout()", "io::stderr()"];
        self.matching(&PRINTING, |path| STREAMS.iter().any(|(file, _)| *file == path))
    }

    fn environments_named(&self) -> Vec<String> {
        self.matching(&ENVIRONMENTS, |_| false)
    }

    /// Every file and word of `words` that stands in it, alone and in any case; files that are `excepted` aside.
    fn matching(&self, words: &[&str], excepted: impl Fn(&str) -> bool) -> Vec<String> {
        let files = self.files.iter().filter(|(path, _)| !excepted(path));
        let found = files.flat_map(|(path, text)| {
            let text = text.to_lowercase();
            let inside = words.iter().filter(|word| stands_in(word, &text));
            inside.map(|word| format!("{path}: {word}")).collect::<Vec<_>>()
        });
        found.collect()
    }

    fn files_without_a_heading(&self) -> Vec<String> {
        let bare = self.files.iter().filter(|(_, text)| !text.starts_with("//! "));
        bare.map(|(path, _)| path.clone()).collect()
    }
}

/// `manifest/resolve/mod.rs` -> `["manifest", "resolve"]`.
fn module_path(path: &str) -> Vec<&str> {
    let names = path.trim_end_matches(".rs").split('/');
    names.filter(|name| *name != "mod").collect()
}

/// The top-level modules that a file imports: by `crate::name`, `crate::{name, …}`, or enough `super::` to get there.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let up = "super::".repeat(depth);
    let roots = ["crate::", up.as_str()];
    roots.iter().flat_map(|root| code.split(root).skip(1)).flat_map(first_names).collect()
}

/// The names that a path goes on with: one, or every first name of a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut nested, mut names) = (0, String::new());
    for c in group.chars() {
        match c {
            '{' => nested += 1,
            '}' if nested == 0 => break,
            '}' => nested -= 1,
            c if nested == 0 => names.push(c),
            _ => {}
        }
    }
    names.split(',').map(|one| name(one.trim())).collect()
}

fn stands_in(word: &str, text: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        let after = text[at + found.len()..].chars().next();
        edge(text[..at].chars().next_back()) && (found.ends_with(['!', ')']) || edge(after))
    })
}

mod made_up {
    //! The rules on trees that break them: a test that could not fail would keep nothing.

    use super::Tree;

    const LIB: &str = "//! The map.\n//!\n//! 2. [`cli`]: top.\n//! 1. [`left`], [`right`]: middle.\n//! 0. [`base`].\n\nmod base;\nmod cli;\nmod left;\npub mod right;\n";

    fn wrong_imports(path: &str, text: &str) -> Vec<String> {
        Tree::of(&[("lib.rs", LIB), (path, text)]).imports_that_do_not_go_down()
    }

    #[test]
    fn down_is_allowed_and_so_are_neighbours_in_one_module() {
        assert!(wrong_imports("cli/mod.rs", "use crate::left::Left;\nuse crate::base;\n").is_empty());
        assert!(
            wrong_imports("left/inner.rs", "use crate::left::Other;\nuse super::super::base;\n").is_empty()
        );
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
        let circle =
            [("lib.rs", LIB), ("cli.rs", "use crate::base::Base;"), ("base.rs", "use crate::cli::Cli;")];
        let broken = Tree::of(&circle).imports_that_do_not_go_down();
        assert_eq!(broken, ["base.rs (floor 0) imports `cli` (floor 2)"]);
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
}
