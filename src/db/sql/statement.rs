//! Where a statement ends: at a `;` outside parentheses and outside the body of a `BEGIN ATOMIC` function.

use std::ops::Range;

use super::token::{Kind, Mode, token};

/// How deep a statement is nested; the rule for function bodies is psql's (`psqlscan.l`, `{identifier}`).
#[derive(Clone, Debug, Default)]
pub struct Depth {
    /// Open parentheses.
    pub parentheses: usize,
    /// Open `BEGIN … END` blocks of a function's body.
    pub blocks: usize,
    words: usize,
    first: [u8; 4],
}

impl Depth {
    /// Takes the next token of a statement; true if it is the `;` that ends it.
    pub fn ends(&mut self, kind: Kind, text: &[u8]) -> bool {
        match kind {
            Kind::Open => self.parentheses += 1,
            Kind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            Kind::Word => self.word(text),
            Kind::Escaped if text.ends_with(b";") => self.words = 0,
            Kind::Semicolon if self.parentheses == 0 && self.blocks == 0 => {
                self.words = 0;
                return true;
            }
            _ => {}
        }
        false
    }

    fn word(&mut self, text: &[u8]) {
        if self.words == 0 {
            self.first = [0; 4];
        }
        let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
        if self.words < 4 && ["create", "function", "procedure", "or", "replace"].into_iter().any(is) {
            self.first[self.words] = text[0].to_ascii_lowercase();
        }
        self.words += 1;
        let routine = matches!(self.first, [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p']);
        if !routine || self.parentheses > 0 {
            return;
        }
        if is("begin") || (is("case") && self.blocks > 0) {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }
}

/// A statement of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// Its bytes, without leading blanks and comments, with its `;`.
    pub range: Range<usize>,
    /// Its first words in upper case, at most four (`CREATE INDEX CONCURRENTLY`).
    pub words: Vec<String>,
    /// The data that follows a `COPY … FROM STDIN`, without the line `\.` that ends it.
    pub data: Option<Range<usize>>,
}

/// What keeps a file from being split.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unsplit {
    /// A psql command begins at this byte.
    Meta(usize),
    /// What begins at this byte has no end: a text, a name, a comment.
    Open(usize, &'static str),
}

/// The statements of a whole file. What is only blanks and comments is no statement.
pub fn statements(text: &str) -> Result<Vec<Statement>, Unsplit> {
    let mut splitter =
        Splitter { text, depth: Depth::default(), current: None, stdin: false, found: Vec::new() };
    let bytes = text.as_bytes();
    let (mut mode, mut at, mut opened) = (Mode::default(), 0, 0);
    while at < bytes.len() {
        if mode == Mode::Initial {
            opened = at;
        }
        let (kind, end) = token(&mut mode, true, bytes, at);
        if kind == Kind::Backslash {
            return Err(Unsplit::Meta(at));
        }
        at = splitter.take(kind, at..end);
    }
    if let Some(what) = unfinished(&mode) {
        return Err(Unsplit::Open(opened, what));
    }
    let stdin = splitter.stdin;
    // A COPY that nothing follows has no data.
    let data = stdin.then_some(text.len()..text.len());
    splitter.found.extend(splitter.current.map(|last| Statement { data, ..last }));
    Ok(splitter.found)
}

struct Splitter<'a> {
    text: &'a str,
    depth: Depth,
    current: Option<Statement>,
    /// The words `FROM STDIN` were seen outside of parentheses.
    stdin: bool,
    found: Vec<Statement>,
}

impl Splitter<'_> {
    /// Takes a token; gives where the next one begins.
    fn take(&mut self, kind: Kind, range: Range<usize>) -> usize {
        let token = &self.text.as_bytes()[range.clone()];
        let end = range.end;
        if !matches!(kind, Kind::Space | Kind::Comment) {
            let fresh = || Statement { range: range.clone(), words: Vec::new(), data: None };
            let statement = self.current.get_or_insert_with(fresh);
            statement.range.end = end;
            if kind == Kind::Word {
                let word = String::from_utf8_lossy(token).to_uppercase();
                let copy = statement.words.first().is_some_and(|first| first == "COPY");
                self.stdin |= copy && word == "STDIN" && self.depth.parentheses == 0;
                if statement.words.len() < 4 {
                    statement.words.push(word);
                }
            }
        }
        if self.depth.ends(kind, token) { self.end(end) } else { end }
    }

    /// A statement ends here; data may follow it from the next line on.
    fn end(&mut self, end: usize) -> usize {
        self.depth = Depth::default();
        let stdin = std::mem::take(&mut self.stdin);
        let Some(mut statement) = self.current.take() else { return end };
        if &self.text[statement.range.clone()] == ";" {
            return end;
        }
        let mut next = end;
        if stdin {
            let rest = &self.text[end..];
            let start = end + rest.find('\n').map_or(rest.len(), |line| line + 1);
            let mut stop = start;
            next = self.text.len();
            for line in self.text[start..].split_inclusive('\n') {
                if line.trim_end_matches(['\n', '\r']) == "\\." {
                    next = stop + line.len();
                    break;
                }
                stop += line.len();
            }
            statement.data = Some(start..stop);
        }
        self.found.push(statement);
        next
    }
}

fn unfinished(mode: &Mode) -> Option<&'static str> {
    match mode {
        Mode::Initial | Mode::Stop(_) => None,
        Mode::Quote(_) => Some("text in quotes"),
        Mode::Name => Some("quoted name"),
        Mode::Dollar(_) => Some("dollar-quoted text"),
        Mode::Comment(_) => Some("comment"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Unsplit, statements};

    fn split(text: &str) -> Vec<&str> {
        statements(text).unwrap_or_default().into_iter().map(|statement| &text[statement.range]).collect()
    }

    #[test]
    fn a_semicolon_ends_a_statement_only_outside_of_everything() {
        let text =
            "select ';', \"a;b\", $$;$$, $x$ $$;$x$ /* ; /* ; */ ; */ -- ;\n, (1;2); ;; select e'\\';', 2";
        assert_eq!(
            split(text),
            ["select ';', \"a;b\", $$;$$, $x$ $$;$x$ /* ; /* ; */ ; */ -- ;\n, (1;2);", "select e'\\';', 2"]
        );
    }

    #[test]
    fn the_body_of_an_atomic_function_is_one_statement() {
        let body =
            "create or replace function f() returns int begin atomic select case when true then 1 end; end;";
        assert_eq!(split(&format!("{body} begin; end;")), [body, "begin;", "end;"]);
    }

    #[test]
    fn a_text_may_go_on_on_the_next_line_in_its_own_kind() {
        assert_eq!(
            split("select e'a' -- note\n  '\\';'; select 2;"),
            ["select e'a' -- note\n  '\\';';", "select 2;"]
        );
        assert_eq!(split("select 'a' '\\'; select 2;"), ["select 'a' '\\';", "select 2;"]);
    }

    #[test]
    fn operators_do_not_swallow_comments() {
        assert_eq!(split("select 1 +-- ;\n 2 */* ; */ 3;"), ["select 1 +-- ;\n 2 */* ; */ 3;"]);
    }

    #[test]
    fn data_of_a_copy_is_no_sql() {
        let text = "copy t (a) from stdin;\n1\t';\n\\.\nselect 1;";
        let found = statements(text).unwrap_or_default();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].data.clone().map(|data| &text[data]), Some("1\t';\n"));
        assert_eq!(&text[found[1].range.clone()], "select 1;");
        let found = statements("copy t from stdin").unwrap_or_default();
        assert_eq!(found.first().and_then(|copy| copy.data.clone()), Some(17..17));
    }

    #[test]
    fn what_cannot_be_split_is_told_with_its_place() {
        assert_eq!(statements("select 1;\n\\d x"), Err(Unsplit::Meta(10)));
        assert_eq!(statements("select 1; select 'abc;"), Err(Unsplit::Open(17, "text in quotes")));
        assert_eq!(statements("/* /* */"), Err(Unsplit::Open(0, "comment")));
        assert_eq!(statements("do $x$ $$"), Err(Unsplit::Open(3, "dollar-quoted text")));
    }
}
