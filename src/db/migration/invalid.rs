//! Indexes that a failed `CREATE INDEX CONCURRENTLY` has left behind: there, kept up to date, and never used (the
//! manual's "Building Indexes Concurrently" on the page of CREATE INDEX).

use super::Migration;
use crate::db::{Connection, Error};
use crate::text::list;

/// The invalid indexes that a file speaks of, as SQL writes their names; one that is being built does not count.
pub fn named_in(connection: &mut Connection<'_>, file: &Migration) -> Result<Vec<String>, Error> {
    let sql = "select c.relname, format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_index i \
               join pg_catalog.pg_class c on c.oid = i.indexrelid \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
               where not i.indisvalid and c.relkind = 'i' and not exists (select from \
               pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid) order by 2";
    let rows = connection.rows(sql)?.into_iter();
    let named = rows.filter_map(|row| {
        let mut cells = row.into_iter().flatten();
        let name = cells.next().filter(|name| file.text.contains(name.as_str()))?;
        cells.next().map(|quoted| (name, quoted))
    });
    Ok(named.map(|(_, quoted)| quoted).collect())
}

/// What to do about them.
pub fn remedy(indexes: &[String]) -> String {
    let were = if indexes.len() == 1 { "index" } else { "indexes" };
    let drops: Vec<String> =
        indexes.iter().map(|index| format!("gladys query 'drop index concurrently {index}'")).collect();
    format!(
        "left behind, not valid and never used: {were} {}; before you migrate again, type\n{}",
        list(indexes),
        drops.join("\n")
    )
}
