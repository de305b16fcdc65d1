//! A swarm of this one machine, and what only a swarm does: several replicas, and a restart without a gap.
//!
//! - [`nodes`]: several machines in one. [`several`]: what a swarm of them does.

mod nodes;
mod several;

use std::sync::{Mutex, PoisonError};

use crate::containers::{self, Containers, engine};

/// How many tests of this run need the swarm, and whether this run made it.
static MEMBERS: Mutex<(usize, bool)> = Mutex::new((0, false));

/// Keeps this machine a swarm. One that was there already stays; one that the tests made is left with the last of them.
pub struct Swarm;

impl Swarm {
    /// Makes the machine a swarm of its own, unless it is in one.
    pub fn join() -> Self {
        let mut members = MEMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if members.0 == 0 {
            members.1 = engine(&["info", "--format", "{{.Swarm.LocalNodeState}}"]).trim() == "inactive";
        }
        if members.0 == 0 && members.1 {
            engine(&["swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377"]);
        }
        members.0 += 1;
        Self
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        let mut members = MEMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        members.0 -= 1;
        // Another run of the tests may have found this one's swarm.
        if members.0 == 0 && members.1 && engine(&["service", "ls", "--quiet"]).is_empty() {
            engine(&["swarm", "leave", "--force"]);
        }
    }
}

#[test]
fn a_restart_never_leaves_fewer_replicas_than_were_asked_for() {
    if containers::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    let gladys = |words: &str| containers.project.sh(&format!("REPLICAS=2 $GLADYS {words} -p swarm"));
    drop(gladys("start top -q"));
    let before = tasks(&containers);
    assert_eq!(before.len(), 2);
    let since = now();
    drop(gladys("restart top -q"));
    let after = tasks(&containers);
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|task| !before.contains(task)), "{before:?} and {after:?}");
    let service = format!("{}_top", containers.project.var("SWARM_STACK"));
    let host = "unix:///var/run/docker.sock".to_owned();
    assert_eq!(fewest_healthy(&[host], &service, 2, &since), 2);
}

/// The numbers of the tasks that run.
fn tasks(containers: &Containers) -> Vec<String> {
    let service = format!("{}_top", containers.project.var("SWARM_STACK"));
    let tasks = engine(&["service", "ps", "--quiet", "--filter", "desired-state=running", &service]);
    tasks.lines().map(str::to_owned).collect()
}

/// How many replicas of a service were healthy at least, of so many at first, as these engines noted.
fn fewest_healthy(hosts: &[String], service: &str, at_first: i32, since: &str) -> i32 {
    let label = format!("label=com.docker.swarm.service.name={service}");
    let now = now();
    let words = [
        "events",
        "--since",
        since,
        "--until",
        &now,
        "--filter",
        &label,
        "--format",
        "{{.TimeNano}} {{.Action}}",
    ];
    let of_host = |host: &String| engine(&[&["--host", host], &words[..]].concat());
    let events: String = hosts.iter().map(of_host).collect();
    let mut events: Vec<&str> = events.lines().collect();
    events.sort_unstable();
    let mut healthy = at_first;
    let counts = events.into_iter().map(|event| {
        healthy += i32::from(event.ends_with(" health_status: healthy")) - i32::from(event.ends_with(" die"));
        healthy
    });
    counts.min().unwrap_or(0)
}

/// The time of the engine, which is that of this machine.
fn now() -> String {
    jiff::Timestamp::now().to_string()
}
