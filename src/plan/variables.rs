//! Environment variables: the real ones, and those of the `dotenv` files behind them.

use std::path::Path;

use indexmap::IndexMap;

use crate::manifest::Problem;
use crate::manifest::project::Project;

/// The variables that a plan is built with.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// Of this process.
    real: IndexMap<String, String>,
    /// From files; only those that the environment does not set itself.
    filed: IndexMap<String, String>,
}

impl Variables {
    /// The variables of this process alone.
    pub fn real() -> Self {
        let text = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { real: text.collect(), filed: IndexMap::new() }
    }

    /// Adds the `dotenv` files of a project. A file that is not there is left out; a line that cannot be read is a
    /// problem at the place that names the file.
    pub fn with_files(mut self, project: &Project, root: &Path, problems: &mut Vec<Problem>) -> Self {
        for file in &project.dotenv {
            let path = root.join(&file.value);
            if !path.exists() {
                continue;
            }
            match dotenvy::from_path_iter(&path) {
                Ok(lines) => {
                    for line in lines {
                        match line {
                            Ok((name, value)) => self.add(name, value),
                            Err(error) => problems.push(unreadable(&path, &error, file.span)),
                        }
                    }
                }
                Err(error) => problems.push(unreadable(&path, &error, file.span)),
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
        let value = self.real.get(name).or_else(|| self.filed.get(name));
        value.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What programs get beside the environment they inherit.
    pub fn filed(&self) -> &IndexMap<String, String> {
        &self.filed
    }
}

/// The message never holds the line itself: it may be a secret.
fn unreadable(path: &Path, error: &dotenvy::Error, span: crate::span::Span) -> Problem {
    let path = path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned();
    match error {
        dotenvy::Error::LineParse(line, _) => {
            let name = line.split('=').next().unwrap_or_default().trim().to_owned();
            Problem::DotenvLine { path, name, span }
        }
        dotenvy::Error::Io(error) => {
            Problem::Unreadable { path, reason: crate::text::io_reason(error), span: Some(span) }
        }
        _ => Problem::Unreadable {
            path,
            reason: "it is not of the form NAME=value".to_owned(),
            span: Some(span),
        },
    }
}
