//! What a database is made of, as lines of text: equal lines, equal structure. Data is not looked at.

use crate::db::sql::literal;
use crate::db::{Connection, Error};

use super::ledger::TABLE;

/// What is the server's own, an extension's, or the ledger is left out of a relation `c` of a namespace `n`.
const OWN: &str = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// One line for each thing in the database, sorted; definitions are qualified with their schemas.
pub fn describe(connection: &mut Connection<'_>) -> Result<Vec<String>, Error> {
    connection.rows("select set_config('search_path', '', false)")?;
    let rows = connection.rows(&query());
    connection.rows("reset search_path")?;
    let mut lines: Vec<String> = rows?.into_iter().flatten().flatten().collect();
    lines.sort();
    Ok(lines)
}

fn query() -> String {
    let ledger = literal(TABLE);
    let not_extension = |class: &str, oid: &str| {
        format!(
            "not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.{class}'::regclass \
             and d.objid = {oid} and d.deptype = 'e')"
        )
    };
    let relation = format!("{OWN} and c.relname <> {ledger} and {}", not_extension("pg_class", "c.oid"));
    let from_class = "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
    let parts = [
        format!("select format('schema %I', n.nspname) from pg_catalog.pg_namespace n where {OWN}"),
        "select format('extension %s', extname) from pg_catalog.pg_extension".to_owned(),
        format!(
            "select format('relation %s: kind %s, row security %s, options %s', c.oid::regclass, c.relkind, \
             c.relrowsecurity, c.reloptions) {from_class} where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and {relation}"
        ),
        format!(
            "select format('column %s.%I: %s, not null %s, default %s, identity %s, generated %s', c.oid::regclass, \
             a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(x.adbin, x.adrelid), \
             a.attidentity, a.attgenerated) {from_class} join pg_catalog.pg_attribute a on a.attrelid = c.oid \
             left join pg_catalog.pg_attrdef x on x.adrelid = c.oid and x.adnum = a.attnum \
             where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f', 'c') and {relation}"
        ),
        format!(
            "select format('constraint %I of %s: %s', k.conname, c.oid::regclass, pg_get_constraintdef(k.oid)) \
             {from_class} join pg_catalog.pg_constraint k on k.conrelid = c.oid where {relation}"
        ),
        format!(
            "select format('index: %s, valid %s', pg_get_indexdef(i.indexrelid), i.indisvalid) {from_class} \
             join pg_catalog.pg_index i on i.indrelid = c.oid where c.relkind in ('r', 'p', 'm') and {relation}"
        ),
        format!(
            "select format('view %s: %s', c.oid::regclass, pg_get_viewdef(c.oid)) {from_class} \
             where c.relkind in ('v', 'm') and {relation}"
        ),
        format!(
            "select format('trigger: %s, enabled %s', pg_get_triggerdef(t.oid), t.tgenabled) {from_class} \
             join pg_catalog.pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal and {relation}"
        ),
        format!(
            "select format('policy %I on %s: %s %s %s using %s check %s', p.polname, c.oid::regclass, p.polcmd, \
             p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), \
             pg_get_expr(p.polwithcheck, p.polrelid)) {from_class} join pg_catalog.pg_policy p on p.polrelid = c.oid \
             where {relation}"
        ),
        format!(
            "select format('function: %s', case p.prokind when 'a' then p.oid::regprocedure::text else \
             pg_get_functiondef(p.oid) end) from pg_catalog.pg_proc p join pg_catalog.pg_namespace n \
             on n.oid = p.pronamespace where {OWN} and {}",
            not_extension("pg_proc", "p.oid")
        ),
        format!(
            "select format('type %s: %s %s', t.oid::regtype, t.typtype, (select string_agg(quote_literal(e.enumlabel), \
             ', ' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid)) \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where t.typtype in ('e', 'd', 'r') and {OWN} and {}",
            not_extension("pg_type", "t.oid")
        ),
    ];
    parts.join(" union all ")
}

/// What is only in one of the two: `+ column …` only in the second, `- column …` only in the first.
pub fn difference(first: &[String], second: &[String]) -> Vec<String> {
    let gone = first.iter().filter(|line| !second.contains(line)).map(|line| format!("- {line}"));
    let new = second.iter().filter(|line| !first.contains(line)).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
