//! How a path is written for people and in records: relative to the project, and never lossy.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `path` relative to `root` where it is below it. Bytes that are not UTF-8, control characters and
/// backslashes are escaped (`\xff`, `\n`, `\\`), so two different paths are never written the same.
pub fn shown(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut text = String::new();
    for chunk in relative.as_os_str().as_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' => text.push_str("\\\\"),
                letter if letter.is_control() => text.extend(letter.escape_default()),
                letter => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// A word as a POSIX shell takes it: bare where that is safe, otherwise in single quotes.
pub fn quoted(word: &str) -> String {
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "@%+=:,./_-".contains(letter);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, shown};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    #[test]
    fn a_path_is_shown_below_its_root_and_without_loss() {
        let root = Path::new("/project");
        assert_eq!(shown(Path::new("/project/a/b.proto"), root), "a/b.proto");
        assert_eq!(shown(Path::new("/elsewhere/b.proto"), root), "/elsewhere/b.proto");
        assert_eq!(shown(root, root), ".");
        assert_eq!(shown(Path::new(OsStr::from_bytes(b"caf\xc3\xa9 \xff\\n\n")), root), r"café \xff\\n\n");
    }

    #[test]
    fn a_word_is_quoted_for_a_shell_only_where_it_must_be() {
        assert_eq!(quoted("src/a-b.proto"), "src/a-b.proto");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
        assert_eq!(quoted(""), "''");
    }
}
