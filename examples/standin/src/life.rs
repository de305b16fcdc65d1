//! The life of one service: its traces and misbehaviour, then serving until it is told to stop.

use std::net::IpAddr;
use std::process::ExitCode;

use tokio::runtime::Builder;
use tokio::sync::oneshot::Receiver;

use crate::faults::Faults;
use crate::log;
use crate::roles::{Kind, Role};
use crate::server::{self, Desk};

/// A service, fully decided.
pub(crate) struct Service {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// `None`: a fixture without a port.
    pub(crate) port: Option<u16>,
    pub(crate) hosts: Vec<IpAddr>,
    pub(crate) faults: Faults,
}

/// Runs until SIGTERM or SIGINT (exit code 0), or until something it needs fails (1).
pub(crate) fn run(service: Service) -> ExitCode {
    log::init(&service.name, log::level_in(&std::env::var("RUST_LOG").unwrap_or_default()));
    match live(service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            log::error(message);
            ExitCode::FAILURE
        }
    }
}

fn live(mut service: Service) -> Result<(), String> {
    if service.faults.family.hand_over()? {
        return Ok(());
    }
    let stop = service.faults.ending.on_signal()?;
    service.faults.traces.at_start()?;
    log::info("started");
    service.faults.noise.start();
    service.faults.family.start(&service.hosts)?;
    service.faults.ending.on_its_own();
    service.faults.load.before_listening();
    let traces = std::mem::take(&mut service.faults.traces);
    serve_until(stop, service)?;
    traces.at_clean_stop();
    log::info("stopped");
    Ok(())
}

fn serve_until(stop: Receiver<()>, service: Service) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            _ = stop => Ok(()),
            failed = serve(service) => failed,
        }
    });
    // A thread may be waiting for a database that does not answer; stopping does not wait for it.
    runtime.shutdown_background();
    outcome
}

/// Returns only with an error.
async fn serve(service: Service) -> Result<(), String> {
    let Service { kind, name, port, hosts, faults } = service;
    if let (Some(port), Some(after)) = (port, faults.listen_after) {
        let role = Role::open(kind, port).await?;
        tokio::time::sleep(after).await;
        let listeners = server::listen(&hosts, port).await?;
        let places: Vec<String> =
            listeners.iter().filter_map(|l| Some(l.local_addr().ok()?.to_string())).collect();
        log::info(format!("listening on {}", places.join(" and ")));
        let desk = Box::leak(Box::new(Desk { name, role, answers: faults.answers }));
        for listener in listeners {
            tokio::spawn(server::accept(listener, desk));
        }
    }
    faults.load.once_listening();
    std::future::pending().await
}
