//! A stand-in for the four `GLADyS` services, and for services that misbehave: one small program, its part
//! chosen by its first argument. `README.md` beside this file describes every part, variable, and flag.

mod address;
mod call;
mod check;
mod cli;
mod client;
mod faults;
mod grpc;
mod life;
mod log;
mod roles;
mod server;
mod store;

use std::process::ExitCode;

fn main() -> ExitCode {
    let job = match cli::parse() {
        Ok(job) => job,
        Err(message) => {
            log::error(message);
            return ExitCode::from(2);
        }
    };
    match job {
        cli::Job::Serve(service) => life::run(*service),
        cli::Job::PostEvent { to, text } => check::post_event(&to, &text),
        cli::Job::Health { address, http_only } => check::health(&address, http_only),
        cli::Job::Check { names } => check::run(&names),
    }
}
