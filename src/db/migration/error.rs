//! What can go wrong with migrations besides the database itself.

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

use super::Difference;
use crate::span::Span;
use crate::text::{self, count, list};

/// A failure of migrations.
#[derive(Clone, PartialEq, Eq, Debug, Error, Diagnostic)]
pub enum MigrationError {
    /// The manifest names no migrations for this database.
    #[error("database `{0}` has no migrations")]
    #[diagnostic(
        code(gladys::migrate::none),
        help("name them in the manifest: migrations \"migrations/*.sql\"")
    )]
    None(String),
    /// The glob matches nothing.
    #[error("no migration matches `{pattern}`")]
    #[diagnostic(
        code(gladys::migrate::no_files),
        help("a pattern that finds nothing is a mistake; remove `migrations` if this database has none")
    )]
    NoFiles {
        /// The glob, as written.
        pattern: String,
        /// Where it was written; the manifest's text is attached where it is known.
        #[label("matches no file")]
        span: Labelled,
    },
    /// The glob is none.
    #[error("`{pattern}` is not a pattern: {cause}")]
    #[diagnostic(code(gladys::migrate::pattern))]
    Pattern {
        /// The glob, as written.
        pattern: String,
        /// What is wrong with it.
        cause: String,
        /// Where it was written.
        #[label("here")]
        span: Labelled,
    },
    /// A file cannot be read.
    #[error("cannot read `{file}`: {cause}")]
    #[diagnostic(code(gladys::migrate::unreadable))]
    Unreadable {
        /// Its path.
        file: String,
        /// Why.
        cause: String,
    },
    /// A new file cannot be written.
    #[error("cannot write `{file}`: {cause}")]
    #[diagnostic(code(gladys::migrate::unwritable))]
    Unwritable {
        /// Its path.
        file: String,
        /// Why.
        cause: String,
    },
    /// What the files make is not what is there.
    #[error("database `{database}` is not what the migrations make; the closest is after {after}")]
    #[diagnostic(
        code(gladys::migrate::no_match),
        help(
            "`-` is what the files make, `+` what is there; where that is as it should be, record the files without \
             comparing: gladys migrate adopt --to VERSION --yes"
        )
    )]
    NoMatch {
        /// Name on the server.
        database: String,
        /// The file after which the difference is smallest.
        after: String,
        /// What differs then.
        differences: Vec<Difference>,
    },
    /// Two files have one version.
    #[error("`{first}` and `{second}` have the same version")]
    #[diagnostic(code(gladys::migrate::twice), help("give one of them the next free number"))]
    Twice {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// Applied files were edited.
    #[error("{} changed after {} applied: {}", count(files.len(), "file"), was(files), list(files))]
    #[diagnostic(
        code(gladys::migrate::edited),
        help(
            "an applied file is never run again: undo the edit and write a new migration, or see what \
             `gladys migrate repair` says"
        )
    )]
    Edited {
        /// Their titles.
        files: Vec<String>,
    },
    /// `repair` is not told to record what was never run.
    #[error(
        "the statements of {} changed after {} applied, and were not run: {}",
        count(files.len(), "file"),
        was(files),
        list(files)
    )]
    #[diagnostic(
        code(gladys::migrate::unaccepted),
        help(
            "nothing was recorded. Undo the edit and write a new migration; or, where the database has the change \
             already, record it without running it: gladys migrate repair --accept-edits {accept}"
        )
    )]
    Unaccepted {
        /// Their titles.
        files: Vec<String>,
        /// What `--accept-edits` would have to name, joined by commas.
        accept: String,
    },
    /// `repair --accept-edits` names a version that was not edited.
    #[error("no applied file of version `{version}` has changed statements")]
    #[diagnostic(
        code(gladys::migrate::not_edited),
        help("nothing was recorded; see how every version stands with `gladys migrate --status`")
    )]
    NotEdited {
        /// The version, as given.
        version: String,
    },
    /// Applied files are gone.
    #[error("{} applied and {} no longer there: {}", was_applied(files), be(files), list(files))]
    #[diagnostic(
        code(gladys::migrate::missing),
        help("restore from version control, or let the ledger forget with `gladys migrate repair`")
    )]
    Missing {
        /// Their titles.
        files: Vec<String>,
    },
    /// Files that are older than the newest applied one.
    #[error("{} older than what is applied: {}", be_pending(files), list(files))]
    #[diagnostic(
        code(gladys::migrate::late),
        help("give a number after the newest one, or apply out of order with `--out-of-order`")
    )]
    Late {
        /// Their titles.
        files: Vec<String>,
    },
    /// `-f` fits several files or none.
    #[error("`{wanted}` {}", fits(found))]
    #[diagnostic(code(gladys::migrate::ambiguous), help("{help}"))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The titles it fits.
        found: Vec<String>,
        /// What to write instead.
        help: String,
    },
    /// The database takes no changes.
    #[error("database `{database}` is read-only: {why}")]
    #[diagnostic(
        code(gladys::migrate::read_only),
        help("nothing was changed; migrate where it can be written")
    )]
    ReadOnly {
        /// Name on the server.
        database: String,
        /// What makes it so.
        why: String,
    },
    /// `--to` lies behind what is applied.
    #[error("the database is already beyond `{wanted}`")]
    #[diagnostic(
        code(gladys::migrate::backwards),
        help("undo what is newer with `gladys migrate --down --to {wanted}`")
    )]
    Backwards {
        /// What was asked for.
        wanted: String,
    },
    /// Files that nothing undoes.
    #[error("{} no `.down.sql`: {}", have(files), list(files))]
    #[diagnostic(
        code(gladys::migrate::no_down),
        help(
            "write one beside each, such as `{}.down.sql`, or a new migration that undoes it",
            first(files)
        )
    )]
    NoDown {
        /// Their titles.
        files: Vec<String>,
    },
    /// Tables and no ledger.
    #[error("database `{database}` has {} and no ledger of migrations", count(*tables, "table"))]
    #[diagnostic(
        code(gladys::migrate::unknown_state),
        help(
            "which files made these tables is unknown, and running them again could hide a difference: find out \
             with `gladys migrate adopt`, or start from an empty ledger with `gladys migrate adopt --none`"
        )
    )]
    NoLedger {
        /// Name on the server.
        database: String,
        /// How many tables it has.
        tables: usize,
    },
    /// There is a ledger already.
    #[error("database `{database}` has a ledger already, with {}", count(*rows, "row"))]
    #[diagnostic(code(gladys::migrate::adopted), help("see it with `gladys migrate --status`"))]
    HasLedger {
        /// Name on the server.
        database: String,
        /// How many rows it has.
        rows: usize,
    },
    /// The ledger is not adopted without a word.
    #[error("recording files as applied without running or comparing them needs `--yes`")]
    #[diagnostic(
        code(gladys::migrate::unconfirmed),
        help("the files up to this version must really have been applied")
    )]
    Unconfirmed,
    /// Another migrator is at work.
    #[error("another migration is running on this database: {holder}")]
    #[diagnostic(code(gladys::migrate::locked), help("waited {waited}; wait longer with `--wait 5m`"))]
    Locked {
        /// Who, since when.
        holder: String,
        /// For how long it was waited.
        waited: String,
    },
    /// The person stopped it.
    #[error("interrupted")]
    #[diagnostic(
        code(gladys::migrate::interrupted),
        help("what was applied stays applied; nothing was left half done")
    )]
    Interrupted,
}

/// A span of the manifest, which miette can label once the text is attached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Labelled(pub Span);

impl From<Labelled> for SourceSpan {
    fn from(span: Labelled) -> Self {
        span.0.into()
    }
}

impl From<Span> for Labelled {
    fn from(span: Span) -> Self {
        Self(span)
    }
}

impl MigrationError {
    /// Whether the command line is wrong: it names a version that there is not, or lacks a flag that it needs.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Ambiguous { .. } | Self::NotEdited { .. } | Self::Unconfirmed)
    }

    /// `wanted` fits these of all titles: none or several.
    pub(super) fn ambiguous(wanted: &str, found: Vec<String>, all: &[String]) -> Self {
        let help = match (found.first(), text::closest(wanted, all.iter().map(String::as_str))) {
            (Some(first), _) => format!("write more of the name, such as `{first}`"),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) => "see all with `gladys migrate --status`".to_owned(),
        };
        Self::Ambiguous { wanted: wanted.to_owned(), found, help }
    }
}

fn fits(found: &[String]) -> String {
    if found.is_empty() {
        "fits no migration".to_owned()
    } else {
        format!("fits {}: {}", count(found.len(), "migration"), list(found))
    }
}

fn was(files: &[String]) -> &'static str {
    if files.len() == 1 { "it was" } else { "they were" }
}

fn be(files: &[String]) -> &'static str {
    if files.len() == 1 { "is" } else { "are" }
}

fn have(files: &[String]) -> String {
    format!("{} {}", count(files.len(), "file"), if files.len() == 1 { "has" } else { "have" })
}

fn first(files: &[String]) -> &str {
    files.first().map_or("", String::as_str)
}

fn was_applied(files: &[String]) -> String {
    format!("{} {}", count(files.len(), "file"), if files.len() == 1 { "was" } else { "were" })
}

fn be_pending(files: &[String]) -> String {
    format!("{} pending and", format_args!("{} {}", count(files.len(), "file"), be(files)))
}

/// The one of these titles that contains `wanted`, or that is it.
pub fn choose<'a>(titles: &'a [String], wanted: &str) -> Result<&'a str, MigrationError> {
    let stem = wanted.rsplit('/').next().unwrap_or(wanted);
    let stem = stem.strip_suffix(".sql").unwrap_or(stem);
    if let Some(exact) = titles.iter().find(|title| *title == stem) {
        return Ok(exact);
    }
    let found: Vec<&String> = titles.iter().filter(|title| title.contains(stem)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        several => {
            let several = several.iter().map(|title| (*title).clone()).collect();
            Err(MigrationError::ambiguous(wanted, several, titles))
        }
    }
}
