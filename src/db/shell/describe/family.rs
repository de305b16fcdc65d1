//! Where a relation comes from and what comes from it: partitions, parents, children, server, tablespace.

use super::footers::{Lines, listed};
use super::table::Relation;
use super::{Shell, cell, is};

impl Shell<'_> {
    pub(super) fn partition_of(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        if !relation.partition {
            return Some(());
        }
        let sql = format!(
            "SELECT inhparent::pg_catalog.regclass,\n  pg_catalog.pg_get_expr(c.relpartbound, c.oid),\n  \
             inhdetachpending,\n  pg_catalog.pg_get_partition_constraintdef(c.oid)\nFROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_inherits i ON c.oid = inhrelid\nWHERE c.oid = '{}';",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let Some(row) = rows.first() else { return Some(()) };
        let pending = if is(row, 2) { " DETACH PENDING" } else { "" };
        lines.push(format!("Partition of: {} {}{pending}", cell(row, 0), cell(row, 1)));
        if relation.verbose {
            lines.push(match cell(row, 3) {
                "" => "No partition constraint".to_owned(),
                constraint => format!("Partition constraint: {constraint}"),
            });
        }
        Some(())
    }

    /// Where it comes from and what comes from it, and what is last.
    pub(super) fn family(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        if relation.kind == 'f' {
            self.foreign_server(relation, lines)?;
        }
        self.parents(relation, lines)?;
        self.children(relation, lines)?;
        if !relation.of_type.is_empty() {
            lines.push(format!("Typed table of type: {}", relation.of_type));
        }
        let usual = if relation.schema == "pg_catalog" { 'n' } else { 'd' };
        if relation.verbose && relation.is("rm") && relation.identity != 'i' && relation.identity != usual {
            let identity = match relation.identity {
                'f' => "FULL",
                'n' => "NOTHING",
                _ => "???",
            };
            lines.push(format!("Replica Identity: {identity}"));
        }
        self.tablespace(&relation.tablespace, true, lines)?;
        if relation.verbose && !relation.method.is_empty() && !self.variables.on("HIDE_TABLEAM") {
            lines.push(format!("Access method: {}", relation.method));
        }
        Some(())
    }

    pub(super) fn foreign_server(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT s.srvname,\n  pg_catalog.array_to_string(ARRAY(\n    SELECT pg_catalog.quote_ident(option_name) || \
             ' ' || pg_catalog.quote_literal(option_value)\n    FROM pg_catalog.pg_options_to_table(ftoptions)),  ', ')\n\
             FROM pg_catalog.pg_foreign_table f,\n     pg_catalog.pg_foreign_server s\nWHERE f.ftrelid = '{}' AND \
             s.oid = f.ftserver;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let row = rows.first()?;
        lines.push(format!("Server: {}", cell(row, 0)));
        if !cell(row, 1).is_empty() {
            lines.push(format!("FDW options: ({})", cell(row, 1)));
        }
        Some(())
    }

    pub(super) fn parents(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT c.oid::pg_catalog.regclass\nFROM pg_catalog.pg_class c, pg_catalog.pg_inherits i\nWHERE c.oid = \
             i.inhparent AND i.inhrelid = '{}'\n  AND c.relkind != 'p' AND c.relkind != 'I'\nORDER BY inhseqno;",
            relation.oid
        );
        let parents: Vec<String> = self.rows(&sql)?.iter().map(|row| cell(row, 0).to_owned()).collect();
        lines.extend(listed("Inherits", &parents));
        Some(())
    }

    pub(super) fn children(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT c.oid::pg_catalog.regclass, c.relkind, inhdetachpending, pg_catalog.pg_get_expr(c.relpartbound, \
             c.oid)\nFROM pg_catalog.pg_class c, pg_catalog.pg_inherits i\nWHERE c.oid = i.inhrelid AND i.inhparent = \
             '{}'\nORDER BY pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', \
             c.oid::pg_catalog.regclass::pg_catalog.text;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let partitioned = relation.is("pI");
        let (what, heading) =
            if partitioned { ("partitions", "Partitions") } else { ("child tables", "Child tables") };
        match (rows.len(), relation.verbose) {
            (0, _) if partitioned => lines.push("Number of partitions: 0".to_owned()),
            (0, _) => {}
            (count, false) => lines.push(format!("Number of {what}: {count} (Use \\d+ to list them.)")),
            _ => {
                let children: Vec<String> = rows.iter().map(|row| child(row)).collect();
                lines.extend(listed(heading, &children));
            }
        }
        Some(())
    }

    /// The tablespace, on a line of its own or behind the last.
    pub(super) fn tablespace(&mut self, oid: &str, own_line: bool, lines: &mut Lines) -> Option<()> {
        if oid == "0" || oid.is_empty() {
            return Some(());
        }
        let sql = format!("SELECT spcname FROM pg_catalog.pg_tablespace\nWHERE oid = '{oid}';");
        let rows = self.rows(&sql)?;
        let Some(name) = rows.first().map(|row| cell(row, 0).to_owned()) else { return Some(()) };
        match lines.last_mut().filter(|_| !own_line) {
            Some(last) => last.extend([", tablespace \"", name.as_str(), "\""]),
            None => lines.push(format!("Tablespace: \"{name}\"")),
        }
        Some(())
    }
}

fn child(row: &[Option<String>]) -> String {
    let bound = row[3].as_ref().map(|bound| format!(" {bound}")).unwrap_or_default();
    let partitioned = if matches!(cell(row, 1), "p" | "I") { ", PARTITIONED" } else { "" };
    let pending = if is(row, 2) { " (DETACH PENDING)" } else { "" };
    format!("{}{bound}{partitioned}{pending}", cell(row, 0))
}
