//! `gladys tool …`: what manifests call on gladys itself for, in programs of their own.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};

use super::exit::Exit;
use super::report::{self, Style};
use crate::masked::Masked;
use crate::probe::{self, Kind, PROBED, Probe};
use crate::{db, postgres, supervisor};

/// Runs a tool.
pub fn run(words: &[String], style: Style) -> Exit {
    match command().no_binary_name(true).bin_name("gladys tool").try_get_matches_from(words.iter().skip(2)) {
        Err(error) => super::usage(&error, style),
        Ok(matches) => match matches.subcommand() {
            Some(("postgres", matches)) => report::tool(|out| postgres::main(matches, out), style),
            Some(("probe", matches)) => probe_once(matches, style),
            _ => Exit::Refused,
        },
    }
}

fn command() -> Command {
    let parent = |name: &'static str, about: &'static str| {
        Command::new(name).about(about).subcommand_required(true).arg_required_else_help(true)
    };
    let place = || Arg::new("place").value_name("HOST:PORT").required(true).value_parser(parse_place);
    let timeout = Arg::new("timeout").long("timeout").value_name("TIME").global(true);
    let timeout = timeout
        .value_parser(|text: &str| crate::text::parse_duration(text).ok_or("expected a time such as `3s`"));
    let probe = parent("probe", "Ask once whether something is ready; exit 0 says yes")
        .arg(timeout)
        .subcommand(Command::new("tcp").about("A port accepts connections").arg(place()))
        .subcommand(
            Command::new("grpc").about("grpc.health.v1 says SERVING").arg(place()).arg(Arg::new("service")),
        )
        .subcommand(
            Command::new("http").about("A URL answers 2xx or 3xx").arg(Arg::new("url").required(true)),
        )
        .subcommand(
            Command::new("log")
                .about("The present run of a service has logged a text")
                .arg(Arg::new("state").value_name("FOLDER").required(true))
                .arg(Arg::new("text").required(true).allow_hyphen_values(true)),
        )
        .subcommand(Command::new("postgres").about(format!("The database in {PROBED} lets us in")));
    parent("gladys tool", "Programs that a manifest can run")
        .subcommand(postgres::grammar(parent("postgres", "A PostgreSQL server with no set-up")))
        .subcommand(probe)
}

fn parse_place(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("localhost", text));
    let port = port.parse().map_err(|_| format!("expected HOST:PORT or a port, found `{text}`"))?;
    Ok((host.to_owned(), port))
}

fn probe_once(matches: &ArgMatches, style: Style) -> Exit {
    let Some((kind, inner)) = matches.subcommand() else { return Exit::Refused };
    let place = || inner.try_get_one::<(String, u16)>("place").ok().flatten().cloned().unwrap_or_default();
    let text = |name: &str| inner.try_get_one::<String>(name).ok().flatten().cloned().unwrap_or_default();
    let kind = match kind {
        "http" => Kind::Http { url: text("url") },
        "grpc" => Kind::Grpc { host: place().0, port: place().1, service: text("service") },
        "log" => {
            let state = PathBuf::from(text("state"));
            let (path, from) = (supervisor::log_path(&state), supervisor::run_position(&state));
            Kind::Log { path, from, pattern: text("text") }
        }
        "postgres" => Kind::Postgres(db::Target {
            name: "main".to_owned(),
            url: Masked::secret(std::env::var(PROBED).unwrap_or_default()),
            password: None,
            origin: PROBED.to_owned(),
            span: crate::span::Span::default(),
            service: None,
            migrations: None,
        }),
        _ => Kind::Tcp { host: place().0, port: place().1 },
    };
    let attempt = inner.get_one::<Duration>("timeout").copied().unwrap_or(probe::ATTEMPT);
    let answers = probe::check_all(vec![Probe { kind, timeout: attempt, attempt }]);
    match answers.into_iter().next() {
        Some(Err(error)) => {
            report::error(&error, style);
            Exit::Failed
        }
        _ => Exit::Ok,
    }
}
