//! What the port says: nothing at all, or that the service is ill.

use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use hyper::StatusCode;

use super::flag::{self, At};

/// What the gRPC health service answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GrpcHealth {
    Serving,
    NotServing,
    Unimplemented,
}

/// The health that is shown to whoever asks.
pub(crate) struct Answers {
    /// Connections are accepted and never answered.
    pub(crate) hang: bool,
    grpc: GrpcHealth,
    http: Vec<At>,
    flap: Option<Duration>,
    started: Instant,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        flag::switch("hang", "Accept connections, never answer"),
        flag::value("grpc-health", "STATE", "What the gRPC health service answers")
            .value_parser(["serving", "not-serving", "unimplemented"])
            .default_value("serving"),
        flag::value("http-status", "CODE@MS", "Answer /health with CODE from MS on; may be repeated")
            .value_parser(value_parser!(At))
            .action(ArgAction::Append),
        flag::number("flap", "MS", "Be healthy for MS, ill for MS, and so on, over HTTP and gRPC")
            .value_parser(value_parser!(u64).range(1..)),
    ]
}

impl Answers {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        let grpc = match matches.get_one::<String>("grpc-health").map(String::as_str) {
            Some("not-serving") => GrpcHealth::NotServing,
            Some("unimplemented") => GrpcHealth::Unimplemented,
            _ => GrpcHealth::Serving,
        };
        Self {
            hang: matches.get_flag("hang"),
            grpc,
            http: matches.get_many("http-status").into_iter().flatten().copied().collect(),
            flap: flag::millis(matches, "flap"),
            started: Instant::now(),
        }
    }

    /// The gRPC health of this moment.
    pub(crate) fn grpc(&self) -> GrpcHealth {
        if self.grpc == GrpcHealth::Serving && self.ill() { GrpcHealth::NotServing } else { self.grpc }
    }

    /// The status of `/health` of this moment: the latest `--http-status` whose time has come, or 200.
    pub(crate) fn http_status(&self) -> StatusCode {
        let age = self.started.elapsed();
        let due = self.http.iter().filter(|at| at.after <= age).max_by_key(|at| at.after);
        let usual = if self.ill() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        due.map_or(usual, |at| StatusCode::from_u16(at.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn ill(&self) -> bool {
        self.flap.is_some_and(|period| self.started.elapsed().as_millis() / period.as_millis() % 2 == 1)
    }
}
