//! Indexes and foreign keys of a relation, and what an index is.

use std::fmt::Write;

use super::footers::Lines;
use super::table::Relation;
use super::{Shell, cell, is};

impl Shell<'_> {
    pub(super) fn index(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let deferred = |column: &str| {
            format!(
                "(NOT i.indimmediate) AND EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = i.indrelid \
                 AND conindid = i.indexrelid AND contype IN ('p','u','x') AND {column})"
            )
        };
        let sql = format!(
            "SELECT i.indisunique, i.indisprimary, i.indisclustered, i.indisvalid,\n  {},\n  {},\ni.indisreplident,\n\
             i.indnullsnotdistinct,\n  a.amname, c2.relname, pg_catalog.pg_get_expr(i.indpred, i.indrelid, true)\n\
             FROM pg_catalog.pg_index i, pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_am a\n\
             WHERE i.indexrelid = c.oid AND c.oid = '{}' AND c.relam = a.oid\nAND i.indrelid = c2.oid;",
            deferred("condeferrable"),
            deferred("condeferred"),
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let row = rows.first()?;
        let unique = match (is(row, 1), is(row, 0), is(row, 7)) {
            (true, ..) => "primary key, ",
            (_, true, true) => "unique nulls not distinct, ",
            (_, true, false) => "unique, ",
            _ => "",
        };
        let mut line =
            format!("{unique}{}, for table \"{}.{}\"", cell(row, 8), relation.schema, cell(row, 9));
        if !cell(row, 10).is_empty() {
            let _ = write!(line, ", predicate ({})", cell(row, 10));
        }
        let marks = [
            (is(row, 2), ", clustered"),
            (!is(row, 3), ", invalid"),
            (is(row, 4), ", deferrable"),
            (is(row, 5), ", initially deferred"),
            (is(row, 6), ", replica identity"),
        ];
        marks.iter().filter(|(wanted, _)| *wanted).for_each(|(_, mark)| line += mark);
        lines.push(line);
        if relation.kind == 'i' {
            self.tablespace(&relation.tablespace, true, lines)?;
        }
        Some(())
    }

    pub(super) fn indexes(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT c2.relname, i.indisprimary, i.indisunique, i.indisclustered, i.indisvalid, \
             pg_catalog.pg_get_indexdef(i.indexrelid, 0, true),\n  pg_catalog.pg_get_constraintdef(con.oid, true), \
             contype, condeferrable, condeferred, i.indisreplident, c2.reltablespace\nFROM pg_catalog.pg_class c, \
             pg_catalog.pg_class c2, pg_catalog.pg_index i\n  LEFT JOIN pg_catalog.pg_constraint con ON (conrelid = \
             i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x'))\nWHERE c.oid = '{}' AND c.oid = \
             i.indrelid AND i.indexrelid = c2.oid\nORDER BY i.indisprimary DESC, c2.relname;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        if !rows.is_empty() {
            lines.push("Indexes:".to_owned());
        }
        for row in &rows {
            lines.push(index_line(row));
            self.tablespace(cell(row, 11), false, lines)?;
        }
        Some(())
    }

    pub(super) fn foreign_keys(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let oid = &relation.oid;
        let sql = if relation.partition || relation.kind == 'p' {
            format!(
                "SELECT conrelid = '{oid}'::pg_catalog.regclass AS sametable,\n       conname,\n       \
                 pg_catalog.pg_get_constraintdef(oid, true) AS condef,\n       conrelid::pg_catalog.regclass AS \
                 ontable\n  FROM pg_catalog.pg_constraint,\n       pg_catalog.pg_partition_ancestors('{oid}')\n \
                 WHERE conrelid = relid AND contype = 'f' AND conparentid = 0\nORDER BY sametable DESC, conname;"
            )
        } else {
            format!(
                "SELECT true as sametable, conname,\n  pg_catalog.pg_get_constraintdef(r.oid, true) as condef,\n  \
                 conrelid::pg_catalog.regclass AS ontable\nFROM pg_catalog.pg_constraint r\nWHERE r.conrelid = \
                 '{oid}' AND r.contype = 'f'\n     AND conparentid = 0\nORDER BY conname"
            )
        };
        let line = |row: &[Option<String>]| {
            let table =
                if is(row, 0) { String::new() } else { format!("TABLE \"{}\" CONSTRAINT ", cell(row, 3)) };
            format!("    {table}\"{}\" {}", cell(row, 1), cell(row, 2))
        };
        self.headed("Foreign-key constraints:", &sql, lines, line)?;
        let sql = format!(
            "SELECT conname, conrelid::pg_catalog.regclass AS ontable,\n       pg_catalog.pg_get_constraintdef(oid, \
             true) AS condef\n  FROM pg_catalog.pg_constraint c\n WHERE confrelid IN (SELECT \
             pg_catalog.pg_partition_ancestors('{oid}')\n                     UNION ALL VALUES \
             ('{oid}'::pg_catalog.regclass))\n       AND contype = 'f' AND conparentid = 0\nORDER BY conname;"
        );
        let line = |row: &[Option<String>]| {
            format!("    TABLE \"{}\" CONSTRAINT \"{}\" {}", cell(row, 1), cell(row, 0), cell(row, 2))
        };
        self.headed("Referenced by:", &sql, lines, line)
    }
}

fn index_line(row: &[Option<String>]) -> String {
    let mut line = format!("    \"{}\"", cell(row, 0));
    if cell(row, 7) == "x" {
        let _ = write!(line, " {}", cell(row, 6));
    } else {
        line += match (is(row, 1), is(row, 2), cell(row, 7)) {
            (true, ..) => " PRIMARY KEY,",
            (_, true, "u") => " UNIQUE CONSTRAINT,",
            (_, true, _) => " UNIQUE,",
            _ => "",
        };
        let definition = cell(row, 5);
        let definition = definition.split_once(" USING ").map_or(definition, |(_, rest)| rest);
        let _ = write!(line, " {definition}");
        line += if is(row, 8) { " DEFERRABLE" } else { "" };
        line += if is(row, 9) { " INITIALLY DEFERRED" } else { "" };
    }
    line += if is(row, 3) { " CLUSTER" } else { "" };
    line += if is(row, 4) { "" } else { " INVALID" };
    line += if is(row, 10) { " REPLICA IDENTITY" } else { "" };
    line
}
