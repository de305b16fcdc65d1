//! A swarm of one machine, and what only a swarm does: several replicas, and a restart without a gap.
//!
//! - [`nodes`]: several machines in one. [`several`]: what a swarm of them does. [`ingress`]: a port for all replicas.

mod ingress;
pub mod nodes;
mod several;

use serde_json::Value;

use crate::containers::{Containers, engine};
use crate::project::until;

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

#[test]
fn the_log_of_several_tasks_is_in_the_order_of_time() {
    if nodes::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    let gladys = |words: &str| containers.project.sh(&format!("REPLICAS=3 $GLADYS {words} top -p swarm"));
    drop(gladys("start -q"));
    drop(gladys("restart -q"));
    let log = gladys("logs --json").raw();
    let time = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("an object");
        line["time"].as_str().and_then(|time| time.parse().ok()).expect("a time")
    };
    let times: Vec<jiff::Timestamp> = log.lines().map(time).collect();
    assert!(times.len() > 6 && times.is_sorted(), "{log}");
}

#[test]
fn starts_at_once_do_not_refuse_each_other() {
    if nodes::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    let start = "$GLADYS start base -q -p swarm";
    for _ in 0..5 {
        let together = format!("{start} & first=$!; {start} & second=$!; wait $first && wait $second");
        drop(containers.project.sh(&together));
        drop(containers.project.sh("$GLADYS stop -q -p swarm"));
    }
}

#[test]
fn a_file_that_is_missing_or_broken_is_named() {
    if nodes::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    let start = "$GLADYS start base -p swarm 2>&1";
    containers.project.write("environments/swarm/base.yml", "services: [\n");
    let said = containers.project.sh(start).code(1).text();
    assert!(said.contains("help: the mistake is in `environments/swarm/base.yml`"), "{said}");
    containers.project.sh("rm environments/swarm/base.yml");
    let said = containers.project.sh(start).code(2).text();
    assert!(said.contains("the file `environments/swarm/base.yml` does not exist"), "{said}");
}

#[test]
fn an_image_that_is_not_there_is_told_with_what_makes_it() {
    if nodes::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    drop(containers.project.sh("IMAGE=nowhere $GLADYS start base --no-wait -q -p swarm"));
    until("the engine has looked for it", || {
        let said = containers.project.sh("$GLADYS why base -p swarm").code(1).text();
        said.starts_with(
            "base: 0 of 1 run: No such image: nowhere:latest, which `gladys build --profile swarm` makes; \
             every machine needs it\n",
        )
    });
}

#[test]
fn replicas_that_find_no_place_leave_the_others_running() {
    if nodes::missing() {
        return;
    }
    let containers = Containers::with_swarm();
    let profile = containers.project.read("environments/swarm.kdl");
    containers.project.write("environments/swarm.kdl", profile.replace("timeout=\"120s\"", "timeout=\"8s\""));
    let gladys = |words: &str| containers.project.sh(&format!("MOST=1 {words} top -p swarm 2>&1"));
    drop(gladys("$GLADYS start -q"));
    let said = gladys("REPLICAS=2 $GLADYS start -q").code(1).text();
    assert!(said.contains("1 of 2 run"), "{said}");
    drop(gladys("$GLADYS start -q"));
    drop(gladys("$GLADYS status").any_stdout());
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
