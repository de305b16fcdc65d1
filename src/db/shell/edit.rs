//! An editor on a statement or a file: `\e`, `\ef`, `\ev` (`do_edit`, `editFile` of psql's `command.c`).

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::Shell;
use super::command::Call;
use super::file::home;
use super::pager::undisturbed;
use super::pset::number;
use super::reading::After;
use super::send::reason;
use super::slash::Word;
use super::source::head;

/// What `\ef` without a name begins with.
const FUNCTION: &str = "CREATE FUNCTION ( )\n RETURNS \n LANGUAGE \n \
    -- common options:  IMMUTABLE  STABLE  STRICT  SECURITY DEFINER\nAS $function$\n\n$function$\n";
/// What `\ev` without a name begins with.
const VIEW: &str = "CREATE VIEW  AS\n SELECT \n  -- something...\n";

impl Shell<'_> {
    /// `\e [FILE] [LINE]`, `\ef [NAME [LINE]]`, `\ev [NAME [LINE]]`
    pub(super) fn edit(&mut self, call: &mut Call<'_>) -> After {
        let edited =
            if let "ef" | "ev" = call.name { self.edit_source(call) } else { self.edit_statement(call) };
        match edited {
            Ok(text) => {
                call.reading.query = text;
                After::Edited
            }
            Err(text) => {
                if !text.is_empty() {
                    self.error(&text);
                }
                After::Failed
            }
        }
    }

    /// The statement, or what is in a file, when the editor is closed.
    fn edit_statement(&mut self, call: &mut Call<'_>) -> Result<Vec<u8>, String> {
        let first = self.clean_word(call, Word::Normal);
        let second = first.as_ref().and_then(|_| self.clean_word(call, Word::Normal));
        let (file, line) = match (first, second) {
            (Some(only), None) if only.bytes().all(|byte| byte.is_ascii_digit()) => (None, Some(only)),
            given => given,
        };
        let line = line_number(line.as_deref())?;
        // A file that was not saved, or a statement that was only recalled, is not run.
        if let Some(file) = file {
            return Ok(self.open_editor(Path::new(&home(&file)), line)?.unwrap_or_default());
        }
        let query = call.reading.query.clone();
        let text = if query.is_empty() { &call.reading.previous } else { &query };
        Ok(self.edited(text, line)?.unwrap_or(query))
    }

    /// The statement that makes a function or a view, when the editor is closed; an error without words was told.
    fn edit_source(&mut self, call: &mut Call<'_>) -> Result<Vec<u8>, String> {
        let function = call.name == "ef";
        let given = self.clean_line(call).unwrap_or_default();
        let (name, line) = numbered(&given);
        let mut line = line_number(line)?;
        let text = match (name, function) {
            ("", true) => Some(FUNCTION.to_owned()),
            ("", false) => Some(VIEW.to_owned()),
            (name, function) => self.definition(name, function),
        };
        let text = text.ok_or_else(String::new)?;
        if function && !name.is_empty() {
            // Lines are counted in the body.
            line = line.map(|line| line + head(&text));
        }
        let edited = self.edited(text.as_bytes(), line)?;
        if edited.is_none() {
            self.output.line("No changes");
        }
        Ok(edited.unwrap_or_default())
    }

    /// Opens an editor on a text in a file of its own, as [`Shell::open_editor`] does.
    fn edited(&mut self, text: &[u8], line: Option<usize>) -> Result<Option<Vec<u8>>, String> {
        let file = temporary(text)
            .map_err(|error| format!("could not write a temporary file: {}", reason(&error)))?;
        self.open_editor(file.path(), line)
    }

    /// Opens an editor on a file: what is in it afterwards, or nothing if it was not saved.
    fn open_editor(&mut self, file: &Path, line: Option<usize>) -> Result<Option<Vec<u8>>, String> {
        let names = ["PSQL_EDITOR", "EDITOR", "VISUAL"];
        let editor = names.into_iter().find_map(|name| self.variables.environment(name));
        let editor = editor.unwrap_or_else(|| "vi".to_owned());
        let argument = self.variables.environment("PSQL_EDITOR_LINENUMBER_ARG");
        let line = line.map(|line| format!("{}{line} ", argument.as_deref().unwrap_or("+")));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("exec {editor} {}\"$1\"", line.unwrap_or_default()), "sh"]).arg(file);
        self.variables.surround(&mut command);
        let state = || file.metadata().and_then(|found| Ok((found.len(), found.modified()?)));
        let run = || {
            let before = state()?;
            let status = command.status()?;
            if !status.success() {
                return Err(io::Error::other(format!("editor {editor} has failed")));
            }
            Ok(if state()? == before { None } else { Some(std::fs::read(file)?) })
        };
        undisturbed(self.interrupted, run).map_err(|error| format!("{}: {}", file.display(), reason(&error)))
    }
}

/// The line that the editor is to begin at.
fn line_number(given: Option<&str>) -> Result<Option<usize>, String> {
    let Some(given) = given else { return Ok(None) };
    let line = usize::try_from(number(given)).ok().filter(|line| *line > 0);
    line.map(Some).ok_or_else(|| format!("invalid line number: {given}"))
}

/// A file with this text, last changed some time ago, so that any change shows.
fn temporary(text: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("psql.edit.").suffix(".sql").tempfile()?;
    file.write_all(text)?;
    if text.last().is_some_and(|byte| *byte != b'\n') {
        file.write_all(b"\n")?;
    }
    File::set_modified(file.as_file(), SystemTime::now() - Duration::from_secs(2))?;
    Ok(file)
}

/// A name and the number of a line behind it (`strip_lineno_from_objdesc`).
fn numbered(given: &str) -> (&str, Option<&str>) {
    let end = given.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (name, digits) = given.split_at(end);
    if digits.is_empty() || name.is_empty() || !name.ends_with([' ', '\t', ')']) {
        return (given, None);
    }
    (name.trim_end(), Some(digits))
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn the_number_of_a_line_stands_behind_a_name() {
        assert_eq!(numbered("f 12"), ("f", Some("12")));
        assert_eq!(numbered("f(int)12"), ("f(int)", Some("12")));
        assert_eq!(numbered("f12"), ("f12", None));
        assert_eq!(numbered("12"), ("12", None));
        assert_eq!(numbered(""), ("", None));
    }
}
