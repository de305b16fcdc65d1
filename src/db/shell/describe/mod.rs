//! What is in the database: the `\d` family and `\l`. The queries keep the meaning of those in psql's `describe.c`
//! (version 15); the function there is named at each.
//!
//! - [`pattern`]: patterns of names. [`lists`]: lists, from templates; [`special`]: other lists. [`relations`]: `\dt` and its like.
//! - [`table`]: one relation with its columns, [`footers`] with what belongs to it.

mod constraints;
mod family;
mod footers;
mod lists;
mod operators;
mod partitions;
mod pattern;
mod relations;
mod rules;
mod special;
mod table;
mod text_search;

use super::Shell;
use super::answer::{Got, Keep, Rows, Sent};
use super::command::Call;
use super::reading::After;
use super::slash::Word;
use crate::db::print::{self, Options, Table};

/// How much is asked for.
#[derive(Clone, Copy, Debug)]
struct Scope {
    /// `+`
    verbose: bool,
    /// `S`
    system: bool,
}

impl Shell<'_> {
    /// `\d…`, `\l`, `\z`
    pub(super) fn describe(&mut self, call: &mut Call<'_>) -> After {
        let pattern = self.clean_word(call, Word::Normal);
        let pattern = pattern.as_deref();
        let scope = Scope { verbose: call.name.contains('+'), system: call.name.contains('S') };
        let letters: String = call.name.chars().filter(|letter| !matches!(letter, '+' | 'S')).collect();
        let mut patterns: Vec<String> = pattern.map(str::to_owned).into_iter().collect();
        if matches!(letters.as_str(), "dAc" | "dAf" | "dAo" | "dAp" | "drds") && pattern.is_some() {
            patterns.extend(self.clean_word(call, Word::Normal));
        }
        if let Some(template) = lists::template(&letters)
            && !matches!(
                (letters.as_str(), scope.verbose),
                ("dn" | "dconfig" | "drds", _) | ("dRp" | "dx" | "dF" | "dFp", true)
            )
        {
            return if self.listed(template, &patterns, scope, Vec::new()) {
                After::Next
            } else {
                After::Failed
            };
        }
        let done = match (letters.as_str(), pattern) {
            ("dn", pattern) => self.schemas(pattern, scope),
            ("du" | "dg", pattern) => self.roles(pattern, scope),
            ("dRp", pattern) => self.publications_in_full(pattern),
            ("dx", pattern) => self.extension_contents(pattern),
            ("dF", pattern) => self.search_configurations(pattern),
            ("dFp", pattern) => self.search_parsers(pattern),
            ("dconfig", _) => self.configuration(&patterns, scope),
            ("drds", _) => self.role_settings(&patterns, scope),
            ("do", pattern) => {
                let types: Vec<String> = std::iter::from_fn(|| self.clean_word(call, Word::Normal)).collect();
                self.operators(pattern, &types, scope)
            }
            ("dP" | "dPi" | "dPt" | "dPn" | "dPin" | "dPni" | "dPtn" | "dPnt", pattern) => {
                self.partitioned(&letters[2..], pattern, scope)
            }
            ("dl" | "lo_list", _) => self.large_objects(scope),
            (letters, pattern) if letters.starts_with("df") => {
                let types: Vec<String> = std::iter::from_fn(|| self.clean_word(call, Word::Normal)).collect();
                self.functions(&letters[2..], pattern, &types, scope)
            }
            ("d", Some(pattern)) => self.tables(pattern, scope),
            ("d", None) => self.relations("tvmsE", None, scope),
            (letters, pattern) if letters[1..].starts_with(['t', 'v', 'm', 'i', 's', 'E']) => {
                self.relations(&letters[1..], pattern, scope)
            }
            _ => return After::Unknown,
        };
        if done { After::Next } else { After::Failed }
    }

    /// `-l`
    pub(super) fn describe_databases(&mut self) -> bool {
        let scope = Scope { verbose: false, system: false };
        lists::template("l").is_some_and(|template| self.listed(template, &[], scope, Vec::new()))
    }

    /// The rows of a query of the shell's own; nothing, with the error told, if it failed.
    fn rows(&mut self, sql: &str) -> Option<Vec<Vec<Option<String>>>> {
        self.ask(sql).map(|(_, rows)| rows)
    }

    /// The result of a query of the shell's own, as it would be shown.
    fn result(&mut self, sql: &str) -> Option<Rows> {
        if !self.send_own(sql) {
            return None;
        }
        let null = std::mem::take(&mut self.look.options.null);
        let mut found = None;
        let mut failed = false;
        let mut sent = Sent::new(sql, Keep::Shown);
        loop {
            match self.got(&mut sent) {
                Got::Rows(rows, _) => found = Some(rows),
                Got::Failed(message) => {
                    self.server(&message, sql, true);
                    failed = true;
                }
                Got::End => break,
                _ => {}
            }
        }
        self.look.options.null = null;
        found.filter(|_| !failed)
    }

    /// Shows the result of a query under a title.
    fn list(&mut self, title: &str, sql: &str) -> bool {
        let Some(rows) = self.result(sql) else { return false };
        self.titled(rows, title.to_owned());
        true
    }

    /// Shows rows under a title.
    fn titled(&mut self, rows: Rows, title: String) {
        let mut table = rows.table;
        table.title = Some(title);
        let options = self.look.options.clone();
        self.show(&table, &options);
    }

    /// Shows a table that was put together from several queries: without a count of its rows.
    fn assembled(&mut self, table: &Table) {
        let options = Options { footer: false, expanded: print::Expanded::Off, ..self.look.options.clone() };
        self.show(table, &options);
    }

    /// Tells that nothing fits, unless nothing is to be said.
    fn none_found(&mut self, pattern: Option<&str>) {
        if !self.quiet() {
            let text = match pattern {
                Some(pattern) => format!("Did not find any relation named \"{pattern}\"."),
                None => "Did not find any relations.".to_owned(),
            };
            self.error(&text);
        }
    }

    /// The conditions of a pattern; an error in it is told.
    fn conditions(
        &mut self,
        pattern: Option<&str>,
        has_where: bool,
        against: pattern::Against<'_>,
    ) -> Option<String> {
        let database = self.connection.as_ref().map(|connection| connection.database().to_owned())?;
        match pattern::conditions(pattern, has_where, against, &database) {
            Ok(text) => Some(text),
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }
}

/// The text of a cell, nothing for NULL.
fn cell(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}

/// Whether a cell is true.
fn is(row: &[Option<String>], index: usize) -> bool {
    cell(row, index) == "t"
}
