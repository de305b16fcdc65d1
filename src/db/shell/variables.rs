//! psql's variables, and the settings that some of them are.

use std::collections::BTreeMap;
use std::process::Command;

use crate::db::sql::scan;

/// `VERBOSITY`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Verbosity {
    #[default]
    Default,
    Verbose,
    Terse,
    Sqlstate,
}

/// `SHOW_CONTEXT`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Context {
    Never,
    #[default]
    Errors,
    Always,
}

/// `ECHO`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Echo {
    #[default]
    None,
    Errors,
    Queries,
    All,
}

/// What a special variable takes.
enum Rule {
    Boolean,
    Number {
        unset: &'static str,
    },
    Choice {
        unset: &'static str,
        choices: &'static str,
    },
    /// `on`, `off`, or this word.
    Switch {
        word: &'static str,
    },
    Text,
}

/// The special variables (`EstablishVariableSpace` in psql's `startup.c`).
const SPECIAL: &[(&str, Rule)] = &[
    ("AUTOCOMMIT", Rule::Boolean),
    ("ON_ERROR_STOP", Rule::Boolean),
    ("QUIET", Rule::Boolean),
    ("SINGLELINE", Rule::Boolean),
    ("SINGLESTEP", Rule::Boolean),
    ("FETCH_COUNT", Rule::Number { unset: "0" }),
    ("HISTFILE", Rule::Text),
    ("HISTSIZE", Rule::Number { unset: "500" }),
    ("IGNOREEOF", Rule::Number { unset: "0" }),
    ("ECHO", Rule::Choice { unset: "none", choices: "none, errors, queries, all" }),
    ("ECHO_HIDDEN", Rule::Switch { word: "noexec" }),
    ("ON_ERROR_ROLLBACK", Rule::Switch { word: "interactive" }),
    (
        "COMP_KEYWORD_CASE",
        Rule::Choice { unset: "preserve-upper", choices: "lower, upper, preserve-lower, preserve-upper" },
    ),
    ("HISTCONTROL", Rule::Choice { unset: "none", choices: "none, ignorespace, ignoredups, ignoreboth" }),
    ("PROMPT1", Rule::Text),
    ("PROMPT2", Rule::Text),
    ("PROMPT3", Rule::Text),
    ("VERBOSITY", Rule::Choice { unset: "default", choices: "default, verbose, terse, sqlstate" }),
    ("SHOW_ALL_RESULTS", Rule::Boolean),
    ("SHOW_CONTEXT", Rule::Choice { unset: "errors", choices: "never, errors, always" }),
    ("HIDE_TOAST_COMPRESSION", Rule::Boolean),
    ("HIDE_TABLEAM", Rule::Boolean),
];

/// Names and values.
pub(super) struct Variables {
    values: BTreeMap<String, String>,
    /// `\setenv`: what is laid over the environment of the commands that are run.
    pub(super) environment: BTreeMap<String, Option<String>>,
}

impl scan::Variables for Variables {
    fn value(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }
}

impl Variables {
    /// The variables as they are at the start.
    pub(super) fn new() -> Self {
        let mut variables = Self { values: BTreeMap::new(), environment: BTreeMap::new() };
        for (name, rule) in SPECIAL {
            let initial = match rule {
                Rule::Boolean | Rule::Switch { .. } => "off",
                Rule::Number { unset } | Rule::Choice { unset, .. } => unset,
                Rule::Text => continue,
            };
            variables.put(name, initial);
        }
        let given = [
            ("AUTOCOMMIT", "on"),
            ("SHOW_ALL_RESULTS", "on"),
            ("PROMPT1", "%/%R%x%# "),
            ("PROMPT2", "%/%R%x%# "),
            ("PROMPT3", ">> "),
            ("LAST_ERROR_MESSAGE", ""),
            ("LAST_ERROR_SQLSTATE", "00000"),
            ("VERSION", concat!("gladys ", env!("CARGO_PKG_VERSION"))),
            ("VERSION_NAME", "15.18"),
            ("VERSION_NUM", "150018"),
        ];
        for (name, value) in given {
            variables.put(name, value);
        }
        variables
    }

    /// Sets a variable without looking at what it means.
    pub(super) fn put(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// A variable of the environment, as `\setenv` has left it.
    pub(super) fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned().unwrap_or_else(|| std::env::var(name).ok())
    }

    /// Gives a command the environment that `\setenv` has made.
    pub(super) fn surround<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Every variable with its value.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether a switch is on.
    pub(super) fn on(&self, name: &str) -> bool {
        boolean(self.text(name)).unwrap_or(false)
    }

    /// The value of a number.
    pub(super) fn number(&self, name: &str) -> usize {
        self.text(name).parse().unwrap_or(0)
    }

    /// `VERBOSITY`
    pub(super) fn verbosity(&self) -> Verbosity {
        match self.text("VERBOSITY").to_ascii_lowercase().as_str() {
            "verbose" => Verbosity::Verbose,
            "terse" => Verbosity::Terse,
            "sqlstate" => Verbosity::Sqlstate,
            _ => Verbosity::Default,
        }
    }

    /// `SHOW_CONTEXT`
    pub(super) fn context(&self) -> Context {
        match self.text("SHOW_CONTEXT").to_ascii_lowercase().as_str() {
            "never" => Context::Never,
            "always" => Context::Always,
            _ => Context::Errors,
        }
    }

    /// `ECHO`
    pub(super) fn echo(&self) -> Echo {
        match self.text("ECHO").to_ascii_lowercase().as_str() {
            "errors" => Echo::Errors,
            "queries" => Echo::Queries,
            "all" => Echo::All,
            _ => Echo::None,
        }
    }

    /// Whether psql gives this name a meaning.
    pub(super) fn is_special(name: &str) -> bool {
        SPECIAL.iter().any(|(special, _)| *special == name)
    }

    /// Sets or unsets a variable; the error is psql's words.
    pub(super) fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let plain =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii());
        if !plain {
            // Unsetting what cannot be there is no error.
            return if value.is_none() { Ok(()) } else { Err(format!("invalid variable name: \"{name}\"")) };
        }
        let rule = SPECIAL.iter().find(|(special, _)| *special == name).map(|(_, rule)| rule);
        let checked = match rule {
            None | Some(Rule::Text) => value.map(str::to_owned),
            Some(rule) => Some(check(name, rule, value)?),
        };
        match checked {
            Some(value) => self.put(name, &value),
            None => drop(self.values.remove(name)),
        }
        Ok(())
    }
}

/// The values that a variable takes.
pub(super) fn choices(name: &str) -> Vec<&'static str> {
    match SPECIAL.iter().find(|(special, _)| *special == name) {
        Some((_, Rule::Choice { choices, .. })) => choices.split(", ").collect(),
        Some((_, Rule::Switch { word })) => vec!["on", "off", word],
        _ => vec!["on", "off"],
    }
}

fn check(name: &str, rule: &Rule, value: Option<&str>) -> Result<String, String> {
    let unrecognized = |value: &str| format!("unrecognized value \"{value}\" for \"{name}\"");
    match rule {
        Rule::Boolean => match value {
            None => Ok("off".to_owned()),
            Some("") => Ok("on".to_owned()),
            Some(value) if boolean(value).is_some() => Ok(value.to_owned()),
            Some(value) => Err(format!("{}: Boolean expected", unrecognized(value))),
        },
        Rule::Number { unset } => match value {
            None => Ok((*unset).to_owned()),
            Some(value) if value.trim().parse::<i32>().is_ok() => Ok(value.to_owned()),
            Some(_) if name == "IGNOREEOF" => Ok("10".to_owned()),
            Some(value) => Err(format!("invalid value \"{value}\" for \"{name}\": integer expected")),
        },
        Rule::Choice { unset, choices } => match value {
            None => Ok((*unset).to_owned()),
            Some(value) if choices.split(", ").any(|choice| choice.eq_ignore_ascii_case(value)) => {
                Ok(value.to_owned())
            }
            Some(value) => Err(format!("{}\nAvailable values are: {choices}.", unrecognized(value))),
        },
        Rule::Switch { word } => match value {
            None => Ok("off".to_owned()),
            Some("") => Ok("on".to_owned()),
            Some(value) if value.eq_ignore_ascii_case(word) || boolean(value).is_some() => {
                Ok(value.to_owned())
            }
            Some(value) => Err(format!("{}\nAvailable values are: on, off, {word}.", unrecognized(value))),
        },
        Rule::Text => Ok(value.unwrap_or_default().to_owned()),
    }
}

/// `on`, `off`, `true`, `false`, `yes`, `no`, `1`, `0`, and what begins them (`ParseVariableBool`).
pub(super) fn boolean(value: &str) -> Option<bool> {
    let lower = value.to_ascii_lowercase();
    let begins = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    match lower.as_str() {
        "on" | "1" => Some(true),
        "of" | "off" | "0" => Some(false),
        _ if begins("true") || begins("yes") => Some(true),
        _ if begins("false") || begins("no") => Some(false),
        _ => None,
    }
}
