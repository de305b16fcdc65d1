//! Commands about files: `\i`, `\ir`, `\o`, `\w`, `\s`, `\cd`, and `~/.psqlrc`.

use std::path::Path;

use super::command::Call;
use super::input::Source;
use super::output::Target;
use super::reading::After;
use super::send::reason;
use super::slash::Word;
use super::{Exit, Shell};

impl Shell<'_> {
    /// Runs a file; `relative` is to the folder of the file that names it.
    pub(super) fn file(&mut self, path: &str, relative: bool) -> Exit {
        if path == "-" {
            return self.read(Source::stdin(Some("<stdin>".to_owned())));
        }
        let parent = self.sources.last().and_then(|source| source.name.clone());
        let path = match parent.as_ref().and_then(|name| Path::new(name).parent()) {
            Some(parent) if relative && !path.starts_with('/') => parent.join(path).display().to_string(),
            _ => path.to_owned(),
        };
        match Source::file(&path) {
            Ok(source) => self.read(source),
            Err(error) => {
                self.error(&format!("{path}: {}", reason(&error)));
                Exit::Failure
            }
        }
    }

    /// `~/.psqlrc`, or the file that `PSQLRC` names.
    pub(super) fn startup_file(&mut self) {
        let named = std::env::var("PSQLRC").ok();
        let path = named.or_else(|| Some(std::env::home_dir()?.join(".psqlrc").display().to_string()));
        if let Some(path) = path.filter(|path| Path::new(path).is_file()) {
            self.file(&path, false);
        }
    }

    /// `\i`, `\ir`, `\o`, `\w`, `\cd`
    pub(super) fn files(&mut self, call: &mut Call<'_>) -> After {
        let done = match call.name {
            "o" | "out" => {
                let name = self.clean_word(call, Word::File).map(|name| home(&name));
                self.redirect(name.as_deref())
            }
            "w" | "write" => match self.clean_word(call, Word::File) {
                Some(name) => self.write_query(call, &home(&name)),
                None => return self.missing(call),
            },
            "cd" => match self.clean_word(call, Word::Normal).map(|name| home(&name)) {
                Some(name) => self.change_folder(&name),
                None => {
                    std::env::home_dir().is_some_and(|home| self.change_folder(&home.display().to_string()))
                }
            },
            name => match self.clean_word(call, Word::Normal) {
                Some(path) => self.file(&home(&path), name.contains('r')) == Exit::Success,
                None => return self.missing(call),
            },
        };
        if done { After::Next } else { After::Failed }
    }

    fn change_folder(&mut self, name: &str) -> bool {
        let done = std::env::set_current_dir(name);
        if let Err(error) = &done {
            self.error(&format!("\\cd: could not change directory to \"{name}\": {}", reason(error)));
        }
        done.is_ok()
    }

    /// `\o`: where results go from now on.
    pub(super) fn redirect(&mut self, name: Option<&str>) -> bool {
        self.output.flush();
        match Target::open(name) {
            Ok(target) => {
                let old = std::mem::replace(&mut self.output.results, target);
                old.close().is_ok()
            }
            Err(error) => {
                self.error(&format!("{}: {}", name.unwrap_or_default(), reason(&error)));
                false
            }
        }
    }

    /// `\s`: the history, shown or written to a file.
    pub(super) fn history(&mut self, call: &mut Call<'_>) -> After {
        let name = self.clean_word(call, Word::Normal);
        let entries = self.person.as_ref().map(|person| person.history()).unwrap_or_default();
        let text: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
        let Some(name) = name else {
            self.page(format!("{text}\n").as_bytes());
            return After::Next;
        };
        let name = home(&name);
        if let Err(error) = std::fs::write(&name, text) {
            self.error(&format!("could not save history to file \"{name}\": {}", reason(&error)));
            return After::Failed;
        }
        if !self.quiet() {
            self.output.line(&format!("Wrote history to file \"{name}\"."));
        }
        After::Next
    }

    fn write_query(&mut self, call: &Call<'_>, name: &str) -> bool {
        let query = [&call.reading.query, &call.reading.previous].into_iter().find(|text| !text.is_empty());
        let query = query.cloned().unwrap_or_default();
        let done = Target::open(Some(name)).and_then(|mut target| {
            self.output.to(&mut target, |out| {
                out.write_all(&query)?;
                out.write_all(b"\n")
            });
            target.close()
        });
        if let Err(error) = &done {
            self.error(&format!("{name}: {}", reason(error)));
        }
        done.is_ok()
    }
}

/// A path with `~` replaced by the home folder.
pub(super) fn home(path: &str) -> String {
    match (path.strip_prefix('~'), std::env::home_dir()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ => path.to_owned(),
    }
}
