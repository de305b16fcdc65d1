//! `\d NAME`: a relation with its columns (`describeTableDetails`, `describeOneTableDetails`).

use std::sync::atomic::Ordering;

use super::pattern::Against;
use super::{Scope, Shell, cell, is};
use crate::db::print::Table;

/// A relation, as far as it decides what is shown of it.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of `pg_class`")]
pub(super) struct Relation {
    pub(super) oid: String,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: char,
    pub(super) verbose: bool,
    pub(super) checks: bool,
    pub(super) indexes: bool,
    pub(super) rules: bool,
    pub(super) triggers: bool,
    pub(super) row_security: bool,
    pub(super) forced_row_security: bool,
    pub(super) partition: bool,
    pub(super) options: String,
    pub(super) tablespace: String,
    pub(super) of_type: String,
    pub(super) persistence: char,
    pub(super) identity: char,
    pub(super) method: String,
}

impl Relation {
    /// Whether its kind is one of these letters of `pg_class.relkind`.
    pub(super) fn is(&self, kinds: &str) -> bool {
        kinds.contains(self.kind)
    }

    fn title(&self) -> String {
        let unlogged = self.persistence == 'u';
        let what = match (self.kind, unlogged) {
            ('r', false) => "Table",
            ('r', true) => "Unlogged table",
            ('v', _) => "View",
            ('m', false) => "Materialized view",
            ('m', true) => "Unlogged materialized view",
            ('i', false) => "Index",
            ('i', true) => "Unlogged index",
            ('I', false) => "Partitioned index",
            ('I', true) => "Unlogged partitioned index",
            ('t', _) => "TOAST table",
            ('c', _) => "Composite type",
            ('f', _) => "Foreign table",
            ('p', false) => "Partitioned table",
            ('p', true) => "Unlogged partitioned table",
            ('S', false) => "Sequence",
            ('S', true) => "Unlogged sequence",
            _ => "?",
        };
        format!("{what} \"{}.{}\"", self.schema, self.name)
    }
}

impl Shell<'_> {
    /// Every relation that fits a pattern.
    pub(super) fn tables(&mut self, pattern: &str, scope: Scope) -> bool {
        let against = Against {
            schema: Some("n.nspname"),
            name: "c.relname",
            other: None,
            visible: Some("pg_catalog.pg_table_is_visible(c.oid)"),
            ..Against::default()
        };
        let Some(conditions) = self.conditions(Some(pattern), false, against) else { return false };
        let sql = format!(
            "SELECT c.oid,\n  n.nspname,\n  c.relname\nFROM pg_catalog.pg_class c\n     \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n{conditions}ORDER BY 2, 3;"
        );
        let Some(rows) = self.rows(&sql) else { return false };
        if rows.is_empty() {
            self.none_found(Some(pattern));
            return false;
        }
        for row in rows {
            let done = self.relation(&row, scope.verbose).is_some();
            if !done || self.interrupted.load(Ordering::Relaxed) {
                return false;
            }
        }
        true
    }

    fn relation(&mut self, found: &[Option<String>], verbose: bool) -> Option<()> {
        let relation = self.looked_up(found, verbose)?;
        if relation.kind == 'S' {
            return self.sequence(&relation);
        }
        let mut table = self.columns(&relation)?;
        self.footers(&relation, &mut table.footers)?;
        self.assembled(&table);
        Some(())
    }

    fn looked_up(&mut self, found: &[Option<String>], verbose: bool) -> Option<Relation> {
        let (oid, schema, name) = (cell(found, 0), cell(found, 1), cell(found, 2));
        let options = if verbose {
            "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from \
             pg_catalog.unnest(tc.reloptions) x), ', ')\n"
        } else {
            "''"
        };
        let sql = format!(
            "SELECT c.relchecks, c.relkind, c.relhasindex, c.relhasrules, c.relhastriggers, c.relrowsecurity, \
             c.relforcerowsecurity, false AS relhasoids, c.relispartition, {options}, c.reltablespace, \
             CASE WHEN c.reloftype = 0 THEN '' ELSE c.reloftype::pg_catalog.regtype::pg_catalog.text END, \
             c.relpersistence, c.relreplident, am.amname\nFROM pg_catalog.pg_class c\n \
             LEFT JOIN pg_catalog.pg_class tc ON (c.reltoastrelid = tc.oid)\n\
             LEFT JOIN pg_catalog.pg_am am ON (c.relam = am.oid)\nWHERE c.oid = '{oid}';"
        );
        let rows = self.rows(&sql)?;
        let Some(row) = rows.first() else {
            if !self.quiet() {
                self.error(&format!("Did not find any relation with OID {oid}."));
            }
            return None;
        };
        let letter = |index: usize| cell(row, index).chars().next().unwrap_or(' ');
        Some(Relation {
            oid: oid.to_owned(),
            schema: schema.to_owned(),
            name: name.to_owned(),
            kind: letter(1),
            verbose,
            checks: cell(row, 0) != "0",
            indexes: is(row, 2),
            rules: is(row, 3),
            triggers: is(row, 4),
            row_security: is(row, 5),
            forced_row_security: is(row, 6),
            partition: is(row, 8),
            options: cell(row, 9).to_owned(),
            tablespace: cell(row, 10).to_owned(),
            of_type: cell(row, 11).to_owned(),
            persistence: letter(12),
            identity: letter(13),
            method: cell(row, 14).to_owned(),
        })
    }

    fn sequence(&mut self, relation: &Relation) -> Option<()> {
        let oid = &relation.oid;
        let sql = format!(
            "SELECT pg_catalog.format_type(seqtypid, NULL) AS \"Type\",\n       seqstart AS \"Start\",\n       \
             seqmin AS \"Minimum\",\n       seqmax AS \"Maximum\",\n       seqincrement AS \"Increment\",\n       \
             CASE WHEN seqcycle THEN 'yes' ELSE 'no' END AS \"Cycles?\",\n       seqcache AS \"Cache\"\n\
             FROM pg_catalog.pg_sequence\nWHERE seqrelid = '{oid}';"
        );
        let mut table = self.result(&sql)?.table;
        let sql = format!(
            "SELECT pg_catalog.quote_ident(nspname) || '.' ||\n   pg_catalog.quote_ident(relname) || '.' ||\n   \
             pg_catalog.quote_ident(attname),\n   d.deptype\nFROM pg_catalog.pg_class c\n\
             INNER JOIN pg_catalog.pg_depend d ON c.oid=d.refobjid\n\
             INNER JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace\n\
             INNER JOIN pg_catalog.pg_attribute a ON (\n a.attrelid=c.oid AND\n a.attnum=d.refobjsubid)\n\
             WHERE d.classid='pg_catalog.pg_class'::pg_catalog.regclass\n \
             AND d.refclassid='pg_catalog.pg_class'::pg_catalog.regclass\n AND d.objid='{oid}'\n \
             AND d.deptype IN ('a', 'i')"
        );
        if let [row] = self.rows(&sql)?.as_slice() {
            let owner = cell(row, 0);
            match cell(row, 1) {
                "a" => table.footers.push(format!("Owned by: {owner}")),
                "i" => table.footers.push(format!("Sequence for identity column: {owner}")),
                _ => {}
            }
        }
        table.title = Some(relation.title());
        let options = crate::db::print::Options { footer: false, ..self.look.options.clone() };
        self.show(&table, &options);
        Some(())
    }

    fn columns(&mut self, relation: &Relation) -> Option<Table> {
        let compression = !self.variables.on("HIDE_TOAST_COMPRESSION");
        let wanted = wanted(relation, compression);
        let parts: Vec<String> =
            wanted.iter().map(|column| column.sql.replace("{oid}", &relation.oid)).collect();
        let sql = format!(
            "SELECT {}\nFROM pg_catalog.pg_attribute a\nWHERE a.attrelid = '{}' AND a.attnum > 0 AND NOT \
             a.attisdropped\nORDER BY a.attnum;",
            parts.join(",\n  "),
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let headers: Vec<String> = wanted.iter().map(|column| column.header.to_owned()).collect();
        let left = vec![false; headers.len()];
        let mut table = Table::new(Some(relation.title()), headers, left);
        for row in rows {
            for index in 0..wanted.len() {
                table.cell(cell(&row, index).as_bytes());
            }
        }
        Some(table)
    }
}

/// A column of what is shown, and how its cells are found.
struct Column {
    header: &'static str,
    sql: &'static str,
}

/// What is shown of each column of a relation of this kind.
fn wanted(relation: &Relation, compression: bool) -> Vec<Column> {
    let column = |header, sql| Column { header, sql };
    let mut wanted = vec![
        column("Column", "a.attname"),
        column("Type", "pg_catalog.format_type(a.atttypid, a.atttypmod)"),
    ];
    if relation.is("rvmfcp") {
        wanted.extend([
            column("Collation", COLLATION),
            column("Nullable", "CASE WHEN a.attnotnull THEN 'not null' ELSE '' END"),
            column("Default", DEFAULT),
        ]);
    }
    if relation.is("iI") {
        wanted.push(column("Key?", KEY));
        wanted.push(column("Definition", "pg_catalog.pg_get_indexdef(a.attrelid, a.attnum, TRUE)"));
    }
    if relation.is("f") {
        wanted.push(column("FDW options", FDW_OPTIONS));
    }
    if !relation.verbose {
        return wanted;
    }
    wanted.push(column("Storage", STORAGE));
    if compression && relation.is("rpm") {
        wanted.push(column("Compression", COMPRESSION));
    }
    if relation.is("riImfp") {
        wanted
            .push(column("Stats target", "CASE WHEN a.attstattarget=-1 THEN NULL ELSE a.attstattarget END"));
    }
    if relation.is("rvmfcp") {
        wanted.push(column("Description", "pg_catalog.col_description(a.attrelid, a.attnum)"));
    }
    wanted
}

const COLLATION: &str = "(SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t
   WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation)";
const DEFAULT: &str = "CASE WHEN a.attidentity = 'a' THEN 'generated always as identity'
   WHEN a.attidentity = 'd' THEN 'generated by default as identity'
   ELSE (SELECT CASE WHEN a.attgenerated = 's'
      THEN 'generated always as (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) || ') stored'
      ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) END
   FROM pg_catalog.pg_attrdef d
   WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) END";
const KEY: &str = "CASE WHEN a.attnum <= (SELECT i.indnkeyatts FROM pg_catalog.pg_index i
   WHERE i.indexrelid = '{oid}') THEN 'yes' ELSE 'no' END";
const FDW_OPTIONS: &str =
    "CASE WHEN attfdwoptions IS NULL THEN '' ELSE '(' || pg_catalog.array_to_string(ARRAY(
   SELECT pg_catalog.quote_ident(option_name) || ' ' || pg_catalog.quote_literal(option_value)
   FROM pg_catalog.pg_options_to_table(attfdwoptions)), ', ') || ')' END";
const STORAGE: &str = "CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended'
   WHEN 'e' THEN 'external' ELSE '???' END";
const COMPRESSION: &str = "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' WHEN '' THEN ''
   ELSE '???' END";
