//! Several engines on this machine that know nothing of each other or of its own one: each in namespaces, on a network
//! that only they see.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::containers;
use crate::project::{until, until_within};
use crate::skip;

/// An engine that finds no leader answers after 20 s.
const ANSWER: Duration = Duration::from_secs(60);

/// A swarm; dropping it ends its engines and all that they run. In a test that fails it says what the engines said.
pub struct Nodes {
    folder: TempDir,
    /// Holds the network that leads from one to another.
    switch: Child,
    all: Vec<Node>,
}

struct Node {
    name: &'static str,
    address: String,
    process: Child,
}

impl Nodes {
    /// A swarm of these machines, so many of which are managers; all of them have the image of the stand-in. Each must say
    /// every second that it is there.
    pub fn new<const N: usize>(names: [&'static str; N], managers: usize) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let switch = spawn(with_this_test("unshare").args(["--net", "sleep", "1d"]));
        let mut swarm = Self { folder, switch, all: Vec::new() };
        let is_apart =
            || namespace(swarm.switch.id()).is_some_and(|net| Some(net) != namespace(std::process::id()));
        until("the switch has a network of its own", is_apart);
        swarm.on_switch(&["ip", "link", "add", "lan", "type", "bridge"]);
        swarm.on_switch(&["ip", "link", "set", "lan", "up"]);
        fs::write(swarm.folder.path().join("config.json"), "{}").expect("a file");
        swarm.all = (1..).zip(names).map(|(number, name)| swarm.start(name, number)).collect();
        names.iter().for_each(|name| swarm.wait_for(name));
        names.iter().for_each(|name| swarm.load(name));
        swarm.join(managers);
        swarm
    }

    /// The address of an engine, for `DOCKER_HOST`.
    pub fn host(&self, name: &str) -> String {
        format!("unix://{}", self.file(name, "engine.sock").display())
    }

    /// Calls the engine of a machine; what it prints on standard output.
    pub fn engine(&self, name: &str, words: &[&str]) -> String {
        containers::engine(&[&["--host", &self.host(name)], words].concat())
    }

    /// Runs a program on the network of a machine; whether that went well.
    pub fn on(&self, name: &str, words: &[&str]) -> bool {
        let node = self.all.iter().find(|node| node.name == name).expect("a node");
        run_on(node.process.id(), words)
    }

    /// How many machines it has.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// A machine loses its power.
    pub fn kill(&mut self, name: &str) {
        let node = self.all.iter_mut().find(|node| node.name == name).expect("a node");
        node.process.kill().expect("it runs");
        node.process.wait().expect("it ends");
    }

    /// A machine comes back, with its disk as it was.
    pub fn revive(&mut self, name: &str) {
        let at = self.all.iter().position(|node| node.name == name).expect("a node");
        fs::remove_dir_all(self.file(name, "run")).expect("what a machine has in memory");
        self.all[at] = self.start(self.all[at].name, at + 1);
        self.wait_for(name);
    }

    fn start(&self, name: &'static str, number: usize) -> Node {
        let address = format!("10.177.0.{number}");
        fs::create_dir_all(self.file(name, "run")).expect("a folder");
        let log = fs::File::create(self.file(name, "log")).expect("a file");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/swarm/node");
        let mut command = with_this_test("unshare");
        command.args(["--net", "--uts", "--mount"]).arg(script);
        command.env("NAME", name).env("ADDRESS", &address).env("SWITCH", self.switch.id().to_string());
        command.arg(format!("--host={}", self.host(name))).arg("--storage-driver=vfs").stderr(log);
        let config = self.folder.path().join("config.json");
        let files = [
            ("config-file", config),
            ("data-root", self.file(name, "disk")),
            ("exec-root", self.file(name, "run")),
            ("pidfile", self.file(name, "run/pid")),
        ];
        command.args(files.map(|(option, file)| format!("--{option}={}", file.display())));
        Node { name, address, process: spawn(&mut command) }
    }

    fn wait_for(&self, name: &str) {
        let answers =
            || !self.engine(name, &["version", "--format", "{{.Server.Version}}"]).trim().is_empty();
        until_within(ANSWER, &format!("the engine of `{name}` answers"), answers);
    }

    fn load(&self, name: &str) {
        let save = Command::new("docker").args(["save", "gladys-standin"]).stdout(Stdio::piped()).spawn();
        let image = save.expect("the engine").stdout.expect("an image");
        let mut load = Command::new("docker");
        load.args(["--host", &self.host(name), "load", "--quiet"]).stdin(image).stdout(Stdio::null());
        assert!(load.status().is_ok_and(|status| status.success()), "`{name}` has no image");
    }

    fn join(&self, managers: usize) {
        let Some((first, others)) = self.all.split_first() else { return };
        let init = ["swarm", "init", "--dispatcher-heartbeat=1s", "--advertise-addr", &first.address];
        self.engine(first.name, &init);
        let token = |role: &str| self.engine(first.name, &["swarm", "join-token", "--quiet", role]);
        let tokens = [token("manager"), token("worker")];
        for (index, node) in others.iter().enumerate() {
            let token = tokens[usize::from(index + 1 >= managers)].trim();
            let manager = format!("{}:2377", first.address);
            self.engine(
                node.name,
                &["swarm", "join", "--token", token, "--advertise-addr", &node.address, &manager],
            );
        }
        let ready =
            || self.engine(first.name, &["node", "ls", "--format", "{{.Status}}"]).matches("Ready").count();
        until("all machines are in the swarm", || ready() == self.all.len());
    }

    fn on_switch(&self, words: &[&str]) {
        assert!(run_on(self.switch.id(), words), "{words:?}");
    }

    fn file(&self, name: &str, file: &str) -> PathBuf {
        self.folder.path().join(name).join(file)
    }

    /// Tells who is in the swarm, as each engine sees it, and the end of what each wrote.
    #[expect(clippy::print_stderr, reason = "what the engines said explains a failure")]
    fn tell(&self) {
        for Node { name, .. } in &self.all {
            let list = ["10s", "docker", "--host", &self.host(name), "node", "ls"];
            let output = Command::new("timeout").args(list).output().expect("`timeout` can be run");
            let said = [output.stdout, output.stderr].concat();
            let log = fs::read_to_string(self.file(name, "log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("module=grpc")).collect();
            let end = lines[lines.len().saturating_sub(40)..].join("\n");
            eprintln!("the engine of `{name}` says:\n{}\n{end}\n", String::from_utf8_lossy(&said));
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
        // An engine that is told to end ends its containers, and cleans up behind them.
        self.all.iter().filter_map(|node| child_of(node.process.id())).for_each(|engine| {
            let _ = kill_process(engine, Signal::TERM);
        });
        for node in &mut self.all {
            end(&mut node.process, Duration::from_secs(10));
        }
        end(&mut self.switch, Duration::ZERO);
    }
}

/// Waits so long for a process to end by itself.
fn end(process: &mut Child, patience: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < patience && matches!(process.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = process.kill();
    let _ = process.wait();
}

/// A program that does not outlive this test, however it ends.
fn with_this_test(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program can be run")
}

/// Which network a process sees.
fn namespace(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}

/// Runs a program on the network that a process sees; whether that went well.
fn run_on(pid: u32, words: &[&str]) -> bool {
    let status = Command::new("nsenter").arg(format!("--net=/proc/{pid}/ns/net")).args(words).status();
    status.is_ok_and(|status| status.success())
}

fn child_of(pid: u32) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    Pid::from_raw(children.split_whitespace().next()?.parse().ok()?)
}

/// Whether engines in namespaces cannot be made on this machine.
pub fn missing() -> bool {
    let tried =
        Command::new("unshare").args(["--net", "--uts", "--mount", "--pid", "--fork", "ip", "link"]).output();
    let programs =
        ["dockerd", "containerd", "nsenter", "setpriv"].iter().all(|program| which::which(program).is_ok());
    let there = programs && tried.is_ok_and(|output| output.status.success());
    containers::missing() || skip::without("`dockerd` that may be run in namespaces (by root)", there)
}
