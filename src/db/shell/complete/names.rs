//! What is in the database: read by a second connection in the background, so that no prompt ever waits for it.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::db::sql::identifier;
use crate::db::{Connection, Error, Settings};

/// The names in a database.
#[derive(Clone, Default, Debug)]
pub struct Names {
    /// Schemas.
    pub schemas: Vec<String>,
    /// Tables, views, sequences, indexes.
    pub relations: Vec<Relation>,
    /// Functions: schema, name, and whether the name alone is enough.
    pub functions: Vec<(String, String, bool)>,
    /// Databases of the server.
    pub databases: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Settings, and the values of those that have a list of them.
    pub settings: Vec<(String, Vec<String>)>,
    /// Extensions that can be made.
    pub extensions: Vec<String>,
}

/// A table, or what is used like one.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Whether the name alone is enough.
    pub visible: bool,
    /// Whether it is an index, of which nothing is selected.
    pub index: bool,
}

impl Names {
    /// Relations that begin so, and schemas that do.
    pub fn relations(&self, word: &str) -> Vec<String> {
        self.found(word, false)
    }

    /// Indexes that begin so, and schemas that do.
    pub fn indexes(&self, word: &str) -> Vec<String> {
        self.found(word, true)
    }

    fn found(&self, word: &str, index: bool) -> Vec<String> {
        let system = |schema: &str| schema == "pg_catalog" && !word.starts_with("pg_");
        let seen = self
            .relations
            .iter()
            .filter(|relation| relation.visible && relation.index == index && !system(&relation.schema));
        let names = seen.map(|relation| quoted(&relation.name));
        let mut found: Vec<String> = names.filter(|name| begins(name, word)).collect();
        let schemas = self.schemas.iter().map(|schema| quoted(schema) + ".");
        found.extend(schemas.filter(|schema| begins(schema, word) && !word.is_empty()));
        found
    }

    /// Functions that begin so, each with its parenthesis.
    pub fn functions(&self, word: &str) -> Vec<String> {
        let seen = self.functions.iter().filter(|(_, _, visible)| *visible);
        let mut found: Vec<String> =
            seen.map(|(_, name, _)| quoted(name) + "(").filter(|name| begins(name, word)).collect();
        found.dedup();
        found
    }

    /// What belongs to `owner`, a schema, a relation, or an alias in `statement`, with the owner before it.
    pub fn members(&self, owner: &str, part: &str, statement: &str) -> Vec<String> {
        let plain = owner.trim_matches('"');
        let within = self.relations.iter().filter(|relation| relation.schema == plain);
        let mut members: Vec<&str> = within.map(|relation| relation.name.as_str()).collect();
        let functions = self.functions.iter().filter(|(schema, ..)| schema == plain);
        members.extend(functions.map(|(_, name, _)| name.as_str()));
        let meant = aliased(statement, plain).unwrap_or(plain);
        let (schema, table) =
            meant.rsplit_once('.').map_or((None, meant), |(schema, table)| (Some(schema), table));
        let of = |relation: &&Relation| {
            relation.name == table && schema.map_or(relation.visible, |schema| relation.schema == schema)
        };
        members.extend(
            self.relations.iter().filter(of).flat_map(|relation| relation.columns.iter().map(String::as_str)),
        );
        members.sort_unstable();
        members.dedup();
        let names = members.into_iter().map(quoted).filter(|name| begins(name, part));
        names.map(|name| format!("{owner}.{name}")).collect()
    }

    /// Columns that begin so, of the relations that the statement names.
    pub fn columns(&self, word: &str, statement: &str) -> Vec<String> {
        let named: Vec<&str> =
            statement.split(|c: char| !c.is_alphanumeric() && !"_.$\"".contains(c)).collect();
        let meant = |relation: &&Relation| {
            let full = format!("{}.{}", relation.schema, relation.name);
            named
                .iter()
                .any(|name| name.trim_matches('"') == relation.name && relation.visible || *name == full)
        };
        let columns = self.relations.iter().filter(meant).flat_map(|relation| &relation.columns);
        let mut found: Vec<String> =
            columns.map(|name| quoted(name)).filter(|name| begins(name, word)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The relation that is written before an alias.
fn aliased<'s>(statement: &'s str, alias: &str) -> Option<&'s str> {
    let words: Vec<&str> = statement
        .split(|c: char| c.is_whitespace() || "(),;=".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let at = words.windows(2).position(|pair| pair[1] == alias && !pair[0].eq_ignore_ascii_case("as"));
    let with_as = words.windows(3).position(|three| three[2] == alias && three[1].eq_ignore_ascii_case("as"));
    with_as
        .or(at)
        .map(|index| words[index])
        .filter(|word| *word != alias && !word.starts_with(&format!("{alias}.")))
}

fn begins(name: &str, word: &str) -> bool {
    name.to_lowercase().starts_with(&word.to_lowercase())
        || name.strip_prefix('"').is_some_and(|name| name.starts_with(word) && !word.is_empty())
}

/// A name as it must be written: quoted only where it needs to be.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_owned()
    } else {
        identifier(name)
    }
}

/// Reads names in the background.
pub struct Reader {
    latest: Arc<Mutex<Arc<Names>>>,
    ask: Sender<Settings>,
}

impl Reader {
    /// Begins to read.
    pub fn new(settings: &Settings) -> Self {
        let latest = Arc::new(Mutex::new(Arc::default()));
        let (ask, asked) = mpsc::channel::<Settings>();
        let slot = Arc::clone(&latest);
        thread::spawn(move || {
            while let Ok(mut settings) = asked.recv() {
                // Only the last of many wishes counts.
                while let Ok(newer) = asked.try_recv() {
                    settings = newer;
                }
                // Where nothing can be read, nothing is completed: the shell's own connection tells what is wrong.
                if let Ok(names) = read(&settings) {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
                }
            }
        });
        let reader = Self { latest, ask };
        reader.refresh(settings);
        reader
    }

    /// Reads everything again: something was made or dropped, or the database is another.
    pub fn refresh(&self, settings: &Settings) {
        // A reader that is gone completes what it knows.
        let _ = self.ask.send(settings.clone());
    }

    /// What was read last.
    pub fn names(&self) -> Arc<Names> {
        Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const RELATIONS: &str = "SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), c.relkind IN ('i', 'I'), \
    coalesce(pg_catalog.string_agg(a.attname, pg_catalog.chr(1) ORDER BY a.attnum), '') \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I') \
    WHERE n.nspname !~ '^pg_(toast|temp)' GROUP BY 1, 2, 3, 4 ORDER BY 2, 1 LIMIT 20000";

fn read(settings: &Settings) -> Result<Names, Error> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let settings = settings.clone().named("psql (completion)").with("statement_timeout", "10s");
    let mut connection = Connection::open(&settings, &NEVER)?;
    let mut rows = |sql: &str| -> Result<Vec<Vec<String>>, Error> {
        let rows = connection.rows(sql)?;
        Ok(rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect())
    };
    let first = |rows: Vec<Vec<String>>| -> Vec<String> {
        rows.into_iter().filter_map(|row| row.into_iter().next()).collect()
    };
    let relation = |row: Vec<String>| {
        let [schema, name, visible, index, columns] = <[String; 5]>::try_from(row).ok()?;
        let columns = columns.split('\u{1}').filter(|column| !column.is_empty()).map(str::to_owned).collect();
        Some(Relation { schema, name, columns, visible: visible == "t", index: index == "t" })
    };
    let function = |row: Vec<String>| {
        let [schema, name, visible] = <[String; 3]>::try_from(row).ok()?;
        Some((schema, name, visible == "t"))
    };
    let setting = |row: Vec<String>| {
        let [name, values] = <[String; 2]>::try_from(row).ok()?;
        Some((name, values.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect()))
    };
    Ok(Names {
        schemas: first(rows("SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp)' ORDER BY 1")?),
        relations: rows(RELATIONS)?.into_iter().filter_map(relation).collect(),
        functions: rows(
            "SELECT DISTINCT n.nspname, p.proname, pg_catalog.pg_function_is_visible(p.oid) FROM pg_catalog.pg_proc p \
             JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace ORDER BY 2, 1 LIMIT 20000",
        )?
        .into_iter()
        .filter_map(function)
        .collect(),
        databases: first(rows("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn ORDER BY 1")?),
        roles: first(rows("SELECT rolname FROM pg_catalog.pg_roles ORDER BY 1")?),
        settings: rows(
            "SELECT name, coalesce(pg_catalog.array_to_string(enumvals, ','), CASE vartype WHEN 'bool' THEN 'on,off' END) \
             FROM pg_catalog.pg_settings ORDER BY 1",
        )?
        .into_iter()
        .filter_map(setting)
        .collect(),
        extensions: first(rows("SELECT name FROM pg_catalog.pg_available_extensions ORDER BY 1")?),
    })
}
