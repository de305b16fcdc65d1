//! `\d` without a pattern, `\dt`, `\dv`, `\dm`, `\di`, `\ds`, `\dE` (`listTables`).

use super::pattern::Against;
use super::{Scope, Shell};

impl Shell<'_> {
    /// Lists relations of these kinds.
    pub(super) fn relations(&mut self, kinds: &str, pattern: Option<&str>, scope: Scope) -> bool {
        let Some(sql) = self.relations_query(kinds, pattern, scope) else { return false };
        let Some(rows) = self.result(&sql) else { return false };
        if rows.table.rows() == 0 && !self.quiet() {
            self.none_found(pattern);
            return true;
        }
        let mut table = rows.table;
        table.title = Some("List of relations".to_owned());
        let options = self.look.options.clone();
        self.show(&table, &options);
        true
    }

    fn relations_query(&mut self, kinds: &str, pattern: Option<&str>, scope: Scope) -> Option<String> {
        let all = !kinds.contains(['t', 'i', 'v', 'm', 's', 'E']);
        let has = |kind: char| kinds.contains(kind) || (all && kind != 'i');
        let methods = !self.variables.on("HIDE_TABLEAM") && (has('t') || has('m') || has('i'));
        let mut sql = "SELECT n.nspname as \"Schema\",\n  c.relname as \"Name\",\n  CASE c.relkind WHEN 'r' THEN 'table' \
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' \
            WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' \
            WHEN 'I' THEN 'partitioned index' END as \"Type\",\n  pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\""
            .to_owned();
        if has('i') {
            sql += ",\n  c2.relname as \"Table\"";
        }
        if scope.verbose {
            sql += ",\n  CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 't' THEN 'temporary' \
                    WHEN 'u' THEN 'unlogged' END as \"Persistence\"";
            sql += if methods { ",\n  am.amname as \"Access method\"" } else { "" };
            sql += ",\n  pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) as \"Size\",\n  \
                    pg_catalog.obj_description(c.oid, 'pg_class') as \"Description\"";
        }
        sql += "\nFROM pg_catalog.pg_class c\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
        sql += if methods { "\n     LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam" } else { "" };
        if has('i') {
            sql += "\n     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid\n     \
                    LEFT JOIN pg_catalog.pg_class c2 ON i.indrelid = c2.oid";
        }
        let wide = scope.system || pattern.is_some();
        let parts = [
            (has('t'), "'r','p',"),
            (has('t') && wide, "'t',"),
            (has('v'), "'v',"),
            (has('m'), "'m',"),
            (has('i'), "'i','I',"),
            (has('s'), "'S',"),
            (wide, "'s',"),
            (has('E'), "'f',"),
        ];
        let kinds: String = parts.iter().filter(|(wanted, _)| *wanted).map(|(_, kind)| *kind).collect();
        sql.extend(["\nWHERE c.relkind IN (", &kinds, "'')\n"]);
        if !wide {
            sql += "      AND n.nspname <> 'pg_catalog'\n      AND n.nspname !~ '^pg_toast'\n      \
                    AND n.nspname <> 'information_schema'\n";
        }
        let against = Against {
            schema: Some("n.nspname"),
            name: "c.relname",
            other: None,
            visible: Some("pg_catalog.pg_table_is_visible(c.oid)"),
            ..Against::default()
        };
        sql += &self.conditions(pattern, true, against)?;
        Some(sql + "ORDER BY 1,2;")
    }
}
