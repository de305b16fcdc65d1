//! What belongs to a relation: indexes, constraints, policies, rules, triggers, partitions, and so on, in psql's order.

use super::table::Relation;
use super::{Shell, cell, is};

type Lines = Vec<String>;

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
    fn each(
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
    fn headed(
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

    fn partition_of(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn index(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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
            line += &format!(", predicate ({})", cell(row, 10));
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

    fn indexes(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn foreign_keys(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn policies(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn statistics(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn rules(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn publications(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn view_definition(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn triggers(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    /// Where it comes from and what comes from it, and what is last.
    fn family(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn foreign_server(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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

    fn parents(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
        let sql = format!(
            "SELECT c.oid::pg_catalog.regclass\nFROM pg_catalog.pg_class c, pg_catalog.pg_inherits i\nWHERE c.oid = \
             i.inhparent AND i.inhrelid = '{}'\n  AND c.relkind != 'p' AND c.relkind != 'I'\nORDER BY inhseqno;",
            relation.oid
        );
        let parents: Vec<String> = self.rows(&sql)?.iter().map(|row| cell(row, 0).to_owned()).collect();
        lines.extend(listed("Inherits", &parents));
        Some(())
    }

    fn children(&mut self, relation: &Relation, lines: &mut Lines) -> Option<()> {
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
    fn tablespace(&mut self, oid: &str, own_line: bool, lines: &mut Lines) -> Option<()> {
        if oid == "0" || oid.is_empty() {
            return Some(());
        }
        let sql = format!("SELECT spcname FROM pg_catalog.pg_tablespace\nWHERE oid = '{oid}';");
        let rows = self.rows(&sql)?;
        let Some(name) = rows.first().map(|row| cell(row, 0).to_owned()) else { return Some(()) };
        match lines.last_mut().filter(|_| !own_line) {
            Some(last) => *last += &format!(", tablespace \"{name}\""),
            None => lines.push(format!("Tablespace: \"{name}\"")),
        }
        Some(())
    }
}

fn index_line(row: &[Option<String>]) -> String {
    let mut line = format!("    \"{}\"", cell(row, 0));
    if cell(row, 7) == "x" {
        line += &format!(" {}", cell(row, 6));
    } else {
        line += match (is(row, 1), is(row, 2), cell(row, 7)) {
            (true, ..) => " PRIMARY KEY,",
            (_, true, "u") => " UNIQUE CONSTRAINT,",
            (_, true, _) => " UNIQUE,",
            _ => "",
        };
        let definition = cell(row, 5);
        let definition = definition.split_once(" USING ").map_or(definition, |(_, rest)| rest);
        line += &format!(" {definition}");
        line += if is(row, 8) { " DEFERRABLE" } else { "" };
        line += if is(row, 9) { " INITIALLY DEFERRED" } else { "" };
    }
    line += if is(row, 3) { " CLUSTER" } else { "" };
    line += if is(row, 4) { "" } else { " INVALID" };
    line += if is(row, 10) { " REPLICA IDENTITY" } else { "" };
    line
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
            line += &format!("{before}{text}{after}");
        }
    }
    line
}

/// What follows `CREATE RULE ` in a rule's definition.
fn after_create_rule(definition: &str) -> &str {
    definition.get(12..).unwrap_or_default()
}

fn child(row: &[Option<String>]) -> String {
    let bound = row[3].as_ref().map(|bound| format!(" {bound}")).unwrap_or_default();
    let partitioned = if matches!(cell(row, 1), "p" | "I") { ", PARTITIONED" } else { "" };
    let pending = if is(row, 2) { " (DETACH PENDING)" } else { "" };
    format!("{}{bound}{partitioned}{pending}", cell(row, 0))
}

/// `Heading: a,` and the rest below it.
fn listed(heading: &str, names: &[String]) -> Vec<String> {
    let line = |(index, name): (usize, &String)| {
        let head = if index == 0 { format!("{heading}:") } else { " ".repeat(heading.len() + 1) };
        let comma = if index + 1 < names.len() { "," } else { "" };
        format!("{head} {name}{comma}")
    };
    names.iter().enumerate().map(line).collect()
}
