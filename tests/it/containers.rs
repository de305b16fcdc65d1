//! A project of two services, `top` on `base`, in every profile that this machine can run; what it made is removed.

use std::process::Command;

use crate::project::Project;
use crate::skip;

const MANIFEST: &str = r#"
project parity { }
service base { }
service top { needs base }
group all { members "*" }
profile local default=#true {
    ready tcp
    recipe start { spawn }
    recipe stop { terminate }
    recipe logs { tail "{follow}" "{tail}" "{grep}" }
    service base { port 4000 env=BASE; exec standin fixture --name base --listen "{port}" }
    service top { port 4001 env=TOP; exec standin fixture --name top --listen "{port}" }
}
profile docker {
    let compose { words docker compose { try docker compose version }; words docker-compose }
    let stack "parity-{checkout}"
    env COMPOSE_FILE="{root}/compose.yml" COMPOSE_PROJECT_NAME="{stack}" PORT_BASE="{base.port}" PORT_TOP="{top.port}"
    ready status timeout="60s"
    recipe start batch=#true {
        prepare "{compose}" up --no-start --no-deps --no-build "{service}"
        run docker start "{stack}-{service}"
    }
    recipe stop batch=#true { run "{compose}" stop "{service}" }
    recipe logs { tail "{follow}" "{tail}" "{grep}" { from docker logs --timestamps "{follow}" "{tail}" "{stack}-{service}" } }
    recipe status {
        run sh -c "all=$(docker ps --all --quiet --filter label=com.docker.compose.project=$1) || exit; [ -z \"$all\" ] || docker inspect $all" sh "{stack}"
        read {
            unit "Config/Labels/com.docker.compose.service"
            state "State/Status" { starting created restarting; exited dead removing }
            health "State/Health/Status"
            id "Id"
            pid "State/Pid"
            since "State/StartedAt"
            exit "State/ExitCode"
            message "State/Error"
            check "State/Health/Log/-1/Output"
        }
    }
    service base { port 4002 env=DOCKER_BASE }
    service top { port 4003 env=DOCKER_TOP }
}
command start "Start" { targets default=all; each start order=needs { wait } }
command stop "Stop" { targets default=all; each stop order=reverse }
command restart "Stop and start" { targets default=all; do stop "{targets}"; do start "{targets}" }
command status "State" { builtin status }
command logs "Logs" { targets default=all; flag -f --follow "On"; option -n --tail "Last" value=N; option --grep "With" value=TEXT; each logs order=together }
"#;

/// One container for each service; `health` is what the check of `top` asks, and `image` what it is made of.
fn compose(image: &str, health: &str) -> String {
    let service = |name: &str, image: &str, port: &str, health: &str| {
        format!(
            "  {name}:\n    image: {image}\n    container_name: ${{COMPOSE_PROJECT_NAME}}-{name}\n    \
             command: [fixture, --name, {name}, --host, 0.0.0.0, --listen, '80']\n    \
             ports: ['127.0.0.1:${{{port}}}:80']\n    \
             healthcheck: {{ test: [CMD, /standin, health, '{health}'], interval: 1s, timeout: 2s, retries: 2 }}\n"
        )
    };
    let base = service("base", "gladys-standin", "PORT_BASE", "127.0.0.1:80");
    format!("version: '3.8'\nservices:\n{base}{}", service("top", image, "PORT_TOP", health))
}

/// The project; dropping it removes its containers and network.
pub struct Containers {
    /// To run `gladys` in.
    pub project: Project,
}

impl Containers {
    /// With a healthy `top`.
    pub fn new() -> Self {
        Self::with("gladys-standin", "127.0.0.1:80")
    }

    /// With a `top` of this image and health check.
    pub fn with(image: &str, health: &str) -> Self {
        let project = Project::new().port("BASE").port("TOP").port("DOCKER_BASE").port("DOCKER_TOP");
        Self { project: project.manifest(MANIFEST).file("compose.yml", compose(image, health)) }
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        // A test may have broken the file that the engine's own clean-up would read.
        let plan = self.project.gladys(["stop", "-p", "docker", "--dry-run", "--json"]).anything().found();
        let Some((_, rest)) = plan.split_once("\"COMPOSE_PROJECT_NAME\": \"") else { return };
        let label =
            format!("label=com.docker.compose.project={}", rest.split('"').next().unwrap_or_default());
        let remove = |list: &[&str], remove: &[&str]| {
            let ids = engine(&[list, &["--quiet", "--filter", &label]].concat());
            ids.split_whitespace().for_each(|id| drop(engine(&[remove, &[id]].concat())));
        };
        remove(&["ps", "--all"], &["rm", "--force"]);
        remove(&["network", "ls"], &["network", "rm"]);
    }
}

/// Calls the engine; what it prints on standard output.
pub fn engine(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// Whether there is no engine, or no image to make containers of.
pub fn missing() -> bool {
    let image = engine(&["image", "ls", "--quiet", "gladys-standin"]);
    skip::without(
        "container engine with the image `gladys-standin` (`gladys build -p docker`)",
        !image.is_empty(),
    )
}
