//! Environment variables: the real ones, and those of the `dotenv` files behind them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;

use crate::manifest::Problem;
use crate::manifest::project::Project;
use crate::masked::Masked;
use crate::span::{Span, Spanned};

/// The variables that a plan is built with.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// Of this process.
    real: IndexMap<String, String>,
    /// Those of this process whose values are no text.
    odd: HashSet<String>,
    /// Those among them that were asked for.
    asked: RefCell<BTreeSet<String>>,
    /// From files; only those that the environment does not set itself.
    filed: IndexMap<String, String>,
    choices: Choices,
    answers: Answers,
    /// Plans are only shown: programs that tell values are not asked.
    shown: bool,
}

/// Which choice of a value works on this machine, by the place of the value.
pub type Choices = RefCell<HashMap<Span, Option<usize>>>;

/// What programs told, by the place of the value.
pub type Answers = RefCell<HashMap<Span, Masked>>;

impl Variables {
    /// The variables of this process alone.
    pub fn real() -> Self {
        let mut all = Self::default();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => drop(all.real.insert(name, value)),
                (Ok(name), Err(_)) => drop(all.odd.insert(name)),
                // No manifest can name it.
                (Err(_), _) => {}
            }
        }
        all
    }

    /// A problem for each variable that was asked for and is no text, which a default must not hide.
    pub fn problems(&self, span: Span) -> Vec<Problem> {
        let expected = || "text in UTF-8".to_owned();
        let problem = |variable: &String| Problem::BadVariable {
            variable: variable.clone(),
            expected: expected(),
            span,
        };
        self.asked.borrow().iter().map(problem).collect()
    }

    /// Adds the `dotenv` files of a project. A file that is not there is left out; a line that cannot be read is a
    /// problem at the place that names the file.
    pub fn with_files(mut self, project: &Project, root: &Path, problems: &mut Vec<Problem>) -> Self {
        for file in &project.dotenv {
            let path = root.join(&file.value);
            if !path.exists() {
                continue;
            }
            match read(&path) {
                Ok(text) => {
                    for line in dotenvy::from_read_iter(text.as_slice()) {
                        match line {
                            Ok((name, value)) => self.add(name, value),
                            Err(error) => problems.push(unreadable(file, &error)),
                        }
                    }
                }
                Err(error) => problems.push(unreadable(file, &dotenvy::Error::Io(error))),
            }
        }
        self
    }

    fn add(&mut self, name: String, value: String) {
        if !self.real.contains_key(&name) && !self.filed.contains_key(&name) {
            self.filed.insert(name, value);
        }
    }

    /// The value of a variable; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        if self.odd.contains(name) {
            self.asked.borrow_mut().insert(name.to_owned());
            return None;
        }
        let value = self.real.get(name).or_else(|| self.filed.get(name));
        value.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What was found out about the machine so far.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// For plans that are only shown: no program is asked for a value.
    pub fn only_shown(self, shown: bool) -> Self {
        Self { shown, ..self }
    }

    /// What programs told so far; `None` where none is to be asked.
    pub fn answers(&self) -> Option<&Answers> {
        (!self.shown).then_some(&self.answers)
    }

    /// What programs get beside the environment they inherit.
    pub fn filed(&self) -> &IndexMap<String, String> {
        &self.filed
    }
}

/// The file without the byte order mark that editors on Windows put in front.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    crate::text::regular(path)?;
    let bytes = std::fs::read(path)?;
    Ok(bytes.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(bytes))
}

/// The message never holds the line itself: it may be a secret.
fn unreadable(file: &Spanned<String>, error: &dotenvy::Error) -> Problem {
    let (path, span) = (file.value.clone(), file.span);
    let reason = match error {
        dotenvy::Error::LineParse(line, _) => {
            let name = line.split('=').next().unwrap_or_default().trim().to_owned();
            return Problem::DotenvLine { path, name, span };
        }
        dotenvy::Error::Io(error) => crate::text::io_reason(error),
        _ => "it is not of the form NAME=value".to_owned(),
    };
    Problem::Unreadable { path, reason, span: Some(span) }
}
