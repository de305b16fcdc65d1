//! From a command of a Procfile, which is meant for a shell, to words
//! (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02>).

use crate::import::error::Fault;
use crate::import::write::literal;
use crate::span::Span;

/// What is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Program {
    /// A program and its words, as templates of a manifest: `$PORT` is `{port}`.
    Words {
        /// Variables in front of it.
        env: Vec<(String, String)>,
        /// The program and its words.
        words: Vec<String>,
    },
    /// A command that only a shell can run, and what in it needs one.
    Shell {
        /// What needs it.
        why: String,
    },
}

impl Program {
    /// Whether its port is among its words.
    pub fn names_port(&self, command: &str) -> bool {
        match self {
            Self::Words { env, words } => {
                env.iter().map(|(_, text)| text).chain(words).any(|word| word.contains("{port}"))
            }
            Self::Shell { .. } => command.contains("$PORT") || command.contains("${PORT"),
        }
    }
}

/// Reads a command that stands at `span`.
pub fn read(command: &str, span: Span) -> Result<Program, Fault> {
    let mut words = match split(command) {
        Ok(words) => words,
        Err(Stop::Shell(why)) => return Ok(Program::Shell { why }),
        Err(Stop::Unclosed(at)) => {
            let message = "this quote is not closed".to_owned();
            let help = "close it, as a shell would want it too";
            let span = Span { offset: span.offset + at, len: 1, ..span };
            return Err(Fault::Syntax { message, label: "opened here", help, span });
        }
    };
    let assignments = words.iter().take_while(|(_, name)| name.is_some()).count();
    let rest: Vec<String> = words.split_off(assignments).into_iter().map(|(word, _)| word).collect();
    if rest.is_empty() {
        return Ok(Program::Shell { why: "a command without a program".to_owned() });
    }
    let env = words.into_iter().filter_map(|(word, name)| {
        let name = name?;
        Some((name.clone(), word[name.len() + 1..].to_owned()))
    });
    Ok(Program::Words { env: env.collect(), words: rest })
}

/// Why a command is not split into words.
enum Stop {
    Shell(String),
    Unclosed(usize),
}

/// Every word as a template, with the variable's name if it could be an assignment.
fn split(command: &str) -> Result<Vec<(String, Option<String>)>, Stop> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut assigns: Option<String> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let at = command.len() - rest.len();
        rest = &rest[c.len_utf8()..];
        let text = word.get_or_insert_default();
        match (quote.map(|(quote, _)| quote), c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => text.push_str(&literal(&c.to_string())),
            (_, '$') => rest = text_of_port(rest, text)?,
            (_, '`') => return Err(Stop::Shell("a command in backquotes".to_owned())),
            (Some(_), '\\') => match rest.chars().next().filter(|c| "\"\\$`".contains(*c)) {
                Some(escaped) => {
                    text.push(escaped);
                    rest = &rest[1..];
                }
                None => text.push('\\'),
            },
            (Some(_), _) => text.push_str(&literal(&c.to_string())),
            (None, '\'' | '"') => quote = Some((c, at)),
            (None, '\\') => {
                let escaped = rest.chars().next();
                text.extend(escaped.map(|c| literal(&c.to_string())));
                rest = &rest[escaped.map_or(0, char::len_utf8)..];
            }
            (None, ' ' | '\t') => {
                words.extend(
                    word.take()
                        .filter(|_| at > 0 && !command[..at].ends_with([' ', '\t']))
                        .map(|word| (word, assigns.take())),
                );
            }
            (None, '=') => {
                assigns = assigns.or_else(|| is_name(text).then(|| text.clone()));
                text.push('=');
            }
            (None, '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '{' | '}' | '!') => {
                return Err(Stop::Shell(format!("`{c}`")));
            }
            (None, '#' | '~') if text.is_empty() => return Err(Stop::Shell(format!("`{c}`"))),
            (None, _) => text.push(c),
        }
    }
    if let Some((_, at)) = quote {
        return Err(Stop::Unclosed(at));
    }
    words.extend(word.filter(|_| !command.ends_with([' ', '\t'])).map(|word| (word, assigns)));
    Ok(words)
}

/// Behind a `$`: `PORT` and `{PORT}` are known; anything else is for a shell. Returns what follows.
fn text_of_port<'a>(rest: &'a str, text: &mut String) -> Result<&'a str, Stop> {
    let bare =
        rest.strip_prefix("PORT").filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    if let Some(rest) = rest.strip_prefix("{PORT}").or(bare) {
        text.push_str("{port}");
        return Ok(rest);
    }
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "_{".contains(*c)).collect();
    Err(Stop::Shell(format!("`${}`", name.trim_start_matches('{'))))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
