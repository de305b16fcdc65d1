//! What belongs to a relation, in psql's order: the pieces are in `constraints`, `rules` and `family`.

use super::table::Relation;
use super::{Shell, cell};

pub(super) type Lines = Vec<String>;

impl Shell<'_> {
    /// Adds everything that belongs to a relation.
    pub(super) fn footers(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        self.partition_of(relation, lines)?;
        if relation.kind == 'p' {
            let sql = format!("SELECT pg_catalog.pg_get_partkeydef('{}'::pg_catalog.oid);", relation.oid);
            self.each(&sql, lines, |row| format!("Partition key: {}", cell(row, 0)))?;
        }
        if relation.kind == 't' {
            let sql = format!(
                "SELECT n.nspname, c.relname\nFROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
                 ON n.oid = c.relnamespace\nWHERE reltoastrelid = '{}';",
                relation.oid
            );
            self.each(&sql, lines, |row| format!("Owning table: \"{}.{}\"", cell(row, 0), cell(row, 1)))?;
        }
        if relation.is("iI") {
            self.index(relation, lines)?;
        }
        if relation.is("rmfpt") {
            self.belongings(relation, lines)?;
        }
        if relation.is("vm") && relation.verbose {
            self.view_definition(relation, lines)?;
        }
        if relation.triggers {
            self.triggers(relation, lines)?;
        }
        if relation.is("rmfpIt") {
            self.family(relation, lines)?;
        }
        if relation.verbose && !relation.options.is_empty() {
            lines.push(format!("Options: {}", relation.options));
        }
        Some(())
    }

    /// Adds a line for each row of a query.
    pub(super) fn each(
        &mut self,
        sql: &str,
        lines: &mut Lines,
        line: impl Fn(&[Option<String>]) -> String,
    ) -> Option<()> {
        let rows = self.rows(sql)?;
        lines.extend(rows.iter().map(|row| line(row)));
        Some(())
    }

    /// The same under a heading, which stands only above at least one.
    pub(super) fn headed(
        &mut self,
        heading: &str,
        sql: &str,
        lines: &mut Lines,
        line: impl Fn(&[Option<String>]) -> String,
    ) -> Option<()> {
        let rows = self.rows(sql)?;
        if !rows.is_empty() {
            lines.push(heading.to_owned());
        }
        lines.extend(rows.iter().map(|row| line(row)));
        Some(())
    }

    /// What tables have, and those that are like tables.
    fn belongings(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        if relation.indexes {
            self.indexes(relation, lines)?;
        }
        if relation.checks {
            let sql = format!(
                "SELECT r.conname, pg_catalog.pg_get_constraintdef(r.oid, true)\nFROM pg_catalog.pg_constraint r\n\
                 WHERE r.conrelid = '{}' AND r.contype = 'c'\nORDER BY 1;",
                relation.oid
            );
            let line = |row: &[Option<String>]| format!("    \"{}\" {}", cell(row, 0), cell(row, 1));
            self.headed("Check constraints:", &sql, lines, line)?;
        }
        if relation.triggers || relation.kind == 'p' {
            self.foreign_keys(relation, lines)?;
        }
        self.policies(relation, lines)?;
        self.statistics(relation, lines)?;
        if relation.rules && relation.kind != 'm' {
            self.rules(relation, lines)?;
        }
        self.publications(relation, lines)
    }
}

/// `Heading: a,` and the rest below it.
pub(super) fn listed(heading: &str, names: &[String]) -> Vec<String> {
    let line = |(index, name): (usize, &String)| {
        let head = if index == 0 { format!("{heading}:") } else { " ".repeat(heading.len() + 1) };
        let comma = if index + 1 < names.len() { "," } else { "" };
        format!("{head} {name}{comma}")
    };
    names.iter().enumerate().map(line).collect()
}
