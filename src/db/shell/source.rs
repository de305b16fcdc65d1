//! Sources of functions and views (`\sf`, `\sv`).

use super::Shell;
use super::command::Call;
use super::reading::After;
use super::slash::Word;
use crate::db::sql::{identifier, literal};

impl Shell<'_> {
    /// `\sf`, `\sv`
    pub(super) fn source(&mut self, call: &mut Call<'_>) -> After {
        let function = call.name.contains('f');
        let Some(name) = self.clean_line(call) else {
            self.error(if function { "function name is required" } else { "view name is required" });
            return After::Failed;
        };
        let Some(text) = self.definition(&name, function) else { return After::Failed };
        let shown = if call.name.ends_with('+') { numbered(&text, function) } else { text };
        self.output.result(|out| out.write_all(shown.as_bytes()));
        After::Next
    }

    /// The rest of the line, without semicolons and blanks at its end.
    pub(super) fn clean_line(&mut self, call: &mut Call<'_>) -> Option<String> {
        let line = self.word(call, Word::Line)?;
        Some(line.trim_end_matches([';', ' ', '\t']).to_owned()).filter(|line| !line.is_empty())
    }

    /// The statement that makes a function or a view.
    pub(super) fn definition(&mut self, name: &str, function: bool) -> Option<String> {
        let class = match (function, name.contains('(')) {
            (true, true) => "regprocedure",
            (true, false) => "regproc",
            (false, _) => "regclass",
        };
        let oid =
            self.one(&format!("SELECT {}::pg_catalog.{class}::pg_catalog.oid", literal(name)))?.remove(0)?;
        let mut text = if function {
            self.one(&format!("SELECT pg_catalog.pg_get_functiondef({oid})"))?.remove(0)?
        } else {
            self.view(&oid)?
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Some(text)
    }

    fn view(&mut self, oid: &str) -> Option<String> {
        let sql = format!(
            "SELECT nspname, relname, relkind, pg_catalog.pg_get_viewdef(c.oid, true), \
             pg_catalog.array_to_string(pg_catalog.array_remove(pg_catalog.array_remove(c.reloptions,\
             'check_option=local'),'check_option=cascaded'), ', '), \
             CASE WHEN 'check_option=local' = ANY (c.reloptions) THEN 'LOCAL'::text \
             WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED'::text ELSE NULL END \
             FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid WHERE c.oid = {oid}"
        );
        let row = self.one(&sql)?;
        let [schema, name, kind, definition, options, check] = row.try_into().ok()?;
        let (schema, name) = (schema?, name?);
        if kind.as_deref() != Some("v") {
            self.error(&format!("\"{schema}.{name}\" is not a view"));
            return None;
        }
        let options =
            options.filter(|options| !options.is_empty()).map(|options| format!("\n WITH ({options})"));
        let definition = definition?;
        let definition = definition.strip_suffix(';').unwrap_or(&definition);
        let check = check.map(|check| format!("\n WITH {check} CHECK OPTION")).unwrap_or_default();
        Some(format!(
            "CREATE OR REPLACE VIEW {}.{}{} AS\n{definition}{check}",
            shortest(&schema),
            shortest(&name),
            options.unwrap_or_default()
        ))
    }

    /// The only row of a statement; an error is told in one line (`minimal_error_message`).
    fn one(&mut self, sql: &str) -> Option<Vec<Option<String>>> {
        let rows = self.connection.as_mut()?.rows(sql);
        match rows {
            Ok(rows) => rows.into_iter().next(),
            Err(crate::db::Error::Sql(error)) => {
                let text = format!("{}:  {}", error.server.severity, error.server.message);
                self.error(&text);
                None
            }
            Err(error) => {
                self.lost(&error);
                None
            }
        }
    }
}

/// A name, in quotes only where it needs them.
fn shortest(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { identifier(name) }
}

/// Line numbers before the lines of the body, blanks before those of a function's head.
fn numbered(text: &str, function: bool) -> String {
    let body = if function { head(text) } else { 0 };
    let mut number = 0;
    let lines = text.lines().enumerate().map(|(index, line)| {
        if index < body {
            return format!("        {line}\n");
        }
        number += 1;
        format!("{number:<7} {line}\n")
    });
    lines.collect()
}

/// How many lines of a function's source stand before its body.
pub(super) fn head(text: &str) -> usize {
    let begins = |line: &&str| ["AS ", "BEGIN ", "RETURN "].iter().any(|word| line.starts_with(word));
    text.lines().take_while(|line| !begins(line)).count()
}
