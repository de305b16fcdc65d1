//! The source tree as text, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{ENVIRONMENTS, FORMATS, STREAMS};

/// The text of every file below `src/`, by its path there.
pub struct Tree {
    pub files: BTreeMap<String, String>,
}

impl Tree {
    pub fn real() -> Self {
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

    pub fn of(files: &[(&str, &str)]) -> Self {
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

    pub fn modules_without_a_floor(&self) -> Vec<String> {
        let floors = self.floors();
        let declared = self.root().lines().filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        declared.filter(|name| !floors.contains_key(name)).map(str::to_owned).collect()
    }

    pub fn imports_that_do_not_go_down(&self) -> Vec<String> {
        let floors = self.floors();
        let mut wrong = Vec::new();
        for (path, text) in
            self.files.iter().filter(|(path, _)| !matches!(path.as_str(), "lib.rs" | "main.rs"))
        {
            let module = module_path(path);
            let Some(own) = floors.get(module[0]) else { continue };
            let names: BTreeSet<String> =
                paths(text, &module).into_iter().filter_map(|path| path.into_iter().next()).collect();
            for name in names.iter().filter(|name| *name != module[0]) {
                let Some(other) = floors.get(name.as_str()) else { continue };
                if other >= own {
                    wrong.push(format!("{path} (floor {own}) imports `{name}` (floor {other})"));
                }
            }
        }
        wrong
    }

    /// Every set of neighbours that import each other in a circle: `supervisor: record, state`.
    pub fn circles(&self) -> Vec<String> {
        let mut circles = BTreeSet::new();
        for (folder, edges) in self.neighbours() {
            let reach = |from: &str| reachable(&edges, from);
            for name in edges.keys().filter(|name| reach(name).contains(*name)) {
                let round: Vec<_> =
                    reach(name).into_iter().filter(|other| reach(other).contains(name)).collect();
                circles.insert(format!("{folder}: {}", round.join(", ")));
            }
        }
        circles.into_iter().collect()
    }

    /// For each folder, which of its files and folders import which others of it.
    fn neighbours(&self) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        let modules: Vec<Vec<&str>> = self.files.keys().map(|path| module_path(path)).collect();
        let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (path, text) in &self.files {
            let module = module_path(path);
            for import in paths(text, &module) {
                let shared = module.iter().zip(&import).take_while(|(own, other)| *own == other).count();
                let exists = |import: &[String]| {
                    modules.iter().any(|module| module[..].starts_with(&to_str(import)[..]))
                };
                let inside = shared > 0 && module.len() > shared && import.len() > shared;
                if inside && exists(&import[..=shared]) {
                    let folder = folders.entry(module[..shared].join("::")).or_default();
                    folder.entry(module[shared].to_owned()).or_default().insert(import[shared].clone());
                }
            }
        }
        folders
    }

    pub fn files_that_print(&self) -> Vec<String> {
        const PRINTING: [&str; 7] =
            ["println!", "print!", "eprintln!", "eprint!", "dbg!", "io::stdout()", "io::stderr()"];
        self.matching(&PRINTING, |path| STREAMS.iter().any(|(file, _)| *file == path))
    }

    pub fn environments_named(&self) -> Vec<String> {
        let format = |found: &String| {
            FORMATS
                .iter()
                .any(|(folder, word)| found.starts_with(folder) && found.ends_with(&format!(": {word}")))
        };
        self.matching(&ENVIRONMENTS, |_| false).into_iter().filter(|found| !format(found)).collect()
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

    pub fn files_without_a_heading(&self) -> Vec<String> {
        let bare = self.files.iter().filter(|(_, text)| !text.starts_with("//! "));
        bare.map(|(path, _)| path.clone()).collect()
    }
}

/// `manifest/resolve/mod.rs` -> `["manifest", "resolve"]`.
fn module_path(path: &str) -> Vec<&str> {
    let names = path.trim_end_matches(".rs").split('/');
    names.filter(|name| *name != "mod").collect()
}

/// The paths that a file imports, from the root of the crate: by `crate::`, or by `super::` from `module`. Its inline
/// tests do not count, since `super` means something else there.
fn paths(text: &str, module: &[&str]) -> BTreeSet<Vec<String>> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    let mut ups: Vec<(String, &[&str])> = vec![("crate::".to_owned(), &[])];
    ups.extend((1..=module.len()).map(|up| ("super::".repeat(up), &module[..module.len() - up])));
    for (start, base) in ups {
        for (at, _) in code.match_indices(&start) {
            let rest = &code[at + start.len()..];
            if code[..at].ends_with("super::") || rest.starts_with("super::") {
                continue;
            }
            let base = base.iter().map(|name| (*name).to_owned());
            found.extend(names_of(rest).into_iter().map(|names| base.clone().chain(names).collect()));
        }
    }
    found
}

/// The names that a path goes on with: `a::b::{c, d::e}` -> `a b c`, `a b d`.
fn names_of(rest: &str) -> Vec<Vec<String>> {
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return first_names(rest).into_iter().map(|name| vec![name]).collect();
    }
    match rest[name.len()..].strip_prefix("::") {
        Some(further) => {
            let mut below = names_of(further);
            for names in &mut below {
                names.insert(0, name.clone());
            }
            if below.is_empty() { vec![vec![name]] } else { below }
        }
        None => vec![vec![name]],
    }
}

fn to_str(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Everything that can be reached over at least one edge.
fn reachable(edges: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(name) = open.pop() {
        for next in edges.get(&name).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// Every first name of a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return Vec::new() };
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
