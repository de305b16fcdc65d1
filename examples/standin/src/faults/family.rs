//! Processes it leaves behind. Each is this program again, as a fixture that ends by itself after fifteen
//! minutes, so that a test that goes wrong litters no machine for ever.

use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::process::{Child, Command, Stdio};

use clap::{Arg, ArgMatches};

use super::flag;
use crate::log;

const LIFETIME: &str = "0@900000";

/// Which processes are started besides this one.
pub(crate) struct Family {
    child: bool,
    daemon: bool,
    hold_stdout: bool,
    worker: Option<u16>,
    /// How many times this process, itself a descendant, still has to call `setsid` and hand on.
    handovers: u64,
    heirloom: Vec<&'static str>,
}

pub(super) fn flags() -> Vec<Arg> {
    vec![
        flag::switch("child", "Start a child that stays; it holds no stream of this process"),
        flag::switch("double-fork", "Start a daemon: forked twice, setsid twice, its parents gone"),
        flag::switch("hold-stdout", "Start a child that keeps stdout and stderr open"),
        flag::value("worker-port", "PORT", "Start a child that listens on PORT")
            .value_parser(clap::value_parser!(u16).range(1..)),
        flag::number("handovers", "N", "Call setsid and hand on to a new process, N times")
            .hide(true)
            .default_value("0"),
    ]
}

impl Family {
    pub(super) fn from(matches: &ArgMatches) -> Self {
        Self {
            child: matches.get_flag("child"),
            daemon: matches.get_flag("double-fork"),
            hold_stdout: matches.get_flag("hold-stdout"),
            worker: matches.get_one("worker-port").copied(),
            handovers: flag::count(matches, "handovers").unwrap_or_default(),
            heirloom: if matches.get_flag("ignore-term") { vec!["--ignore-term"] } else { Vec::new() },
        }
    }

    /// One step of `--double-fork`: leaves the session, starts the next process, and waits for it unless it is
    /// the last, so that the daemon exists when the first of the chain has exited. `false`: this is the last.
    pub(crate) fn hand_over(&self) -> Result<bool, String> {
        let Some(left) = self.handovers.checked_sub(1) else { return Ok(false) };
        rustix::process::setsid().map_err(|error| format!("setsid: {error}"))?;
        let mut next = self.spawn("daemon", &["--handovers", &left.to_string()], Stdio::null, Stdio::null)?;
        if left > 0 {
            next.wait().map_err(|error| error.to_string())?;
        }
        Ok(true)
    }

    /// Starts everyone asked for; the worker listens when this returns.
    pub(crate) fn start(&self, hosts: &[IpAddr]) -> Result<(), String> {
        if self.child {
            self.spawn("child", &[], Stdio::null, Stdio::null)?;
        }
        if self.hold_stdout {
            self.spawn("holder", &[], Stdio::inherit, Stdio::inherit)?;
        }
        if self.daemon {
            let first = self.spawn("daemon", &["--handovers", "2"], Stdio::null, Stdio::inherit);
            first?.wait().map_err(|error| error.to_string())?;
        }
        self.worker.map_or(Ok(()), |port| self.start_worker(port, hosts))
    }

    fn start_worker(&self, port: u16, hosts: &[IpAddr]) -> Result<(), String> {
        let port_text = port.to_string();
        let hosts_text: Vec<String> = hosts.iter().map(IpAddr::to_string).collect();
        let mut args = vec!["--listen", &port_text];
        args.extend(hosts_text.iter().flat_map(|host| ["--host", host]));
        let mut worker = self.spawn("worker", &args, Stdio::piped, Stdio::null)?;
        // The port may answer although it is somebody else's: only the worker's own word counts.
        let words = worker.stdout.take().map(BufReader::new);
        let mut lines = words.into_iter().flat_map(BufRead::lines).map_while(Result::ok);
        let listens = lines.any(|line| line.contains("listening on"));
        if listens { Ok(()) } else { Err(format!("the worker cannot listen on port {port}")) }
    }

    fn spawn(
        &self,
        name: &str,
        args: &[&str],
        stdout: fn() -> Stdio,
        stderr: fn() -> Stdio,
    ) -> Result<Child, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let spawned = Command::new(program)
            .args(["fixture", "--name", name, "--exit", LIFETIME])
            .args(args)
            .args(&self.heirloom)
            .stdin(Stdio::null())
            .stdout(stdout())
            .stderr(stderr())
            .spawn();
        let child = spawned.map_err(|error| format!("cannot start the {name}: {error}"))?;
        log::info(format!("started a {name}"));
        Ok(child)
    }
}
