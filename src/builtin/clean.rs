//! `clean`: empties tables, and says which, how many rows, and where.

use clap::{Arg, ArgAction, ArgMatches, Command};
use miette::Diagnostic;
use serde_json::json;
use thiserror::Error;

use super::context::{Context, Verdict};
use crate::db::migration::ledger::TABLE;
use crate::db::sql::{identifier, literal};
use crate::db::{self, Connection, Provider, Settings, blockers};
use crate::event::Event;
use crate::supervisor::{self, PortOwner};
use crate::text::{self, count, list};

type Failure = Box<dyn Diagnostic + Send + Sync>;

/// Tables to empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clean {
    /// Their names, as in the database; `schema.table` where it is not in the search path.
    pub tables: Vec<String>,
    /// Only find out whether it could be done.
    pub check: bool,
    /// The database's name in the manifest; none means the first.
    pub database: Option<String>,
}

/// What can be wrong besides the database.
#[derive(Clone, PartialEq, Eq, Debug, Error, Diagnostic)]
enum CleanError {
    #[error("there is no table `{name}` in database `{database}`")]
    #[diagnostic(code(gladys::clean::missing), help("{help}"))]
    Missing { name: String, database: String, help: String },
    #[error("`{name}` is a {kind}, not a table")]
    #[diagnostic(code(gladys::clean::kind), help("only tables can be emptied"))]
    Kind { name: String, kind: String },
    #[error("`{0}` is the ledger of migrations")]
    #[diagnostic(
        code(gladys::clean::ledger),
        help("without it nobody knows what was applied; name the tables that hold data")
    )]
    Ledger(String),
    #[error("port {port} belongs to service `{service}` of another checkout, {root}")]
    #[diagnostic(
        code(gladys::clean::checkout),
        help("this database is not ours to empty: give one of the two another port, or run `{command}`")
    )]
    Checkout { port: u16, service: String, root: String, command: String },
    #[error("user `{user}` may not empty {}", list(tables))]
    #[diagnostic(code(gladys::clean::privilege), help("grant it: grant truncate on {} to {user}", tables.join(", ")))]
    Privilege { user: String, tables: Vec<String> },
    #[error("database `{0}` is read-only")]
    #[diagnostic(code(gladys::clean::read_only))]
    ReadOnly(String),
    #[error("other sessions use {} and did not let go for 5 s", list(tables))]
    #[diagnostic(code(gladys::clean::locked), help("{holders}"))]
    Locked { tables: Vec<String>, holders: String },
}

/// A table that will be empty.
struct Table {
    /// Quoted, with its schema.
    sql: String,
    /// As it is shown.
    name: String,
    rows: u64,
}

/// Adds the flags and arguments of `clean`.
pub fn grammar(command: Command) -> Command {
    command
        .arg(
            Arg::new("tables")
                .value_name("TABLE")
                .num_args(1..)
                .required(true)
                .help("Tables to empty, with all that refers to them"),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Only find out whether it could be done; change nothing"),
        )
        .arg(
            Arg::new("database")
                .long("database")
                .value_name("NAME")
                .help("Which database of the manifest; the first by default"),
        )
}

/// The value that a command line stands for. One word may name several tables: `a, b`.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Clean, clap::Error> {
    let words = matches.get_many::<String>("tables").unwrap_or_default();
    let names = words.flat_map(|word| word.split(',')).map(|name| name.trim().to_owned());
    Ok(Clean {
        tables: names.filter(|name| !name.is_empty()).collect(),
        check: matches.get_flag("check"),
        database: matches.get_one("database").cloned(),
    })
}

impl Clean {
    /// What it is about to do, as one line.
    pub fn what(&self) -> String {
        let tables = crate::text::list(&self.tables);
        if self.check { format!("asks whether {tables} can be emptied") } else { format!("empties {tables}") }
    }

    /// Empties the tables, all or none.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        let target = db::pick(context.databases, self.database.as_deref())?;
        let settings = Settings::of(target)?.named("gladys clean").with("lock_timeout", "5s");
        let mut connection = Connection::open(&settings, context.interrupted)?;
        refuse_others(context, target, &connection)?;
        let tables = self.tables(&mut connection)?;
        if self.check {
            tell(context, &connection, &tables, false);
            let names = tables.iter().map(|table| &table.name);
            return Ok(Verdict { code: 0, summary: Some(format!("{} can be emptied", list(names))) });
        }
        announce(context, &connection, &tables);
        truncate(&mut connection, &tables)?;
        tell(context, &connection, &tables, true);
        let rows: u64 = tables.iter().map(|table| table.rows).sum();
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let summary = format!("{} removed from {}", count(rows, "row"), count(tables.len(), "table"));
        Ok(Verdict { code: 0, summary: Some(summary) })
    }

    /// The named tables and those that refer to them, after making sure that they can be emptied.
    fn tables(&self, connection: &mut Connection<'_>) -> Result<Vec<Table>, Failure> {
        let database = connection.database().to_owned();
        if connection.value("select current_setting('transaction_read_only')")?.as_deref() == Some("on") {
            return Err(CleanError::ReadOnly(database).into());
        }
        let mut oids = Vec::new();
        for name in &self.tables {
            oids.push(find(connection, name, &database)?);
        }
        let rows = connection.rows(&closure(&oids.join(", ")))?;
        let mut forbidden = Vec::new();
        let mut tables = Vec::new();
        for row in rows {
            let [sql, name, allowed] = cells(row);
            if sql.rsplit('.').next() == Some(TABLE) {
                return Err(CleanError::Ledger(name).into());
            }
            if allowed != "t" {
                forbidden.push(name.clone());
            }
            tables.push(Table { sql, name, rows: 0 });
        }
        if !forbidden.is_empty() {
            let user = connection.user().to_owned();
            return Err(CleanError::Privilege { user, tables: forbidden }.into());
        }
        for index in 0..tables.len() {
            let rows = connection.value(&format!("select count(*) from {}", tables[index].sql));
            let rows = rows.map_err(|error| blamed(connection, &tables, error))?;
            tables[index].rows = rows.and_then(|rows| rows.parse().ok()).unwrap_or(0);
        }
        Ok(tables)
    }
}

/// Refuses a database whose server is a service of another checkout: its port may be the default of both.
fn refuse_others(
    context: &Context<'_>,
    target: &db::Target,
    connection: &Connection<'_>,
) -> Result<(), CleanError> {
    let local = matches!(connection.host(), "localhost" | "127.0.0.1" | "::1");
    let (Some(Provider { service, .. }), true, Ok(port)) =
        (&target.service, local, connection.port().parse())
    else {
        return Ok(());
    };
    let own = context.root.join(".gladys").join(context.profile).join(service);
    let PortOwner::Other { service: Some((profile, service)), dir: Some(dir), .. } =
        supervisor::owns_port(&own, port)
    else {
        return Ok(());
    };
    let root = dir.ancestors().nth(3).unwrap_or(&dir);
    if root == context.root {
        return Ok(());
    }
    let root = root.display().to_string();
    let command = format!("cd {root} && gladys stop {service} --profile {profile}");
    Err(CleanError::Checkout { port, service, root, command })
}

/// The OID of a table; the name is a name, not SQL.
fn find(connection: &mut Connection<'_>, name: &str, database: &str) -> Result<String, Failure> {
    let quoted: Vec<String> = name.split('.').map(identifier).collect();
    let sql = format!(
        "select c.oid, case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'i' then 'index' \
         when 'S' then 'sequence' when 'f' then 'foreign table' when 'c' then 'type' else '' end, '' \
         from pg_catalog.pg_class c where c.oid = to_regclass({})",
        literal(&quoted.join("."))
    );
    let Some(row) = connection.rows(&sql)?.into_iter().next() else {
        return Err(missing(connection, name, database)?.into());
    };
    let [oid, kind, _] = cells(row);
    if kind.is_empty() { Ok(oid) } else { Err(CleanError::Kind { name: name.to_owned(), kind }.into()) }
}

fn missing(connection: &mut Connection<'_>, name: &str, database: &str) -> Result<CleanError, db::Error> {
    let sql = "select c.oid::regclass from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = \
               c.relnamespace where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> \
               'information_schema' and c.relname <> 'gladys_migrations' order by 1";
    let rows = connection.rows(sql)?;
    let names: Vec<String> = rows.into_iter().flatten().flatten().collect();
    let help = match text::closest(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if names.is_empty() => {
            "there are no tables; apply the migrations with `gladys migrate`".to_owned()
        }
        None => format!("there is {}", list(&names)),
    };
    Ok(CleanError::Missing { name: name.to_owned(), database: database.to_owned(), help })
}

/// What `TRUNCATE … CASCADE` empties: the tables, their partitions and children, and everything with a foreign key
/// to one of them.
fn closure(oids: &str) -> String {
    format!(
        "with recursive emptied (oid) as (select unnest(array[{oids}]::oid[]) union select x.oid from emptied e, \
         lateral (select conrelid from pg_catalog.pg_constraint where contype = 'f' and confrelid = e.oid union all \
         select inhrelid from pg_catalog.pg_inherits where inhparent = e.oid) as x (oid)) \
         select format('%I.%I', n.nspname, c.relname), c.oid::regclass, has_table_privilege(c.oid, 'TRUNCATE') \
         from emptied e join pg_catalog.pg_class c on c.oid = e.oid \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         order by array_position(array[{oids}]::oid[], c.oid), c.relname"
    )
}

fn cells(row: Vec<Option<String>>) -> [String; 3] {
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

fn announce(context: &Context<'_>, connection: &Connection<'_>, tables: &[Table]) {
    let line = |text: String| context.sink.emit(Event::Line { text });
    line(format!("emptying in {} (profile {}):", connection.place(), context.profile));
    for table in tables {
        let rows = usize::try_from(table.rows).unwrap_or(usize::MAX);
        line(format!("  {}: {}", table.name, count(rows, "row")));
    }
}

/// For programs: the tables, with the rows that each had.
fn tell(context: &Context<'_>, connection: &Connection<'_>, tables: &[Table], emptied: bool) {
    let tables = tables.iter().map(|table| json!({ "name": table.name, "rows": table.rows }));
    context.result(json!({
        "schema": "gladys.clean/1",
        "database": connection.place(),
        "emptied": emptied,
        "tables": tables.collect::<Vec<_>>(),
    }));
}

fn truncate(connection: &mut Connection<'_>, tables: &[Table]) -> Result<(), Failure> {
    let names: Vec<&str> = tables.iter().map(|table| table.sql.as_str()).collect();
    let done = connection.rows(&format!("begin; truncate {} cascade; commit", names.join(", ")));
    let Err(error) = done else { return Ok(()) };
    // The error that matters is that of the statement.
    let _ = connection.rows("rollback");
    Err(blamed(connection, tables, error))
}

/// The error of a statement; where a lock was not got, with who holds it.
fn blamed(connection: &mut Connection<'_>, tables: &[Table], error: db::Error) -> Failure {
    if error.sqlstate() != Some("55P03") {
        return error.into();
    }
    let holders = holders(connection, tables).unwrap_or_default();
    let tables = tables.iter().map(|table| table.name.clone()).collect();
    CleanError::Locked { tables, holders }.into()
}

/// Who holds a lock on one of the tables.
fn holders(connection: &mut Connection<'_>, tables: &[Table]) -> Result<String, db::Error> {
    let names: Vec<String> =
        tables.iter().map(|table| format!("{}::regclass", literal(&table.sql))).collect();
    let sql = format!(
        "select distinct {} from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         where l.granted and l.pid <> pg_backend_pid() and l.relation = any (array[{}]::oid[])",
        blockers::DESCRIBED,
        names.join(", ")
    );
    let rows = connection.rows(&sql)?;
    Ok(rows.into_iter().flatten().flatten().collect::<Vec<_>>().join("\n"))
}
