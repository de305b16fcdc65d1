//! A swarm of one machine, and what only a swarm does: several replicas, and a restart without a gap.
//!
//! - [`nodes`]: several machines in one. [`several`]: what a swarm of them does. [`ingress`]: a port for all replicas.

mod ingress;
pub mod nodes;
mod several;

use crate::containers::{Containers, engine};

#[test]
fn a_restart_never_leaves_fewer_replicas_than_were_asked_for() {
    if nodes::missing() {
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
    let (swarm, machine) = containers.swarm();
    assert_eq!(fewest_healthy(&[swarm.host(machine)], &service, 2, &since), 2);
}

/// The numbers of the tasks that run.
fn tasks(containers: &Containers) -> Vec<String> {
    let service = format!("{}_top", containers.project.var("SWARM_STACK"));
    let (swarm, machine) = containers.swarm();
    let words = ["service", "ps", "--quiet", "--filter", "desired-state=running", &service];
    swarm.engine(machine, &words).lines().map(str::to_owned).collect()
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
