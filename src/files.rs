//! Files that a pattern names: `*` is a part of a name, `**` any folders, `?` one character.
//!
//! The `glob` crate walks every way to a folder, of which linked folders make endlessly many; here each folder is looked
//! into once for each part of the pattern, whatever leads to it. What a part of a name matches, that crate says.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{Pattern, PatternError};

/// A folder or file that could not be looked at, and why.
pub type Unreadable = (PathBuf, io::Error);

/// The files and folders that a pattern names below a folder, in the order of their names.
///
/// # Errors
///
/// The pattern is none.
pub fn matching(root: &Path, pattern: &str) -> Result<Vec<Result<PathBuf, Unreadable>>, PatternError> {
    Pattern::new(pattern)?;
    // A path below the working directory reads better without it.
    let root = if root == Path::new(".") { Path::new("") } else { root };
    let mut search = Search { at: vec![root.to_owned()], unreadable: Vec::new() };
    for part in Path::new(pattern).components() {
        match part {
            Component::Normal(name) if name == "**" => search.below(),
            Component::Normal(name) => search.named(&name.to_string_lossy())?,
            Component::CurDir => {}
            other => search.at.iter_mut().for_each(|path| path.push(other)),
        }
    }
    if pattern.ends_with("**") {
        search.at.remove(0);
    }
    search.at.sort();
    let unreadable = search.unreadable.into_iter().map(Err);
    Ok(search.at.into_iter().map(Ok).chain(unreadable).collect())
}

struct Search {
    /// What the pattern so far names.
    at: Vec<PathBuf>,
    unreadable: Vec<Unreadable>,
}

impl Search {
    /// Goes on to what has a name.
    fn named(&mut self, name: &str) -> Result<(), PatternError> {
        let mut seen = HashSet::new();
        let folders: Vec<PathBuf> = self.at.drain(..).filter(|folder| is_new(folder, &mut seen)).collect();
        if !name.contains(['*', '?', '[']) {
            let paths = folders.into_iter().map(|folder| folder.join(name));
            self.at.extend(paths.filter(|path| path.symlink_metadata().is_ok()));
            return Ok(());
        }
        let pattern = Pattern::new(name)?;
        for folder in folders {
            let entries = self.entries(&folder);
            let fits = |path: &PathBuf| {
                path.file_name().and_then(|name| name.to_str()).is_some_and(|name| pattern.matches(name))
            };
            self.at.extend(entries.into_iter().filter(fits));
        }
        Ok(())
    }

    /// Goes on to the folders below, and stays where it is.
    fn below(&mut self) {
        let mut seen = HashSet::new();
        let mut open: Vec<PathBuf> = self.at.drain(..).rev().collect();
        while let Some(folder) = open.pop() {
            if is_new(&folder, &mut seen) {
                open.extend(self.entries(&folder).into_iter().filter(|path| path.is_dir()).rev());
                self.at.push(folder);
            }
        }
    }

    /// What is in a folder, in the order of the names; nothing where there is none.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = match fs::read_dir(here) {
            Ok(entries) => entries,
            Err(error) => {
                let is_folder =
                    error.kind() != io::ErrorKind::NotADirectory && error.kind() != io::ErrorKind::NotFound;
                self.unreadable.extend(is_folder.then(|| (folder.to_owned(), error)));
                return Vec::new();
            }
        };
        let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
        names.sort();
        names.into_iter().map(|name| folder.join(name)).collect()
    }
}

fn is_new(folder: &Path, seen: &mut HashSet<PathBuf>) -> bool {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    here.canonicalize().is_ok_and(|folder| seen.insert(folder))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::matching;

    fn found(root: &Path, pattern: &str) -> Vec<String> {
        let all = matching(root, pattern).expect("a pattern").into_iter().map(|path| path.expect("readable"));
        all.map(|path| path.strip_prefix(root).expect("below").display().to_string()).collect()
    }

    #[test]
    fn each_folder_is_looked_into_once_whatever_leads_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for file in ["a.kdl", "b.txt", "x/c.kdl", "x/y/d.kdl", "x/y/.e.kdl", "z[1]/f.kdl"] {
            fs::create_dir_all(root.join(file).parent().expect("a parent")).expect("a folder");
            fs::write(root.join(file), "").expect("a file");
        }
        assert_eq!(found(root, "*.kdl"), ["a.kdl"]);
        assert_eq!(found(root, "x/c.kdl"), ["x/c.kdl"]);
        assert_eq!(found(root, "x/gone.kdl"), [""; 0]);
        assert_eq!(found(root, "./x/../?.kdl").len(), 1);
        let all = ["a.kdl", "x/c.kdl", "x/y/.e.kdl", "x/y/d.kdl", "z[1]/f.kdl"];
        assert_eq!(found(root, "**/*.kdl"), all);
        assert_eq!(found(root, "x/**/d.kdl"), ["x/y/d.kdl"]);
        for (number, to) in [".", "x", "x/y"].into_iter().cycle().take(40).enumerate() {
            symlink(root.join(to), root.join(format!("x/y/l{number}"))).expect("a link");
        }
        assert_eq!(found(&root.join("x"), "**/d.kdl").len(), 1);
        assert_eq!(found(root, &format!("{}/a.kdl", vec!["*"; 30].join("/"))).len(), 1);
        assert!(matching(root, "a**b").is_err());
    }
}
