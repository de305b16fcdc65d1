//! A project of two services, `top` on `base`, in every profile that this machine can run; what it made is removed.
//!
//! The profiles are those of `environments/`: their recipes as they stand, with the services of `containers/`.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::project::Project;
use crate::skip;
use crate::swarm::nodes::{self, Nodes};

/// The services of a profile: `base` has a port everywhere.
const LOCAL: &str = "
    service base { port 4000 env=BASE; exec standin fixture --name base --listen \"{port}\" }
    service top { port 4001 env=TOP; exec standin fixture --name top --listen \"{port}\"; env BASE_PORT=\"{base.port}\" }
";
const DOCKER: &str = "
    env PORT_BASE=\"{base.port}\" PORT_TOP=\"{top.port}\"
    service base { port 4002 env=DOCKER_BASE }
    service top { port 4003 env=DOCKER_TOP }
";
const SWARM: &str = "
    env PORT_BASE=\"{base.port}\" REPLICAS_BASE=\"{base.replicas}\" REPLICAS_TOP=\"{top.replicas}\"
    service base { port 4004 env=SWARM_BASE }
    service top { let replicas env=REPLICAS default=1 }
";

/// The machine that is a swarm.
const MACHINE: &str = "one";

/// The project; dropping it removes its containers, services and networks.
pub struct Containers {
    /// To run `gladys` in.
    pub project: Project,
    /// A swarm of one machine, whose engine is that of the containers too. It is never the engine of this machine: one that
    /// leaves a swarm takes their networks away from containers that have nothing to do with it.
    swarm: Option<Nodes>,
}

impl Containers {
    /// As processes and as containers.
    pub fn new() -> Self {
        Self::with([])
    }

    /// With these variables for the compose file: `IMAGE`, `TOP_HEALTH`.
    pub fn with<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let project =
            variables.into_iter().fold(Self::base(), |project, (name, value)| project.env(name, value));
        Self { project, swarm: None }
    }

    fn base() -> Project {
        let project = Project::new()
            .manifest(include_str!("containers/gladys.kdl"))
            .file("environments/local.kdl", profile("local", LOCAL))
            .file("environments/docker.kdl", profile("docker", DOCKER))
            .file("environments/docker-compose.yml", include_str!("containers/docker-compose.yml"))
            .link("environments/docker", &ours("environments/docker"))
            .link("images/make", Path::new("/bin/true"));
        ["BASE", "TOP", "DOCKER_BASE", "DOCKER_TOP"].into_iter().fold(project, Project::port)
    }

    /// As services of a swarm too.
    pub fn with_swarm() -> Self {
        let swarm = Nodes::new([MACHINE], 1);
        let project = on_swarm(Self::base()).env("DOCKER_HOST", swarm.host(MACHINE));
        Self { project, swarm: Some(swarm) }
    }

    /// In every profile that this machine can run.
    pub fn everywhere() -> Self {
        if nodes::missing() { Self::new() } else { Self::with_swarm() }
    }

    /// Its swarm, and the machine that is it.
    pub fn swarm(&self) -> (&Nodes, &'static str) {
        (self.swarm.as_ref().expect("one with a swarm"), MACHINE)
    }

    /// The name of its compose project.
    pub fn compose_project(&self) -> Option<String> {
        compose_project(&self.project)
    }

    /// The profiles that it runs in.
    pub fn profiles(&self) -> &'static [&'static str] {
        if self.swarm.is_some() { &["local", "docker", "swarm"] } else { &["local", "docker"] }
    }
}

/// With services of a swarm: the profile of that name, and its files.
pub fn on_swarm(project: Project) -> Project {
    let port = port_everywhere();
    project
        .name_port(port, "SWARM_BASE")
        .env("SWARM_BASE", port)
        .env("SWARM_STACK", format!("gladys-test-{port}"))
        .file("environments/swarm.kdl", profile("swarm", SWARM))
        .file("environments/swarm/base.yml", include_str!("containers/swarm/base.yml"))
        .file("environments/swarm/top.yml", include_str!("containers/swarm/top.yml"))
        .link("environments/swarm/broken", &ours("environments/swarm/broken"))
        .link("environments/swarm/logs", &ours("environments/swarm/logs"))
        .link("environments/swarm/status", &ours("environments/swarm/status"))
        .link("environments/swarm/stop", &ours("environments/swarm/stop"))
        .link("environments/swarm/restart", &ours("environments/swarm/restart"))
}

/// The profile of a file of `environments/`, with these services instead of its own.
fn profile(name: &str, services: &str) -> String {
    let text = fs::read_to_string(ours(&format!("environments/{name}.kdl"))).expect("a profile");
    let recipes = text.split_once("\n    service ").map_or(text.as_str(), |(before, _)| before);
    let of_its_own =
        |line: &&str| ["env PUBLISH_", "env DB_", "env REPLICAS_"].iter().all(|word| !line.contains(word));
    let recipes: Vec<&str> = recipes.lines().filter(of_its_own).collect();
    format!("{}\n{services}}}\n", recipes.join("\n"))
}

/// A port that is free on every address, below those that the kernel gives away by itself.
pub fn port_everywhere() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 500).unwrap_or(0) * 20;
    let ports = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
    let free = |port: &u16| TcpListener::bind(("0.0.0.0", *port)).is_ok();
    ports.take(10_000).find(free).expect("a free port")
}

/// A file of this repository.
fn ours(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Drop for Containers {
    fn drop(&mut self) {
        // What there is in a swarm ends with it.
        if self.swarm.is_none() {
            remove_containers(&self.project);
        }
    }
}

/// The name of a project's compose project.
pub fn compose_project(project: &Project) -> Option<String> {
    let plan = project.gladys(["stop", "-p", "docker", "--dry-run", "--json"]).anything().found();
    let plan: serde_json::Value = serde_json::from_str(&plan).ok()?;
    let mut steps = plan["steps"].as_array()?.iter();
    let name = steps.find_map(|step| step["action"]["program"]["env"]["COMPOSE_PROJECT_NAME"].as_str());
    name.map(str::to_owned)
}

/// Removes a project's containers, networks and volumes. A test may have broken the file that the engine's own clean-up
/// would read.
pub fn remove_containers(project: &Project) {
    if let Some(name) = compose_project(project) {
        remove_compose_project(&name);
    }
}

/// Removes the containers, networks and volumes of a compose project.
pub fn remove_compose_project(name: &str) {
    let label = format!("label=com.docker.compose.project={name}");
    remove(&["ps", "--all"], &["rm", "--force", "--volumes"], &label);
    remove(&["network", "ls"], &["network", "rm"], &label);
    remove(&["volume", "ls"], &["volume", "rm"], &label);
}

fn remove(list: &[&str], remove: &[&str], label: &str) {
    let ids = engine(&[list, &["--quiet", "--filter", label]].concat());
    ids.split_whitespace().for_each(|id| drop(engine(&[remove, &[id]].concat())));
}

/// Calls the engine of this machine, as `gladys` does in a project, which knows no other; what it prints on standard output.
pub fn engine(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).env_remove("DOCKER_HOST").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// The folder for `DOCKER_CONFIG` in which the compose plugin is, fetched where it is not installed.
pub fn plugin() -> Option<String> {
    let output = Command::new(ours("tests/plugin")).output().ok().filter(|output| output.status.success());
    let folder = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    skip::without("`docker compose`, and no package of it (`tests/plugin`)", folder.is_some());
    folder
}

/// Whether there is no engine, or no image to make containers of.
pub fn missing() -> bool {
    missing_image("gladys-standin")
}

/// Whether there is no engine with an image that `gladys build -p docker` makes. One that is not there yet is made.
pub fn missing_image(image: &str) -> bool {
    let there = || !engine(&["image", "ls", "--quiet", image]).is_empty();
    skip::without(
        &format!("container engine with the image `{image}` (`gladys build -p docker`)"),
        there() || (build() && there()),
    )
}

/// Makes the images, once in a run of the tests, where there is an engine to make them with; whether that went well.
fn build() -> bool {
    static MADE: OnceLock<bool> = OnceLock::new();
    *MADE.get_or_init(|| {
        let build = || {
            Command::new(env!("CARGO_BIN_EXE_gladys"))
                .args(["build", "-p", "docker"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status()
        };
        !engine(&["version", "--format", "{{.Server.Version}}"]).is_empty()
            && build().is_ok_and(|status| status.success())
    })
}
