//! A project in a temporary folder: a manifest, files, variables; and `gladys` run in it.
//!
//! Every process that a project starts carries its folder in the environment. When a test is over, whatever still runs
//! is stopped with `gladys stop`; whatever outlives that is killed and fails the test.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::normal::Normal;
use crate::oracle::{self, Process};
use crate::run::{Run, Running};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(5);

/// A project.
pub struct Project {
    temp: TempDir,
    root: PathBuf,
    folder: PathBuf,
    env: BTreeMap<String, String>,
    normal: Normal,
    runs: AtomicUsize,
}

impl Project {
    /// An empty project, with the stand-in service on its PATH.
    pub fn new() -> Self {
        let temp = TempDir::new().expect("a temporary folder");
        let path = temp.path().canonicalize().expect("the temporary folder");
        let [root, home, bin] = ["project", "home", "bin"].map(|name| path.join(name));
        for folder in [&root, &home, &bin] {
            fs::create_dir(folder).expect("a folder");
        }
        symlink(standin(), bin.join("standin")).expect("a link");
        let mut normal = Normal::default();
        normal.path(&root, "root");
        normal.path(&home, "home");
        normal.path(&bin, "bin");
        normal.path(Path::new(env!("CARGO_BIN_EXE_gladys")), "gladys");
        let system = std::env::var("PATH").unwrap_or_default();
        let env = [
            ("PATH", format!("{}:{system}", bin.display())),
            ("HOME", home.display().to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        // Where the plugins of the engine's client are: `tests/plugin`.
        let config = std::env::var("DOCKER_CONFIG").ok().map(|folder| ("DOCKER_CONFIG", folder));
        let env = env.into_iter().chain(config).map(|(name, value)| (name.to_owned(), value)).collect();
        Self { temp, folder: root.clone(), root, env, normal, runs: AtomicUsize::new(0) }
    }

    /// With this `gladys.kdl`.
    pub fn manifest(self, text: &str) -> Self {
        self.file("gladys.kdl", text)
    }

    /// With this file; folders are made.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(&path, content).expect("a file can be written");
    }

    /// With a link to a file of this machine.
    pub fn link(self, path: &str, target: &Path) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        symlink(target, path).expect("a link");
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl Display) -> Self {
        self.env.insert(name.to_owned(), value.to_string());
        self
    }

    /// With a variable whose value is a free port; in outputs it is `[NAME]`.
    pub fn port(mut self, name: &str) -> Self {
        let port = free_port();
        self.normal.port(port, name);
        self.env(name, port)
    }

    /// In outputs, this port is `[name]`.
    pub fn name_port(mut self, port: u16, name: &str) -> Self {
        self.normal.port(port, name);
        self
    }

    /// Working in a folder below.
    pub fn inside(mut self, path: &str) -> Self {
        self.folder = self.path(path);
        fs::create_dir_all(&self.folder).expect("a folder");
        self
    }

    /// The value of a variable.
    pub fn var(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The text of a file of the project; empty if it is not there.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Runs `gladys` to its end.
    #[track_caller]
    pub fn gladys<const N: usize>(&self, args: [&str; N]) -> Run {
        self.begin(args).end()
    }

    /// Runs `gladys` to its end, with a text on standard input.
    #[track_caller]
    pub fn gladys_reading<const N: usize>(&self, input: &str, args: [&str; N]) -> Run {
        let file = self.temp.path().join("input");
        fs::write(&file, input).expect("a file can be written");
        let place = Location::caller();
        self.spawn(Path::new(env!("CARGO_BIN_EXE_gladys")), &args, open(&file), place).end()
    }

    /// Begins to run `gladys`.
    #[track_caller]
    pub fn begin<const N: usize>(&self, args: [&str; N]) -> Running {
        let place = Location::caller();
        self.spawn(Path::new(env!("CARGO_BIN_EXE_gladys")), &args, Stdio::null(), place)
    }

    /// Begins a shell command on a terminal of its own, on which the test types.
    #[track_caller]
    pub fn at_terminal(&self, command: &str) -> Running {
        let place = Location::caller();
        let script = format!("exec script -qefc '{command}' /dev/null");
        self.spawn(Path::new("/bin/sh"), &["-c", &script], Stdio::piped(), place)
    }

    /// Runs a shell command to its end; `gladys` is on its PATH as `$GLADYS`.
    #[track_caller]
    pub fn sh(&self, script: &str) -> Run {
        let place = Location::caller();
        self.spawn(Path::new("/bin/sh"), &["-c", script], Stdio::null(), place).end()
    }

    /// A process that has nothing to do with gladys, killed when it is dropped.
    pub fn stranger<const N: usize>(args: [&str; N]) -> Stranger {
        let mut command = Command::new(standin());
        command.arg0("standin").args(args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Stranger(command.spawn().expect("the stand-in can be run"))
    }

    /// Every living process of this project.
    pub fn processes(&self) -> Vec<Process> {
        oracle::processes_of(&self.temp.path().canonicalize().unwrap_or_default())
    }

    /// Nothing of this project is alive; what is about to end has a second.
    #[track_caller]
    pub fn assert_nothing_runs(&self) {
        let left = self.left(Duration::from_secs(1));
        assert!(left.is_empty(), "still alive: {left:#?}");
    }

    fn left(&self, patience: Duration) -> Vec<Process> {
        let begun = Instant::now();
        loop {
            let left = self.processes();
            if left.is_empty() || begun.elapsed() > patience {
                return left;
            }
            std::thread::sleep(TICK);
        }
    }

    fn spawn(
        &self,
        program: &Path,
        args: &[&str],
        input: Stdio,
        place: &'static Location<'static>,
    ) -> Running {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let files = ["out", "err"].map(|name| self.temp.path().join(format!("{number}.{name}")));
        let [stdout, stderr] =
            files.each_ref().map(|file| File::create(file).expect("a file for the output"));
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(&self.env).env("GLADYS", env!("CARGO_BIN_EXE_gladys"));
        command.current_dir(&self.folder).stdin(input).stdout(stdout).stderr(stderr);
        let child = command.spawn().expect("the program can be run");
        let called = format!("gladys {}", args.join(" "));
        Running { child, called, files, normal: self.normal.clone(), place, seen: 0 }
    }

    fn kill_all(&self) {
        while let Some(process) = self.processes().first() {
            let _ = Pid::from_raw(process.pid).map(|pid| kill_process(pid, Signal::KILL));
            std::thread::sleep(TICK);
        }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if self.processes().is_empty() {
            return;
        }
        let ended = self.begin(["stop"]).end();
        drop(ended.anything());
        let left = self.left(Duration::from_secs(1));
        self.kill_all();
        assert!(left.is_empty() || std::thread::panicking(), "`gladys stop` left alive: {left:#?}");
    }
}

/// A process of nobody's.
pub struct Stranger(Child);

impl Stranger {
    /// Its number.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free and stays so for the other tests, of this and of other runs: it is kept bound on an address
/// that nothing else uses.
pub fn free_port() -> u16 {
    std::iter::repeat_with(|| reserved(0)).flatten().next().expect("there is always a next one")
}

/// Keeps a port, or with 0 any one, from being given to somebody else; `None` where somebody has it.
pub fn reserved(port: u16) -> Option<u16> {
    static KEPT: Mutex<Vec<OwnedFd>> = Mutex::new(Vec::new());
    let kept = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .expect("a socket");
    net::bind(&kept, &SocketAddr::from(([127, 77, 0, 1], port))).ok()?;
    let address = SocketAddr::try_from(net::getsockname(&kept).expect("an address")).expect("an address");
    KEPT.lock().expect("no test panics here").push(kept);
    Some(address.port()).filter(|port| is_free(*port))
}

/// Whether nobody listens on a port of this machine.
fn is_free(port: u16) -> bool {
    ["127.0.0.1", "::1"].iter().all(|host| TcpListener::bind((*host, port)).is_ok())
}

/// Waits until a condition is true.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) {
    until_within(PATIENCE, what, condition);
}

/// Waits so long until a condition is true.
#[track_caller]
pub fn until_within(patience: Duration, what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < patience, "waited in vain until {what}");
        std::thread::sleep(TICK);
    }
}

fn open(file: &Path) -> Stdio {
    File::open(file).expect("the file was just written").into()
}

/// The stand-in, which `cargo test` builds beside the program.
pub fn standin() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_gladys")).with_file_name("standin");
    assert!(program.exists(), "{} is not there: `cargo build --bin standin` makes it", program.display());
    program
}
