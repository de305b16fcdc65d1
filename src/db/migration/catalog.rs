//! What a database is made of, as objects with their definitions: equal objects, equal structure. Data is not looked at.

use crate::db::sql::literal;
use crate::db::{Connection, Error};

use super::ledger::TABLE;

/// What is the server's own, an extension's, or the ledger is left out of a relation `c` of a namespace `n`.
const OWN: &str = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// One thing in a database; names and definitions are qualified with their schemas.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Object {
    /// The relation it is a part of; empty for what stands by itself.
    pub of: String,
    /// What it is, in SQL's words: `table`, `column`, `index`, `function`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it is made of, as SQL; empty where the name says all.
    pub definition: String,
}

/// Everything in the database, sorted.
pub fn describe(connection: &mut Connection<'_>) -> Result<Vec<Object>, Error> {
    connection.rows("select set_config('search_path', '', false)")?;
    let rows = connection.rows(&query());
    connection.rows("reset search_path")?;
    let object = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        Object { of: next(), kind: next(), name: next(), definition: next() }
    };
    let mut objects: Vec<Object> = rows?.into_iter().map(object).collect();
    objects.sort();
    Ok(objects)
}

/// One query of four texts: what the object is a part of, its kind, its name, its definition.
fn query() -> String {
    [standing_alone(), of_relations()].concat().join(" union all ")
}

/// What no extension has made.
fn not_extension(class: &str, oid: &str) -> String {
    format!(
        "not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.{class}'::regclass \
         and d.objid = {oid} and d.deptype = 'e')"
    )
}

/// Schemas, extensions, functions, types.
fn standing_alone() -> Vec<String> {
    vec![
        format!(
            "select '', 'schema', format('%I', n.nspname), '' from pg_catalog.pg_namespace n where {OWN}"
        ),
        "select '', 'extension', format('%I', extname), '' from pg_catalog.pg_extension".to_owned(),
        format!(
            "select '', case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end, \
             p.oid::regprocedure::text, case p.prokind when 'a' then '' else pg_get_functiondef(p.oid) end \
             from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where {OWN} and {}",
            not_extension("pg_proc", "p.oid")
        ),
        format!(
            "select '', case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'range' end, \
             t.oid::regtype::text, case t.typtype when 'e' then (select string_agg(quote_literal(e.enumlabel), ', ' \
             order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) \
             when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), \
             case when t.typnotnull then 'not null' end, 'default ' || t.typdefault, \
             (select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname) \
             from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c')) else '' end \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where t.typtype in ('e', 'd', 'r') and {OWN} and {}",
            not_extension("pg_type", "t.oid")
        ),
    ]
}

/// Tables and their kin, with their parts.
fn of_relations() -> Vec<String> {
    let ledger = literal(TABLE);
    let relation = format!("{OWN} and c.relname <> {ledger} and {}", not_extension("pg_class", "c.oid"));
    let from_class = "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
    vec![
        format!(
            "select '', case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' \
             when 'm' then 'materialized view' when 'f' then 'foreign table' else 'sequence' end, c.oid::regclass::text, \
             concat_ws(' ', case when c.relrowsecurity then 'with row level security' end, \
             'with ' || c.reloptions::text, case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end) \
             {from_class} where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and {relation}"
        ),
        format!(
            "select c.oid::regclass::text, 'column', format('%I', a.attname), \
             concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, \
             case a.attgenerated when '' then 'default ' else 'generated always as ' end || \
             pg_get_expr(x.adbin, x.adrelid), case a.attidentity when 'a' then 'generated always as identity' \
             when 'd' then 'generated by default as identity' end) {from_class} \
             join pg_catalog.pg_attribute a on a.attrelid = c.oid \
             left join pg_catalog.pg_attrdef x on x.adrelid = c.oid and x.adnum = a.attnum \
             where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f', 'c') and {relation}"
        ),
        format!(
            "select c.oid::regclass::text, 'constraint', format('%I', k.conname), pg_get_constraintdef(k.oid) \
             {from_class} join pg_catalog.pg_constraint k on k.conrelid = c.oid where {relation}"
        ),
        format!(
            "select c.oid::regclass::text, 'index', format('%I', x.relname), concat_ws(' ', pg_get_indexdef(x.oid), \
             case when not i.indisvalid then '(invalid)' end) {from_class} join pg_catalog.pg_index i \
             on i.indrelid = c.oid join pg_catalog.pg_class x on x.oid = i.indexrelid \
             where c.relkind in ('r', 'p', 'm') and {relation}"
        ),
        format!(
            "select c.oid::regclass::text, 'trigger', format('%I', t.tgname), concat_ws(' ', \
             pg_get_triggerdef(t.oid), case t.tgenabled when 'D' then '(disabled)' when 'R' then '(on a replica)' \
             when 'A' then '(always)' end) {from_class} \
             join pg_catalog.pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal and {relation}"
        ),
        format!(
            "select c.oid::regclass::text, 'policy', format('%I', p.polname), concat_ws(' ', \
             case when p.polpermissive then 'permissive' else 'restrictive' end, 'for', case p.polcmd \
             when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end, \
             'to', p.polroles::regrole[]::text, 'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', \
             'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') {from_class} \
             join pg_catalog.pg_policy p on p.polrelid = c.oid where {relation}"
        ),
    ]
}
