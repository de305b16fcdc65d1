//! Policies, rules, triggers, statistics and publications of a relation, and the definition of a view.

use std::fmt::Write;

use super::footers::Lines;
use super::table::Relation;
use super::{Shell, cell, is};

impl Shell<'_> {
    pub(super) fn policies(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT pol.polname, pol.polpermissive,\n  CASE WHEN pol.polroles = '{{0}}' THEN NULL ELSE \
             pg_catalog.array_to_string(array(select rolname from pg_catalog.pg_roles where oid = any (pol.polroles) \
             order by 1),',') END,\n  pg_catalog.pg_get_expr(pol.polqual, pol.polrelid),\n  \
             pg_catalog.pg_get_expr(pol.polwithcheck, pol.polrelid),\n  CASE pol.polcmd\n    WHEN 'r' THEN 'SELECT'\n    \
             WHEN 'a' THEN 'INSERT'\n    WHEN 'w' THEN 'UPDATE'\n    WHEN 'd' THEN 'DELETE'\n    END AS cmd\n\
             FROM pg_catalog.pg_policy pol\nWHERE pol.polrelid = '{}' ORDER BY 1;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let heading = match (relation.row_security, relation.forced_row_security, rows.is_empty()) {
            (true, false, false) => "Policies:",
            (true, true, false) => "Policies (forced row security enabled):",
            (true, false, true) => "Policies (row security enabled): (none)",
            (true, true, true) => "Policies (forced row security enabled): (none)",
            (false, _, false) => "Policies (row security disabled):",
            (false, _, true) => return Some(()),
        };
        lines.push(heading.to_owned());
        lines.extend(rows.iter().map(|row| policy_line(row)));
        Some(())
    }

    pub(super) fn statistics(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT oid, stxrelid::pg_catalog.regclass, stxnamespace::pg_catalog.regnamespace::pg_catalog.text AS nsp, \
             stxname,\npg_catalog.pg_get_statisticsobjdef_columns(oid) AS columns,\n  'd' = any(stxkind) AS \
             ndist_enabled,\n  'f' = any(stxkind) AS deps_enabled,\n  'm' = any(stxkind) AS mcv_enabled,\n\
             stxstattarget\nFROM pg_catalog.pg_statistic_ext\nWHERE stxrelid = '{}'\nORDER BY nsp, stxname;",
            relation.oid
        );
        self.headed("Statistics objects:", &sql, lines, |row| {
            let kinds: Vec<&str> = [(5, "ndistinct"), (6, "dependencies"), (7, "mcv")]
                .iter()
                .filter(|(index, _)| is(row, *index))
                .map(|(_, name)| *name)
                .collect();
            let kinds =
                if matches!(kinds.len(), 1 | 2) { format!(" ({})", kinds.join(", ")) } else { String::new() };
            let target = match cell(row, 8) {
                "-1" => String::new(),
                target => format!("; STATISTICS {target}"),
            };
            format!(
                "    \"{}.{}\"{kinds} ON {} FROM {}{target}",
                cell(row, 2),
                cell(row, 3),
                cell(row, 4),
                cell(row, 1)
            )
        })
    }

    pub(super) fn rules(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT r.rulename, trim(trailing ';' from pg_catalog.pg_get_ruledef(r.oid, true)), ev_enabled\n\
             FROM pg_catalog.pg_rewrite r\nWHERE r.ev_class = '{}' ORDER BY 1;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let kinds = [
            ("O", "Rules:"),
            ("D", "Disabled rules:"),
            ("A", "Rules firing always:"),
            ("R", "Rules firing on replica only:"),
        ];
        for (kind, heading) in kinds {
            let of_kind: Vec<_> = rows.iter().filter(|row| cell(row, 2) == kind).collect();
            if !of_kind.is_empty() {
                lines.push(heading.to_owned());
            }
            lines.extend(of_kind.iter().map(|row| format!("    {}", after_create_rule(cell(row, 1)))));
        }
        Some(())
    }

    pub(super) fn publications(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let oid = &relation.oid;
        let sql = format!(
            "SELECT pubname\n     , NULL\n     , NULL\nFROM pg_catalog.pg_publication p\n     \
             JOIN pg_catalog.pg_publication_namespace pn ON p.oid = pn.pnpubid\n     JOIN pg_catalog.pg_class pc ON \
             pc.relnamespace = pn.pnnspid\nWHERE pc.oid ='{oid}' and pg_catalog.pg_relation_is_publishable('{oid}')\n\
             UNION\nSELECT pubname\n     , pg_get_expr(pr.prqual, c.oid)\n     , (CASE WHEN pr.prattrs IS NOT NULL \
             THEN\n         (SELECT string_agg(attname, ', ')\n           FROM pg_catalog.generate_series(0, \
             pg_catalog.array_upper(pr.prattrs::pg_catalog.int2[], 1)) s,\n                pg_catalog.pg_attribute\n          \
             WHERE attrelid = pr.prrelid AND attnum = prattrs[s])\n        ELSE NULL END) FROM \
             pg_catalog.pg_publication p\n     JOIN pg_catalog.pg_publication_rel pr ON p.oid = pr.prpubid\n     \
             JOIN pg_catalog.pg_class c ON c.oid = pr.prrelid\nWHERE pr.prrelid = '{oid}'\nUNION\nSELECT pubname\n     \
             , NULL\n     , NULL\nFROM pg_catalog.pg_publication p\nWHERE p.puballtables AND \
             pg_catalog.pg_relation_is_publishable('{oid}')\nORDER BY 1;"
        );
        self.headed("Publications:", &sql, lines, |row| {
            let columns = row[2].as_ref().map(|columns| format!(" ({columns})")).unwrap_or_default();
            let filter = row[1].as_ref().map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
            format!("    \"{}\"{columns}{filter}", cell(row, 0))
        })
    }

    pub(super) fn triggers(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true), t.tgenabled, t.tgisinternal,\n  CASE WHEN \
             t.tgparentid != 0 THEN\n    (SELECT u.tgrelid::pg_catalog.regclass\n     FROM pg_catalog.pg_trigger AS \
             u,\n          pg_catalog.pg_partition_ancestors(t.tgrelid) WITH ORDINALITY AS a(relid, depth)\n     \
             WHERE u.tgname = t.tgname AND u.tgrelid = a.relid\n           AND u.tgparentid = 0\n     \
             ORDER BY a.depth LIMIT 1)\n  END AS parent\nFROM pg_catalog.pg_trigger t\nWHERE t.tgrelid = '{}' AND \
             (NOT t.tgisinternal OR (t.tgisinternal AND t.tgenabled = 'D'))\nORDER BY 1;",
            relation.oid
        );
        let rows = self.rows(&sql)?;
        let kinds: [(&str, Option<bool>, &str); 5] = [
            ("O", None, "Triggers:"),
            ("D", Some(false), "Disabled user triggers:"),
            ("D", Some(true), "Disabled internal triggers:"),
            ("A", None, "Triggers firing always:"),
            ("R", None, "Triggers firing on replica only:"),
        ];
        for (enabled, internal, heading) in kinds {
            let of_kind = |row: &&Vec<Option<String>>| {
                cell(row, 2) == enabled && internal.is_none_or(|internal| is(row, 3) == internal)
            };
            let found: Vec<_> = rows.iter().filter(of_kind).collect();
            if !found.is_empty() {
                lines.push(heading.to_owned());
            }
            for row in found {
                let definition = cell(row, 1);
                let definition = definition.split_once(" TRIGGER ").map_or(definition, |(_, rest)| rest);
                let parent = row[4].as_ref().map(|parent| format!(", ON TABLE {parent}")).unwrap_or_default();
                lines.push(format!("    {definition}{parent}"));
            }
        }
        Some(())
    }

    pub(super) fn view_definition(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!("SELECT pg_catalog.pg_get_viewdef('{}'::pg_catalog.oid, true);", relation.oid);
        self.headed("View definition:", &sql, lines, |row| cell(row, 0).to_owned())?;
        if !relation.rules {
            return Some(());
        }
        let sql = format!(
            "SELECT r.rulename, trim(trailing ';' from pg_catalog.pg_get_ruledef(r.oid, true))\n\
             FROM pg_catalog.pg_rewrite r\nWHERE r.ev_class = '{}' AND r.rulename != '_RETURN' ORDER BY 1;",
            relation.oid
        );
        self.headed("Rules:", &sql, lines, |row| format!(" {}", after_create_rule(cell(row, 1))))
    }
}

fn policy_line(row: &[Option<String>]) -> String {
    let mut line = format!("    POLICY \"{}\"", cell(row, 0));
    line += if cell(row, 1) == "f" { " AS RESTRICTIVE" } else { "" };
    let parts = [
        (5, " FOR ", ""),
        (2, "\n      TO ", ""),
        (3, "\n      USING (", ")"),
        (4, "\n      WITH CHECK (", ")"),
    ];
    for (index, before, after) in parts {
        if let Some(text) = &row[index] {
            let _ = write!(line, "{before}{text}{after}");
        }
    }
    line
}

/// What follows `CREATE RULE ` in a rule's definition.
fn after_create_rule(definition: &str) -> &str {
    definition.get(12..).unwrap_or_default()
}
