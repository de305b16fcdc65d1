//! `\do`: operators (`describeOperators`).

use super::pattern::Against;
use super::{Scope, Shell};

impl Shell<'_> {
    /// Lists operators; `types` are patterns of the operands' types.
    pub(super) fn operators(&mut self, pattern: Option<&str>, types: &[String], scope: Scope) -> bool {
        let types = &types[..types.len().min(2)];
        let function = if scope.verbose { "  o.oprcode AS \"Function\",\n" } else { "" };
        let operands: &[&str] = match types.len() {
            0 => &[],
            1 => &["oprright"],
            _ => &["oprleft", "oprright"],
        };
        let joins = operands.iter().enumerate().map(|(index, operand)| {
            format!(
                "     LEFT JOIN pg_catalog.pg_type t{index} ON t{index}.oid = o.{operand}\n     \
                 LEFT JOIN pg_catalog.pg_namespace nt{index} ON nt{index}.oid = t{index}.typnamespace\n"
            )
        });
        let mut sql = format!(
            "SELECT n.nspname as \"Schema\",\n  o.oprname AS \"Name\",\n  CASE WHEN o.oprkind='l' THEN NULL ELSE \
             pg_catalog.format_type(o.oprleft, NULL) END AS \"Left arg type\",\n  CASE WHEN o.oprkind='r' THEN NULL \
             ELSE pg_catalog.format_type(o.oprright, NULL) END AS \"Right arg type\",\n  \
             pg_catalog.format_type(o.oprresult, NULL) AS \"Result type\",\n{function}  \
             coalesce(pg_catalog.obj_description(o.oid, 'pg_operator'),\n           \
             pg_catalog.obj_description(o.oprcode, 'pg_proc')) AS \"Description\"\nFROM pg_catalog.pg_operator o\n     \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace\n{}",
            joins.collect::<String>()
        );
        let own = !scope.system && pattern.is_none();
        if own {
            sql += "WHERE n.nspname <> 'pg_catalog'\n      AND n.nspname <> 'information_schema'\n";
        }
        let against = Against {
            schema: Some("n.nspname"),
            name: "o.oprname",
            other: None,
            visible: Some("pg_catalog.pg_operator_is_visible(o.oid)"),
            ..Against::default()
        };
        let Some(conditions) = self.conditions(pattern, own, against) else { return false };
        sql += &conditions;
        if types.len() == 1 {
            sql += "  AND o.oprleft = 0\n";
        }
        for (index, wanted) in types.iter().enumerate() {
            let Some(condition) = self.type_condition(index, wanted) else { return false };
            sql += &condition;
        }
        self.list("List of operators", &(sql + "ORDER BY 1, 2, 3, 4;"))
    }
}
