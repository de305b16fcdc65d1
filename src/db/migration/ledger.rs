//! The ledger: a table in the migrated database that says which files were applied, when, and from where.

use crate::db::sql::{identifier, literal};
use crate::db::{Connection, Error};

use super::Migration;

/// The name of the ledger's table.
pub const TABLE: &str = "gladys_migrations";

/// The ledger's place in one database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ledger {
    /// The table with its schema, quoted: a migration may change the search path.
    table: String,
    /// Whether the table is there.
    pub exists: bool,
}

/// One applied file, as the ledger has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The file's version.
    pub version: String,
    /// The file's name without version and ending.
    pub name: String,
    /// SHA-256 of its bytes.
    pub checksum: String,
    /// SHA-256 of what it says.
    pub normalized: String,
    /// When, in the form of ISO 8601.
    pub applied_at: String,
    /// How long it took; `None` for one that was adopted.
    pub duration_ms: Option<u64>,
}

impl Ledger {
    /// Finds the ledger, or the place where it will be: the first schema of the search path.
    pub fn find(connection: &mut Connection<'_>) -> Result<Self, Error> {
        let sql = format!(
            "select n.nspname, c.oid is not null from (select to_regclass({}) as oid) as t \
             left join pg_catalog.pg_class c on c.oid = t.oid \
             cross join lateral (select coalesce((select nspname from pg_catalog.pg_namespace where oid = \
             c.relnamespace), current_schema(), 'public') as nspname) as n",
            literal(TABLE)
        );
        let row = connection.rows(&sql)?.into_iter().next().unwrap_or_default();
        let schema = row.first().cloned().flatten().unwrap_or_else(|| "public".to_owned());
        let exists = row.get(1).cloned().flatten().as_deref() == Some("t");
        Ok(Self { table: format!("{}.{}", identifier(&schema), identifier(TABLE)), exists })
    }

    /// How many tables and views there are that are neither the server's own nor an extension's: in a database without
    /// a ledger, tables whose origin nobody has written down (PostgreSQL documentation, 53.11 `pg_class` and 53.18
    /// `pg_depend`).
    pub fn unrecorded(connection: &mut Connection<'_>) -> Result<usize, Error> {
        let sql = "select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = \
                   c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' \
                   and n.nspname <> 'information_schema' and not exists (select from pg_catalog.pg_depend d \
                   where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";
        Ok(connection.value(sql)?.and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    /// The table with its schema, quoted.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The statement that makes the table.
    pub fn create(&self) -> String {
        format!(
            "create table if not exists {} (version text primary key, name text not null, checksum text not null, \
             normalized text not null, applied_at timestamptz not null default clock_timestamp(), \
             duration_ms bigint, tool text not null, source text not null)",
            self.table
        )
    }

    /// Every applied file, in the order of versions.
    pub fn rows(&self, connection: &mut Connection<'_>) -> Result<Vec<Row>, Error> {
        if !self.exists {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select version, name, checksum, normalized, \
             to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), duration_ms from {}",
            self.table
        );
        let rows = connection.rows(&sql)?;
        let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
        rows.sort_by_cached_key(|row| super::file::order(&row.version));
        Ok(rows)
    }

    /// The statement that records a file in the transaction that applied it, which began when the file did.
    pub fn insert(&self, migration: &Migration) -> String {
        self.record(
            migration,
            "(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::bigint",
        )
    }

    /// The statement that records a file that was not run, or not in a transaction.
    pub fn insert_lasting(&self, migration: &Migration, duration_ms: Option<u128>) -> String {
        self.record(migration, &duration_ms.map_or_else(|| "null".to_owned(), |time| time.to_string()))
    }

    fn record(&self, migration: &Migration, duration: &str) -> String {
        format!(
            "insert into {} (version, name, checksum, normalized, duration_ms, tool, source) \
             values ({}, {}, {}, {}, {duration}, {}, {})",
            self.table,
            literal(&migration.version),
            literal(&migration.name),
            literal(&migration.checksum),
            literal(&migration.normalized),
            literal(concat!("gladys ", env!("CARGO_PKG_VERSION"))),
            literal(&migration.shown),
        )
    }

    /// The statement that takes the file as it is now for the one that was applied.
    pub fn repair(&self, migration: &Migration) -> String {
        format!(
            "update {} set name = {}, checksum = {}, normalized = {}, source = {} where version = {}",
            self.table,
            literal(&migration.name),
            literal(&migration.checksum),
            literal(&migration.normalized),
            literal(&migration.shown),
            literal(&migration.version),
        )
    }

    /// The statement that forgets a version whose file is gone.
    pub fn forget(&self, version: &str) -> String {
        format!("delete from {} where version = {}", self.table, literal(version))
    }
}

fn row(cells: Vec<Option<String>>) -> Row {
    let mut cells = cells.into_iter();
    let mut next = || cells.next().flatten();
    let mut text = || next().unwrap_or_default();
    let (version, name, checksum, normalized, applied_at) = (text(), text(), text(), text(), text());
    let duration_ms = next().and_then(|time| time.parse().ok());
    Row { version, name, checksum, normalized, applied_at, duration_ms }
}
