//! Words that only a shell would understand: no shell reads a manifest, so they would reach a program as they stand.

use kdl::KdlValue;

use super::error::Problem;
use super::node::Node;

/// Programs that give `$NAME` a meaning of their own.
const READERS: &[&str] = &[
    "sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "csh", "tcsh", "ssh", "awk", "gawk", "mawk", "perl",
    "ruby", "php", "make", "envsubst",
];

/// What joins programs and moves their output in a shell (POSIX.1-2017, XCU 2.9 and 2.7).
const OPERATORS: &[&str] = &["&&", "||", "|", "&", ">", ">>", "<", "<<"];

/// Whether a program among these words reads `$NAME` itself. A program that only a placeholder names may be one.
pub fn reads_variables<'a>(mut words: impl Iterator<Item = &'a str>) -> bool {
    words.any(|word| READERS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

/// Notes every `$NAME` and `${NAME}` among the words and properties of a node. A raw string is meant as it stands.
pub fn check_variables(node: Node<'_>) {
    for (written, span) in node.written_entries() {
        if written.ends_with("\"#") {
            continue;
        }
        if let Some(name) = variable(written) {
            node.complain(Problem::ShellVariable { name: name.to_owned(), span });
        }
    }
}

/// Notes what a shell would do with the words of a program: its operators, `cd`, and variables, unless the program reads
/// those itself.
pub fn check_program(node: Node<'_>) {
    let words = node.texts();
    let is_remote = words.iter().any(|word| word.value == "ssh");
    let mut written = node.written_entries().filter(|_| !is_remote);
    let starts = words.first().filter(|word| word.value == "cd").map(|word| ("cd", word.span));
    if let Some((word, span)) = starts.or_else(|| written.find(|(word, _)| OPERATORS.contains(word))) {
        let (word, node_name) = (word.to_owned(), node.name().to_owned());
        let words = words.iter().map(|word| word.value.clone()).collect();
        node.complain(Problem::ShellWord { word, node: node_name, words, span });
        return;
    }
    let from_placeholder = words.first().is_some_and(|word| word.starts_with('{'));
    if !from_placeholder && !reads_variables(words.iter().map(|word| word.as_str())) {
        check_variables(node);
    }
}

/// How a text with a whole command line in it is written instead, as the words of a node.
pub fn separate(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.first() == Some(&"cd") || words.iter().any(|word| OPERATORS.contains(word)) {
        return format!("a shell is a program too: `sh -c \"{text}\"`; a folder is set with `cwd`");
    }
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let quoted = |word: &str| KdlValue::String(word.to_owned()).to_string();
    let written = words.iter().map(|word| if number(word) { (*word).to_owned() } else { quoted(word) });
    format!("words stand separately: `{}`", written.collect::<Vec<_>>().join(" "))
}

/// The first variable that a shell would put in, by the form of its name (POSIX.1-2017, XBD 8.1: capitals).
pub fn variable(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let name = rest.strip_prefix('{').unwrap_or(rest);
        let end = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
        let name = &name[..end.unwrap_or(name.len())];
        let doubled = text[..at].ends_with(['$', '\\']);
        (name.starts_with(|c: char| c.is_ascii_uppercase()) && !doubled).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{reads_variables, variable};

    #[test]
    fn a_variable_is_what_a_shell_would_put_in() {
        let found =
            ["$HOME/x", "a${PORT}b", "$1 $x $$HOME \\$HOME ${{X}} $", "costs $ 5, or $A_1"].map(variable);
        assert_eq!(found, [Some("HOME"), Some("PORT"), None, Some("A_1")]);
    }

    #[test]
    fn a_shell_is_known_by_its_name_anywhere_among_the_words() {
        assert!(reads_variables(["ssh-agent", "exec", "web", "/bin/sh", "-c"].into_iter()));
        assert!(!reads_variables(["echo", "-c", "shell"].into_iter()));
    }
}
