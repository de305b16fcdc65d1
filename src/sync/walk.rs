//! Patterns to paths: `*`, `?`, `[…]` within a name and `**` for any depth, over names of any bytes.
//!
//! The `glob` crate matches each name; its own walk is not used because it passes over names that are not UTF-8
//! and over folders that cannot be read. As in a shell, a wildcard does not match a leading dot, and `**` does not
//! follow links to folders (bash(1), globstar).

use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::hash::Trouble;

/// How wildcards match within one name.
const SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What a pattern came to.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Walked {
    /// What it matched, in order of name: files, and links and other things that stand where files should.
    pub paths: Vec<PathBuf>,
    /// Folders that could not be looked into.
    pub troubles: Vec<(PathBuf, Trouble)>,
}

/// One step of a pattern.
enum Part {
    /// A plain name, `..` or `/`.
    Name(PathBuf),
    /// A name with wildcards.
    Wild(Pattern),
    /// `**`.
    Deep,
}

/// Every path below `base` that `pattern` matches; an absolute pattern ignores `base`.
/// Folders are passed over where the last part is `*` or `**`, which mean "every file"; anywhere else they are
/// kept, because a file was asked for by name.
pub fn walk(base: &Path, pattern: &Path) -> Walked {
    let mut parts: Vec<Part> = pattern.components().map(part).collect();
    if matches!(parts.last(), Some(Part::Deep)) {
        parts.extend(Pattern::new("*").map(Part::Wild));
    }
    let every = pattern.file_name().is_some_and(|name| name == "*" || name == "**");
    let mut found = Walked::default();
    descend(base.to_path_buf(), &parts, every, &mut found);
    found.paths.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    found.paths.dedup();
    found
}

/// The longest beginning of a pattern that is free of wildcards, without its last name.
pub fn fixed_base(pattern: &Path) -> PathBuf {
    let plain = pattern.components().take_while(|component| matches!(part(*component), Part::Name(_)));
    let base: PathBuf = plain.collect();
    if base == pattern { base.parent().map(Path::to_path_buf).unwrap_or_default() } else { base }
}

fn part(component: Component) -> Part {
    let Some(text) = component.as_os_str().to_str() else { return Part::Name(component.as_os_str().into()) };
    match Pattern::new(text) {
        _ if text == "**" => Part::Deep,
        Ok(pattern) if text.contains(['*', '?', '[']) => Part::Wild(pattern),
        _ => Part::Name(text.into()),
    }
}

fn descend(path: PathBuf, parts: &[Part], every: bool, found: &mut Walked) {
    let Some((first, rest)) = parts.split_first() else {
        found.paths.push(path);
        return;
    };
    match first {
        Part::Name(name) => {
            let next = path.join(name);
            if next.symlink_metadata().is_ok() {
                descend(next, rest, every, found);
            }
        }
        Part::Wild(pattern) => {
            for entry in entries(&path, found) {
                let wanted =
                    || if rest.is_empty() { !(every && is_folder(&entry)) } else { is_folder(&entry) };
                if matches(pattern, &entry.file_name()) && wanted() {
                    descend(entry.path(), rest, every, found);
                }
            }
        }
        Part::Deep => deep(path, parts, rest, every, found),
    }
}

/// Whether an entry is a folder or a link to one; only a link has to be looked at.
fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
}

/// `**`: nothing, or any folder and `**` again.
fn deep(path: PathBuf, parts: &[Part], rest: &[Part], every: bool, found: &mut Walked) {
    for entry in entries(&path, found) {
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if folder && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            descend(entry.path(), parts, every, found);
        }
    }
    descend(path, rest, every, found);
}

fn matches(pattern: &Pattern, name: &OsStr) -> bool {
    pattern.matches_with(&name.to_string_lossy(), SHELL)
}

/// What a folder holds; a folder that cannot be read is kept as trouble, once.
fn entries(folder: &Path, found: &mut Walked) -> Vec<DirEntry> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let listed = std::fs::read_dir(folder).and_then(Iterator::collect);
    listed.unwrap_or_else(|error: std::io::Error| {
        let trouble = match error.kind() {
            std::io::ErrorKind::NotADirectory => Trouble::NotAFolder,
            _ => Trouble::at(folder, &error),
        };
        let entry = (folder.to_path_buf(), trouble);
        if !matches!(entry.1, Trouble::Missing) && !found.troubles.contains(&entry) {
            found.troubles.push(entry);
        }
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::{fixed_base, walk};
    use crate::sync::hash::Trouble;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    /// A folder with these files (or folders, with a slash at the end).
    fn tree(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().expect("a parent") })
                .expect("folders");
            if !name.ends_with('/') {
                fs::write(path, name).expect("a file");
            }
        }
        folder
    }

    fn found(base: &Path, pattern: &str) -> Vec<String> {
        let strip = |path: &PathBuf| crate::sync::place::shown(path, base);
        walk(base, Path::new(pattern)).paths.iter().map(strip).collect()
    }

    #[test]
    fn wildcards_match_as_in_a_shell() {
        let folder =
            tree(&["a.rs", "b.py", ".hidden.rs", "src/c.rs", "src/deep/er/d.rs", ".git/e.rs", "src/x.rs/"]);
        let base = folder.path();
        assert_eq!(found(base, "*.rs"), ["a.rs"]);
        assert_eq!(found(base, "?.[pr]?"), ["a.rs", "b.py"]);
        assert_eq!(found(base, "**/*.rs"), ["a.rs", "src/c.rs", "src/deep/er/d.rs", "src/x.rs"]);
        assert_eq!(found(base, "src/**/d.rs"), ["src/deep/er/d.rs"]);
        assert_eq!(found(base, "src/**"), ["src/c.rs", "src/deep/er/d.rs"]);
        assert_eq!(found(base, "src/*"), ["src/c.rs"]);
        assert_eq!(found(base, "src/c.rs"), ["src/c.rs"]);
        assert_eq!(found(base, ".hidden.*"), [".hidden.rs"]);
        assert_eq!(found(base, "none/*.rs"), Vec::<String>::new());
    }

    #[test]
    fn links_loops_and_odd_names_are_walked_without_harm() {
        let folder = tree(&["real/a.x"]);
        let base = folder.path();
        symlink(base, base.join("real/loop")).expect("a link");
        symlink("nowhere", base.join("real/broken.x")).expect("a link");
        fs::write(base.join(OsStr::from_bytes(b"real/\xff.x")), "").expect("a file");
        assert_eq!(found(base, "**/*.x"), ["real/a.x", "real/broken.x", r"real/\xff.x"]);
        let file_as_folder = walk(base, Path::new("real/a.x/*.x"));
        assert_eq!(file_as_folder.troubles, [(base.join("real/a.x"), Trouble::NotAFolder)]);
    }

    #[test]
    fn the_fixed_part_of_a_pattern_is_its_base() {
        assert_eq!(fixed_base(Path::new("/a/b/*_pb2.py")), Path::new("/a/b"));
        assert_eq!(fixed_base(Path::new("/a/b/c.py")), Path::new("/a/b"));
        assert_eq!(fixed_base(Path::new("/a/**/c.py")), Path::new("/a"));
    }
}
