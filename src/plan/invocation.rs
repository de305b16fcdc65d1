//! From words to a program that can be run: found, with its folder and variables.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::scope::Scope;
use crate::manifest::Problem;
use crate::manifest::action::Words;
use crate::manifest::shell;
use crate::manifest::template::Template;
use crate::masked::Masked;
use crate::process::Invocation;
use crate::span::{Span, Spanned};

/// Whether the program must be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is looked for now, with what it reads, and its absence is a problem.
    Required,
    /// An earlier step makes it: a path is taken as it is.
    Made,
}

/// Resolves the words of an action; `None` when something is wrong, which has been noted.
pub fn of_words(scope: Scope<'_>, words: &Words, presence: Presence) -> Option<Invocation> {
    let missing =
        words.reads.iter().filter(|file| presence == Presence::Required && !is_there(scope, file)).count();
    let invocation = resolve(scope, &words.program, words.cwd.as_ref(), &words.env, presence);
    invocation.filter(|_| missing == 0)
}

/// Whether a file that a program reads is there; that it is not has been noted.
fn is_there(scope: Scope<'_>, file: &Template) -> bool {
    let word = scope.word(file);
    let there = word.reveal().is_empty() || scope.world.absolute(word.reveal()).is_file();
    if !there {
        scope.world.complain(Problem::MissingFile { path: word.to_string(), span: file.span });
    }
    there
}

/// Resolves a program with its folder and variables.
pub fn resolve(
    scope: Scope<'_>,
    words: &[Template],
    cwd: Option<&Template>,
    env: &[(Spanned<String>, Template)],
    presence: Presence,
) -> Option<Invocation> {
    let cwd = folder(scope, cwd);
    if words.first().is_some_and(|word| scope.lacks_choice(word)) {
        return None;
    }
    let mut expanded = scope.words(words).into_iter();
    let (program, span) = expanded.next()?;
    let mut args = Vec::new();
    for (arg, span) in expanded {
        if arg.is_secret() {
            scope.world.complain(Problem::SecretArgument { span });
        }
        args.push(arg.reveal().to_owned());
    }
    let env = variables(scope, env);
    // A folder that is not there is no reason to say nothing about a program that is looked for elsewhere.
    let beside = cwd.as_ref().or_else(|| Some(&scope.world.root).filter(|_| !program.reveal().contains('/')));
    let program = find(scope, program.reveal(), span, beside?, presence)?;
    Some(Invocation { program, args, cwd: cwd?, env })
}

fn folder(scope: Scope<'_>, cwd: Option<&Template>) -> Option<PathBuf> {
    let Some(template) = cwd else { return Some(scope.world.root.clone()) };
    let word = scope.word(template);
    let path = scope.world.absolute(word.reveal());
    if path.is_dir() {
        return Some(path);
    }
    if !word.reveal().is_empty() {
        scope.world.complain(Problem::MissingFolder { path: word.to_string(), span: template.span });
    }
    None
}

/// The variables of the `dotenv` files, overlaid with those of the profile and of the action.
fn variables(scope: Scope<'_>, env: &[(Spanned<String>, Template)]) -> IndexMap<String, Masked> {
    let filed = scope.world.variables.filed().iter();
    let mut all: IndexMap<String, Masked> =
        filed.map(|(name, value)| (name.clone(), Masked::secret(value.as_str()))).collect();
    let general = &scope.home().env;
    all.extend(general.iter().chain(env).map(|(name, value)| (name.value.clone(), scope.word(value))));
    all
}

fn find(scope: Scope<'_>, program: &str, span: Span, cwd: &Path, presence: Presence) -> Option<PathBuf> {
    if program.is_empty() {
        return None;
    }
    if presence == Presence::Made && program.contains('/') {
        return Some(cwd.join(program));
    }
    let path = scope.world.variables.get("PATH");
    which::which_in(program, path, cwd).ok().or_else(|| {
        scope.world.complain(not_found(program.to_owned(), cwd, span));
        None
    })
}

/// Why there is nothing to execute: what stands there cannot be, or nothing does.
fn not_found(program: String, cwd: &Path, span: Span) -> Problem {
    let there = cwd.join(&program);
    if program.contains('/') && there.exists() {
        return Problem::NotExecutable { program, folder: there.is_dir(), span };
    }
    let hint = match &program {
        line if line.contains(' ') => Some(shell::separate(line)),
        path if path.contains('/') => {
            Some(format!("build it, or correct the path: it is relative to `{}`", cwd.display()))
        }
        _ => None,
    };
    Problem::MissingProgram { program, hint, span }
}
