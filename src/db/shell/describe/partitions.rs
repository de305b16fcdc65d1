//! `\dP`: partitioned tables and indexes (`listPartitionedTables`).

use super::pattern::Against;
use super::{Scope, Shell};

/// What is asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is a letter of the command")]
#[derive(Clone, Copy)]
struct Wanted {
    tables: bool,
    indexes: bool,
    /// Partitions that are partitioned themselves, each with its parent.
    nested: bool,
    /// A pattern is given, so that partitions are shown too.
    named: bool,
    verbose: bool,
}

impl Wanted {
    fn parents(self) -> bool {
        self.nested || self.named
    }

    fn mixed(self) -> bool {
        self.tables && self.indexes
    }

    fn title(self) -> &'static str {
        match (self.tables, self.indexes) {
            (false, _) => "List of partitioned indexes",
            (_, false) => "List of partitioned tables",
            _ => "List of partitioned relations",
        }
    }

    fn columns(self) -> String {
        let parts = [
            (
                true,
                "SELECT n.nspname as \"Schema\",\n  c.relname as \"Name\",\n  pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\"",
            ),
            (
                self.mixed(),
                ",\n  CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as \"Type\"",
            ),
            (self.parents(), ",\n  inh.inhparent::pg_catalog.regclass as \"Parent name\""),
            (self.indexes, ",\n c2.oid::pg_catalog.regclass as \"Table\""),
            (self.verbose && self.nested, ",\n  s.dps as \"Leaf partition size\""),
            (
                self.verbose,
                ",\n  s.tps as \"Total size\",\n  pg_catalog.obj_description(c.oid, 'pg_class') as \"Description\"",
            ),
        ];
        chosen(&parts)
    }

    fn tables(self) -> String {
        let parts = [
            (
                true,
                "\nFROM pg_catalog.pg_class c\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
            ),
            (
                self.indexes,
                "\n     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid\n     \
                 LEFT JOIN pg_catalog.pg_class c2 ON i.indrelid = c2.oid",
            ),
            (self.parents(), "\n     LEFT JOIN pg_catalog.pg_inherits inh ON c.oid = inh.inhrelid"),
            (
                self.verbose,
                ",\n     LATERAL (SELECT pg_catalog.pg_size_pretty(sum(\n                 CASE WHEN ppt.isleaf AND \
                 ppt.level = 1\n                      THEN pg_catalog.pg_table_size(ppt.relid) ELSE 0 END)) AS dps,\n\
                 pg_catalog.pg_size_pretty(sum(pg_catalog.pg_table_size(ppt.relid))) AS tps\n              \
                 FROM pg_catalog.pg_partition_tree(c.oid) ppt) s",
            ),
        ];
        chosen(&parts)
    }

    fn conditions(self) -> String {
        let kinds = chosen(&[(self.tables, "'p',"), (self.indexes, "'I',")]);
        let own = "      AND n.nspname <> 'pg_catalog'\n      AND n.nspname !~ '^pg_toast'\n      \
                   AND n.nspname <> 'information_schema'\n";
        let parts = [(!self.parents(), " AND NOT c.relispartition\n"), (!self.named, own)];
        format!("\nWHERE c.relkind IN ({kinds}'')\n{}", chosen(&parts))
    }

    fn order(self) -> String {
        let parts = [
            (true, "ORDER BY \"Schema\", "),
            (self.mixed(), "\"Type\" DESC, "),
            (self.parents(), "\"Parent name\" NULLS FIRST, "),
            (true, "\"Name\";"),
        ];
        chosen(&parts)
    }
}

fn chosen(parts: &[(bool, &str)]) -> String {
    parts.iter().filter(|(wanted, _)| *wanted).map(|(_, text)| *text).collect()
}

impl Shell<'_> {
    /// Lists partitioned relations; `kinds` are the letters behind `\dP`.
    pub(super) fn partitioned(&mut self, kinds: &str, pattern: Option<&str>, scope: Scope) -> bool {
        let (tables, indexes) = (kinds.contains('t'), kinds.contains('i'));
        let wanted = Wanted {
            tables: tables || !indexes,
            indexes: indexes || !tables,
            nested: kinds.contains('n'),
            named: pattern.is_some(),
            verbose: scope.verbose,
        };
        let against = Against {
            schema: Some("n.nspname"),
            name: "c.relname",
            other: None,
            visible: Some("pg_catalog.pg_table_is_visible(c.oid)"),
            ..Against::default()
        };
        let Some(conditions) = self.conditions(pattern, true, against) else { return false };
        let parts = [wanted.columns(), wanted.tables(), wanted.conditions(), conditions, wanted.order()];
        self.list(wanted.title(), &parts.concat())
    }
}
