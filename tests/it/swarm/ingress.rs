//! A port that every machine of a swarm gives to all replicas of a service.

use super::nodes;
use crate::containers::{Containers, port_everywhere};
use crate::project::until;
use crate::skip;

/// `top`, published, and with a line in its log for every request.
const TOP: &str = r#"version: "3.8"
services:
  top:
    image: gladys-standin
    command: [fixture, --name, top, --host, 0.0.0.0, --listen, "80"]
    environment: { RUST_LOG: debug }
    ports: [{ target: 80, published: "${PORT_TOP}", protocol: tcp, mode: ingress }]
    deploy:
      replicas: ${REPLICAS_TOP}
    healthcheck: { test: [CMD, /standin, health, "127.0.0.1:80"], interval: 500ms, timeout: 5s, retries: 5 }
"#;

const REQUEST: &str = r"GET /who HTTP/1.0\r\n\r\n";

#[test]
fn requests_to_a_published_port_reach_every_replica() {
    if nodes::missing() || skip::without_in_kernel("IPVS (`CONFIG_IP_VS`)", has_ipvs()) {
        return;
    }
    let containers = Containers::with_swarm();
    let project = &containers.project;
    project.write("environments/swarm/top.yml", TOP);
    let port = port_everywhere();
    drop(project.sh(&format!("PORT_TOP={port} REPLICAS=3 exec $GLADYS start top -q -p swarm")));
    let label = format!("label=com.docker.swarm.service.name={}_top", project.var("SWARM_STACK"));
    let (swarm, machine) = containers.swarm();
    let replicas = swarm.engine(machine, &["ps", "--quiet", "--filter", &label]);
    assert_eq!(replicas.lines().count(), 3);
    until("each replica has answered", || {
        swarm.on(machine, &["bash", "-c", &format!("printf '{REQUEST}' >/dev/tcp/127.0.0.1/{port}")]);
        replicas.lines().all(|replica| swarm.engine(machine, &["logs", replica]).contains("GET /who"))
    });
}

/// Whether the kernel can spread connections over replicas; the engine loads the module itself.
fn has_ipvs() -> bool {
    let loads = std::process::Command::new("modprobe").args(["--dry-run", "--quiet", "ip_vs"]).status();
    std::path::Path::new("/proc/net/ip_vs").exists() || loads.is_ok_and(|status| status.success())
}
