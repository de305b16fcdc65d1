//! Lists that need more than a template: functions, roles, publications, schemas, extensions, large objects.

use super::lists::template;
use super::pattern::Against;
use super::{Scope, Shell, cell, is};
use crate::db::print::{Options, Table};
use crate::db::sql::literal;

impl Shell<'_> {
    /// `\dn`: a schema that is asked for is shown with its publications (`listSchemas`).
    pub(super) fn schemas(&mut self, pattern: Option<&str>, scope: Scope) -> bool {
        let mut footers = Vec::new();
        if let Some(pattern) = pattern {
            let sql = format!(
                "SELECT pubname \nFROM pg_catalog.pg_publication p\n     JOIN pg_catalog.pg_publication_namespace pn \
                 ON p.oid = pn.pnpubid\n     JOIN pg_catalog.pg_namespace n ON n.oid = pn.pnnspid \nWHERE n.nspname = \
                 {}\nORDER BY 1",
                literal(pattern)
            );
            let dotted = pattern.contains('.');
            let rows = if dotted { Vec::new() } else { self.rows(&sql).unwrap_or_default() };
            if !rows.is_empty() {
                footers.push("Publications:".to_owned());
            }
            footers.extend(rows.iter().map(|row| format!("    \"{}\"", cell(row, 0))));
        }
        let patterns: Vec<String> = pattern.map(str::to_owned).into_iter().collect();
        template("dn").is_some_and(|template| self.listed(template, &patterns, scope, footers))
    }

    /// `\du`, `\dg` (`describeRoles`)
    pub(super) fn roles(&mut self, pattern: Option<&str>, scope: Scope) -> bool {
        let against = Against { name: "r.rolname", ..Against::default() };
        let Some(conditions) = self.conditions(pattern, false, against) else { return false };
        let own = if pattern.is_none() && !scope.system { "WHERE r.rolname !~ '^pg_'\n" } else { "" };
        let description = if scope.verbose {
            ", pg_catalog.shobj_description(r.oid, 'pg_authid') AS \"Description\""
        } else {
            ""
        };
        let sql = format!(
            "SELECT r.rolname AS \"Role name\", pg_catalog.concat_ws(E'\\n',\n  \
             nullif(pg_catalog.concat_ws(', ', CASE WHEN r.rolsuper THEN 'Superuser' END,\n    \
             CASE WHEN NOT r.rolinherit THEN 'No inheritance' END, CASE WHEN r.rolcreaterole THEN 'Create role' END,\n    \
             CASE WHEN r.rolcreatedb THEN 'Create DB' END, CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END,\n    \
             CASE WHEN r.rolreplication THEN 'Replication' END, CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END), ''),\n  \
             CASE WHEN r.rolconnlimit = 0 THEN 'No connections' WHEN r.rolconnlimit = 1 THEN '1 connection'\n    \
             WHEN r.rolconnlimit > 1 THEN r.rolconnlimit || ' connections' END,\n  \
             'Password valid until ' || r.rolvaliduntil) AS \"Attributes\",\n  \
             ARRAY(SELECT b.rolname\n        FROM pg_catalog.pg_auth_members m\n        \
             JOIN pg_catalog.pg_roles b ON (m.roleid = b.oid)\n        WHERE m.member = r.oid) AS \"Member of\"{description}\n\
             FROM pg_catalog.pg_roles r\n{own}{conditions}ORDER BY 1;"
        );
        let Some(rows) = self.result(&sql) else { return false };
        let mut table = rows.table;
        table.title = Some("List of roles".to_owned());
        let options = Options { footer: false, ..self.look.options.clone() };
        self.show(&table, &options);
        true
    }

    /// `\df` (`describeFunctions`); `kinds` are the letters behind it, `types` patterns of the arguments' types.
    pub(super) fn functions(
        &mut self,
        kinds: &str,
        pattern: Option<&str>,
        types: &[String],
        scope: Scope,
    ) -> bool {
        let Some(conditions) = self.function_conditions(kinds, pattern, types, scope) else { return false };
        let joins: Vec<String> = (0..types.len())
            .map(|index| {
                format!(
                    "     LEFT JOIN pg_catalog.pg_type t{index} ON t{index}.oid = p.proargtypes[{index}]\n     \
                     LEFT JOIN pg_catalog.pg_namespace nt{index} ON nt{index}.oid = t{index}.typnamespace\n"
                )
            })
            .collect();
        let (more, language) = if scope.verbose {
            (FUNCTION_DETAILS, "     LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang\n")
        } else {
            ("", "")
        };
        let sql = format!(
            "SELECT n.nspname as \"Schema\",\n  p.proname as \"Name\",\n  pg_catalog.pg_get_function_result(p.oid) as \
             \"Result data type\",\n  pg_catalog.pg_get_function_arguments(p.oid) as \"Argument data types\",\n \
             CASE p.prokind\n  WHEN 'a' THEN 'agg'\n  WHEN 'w' THEN 'window'\n  WHEN 'p' THEN 'proc'\n  ELSE 'func'\n \
             END as \"Type\"{more}\nFROM pg_catalog.pg_proc p\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = \
             p.pronamespace\n{}{language}{conditions}ORDER BY 1, 2, 4;",
            joins.concat()
        );
        self.list("List of functions", &sql)
    }

    fn function_conditions(
        &mut self,
        kinds: &str,
        pattern: Option<&str>,
        types: &[String],
        scope: Scope,
    ) -> Option<String> {
        if !kinds.chars().all(|kind| "anptw".contains(kind)) {
            self.error("\\df only takes [anptwS+] as options");
            return None;
        }
        let mut sql = kind_conditions(kinds);
        let against = Against {
            schema: Some("n.nspname"),
            name: "p.proname",
            other: None,
            visible: Some("pg_catalog.pg_function_is_visible(p.oid)"),
            ..Against::default()
        };
        sql += &self.conditions(pattern, !sql.is_empty(), against)?;
        for (index, wanted) in types.iter().enumerate() {
            sql += &self.type_condition(index, wanted)?;
        }
        if pattern.is_none() && !scope.system {
            sql += "      AND n.nspname <> 'pg_catalog'\n      AND n.nspname <> 'information_schema'\n";
        }
        Some(sql)
    }

    /// The condition of a pattern of the type that is joined as `t` and this number.
    pub(super) fn type_condition(&mut self, index: usize, wanted: &str) -> Option<String> {
        if wanted == "-" {
            return Some(format!("  AND t{index}.typname IS NULL\n"));
        }
        let (schema, name) = (format!("nt{index}.nspname"), format!("t{index}.typname"));
        let (other, visible) = (
            format!("pg_catalog.format_type(t{index}.oid, NULL)"),
            format!("pg_catalog.pg_type_is_visible(t{index}.oid)"),
        );
        let against = Against {
            schema: Some(&schema),
            name: &name,
            other: Some(&other),
            visible: Some(&visible),
            ..Against::default()
        };
        self.conditions(Some(type_name(wanted)), true, against)
    }

    /// `\dRp+` (`describePublications`)
    pub(super) fn publications_in_full(&mut self, pattern: Option<&str>) -> bool {
        let against = Against { name: "pubname", ..Against::default() };
        let Some(conditions) = self.conditions(pattern, false, against) else { return false };
        let sql = format!(
            "SELECT oid, pubname,\n  pg_catalog.pg_get_userbyid(pubowner) AS owner,\n  puballtables, pubinsert, \
             pubupdate, pubdelete, pubtruncate, pubviaroot\nFROM pg_catalog.pg_publication\n{conditions}ORDER BY 2;"
        );
        let Some(rows) = self.rows(&sql) else { return false };
        if rows.is_empty() {
            if !self.quiet() {
                let text = match pattern {
                    Some(pattern) => format!("Did not find any publication named \"{pattern}\"."),
                    None => "Did not find any publications.".to_owned(),
                };
                self.error(&text);
            }
            return false;
        }
        rows.iter().all(|row| self.publication(row).is_some())
    }

    fn publication(&mut self, row: &[Option<String>]) -> Option<()> {
        let headers = ["Owner", "All tables", "Inserts", "Updates", "Deletes", "Truncates", "Via root"];
        let headers = headers.map(str::to_owned).to_vec();
        let mut table = Table::new(Some(format!("Publication {}", cell(row, 1))), headers, vec![false; 7]);
        (2..9).for_each(|index| table.cell(cell(row, index).as_bytes()));
        if !is(row, 3) {
            table.footers = self.published(cell(row, 0))?;
        }
        let options = self.look.options.clone();
        self.show(&table, &options);
        Some(())
    }

    fn published(&mut self, oid: &str) -> Option<Vec<String>> {
        let sql = format!(
            "SELECT n.nspname, c.relname, pg_get_expr(pr.prqual, c.oid), (CASE WHEN pr.prattrs IS NOT NULL THEN\n     \
             pg_catalog.array_to_string(      ARRAY(SELECT attname\n              FROM\n                \
             pg_catalog.generate_series(0, pg_catalog.array_upper(pr.prattrs::pg_catalog.int2[], 1)) s,\n                \
             pg_catalog.pg_attribute\n        WHERE attrelid = c.oid AND attnum = prattrs[s]), ', ')\n       ELSE NULL \
             END)\nFROM pg_catalog.pg_class c,\n     pg_catalog.pg_namespace n,\n     pg_catalog.pg_publication_rel pr\n\
             WHERE c.relnamespace = n.oid\n  AND c.oid = pr.prrelid\n  AND pr.prpubid = '{oid}'\nORDER BY 1,2"
        );
        let tables = self.rows(&sql)?;
        let sql = format!(
            "SELECT n.nspname\nFROM pg_catalog.pg_namespace n\n     JOIN pg_catalog.pg_publication_namespace pn ON \
             n.oid = pn.pnnspid\nWHERE pn.pnpubid = '{oid}'\nORDER BY 1"
        );
        let schemas = self.rows(&sql)?;
        let mut lines = Vec::new();
        if !tables.is_empty() {
            lines.push("Tables:".to_owned());
        }
        lines.extend(tables.iter().map(|row| {
            let columns = row[3].as_ref().map(|columns| format!(" ({columns})")).unwrap_or_default();
            let filter = row[2].as_ref().map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
            format!("    \"{}.{}\"{columns}{filter}", cell(row, 0), cell(row, 1))
        }));
        if !schemas.is_empty() {
            lines.push("Tables from schemas:".to_owned());
        }
        lines.extend(schemas.iter().map(|row| format!("    \"{}\"", cell(row, 0))));
        Some(lines)
    }

    /// `\dx+` (`listExtensionContents`)
    pub(super) fn extension_contents(&mut self, pattern: Option<&str>) -> bool {
        let against = Against { name: "e.extname", ..Against::default() };
        let Some(conditions) = self.conditions(pattern, false, against) else { return false };
        let sql = format!("SELECT e.extname, e.oid\nFROM pg_catalog.pg_extension e\n{conditions}ORDER BY 1;");
        let Some(rows) = self.rows(&sql) else { return false };
        if rows.is_empty() && !self.quiet() {
            let text = match pattern {
                Some(pattern) => format!("Did not find any extension named \"{pattern}\"."),
                None => "Did not find any extensions.".to_owned(),
            };
            self.error(&text);
            return false;
        }
        rows.iter().all(|row| {
            let sql = format!(
                "SELECT pg_catalog.pg_describe_object(classid, objid, 0) AS \"Object description\"\n\
                 FROM pg_catalog.pg_depend\nWHERE refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND \
                 refobjid = '{}' AND deptype = 'e'\nORDER BY 1;",
                cell(row, 1)
            );
            self.list(&format!("Objects in extension \"{}\"", cell(row, 0)), &sql)
        })
    }

    /// `\dconfig`: what is not as it was built is listed where no pattern is given (`describeConfigurationParameters`).
    pub(super) fn configuration(&mut self, patterns: &[String], scope: Scope) -> bool {
        let Some(rows) =
            template("dconfig").and_then(|template| self.template_rows(template, patterns, scope))
        else {
            return false;
        };
        let kind = if patterns.is_empty() { "non-default " } else { "" };
        self.titled(rows, format!("List of {kind}configuration parameters"));
        true
    }

    /// `\drds` (`listDbRoleSettings`)
    pub(super) fn role_settings(&mut self, patterns: &[String], scope: Scope) -> bool {
        let Some(rows) = template("drds").and_then(|template| self.template_rows(template, patterns, scope))
        else {
            return false;
        };
        if rows.table.rows() == 0 && !self.quiet() {
            let of = match patterns {
                [] => String::new(),
                [role] => format!(" for role \"{role}\""),
                [role, database, ..] => format!(" for role \"{role}\" and database \"{database}\""),
            };
            self.error(&format!("Did not find any settings{of}."));
            return true;
        }
        self.titled(rows, "List of settings".to_owned());
        true
    }

    /// `\dl`, `\lo_list` (`listLargeObjects`)
    pub(super) fn large_objects(&mut self, scope: Scope) -> bool {
        let privileges = if scope.verbose {
            "pg_catalog.array_to_string(lomacl, E'\\n') AS \"Access privileges\",\n  "
        } else {
            ""
        };
        let sql = format!(
            "SELECT oid as \"ID\",\n  pg_catalog.pg_get_userbyid(lomowner) as \"Owner\",\n  {privileges}\
             pg_catalog.obj_description(oid, 'pg_largeobject') as \"Description\"\n\
             FROM pg_catalog.pg_largeobject_metadata\nORDER BY oid"
        );
        self.list("Large objects", &sql)
    }
}

const FUNCTION_DETAILS: &str = ",\n CASE\n  WHEN p.provolatile = 'i' THEN 'immutable'\n  WHEN p.provolatile = 's' THEN \
    'stable'\n  WHEN p.provolatile = 'v' THEN 'volatile'\n END as \"Volatility\",\n CASE\n  WHEN p.proparallel = 'r' \
    THEN 'restricted'\n  WHEN p.proparallel = 's' THEN 'safe'\n  WHEN p.proparallel = 'u' THEN 'unsafe'\n END as \
    \"Parallel\",\n pg_catalog.pg_get_userbyid(p.proowner) as \"Owner\",\n CASE WHEN prosecdef THEN 'definer' ELSE \
    'invoker' END AS \"Security\",\n pg_catalog.array_to_string(p.proacl, E'\\n') AS \"Access privileges\",\n \
    l.lanname as \"Language\",\n COALESCE(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as \"Source code\",\n \
    pg_catalog.obj_description(p.oid, 'pg_proc') as \"Description\"";

/// Conditions on the kind of function; plain functions are all that are nothing else.
fn kind_conditions(kinds: &str) -> String {
    const TRIGGER: &str = "p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype";
    let has = |kind: char| kinds.contains(kind);
    if kinds.is_empty() || "anptw".chars().all(has) {
        return String::new();
    }
    if has('n') {
        let hidden =
            [('a', "p.prokind <> 'a'"), ('p', "p.prokind <> 'p'"), ('t', TRIGGER), ('w', "p.prokind <> 'w'")];
        let hidden: Vec<&str> =
            hidden.iter().filter(|(kind, _)| !has(*kind)).map(|(_, clause)| *clause).collect();
        return format!("WHERE {}\n", hidden.join("\n      AND "));
    }
    let shown = [
        ('a', "p.prokind = 'a'"),
        ('t', "p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype"),
        ('p', "p.prokind = 'p'"),
        ('w', "p.prokind = 'w'"),
    ];
    let shown: Vec<&str> = shown.iter().filter(|(kind, _)| has(*kind)).map(|(_, clause)| *clause).collect();
    format!("WHERE (\n       {}\n      )\n", shown.join("\n       OR "))
}

/// The catalog's name of a type that has another in SQL (`map_typename_pattern`).
fn type_name(name: &str) -> &str {
    const NAMES: [(&str, &str); 6] = [
        ("decimal", "numeric"),
        ("float", "double precision"),
        ("int", "integer"),
        ("decimal[]", "numeric[]"),
        ("float[]", "double precision[]"),
        ("int[]", "integer[]"),
    ];
    let found = NAMES.iter().find(|(sql, _)| name.eq_ignore_ascii_case(sql));
    found.map_or(name, |(_, catalog)| catalog)
}
