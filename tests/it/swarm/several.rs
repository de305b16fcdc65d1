//! A swarm of several machines: replicas spread, and come back when a machine goes; all of it as a verb tells it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::nodes::{self, Nodes};
use super::{fewest_healthy, now};
use crate::containers::on_swarm;
use crate::project::{Project, until_within};
use crate::run::Run;

/// More than anything takes that does not hang, on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

/// More than a swarm takes to see that it lost its leader, or to have all its managers again. One dials another for 20 s, and
/// pauses for 8 s; one that finds no leader asks for votes every 10 to 19 s; an engine asks every 8 s to be let in.
const ELECTED: Duration = Duration::from_secs(180);

const NO_LEADER: &str = "The swarm does not have a leader";

/// A swarm, and the project that runs on it, by way of one of its machines.
struct Cluster {
    nodes: Nodes,
    project: Project,
    way: &'static str,
}

impl Cluster {
    /// Of these machines, with a replica for each, and with these variables.
    fn new<const N: usize, const M: usize>(
        names: [&'static str; N],
        managers: usize,
        variables: [(&str, &str); M],
    ) -> Self {
        let nodes = Nodes::new(names, managers);
        let project = on_swarm(Project::new().manifest(include_str!("../containers/gladys.kdl")));
        let project = project.env("GLADYS_PROFILE", "swarm").env("REPLICAS", names.len());
        let project = variables.into_iter().fold(project, |project, (name, value)| project.env(name, value));
        Self { nodes, project, way: names[0] }.by_way_of(names[0])
    }

    /// From now on it is asked at this machine.
    fn by_way_of(mut self, name: &'static str) -> Self {
        self.project = self.project.env("DOCKER_HOST", self.nodes.host(name));
        Self { way: name, ..self }
    }

    fn engine(&self, words: &[&str]) -> String {
        self.nodes.engine(self.way, words)
    }

    #[track_caller]
    fn gladys(&self, words: &str) -> Run {
        self.project.sh(&format!("exec $GLADYS {words}"))
    }

    /// What `status` says of `top`: its state, and what else there is.
    fn top(&self) -> String {
        let status: Value =
            serde_json::from_str(&self.gladys("status --json").anything().raw()).unwrap_or_default();
        let top = &status["services"][1];
        let notes = top["notes"].as_array().into_iter().flatten();
        let told = [&top["state"]].into_iter().chain(notes).chain([&top["health"]]);
        told.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Waits until so much is told of `top`.
    #[track_caller]
    fn until_top_is(&self, wanted: &str) {
        let begun = Instant::now();
        while let Some(found) = Some(self.top()).filter(|found| found != wanted) {
            assert!(begun.elapsed() < SOON, "waited in vain until `top` is {wanted}; it is {found}");
        }
    }

    /// Waits until all its machines are in the swarm.
    fn until_complete(&self) {
        let ready = || self.engine(&["node", "ls"]).matches("Ready").count();
        until_within(ELECTED, "all machines are back", || ready() == self.nodes.count());
    }

    /// The machines that `top` is meant to run on, one for each replica.
    fn machines(&self) -> Vec<String> {
        let words =
            ["service", "ps", "--filter=desired-state=running", "--format={{.Node}}", &self.service()];
        let mut machines: Vec<String> = self.engine(&words).lines().map(str::to_owned).collect();
        machines.sort_unstable();
        machines
    }

    fn service(&self) -> String {
        format!("{}_top", self.project.var("SWARM_STACK"))
    }
}

#[test]
fn replicas_of_a_machine_that_goes_come_back_on_the_others() {
    if nodes::missing() {
        return;
    }
    // A new replica counts after its first check: there is a while to see that one is missing.
    let mut cluster = Cluster::new(["one", "two", "three"], 1, [("TOP_INTERVAL", "3s")]);
    drop(cluster.gladys("start -q"));
    assert_eq!(cluster.machines(), ["one", "three", "two"]);

    cluster.engine(&["node", "update", "--availability=drain", "two"]);
    cluster.until_top_is("starting, 2 of 3 run");
    cluster.until_top_is("ready, 3 of 3 run");
    let machines = cluster.machines();
    assert!(machines.len() == 3 && !machines.contains(&"two".to_owned()), "{machines:?}");

    cluster.engine(&["node", "update", "--availability=active", "two"]);
    cluster.nodes.kill("three");
    let left = machines.iter().filter(|machine| *machine == "one").count();
    cluster.until_top_is(&format!("starting, {left} of 3 run, the node three is down"));
    cluster.until_top_is("ready, 3 of 3 run");
    let machines = cluster.machines();
    assert!(machines.len() == 3 && !machines.contains(&"three".to_owned()), "{machines:?}");

    cluster.nodes.revive("three");
    cluster.until_complete();
    cluster.until_top_is("ready, 3 of 3 run");
}

#[test]
fn replicas_that_no_machine_may_run_say_so() {
    if nodes::missing() {
        return;
    }
    let cluster = Cluster::new(["one", "two"], 1, []);
    drop(cluster.gladys("start -q"));
    for name in ["one", "two"] {
        cluster.engine(&["node", "update", "--availability=drain", name]);
    }
    cluster.until_top_is("starting, 0 of 2 run, no suitable node (2 nodes not available for new tasks)");
    let why = cluster.gladys("why top").code(1).text();
    assert!(
        why.starts_with("top: 0 of 2 run: no suitable node (2 nodes not available for new tasks)\n"),
        "{why}"
    );
}

#[test]
fn a_restart_on_several_machines_never_leaves_fewer_replicas() {
    if nodes::missing() {
        return;
    }
    let cluster = Cluster::new(["one", "two"], 1, []);
    drop(cluster.gladys("start -q"));
    let since = now();
    drop(cluster.gladys("restart top -q"));
    let hosts = ["one", "two"].map(|name| cluster.nodes.host(name));
    assert_eq!(fewest_healthy(&hosts, &cluster.service(), 2, &since), 2);
}

#[test]
fn a_swarm_without_a_majority_is_told_by_every_verb() {
    if nodes::missing() {
        return;
    }
    let cluster = Cluster::new(["one", "two"], 2, []);
    drop(cluster.gladys("start -q"));
    // The leader goes: what it alone had noted would keep the other one from being elected until it has asked first, which
    // is even money each time.
    let mut cluster = cluster.by_way_of("two");
    cluster.nodes.kill("one");
    let error = || cluster.engine(&["info", "--format={{.Swarm.Error}}"]);
    until_within(ELECTED, "the loss is noticed", || error().contains(NO_LEADER));
    for verb in ["status", "why top", "start", "restart top", "stop", "logs"] {
        let said = cluster.gladys(&format!("{verb} 2>&1")).code(1).within(SOON).text();
        assert!(said.contains(NO_LEADER), "`{verb}` says {said}");
    }
    cluster.nodes.revive("one");
    cluster.until_complete();
    cluster.until_top_is("ready, 2 of 2 run");
}
