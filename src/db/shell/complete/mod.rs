//! What Tab completes: keywords, what is in the database, psql's own commands, variables and settings.
//!
//! [`commands`] and [`words`] have what is always there, [`names`] what a second connection finds in the database.

pub mod commands;
pub mod names;
pub mod words;

use std::sync::Arc;

use names::Names;

use super::pset;
use crate::db::sql::token::{Kind, Mode, token};

/// What is known when a line is typed.
#[derive(Clone, Default)]
pub struct Known {
    /// The lines of the statement before this one.
    pub before: String,
    /// psql's variables.
    pub variables: Vec<String>,
    /// What is in the database, as far as it has been read.
    pub names: Arc<Names>,
    /// `COMP_KEYWORD_CASE`
    pub case: String,
    /// The words of the server's SQL commands (`ALTER TABLE`), for `\h`.
    pub topics: Arc<Vec<String>>,
}

/// What may stand at a place of the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// One of these texts, from this byte of the line on.
    Words(usize, Vec<String>),
    /// The name of a file, from this byte on.
    File(usize),
}

impl Known {
    /// What the word that ends at byte `at` of `line` may become.
    pub fn choices(&self, line: &str, at: usize) -> Choice {
        let typed = &line[..at];
        let start = word_start(typed);
        let word = &typed[start..];
        if let Some(command) = backslash(typed) {
            return self.after_backslash(command, start, word);
        }
        if let Some((colon, name)) = variable(typed) {
            return Choice::Words(colon, matching(self.variables.iter().map(String::as_str), name));
        }
        let text = format!("{}\n{}", self.before, &typed[..start]);
        let Some(words) = before(&text) else { return Choice::Words(start, Vec::new()) };
        Choice::Words(start, self.in_statement(&words, word, &format!("{}\n{line}", self.before)))
    }

    fn in_statement(&self, words: &[String], word: &str, statement: &str) -> Vec<String> {
        let last = words.last().map_or("", String::as_str);
        let first = words.first().map_or("", String::as_str);
        if let Some((owner, part)) = word.rsplit_once('.') {
            return self.names.members(owner, part, statement);
        }
        match (first, last) {
            ("", _) => self.keywords(words::STARTS, word),
            ("SET" | "RESET" | "SHOW", "SET" | "RESET" | "SHOW" | "LOCAL" | "SESSION") => {
                let mut found = matching(self.names.settings.iter().map(|(name, _)| name.as_str()), word);
                found
                    .extend(self.keywords(&["LOCAL", "SESSION", "ROLE", "TRANSACTION", "ALL", "TIME"], word));
                found
            }
            ("SET", "TO" | "=") => self.values(words, word),
            (_, "SCHEMA") => matching(self.names.schemas.iter().map(String::as_str), word),
            (_, "DATABASE") => matching(self.names.databases.iter().map(String::as_str), word),
            (_, "ROLE" | "USER" | "OWNER" | "GRANTED") => {
                matching(self.names.roles.iter().map(String::as_str), word)
            }
            (_, "EXTENSION") => matching(self.names.extensions.iter().map(String::as_str), word),
            (_, "INDEX") => self.names.indexes(word),
            (_, "FUNCTION" | "PROCEDURE" | "ROUTINE" | "CALL") => self.names.functions(word),
            (
                _,
                "FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE" | "ONLY" | "TRUNCATE" | "COPY" | "VIEW"
                | "ANALYZE" | "VACUUM" | "REFERENCES" | "SEQUENCE" | "LOCK" | "CLUSTER" | "MERGE",
            ) => {
                let mut found = self.names.relations(word);
                let more =
                    ["IF", "EXISTS", "NOT", "ONLY", "SELECT", "STDIN", "LATERAL", "CONCURRENTLY", "VERBOSE"];
                found.extend(self.keywords(&more, word).into_iter().filter(|_| !word.is_empty()));
                found
            }
            ("CREATE" | "DROP" | "ALTER" | "COMMENT" | "SECURITY", _)
                if words.len() == 1 || last == "ON" && first == "COMMENT" =>
            {
                self.keywords(words::OBJECTS, word)
            }
            _ => {
                let mut found = self.names.columns(word, statement);
                found.extend(self.keywords(words::KEYWORDS, word));
                found.extend(self.names.functions(word).into_iter().filter(|_| !word.is_empty()));
                found.extend(self.names.relations(word).into_iter().filter(|_| !word.is_empty()));
                found.dedup();
                found
            }
        }
    }

    /// The values that the setting of a `SET name TO` takes.
    fn values(&self, words: &[String], word: &str) -> Vec<String> {
        let name = words.iter().rev().nth(1).map(|name| name.to_lowercase()).unwrap_or_default();
        let found = self.names.settings.iter().find(|(known, _)| *known == name);
        let values = found.map(|(_, values)| values.clone()).unwrap_or_default();
        matching(values.iter().map(String::as_str).chain(["DEFAULT"]), word)
    }

    /// Keywords in the case that `COMP_KEYWORD_CASE` asks for.
    fn keywords(&self, keywords: &[&str], word: &str) -> Vec<String> {
        let lower = match self.case.as_str() {
            "lower" => true,
            "preserve-lower" => !word.starts_with(char::is_uppercase),
            "upper" => false,
            _ => word.starts_with(char::is_lowercase),
        };
        let fits = |keyword: &&&str| {
            keyword.len() >= word.len()
                && keyword.is_char_boundary(word.len())
                && keyword[..word.len()].eq_ignore_ascii_case(word)
        };
        let written =
            |keyword: &&str| if lower { keyword.to_ascii_lowercase() } else { (*keyword).to_owned() };
        keywords.iter().filter(fits).map(written).collect()
    }

    /// What follows a backslash: the command itself, or its words.
    fn after_backslash(&self, command: &str, start: usize, word: &str) -> Choice {
        let Some((name, rest)) = command.split_once(char::is_whitespace) else {
            let commands = commands::COMMANDS.iter().map(|name| format!("\\{name}"));
            return Choice::Words(start, commands.filter(|name| name.starts_with(word)).collect());
        };
        let strings = |list: &[String]| matching(list.iter().map(String::as_str), word);
        let place = rest.split_whitespace().count() - usize::from(!word.is_empty());
        let found = match (name, place) {
            ("c" | "connect", 0) => strings(&self.names.databases),
            ("c" | "connect", 1) | ("password" | "du" | "dg" | "du+" | "dg+", 0) => {
                strings(&self.names.roles)
            }
            ("h" | "help", _) => {
                let topic = rest.trim_start().to_uppercase();
                let skip = topic.rfind(' ').map_or(0, |space| space + 1);
                let fits = self.topics.iter().filter(|known| known.starts_with(&topic));
                fits.map(|known| known[skip..].to_owned()).collect()
            }
            ("set" | "unset" | "prompt" | "echo" | "getenv", 0) => strings(&self.variables),
            ("set", 1) => commands::values(rest.split_whitespace().next().unwrap_or_default(), word),
            ("pset", 0) => matching(pset::NAMES.iter().copied(), word),
            ("pset", 1) => commands::values(rest.split_whitespace().next().unwrap_or_default(), word),
            ("x" | "t" | "timing", 0) => matching(["on", "off", "auto"].into_iter(), word),
            (
                "i" | "include" | "ir" | "include_relative" | "o" | "out" | "w" | "write" | "cd" | "e"
                | "edit" | "g" | "gx" | "s" | "lo_import",
                _,
            )
            | ("copy", 2..) => return Choice::File(start),
            (name, 0) if name.starts_with("dn") => strings(&self.names.schemas),
            (name, 0) if name.starts_with("dx") => strings(&self.names.extensions),
            (name, 0) if name.starts_with("dconfig") => {
                matching(self.names.settings.iter().map(|(name, _)| name.as_str()), word)
            }
            (name, 0) if name.starts_with("df") || name.starts_with("sf") || name.starts_with("ef") => {
                self.names.functions(word)
            }
            (name, 0) if name.starts_with("di") => self.names.indexes(word),
            (name, 0) if name.starts_with('l') => strings(&self.names.databases),
            (name, 0) if name.starts_with(['d', 'z', 's', 'e']) || name == "copy" => {
                match word.rsplit_once('.') {
                    Some((owner, part)) => self.names.members(owner, part, ""),
                    None => self.names.relations(word),
                }
            }
            _ => Vec::new(),
        };
        Choice::Words(start, found)
    }
}

/// Those that begin as the word does, whatever its case.
fn matching<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    names.filter(|name| name.to_lowercase().starts_with(&lower)).map(str::to_owned).collect()
}

/// Where the word begins that the text ends with.
fn word_start(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || "(),;=<>+-*/'".contains(c);
    text.rfind(ends).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))
}

/// The command with a backslash that the line is in the middle of, without the backslash.
fn backslash(line: &str) -> Option<&str> {
    let (mut mode, mut at) = (Mode::default(), 0);
    while at < line.len() {
        let (kind, end) = token(&mut mode, true, line.as_bytes(), at);
        if kind == Kind::Backslash {
            return Some(&line[end..]);
        }
        at = end;
    }
    None
}

/// The `:name` that the line ends with: where its name begins, and the name.
fn variable(line: &str) -> Option<(usize, &str)> {
    let name = line.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let quoted = line[..name].trim_end_matches(['\'', '"']);
    let colon = quoted.strip_suffix(':').filter(|before| !before.ends_with(':'));
    colon.map(|_| (name, &line[name..]))
}

/// The words of the statement that a text ends in, in upper case; nothing inside a text or a comment.
fn before(text: &str) -> Option<Vec<String>> {
    let (mut mode, mut at, mut words) = (Mode::default(), 0, Vec::new());
    while at < text.len() {
        let (kind, end) = token(&mut mode, true, text.as_bytes(), at);
        match kind {
            Kind::Semicolon => words.clear(),
            Kind::Space | Kind::Comment => {}
            _ => words.push(text.get(at..end).unwrap_or_default().to_uppercase()),
        }
        at = end;
    }
    matches!(mode, Mode::Initial | Mode::Stop(_)).then_some(words)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::names::{Names, Relation};
    use super::{Choice, Known};

    fn known() -> Known {
        let relation = |schema: &str, name: &str, columns: &[&str]| Relation {
            schema: schema.to_owned(),
            name: name.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            visible: schema == "public",
            index: false,
        };
        let names = Names {
            schemas: vec!["public".to_owned(), "stock".to_owned()],
            relations: vec![
                relation("public", "fruit", &["id", "name"]),
                relation("stock", "Shelf", &["place"]),
            ],
            functions: vec![("public".to_owned(), "ripen".to_owned(), true)],
            databases: vec!["shop".to_owned()],
            roles: vec!["me".to_owned()],
            settings: vec![
                ("work_mem".to_owned(), vec![]),
                ("xmloption".to_owned(), vec!["content".to_owned()]),
            ],
            extensions: vec![],
        };
        Known {
            variables: vec!["AUTOCOMMIT".to_owned()],
            names: Arc::new(names),
            topics: Arc::new(vec!["ALTER TABLE".to_owned(), "ALTER TYPE".to_owned()]),
            ..Known::default()
        }
    }

    fn found(line: &str) -> Vec<String> {
        match known().choices(line, line.len()) {
            Choice::Words(_, words) => words,
            Choice::File(at) => vec![format!("file from {at}")],
        }
    }

    #[test]
    fn a_statement_is_completed_by_what_may_stand_there() {
        assert_eq!(found("sel"), ["select"]);
        assert_eq!(found("SEL"), ["SELECT"]);
        assert_eq!(found("select * from fr"), ["fruit"]);
        assert_eq!(found("select * from stock."), ["stock.\"Shelf\""]);
        assert_eq!(found("select f.na from fruit f where f.n"), ["f.name"]);
        assert_eq!(found("update fruit set nam"), ["name"]);
        assert_eq!(found("select rip"), ["ripen("]);
        assert_eq!(found("set work"), ["work_mem"]);
        assert_eq!(found("set xmloption to c"), ["content"]);
        assert_eq!(found("select 'sel"), [""; 0]);
        assert_eq!(found("select :AUTO"), ["AUTOCOMMIT"]);
        assert_eq!(found("select :'AUTO"), ["AUTOCOMMIT"]);
    }

    #[test]
    fn a_command_is_completed_by_its_words() {
        assert_eq!(found("\\conni"), ["\\conninfo"]);
        assert_eq!(found("\\d fr"), ["fruit"]);
        assert_eq!(found("\\c s"), ["shop"]);
        assert_eq!(found("\\h alter t"), ["TABLE", "TYPE"]);
        assert_eq!(found("\\pset bord"), ["border"]);
        assert_eq!(found("\\pset format unal"), ["unaligned"]);
        assert_eq!(found("\\i fi"), ["file from 3"]);
    }
}
