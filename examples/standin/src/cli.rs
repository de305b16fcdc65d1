//! The command line: which part to play, where to listen, which misbehaviour to show.

use std::net::IpAddr;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::address::{env_or, port_from_env};
use crate::check::CHECKS;
use crate::faults::{self, Faults};
use crate::life::Service;
use crate::roles::Kind;

/// What to do, with everything decided.
pub(crate) enum Job {
    Serve(Box<Service>),
    PostEvent { to: String, text: String },
    Health { address: String, http_only: bool },
    Check { names: Vec<String> },
}

const PARTS: [(&str, Kind, &str, &str); 5] = [
    (
        "memory-python",
        Kind::MemoryPython,
        "Store events in PostgreSQL, look up heuristics",
        "Variables: GRPC_PORT (50051), STORAGE_HOST (localhost), STORAGE_PORT (5432), STORAGE_DATABASE, \
         STORAGE_USER, STORAGE_PASSWORD (gladys), RUST_LOG",
    ),
    (
        "memory-rust",
        Kind::MemoryRust,
        "Weigh events and pass them on to memory-python",
        "Variables: GRPC_PORT (50052), STORAGE_ADDRESS (http://localhost:50051), RUST_LOG",
    ),
    (
        "orchestrator",
        Kind::Orchestrator,
        "Take events, have them stored and answered",
        "Variables: PORT (50050), SALIENCE_MEMORY_ADDRESS (localhost:50052), MEMORY_STORAGE_ADDRESS \
         (localhost:50051), EXECUTIVE_ADDRESS (localhost:50053), OUTCOME_PATTERNS_JSON ([]), RUST_LOG",
    ),
    (
        "executive",
        Kind::Executive,
        "Answer events; without memory at its start, from a file for its lifetime",
        "Variables: MEMORY_ADDRESS (localhost:50051), OLLAMA_URL, OLLAMA_MODEL, STORAGE_FILE, RUST_LOG",
    ),
    ("fixture", Kind::Fixture, "Play no part: only misbehave", "Variables: RUST_LOG"),
];

/// Reads the arguments; usage errors and help end the process, the error is a variable that makes no sense.
pub(crate) fn parse() -> Result<Job, String> {
    let matches = command().get_matches();
    match matches.subcommand() {
        Some(("post-event", given)) => {
            Ok(Job::PostEvent { to: orchestrator(given), text: text(given, "text") })
        }
        Some(("health", given)) => {
            Ok(Job::Health { address: text(given, "address"), http_only: given.get_flag("http") })
        }
        Some(("check", given)) => Ok(Job::Check { names: texts(given, "name") }),
        Some((name, given)) => service(name, given).map(|service| Job::Serve(Box::new(service))),
        None => Err("which part? See --help".to_owned()),
    }
}

fn command() -> Command {
    let parts = PARTS.map(|(name, kind, about, variables)| part(name, kind, about, variables));
    Command::new("standin")
        .about("Stand-in for the GLADyS services, and for services that misbehave")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(parts)
        .subcommand(
            Command::new("post-event")
                .about("Post one event to the orchestrator, print its answer")
                .arg(
                    Arg::new("to")
                        .long("to")
                        .value_name("HOST:PORT")
                        .help("The orchestrator [$ORCHESTRATOR_ADDRESS]"),
                )
                .arg(Arg::new("text").required(true).value_name("TEXT")),
        )
        .subcommand(
            Command::new("health")
                .about("Ask a service for its gRPC health; exit 0 if it is SERVING")
                .arg(Arg::new("http").long("http").action(ArgAction::SetTrue).help("Ask GET /health instead"))
                .arg(Arg::new("address").required(true).value_name("HOST:PORT")),
        )
        .subcommand(check())
}

fn check() -> Command {
    let names = CHECKS.map(|(name, _)| name);
    Command::new("check")
        .about("Check the running stack: healthy, and an event arrives in the database")
        .arg(Arg::new("name").num_args(0..).value_parser(names).value_name("CHECK").help("Only these"))
        .after_help(
            "Variables: PYTHON_ADDRESS, RUST_ADDRESS, ORCHESTRATOR_ADDRESS, EXECUTIVE_ADDRESS, DB_HOST, DB_PORT, \
             PGUSER, PGPASSWORD, PGDATABASE",
        )
}

fn part(name: &'static str, kind: Kind, about: &'static str, variables: &'static str) -> Command {
    let part = Command::new(name).about(about).after_help(variables).args(port(kind)).args(faults::flags());
    part.arg(
        Arg::new("name")
            .long("name")
            .value_name("NAME")
            .default_value(name)
            .help("The name in its log lines"),
    )
    .arg(
        Arg::new("host")
            .long("host")
            .value_name("IP")
            .action(ArgAction::Append)
            .value_parser(value_parser!(IpAddr))
            .default_values(["127.0.0.1", "::1"])
            .help("Listen on IP; may be repeated"),
    )
}

/// The flag for the port, for the parts that have one; the memory services only read `GRPC_PORT`.
fn port(kind: Kind) -> Option<Arg> {
    let arg = |name: &'static str, help: &'static str| {
        Arg::new("port").long(name).value_name("PORT").value_parser(value_parser!(u16)).help(help)
    };
    match kind {
        Kind::MemoryPython | Kind::MemoryRust => None,
        Kind::Orchestrator => Some(arg("port", "Listen on PORT [$PORT, else 50050]")),
        Kind::Executive => Some(arg("port", "Listen on PORT").default_value("50053")),
        Kind::Fixture => Some(arg("listen", "Listen on PORT; 0 takes a free one; without it, do not listen")),
    }
}

fn service(name: &str, given: &ArgMatches) -> Result<Service, String> {
    let found = PARTS.iter().find(|(part, ..)| *part == name);
    let kind = found.map_or(Kind::Fixture, |(_, kind, ..)| *kind);
    let flag = || given.get_one::<u16>("port").copied();
    let port = match kind {
        Kind::MemoryPython => Some(port_from_env("GRPC_PORT", 50051)?),
        Kind::MemoryRust => Some(port_from_env("GRPC_PORT", 50052)?),
        Kind::Orchestrator => Some(flag().map_or_else(|| port_from_env("PORT", 50050), Ok)?),
        Kind::Executive | Kind::Fixture => flag(),
    };
    let hosts = given.get_many("host").into_iter().flatten().copied().collect();
    Ok(Service { kind, name: text(given, "name"), port, hosts, faults: Faults::from(given) })
}

fn orchestrator(given: &ArgMatches) -> String {
    let usual = || env_or("ORCHESTRATOR_ADDRESS", "localhost:50050");
    given.get_one("to").cloned().unwrap_or_else(usual)
}

fn text(given: &ArgMatches, name: &str) -> String {
    given.get_one(name).cloned().unwrap_or_default()
}

fn texts(given: &ArgMatches, name: &str) -> Vec<String> {
    given.get_many(name).into_iter().flatten().cloned().collect()
}
