//! `\dF+`, `\dFp+`: text search configurations and parsers in full (`listTSConfigsVerbose`, `listTSParsersVerbose`).

use super::pattern::Against;
use super::{Shell, cell};
use crate::db::print::Options;

const FUNCTIONS: [(&str, &str); 5] = [
    ("Start parse", "prsstart"),
    ("Get next token", "prstoken"),
    ("End parse", "prsend"),
    ("Get headline", "prsheadline"),
    ("Get token types", "prslextype"),
];

impl Shell<'_> {
    /// `\dF+`
    pub(super) fn search_configurations(&mut self, pattern: Option<&str>) -> bool {
        let against = Against {
            schema: Some("n.nspname"),
            name: "c.cfgname",
            other: None,
            visible: Some("pg_catalog.pg_ts_config_is_visible(c.oid)"),
            ..Against::default()
        };
        let Some(conditions) = self.conditions(pattern, true, against) else { return false };
        let sql = format!(
            "SELECT c.oid, n.nspname, c.cfgname, np.nspname, p.prsname\nFROM pg_catalog.pg_ts_config c\n   \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace,\n pg_catalog.pg_ts_parser p\n   \
             LEFT JOIN pg_catalog.pg_namespace np ON np.oid = p.prsnamespace\nWHERE  p.oid = c.cfgparser\n\
             {conditions}ORDER BY 2, 3;"
        );
        let Some(rows) = self.some_rows(&sql, pattern, "text search configuration") else { return false };
        rows.iter().all(|row| self.search_configuration(row))
    }

    fn search_configuration(&mut self, row: &[Option<String>]) -> bool {
        let sql = format!(
            "SELECT\n  ( SELECT t.alias FROM\n    pg_catalog.ts_token_type(c.cfgparser) AS t\n    \
             WHERE t.tokid = m.maptokentype ) AS \"Token\",\n  pg_catalog.btrim(\n    \
             ARRAY( SELECT mm.mapdict::pg_catalog.regdictionary\n           FROM pg_catalog.pg_ts_config_map AS mm\n           \
             WHERE mm.mapcfg = m.mapcfg AND mm.maptokentype = m.maptokentype\n           \
             ORDER BY mapcfg, maptokentype, mapseqno\n    ) :: pg_catalog.text,\n  '{{}}') AS \"Dictionaries\"\n\
             FROM pg_catalog.pg_ts_config AS c, pg_catalog.pg_ts_config_map AS m\n\
             WHERE c.oid = '{}' AND m.mapcfg = c.oid\nGROUP BY m.mapcfg, m.maptokentype, c.cfgparser\nORDER BY 1;",
            cell(row, 0)
        );
        let title = format!(
            "Text search configuration \"{}\"\nParser: \"{}\"",
            qualified(row, 1, 2),
            qualified(row, 3, 4)
        );
        self.uncounted(title, &sql)
    }

    /// `\dFp+`
    pub(super) fn search_parsers(&mut self, pattern: Option<&str>) -> bool {
        let against = Against {
            schema: Some("n.nspname"),
            name: "p.prsname",
            other: None,
            visible: Some("pg_catalog.pg_ts_parser_is_visible(p.oid)"),
            ..Against::default()
        };
        let Some(conditions) = self.conditions(pattern, false, against) else { return false };
        let sql = format!(
            "SELECT p.oid, n.nspname, p.prsname\nFROM pg_catalog.pg_ts_parser p\n\
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace\n{conditions}ORDER BY 2, 3;"
        );
        let Some(rows) = self.some_rows(&sql, pattern, "text search parser") else { return false };
        rows.iter().all(|row| self.search_parser(row))
    }

    fn search_parser(&mut self, row: &[Option<String>]) -> bool {
        let (oid, name) = (cell(row, 0), qualified(row, 1, 2));
        let parts = FUNCTIONS.map(|(label, column)| {
            format!(
                "SELECT '{label}' AS \"Method\",\n   p.{column}::pg_catalog.regproc AS \"Function\",\n   \
                 pg_catalog.obj_description(p.{column}, 'pg_proc') as \"Description\"\n \
                 FROM pg_catalog.pg_ts_parser p\n WHERE p.oid = '{oid}'"
            )
        });
        let functions = parts.join("\nUNION ALL\n") + ";";
        let types = format!(
            "SELECT t.alias as \"Token name\",\n  t.description as \"Description\"\n\
             FROM pg_catalog.ts_token_type( '{oid}'::pg_catalog.oid ) as t\nORDER BY 1;"
        );
        self.uncounted(format!("Text search parser \"{name}\""), &functions)
            && self.list(&format!("Token types for parser \"{name}\""), &types)
    }

    /// Rows of which there must be one; that there is none is told.
    fn some_rows(
        &mut self,
        sql: &str,
        pattern: Option<&str>,
        what: &str,
    ) -> Option<Vec<Vec<Option<String>>>> {
        let rows = self.rows(sql)?;
        if rows.is_empty() && !self.quiet() {
            self.error(&match pattern {
                Some(pattern) => format!("Did not find any {what} named \"{pattern}\"."),
                None => format!("Did not find any {what}s."),
            });
        }
        Some(rows).filter(|rows| !rows.is_empty())
    }

    /// Shows the result of a query under a title, without a count of its rows.
    fn uncounted(&mut self, title: String, sql: &str) -> bool {
        let Some(rows) = self.result(sql) else { return false };
        let mut table = rows.table;
        table.title = Some(title);
        let options = Options { footer: false, ..self.look.options.clone() };
        self.show(&table, &options);
        true
    }
}

/// `schema.name`, or the name alone where it has no schema.
fn qualified(row: &[Option<String>], schema: usize, name: usize) -> String {
    match &row[schema] {
        Some(schema) => format!("{schema}.{}", cell(row, name)),
        None => cell(row, name).to_owned(),
    }
}
