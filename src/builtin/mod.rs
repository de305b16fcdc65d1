//! The native verbs: those that need no program on the machine.
//!
//! Each is one file or folder with a `grammar` (its flags and arguments), a `parse` (what was typed, as a value) and a
//! `run`; [`VERBS`] is the table of names, and `command NAME { builtin VERB }` in a manifest makes a command of one.
//! [`context`] is what they are run with; [`logs`] serves the manifest's `tail`.

pub mod clean;
pub mod context;
pub mod logs;
pub mod migrate;
pub mod psql;
pub mod query;
pub mod status;
pub mod sync_check;
mod usage;
pub mod why;

use clap::ArgMatches;

use clean::Clean;
pub use context::{Context, Failure, Verdict};
use migrate::Migrate;
use psql::Psql;
use query::Query;
use status::Status;
use sync_check::SyncCheck;
pub use usage::{differences, exit_code};
use why::Why;

/// A native verb with its words.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::large_enum_variant, reason = "a run has one or two of them")]
pub enum Builtin {
    /// Emptying tables.
    Clean(Clean),
    /// Applying migrations.
    Migrate(Migrate),
    /// A database shell.
    Psql(Psql),
    /// SQL, and its result.
    Query(Query),
    /// The state of the services.
    Status(Status),
    /// What is out of step.
    SyncCheck(SyncCheck),
    /// What is the matter with a service.
    Why(Why),
}

/// A row of the table of native verbs.
pub struct Verb {
    /// Its name in `builtin NAME`.
    pub name: &'static str,
    /// Adds its flags and arguments to a command.
    pub grammar: fn(clap::Command) -> clap::Command,
    /// What was typed, as a value.
    pub parse: fn(&ArgMatches) -> Result<Builtin, clap::Error>,
}

/// Every native verb.
pub const VERBS: &[Verb] = &[
    Verb { name: "clean", grammar: clean::grammar, parse: |words| clean::parse(words).map(Builtin::Clean) },
    Verb {
        name: "migrate",
        grammar: migrate::grammar,
        parse: |words| migrate::parse(words).map(Builtin::Migrate),
    },
    Verb { name: "psql", grammar: psql::grammar, parse: |words| psql::parse(words).map(Builtin::Psql) },
    Verb { name: "query", grammar: query::grammar, parse: |words| query::parse(words).map(Builtin::Query) },
    Verb {
        name: "status",
        grammar: status::grammar,
        parse: |words| Ok(Builtin::Status(status::parse(words))),
    },
    Verb {
        name: "sync-check",
        grammar: sync_check::grammar,
        parse: |words| Ok(Builtin::SyncCheck(sync_check::parse(words))),
    },
    Verb { name: "why", grammar: why::grammar, parse: |words| Ok(Builtin::Why(why::parse(words))) },
];

/// The verb of a name.
pub fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

impl Verb {
    /// Parses words that stand in a manifest.
    pub fn parse_words(&self, words: impl Iterator<Item = String>) -> Result<Builtin, clap::Error> {
        let command =
            (self.grammar)(clap::Command::new(self.name)).no_binary_name(true).disable_help_flag(true);
        (self.parse)(&command.try_get_matches_from(words)?)
    }
}

impl Builtin {
    /// Whether it makes no sense without a database.
    pub fn needs_database(&self) -> bool {
        !matches!(self, Self::Status(_) | Self::SyncCheck(_) | Self::Why(_))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clean(_) => "clean",
            Self::Migrate(_) => "migrate",
            Self::Psql(_) => "psql",
            Self::Query(_) => "query",
            Self::Status(_) => "status",
            Self::SyncCheck(_) => "sync-check",
            Self::Why(_) => "why",
        }
    }

    /// What it is about to do, as lines for a plan; none where its name says it, or where only a database can.
    pub fn what(&self) -> Vec<String> {
        match self {
            Self::Clean(clean) => vec![clean.what()],
            Self::Query(query) => {
                query.statements.iter().flat_map(|sql| sql.lines()).map(str::to_owned).collect()
            }
            Self::SyncCheck(check) => check.what().into_iter().map(str::to_owned).collect(),
            Self::Migrate(_) | Self::Psql(_) | Self::Status(_) | Self::Why(_) => Vec::new(),
        }
    }

    /// Whether its output on standard output is its purpose.
    pub fn prints(&self) -> bool {
        match self {
            Self::Clean(_) => false,
            Self::Migrate(migrate) => migrate.task.prints(),
            Self::Psql(_) | Self::Query(_) | Self::Status(_) | Self::SyncCheck(_) | Self::Why(_) => true,
        }
    }

    /// Does it.
    pub fn run(&self, context: &Context<'_>) -> Result<Verdict, Failure> {
        match self {
            Self::Clean(clean) => clean.run(context),
            Self::Migrate(migrate) => migrate.run(context),
            Self::Psql(psql) => psql.run(context),
            Self::Query(query) => query.run(context),
            Self::Status(status) => Ok(status.run(context)),
            Self::SyncCheck(check) => check.run(context),
            Self::Why(why) => Ok(why.run(context)),
        }
    }
}
