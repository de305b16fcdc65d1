//! A folder with a manifest, services that are the stand-in fixture, and `gladys` run in it. Whatever happens to a test,
//! nothing of its bench outlives it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};
use rustix::process::Signal;
use tempfile::TempDir;

use super::oracle::{self, COOKIE, Process, carriers};

/// The program under test.
pub const GLADYS: &str = env!("CARGO_BIN_EXE_gladys");

/// A place for one test.
pub struct Bench {
    temp: TempDir,
    /// The port of the service `web`.
    pub port: u16,
}

impl Bench {
    /// One service `web`, the fixture with these flags, ready when its port is; `more` are further nodes of the service.
    pub fn web(flags: &str, more: &str) -> Self {
        Self::declared("service web { ready tcp timeout=\"8s\" }", |bench| {
            Self::service("web", bench.port, flags, more)
        })
    }

    /// Services declared so, placed by what `placed` returns.
    pub fn declared(declared: &str, placed: impl Fn(&Self) -> String) -> Self {
        let temp = tempfile::Builder::new().prefix("gladys-fault-").tempdir().expect("a temporary folder");
        let bench = Self { temp, port: free_port() };
        bench.place("local", declared, &placed(&bench));
        bench
    }

    /// Writes the manifest anew.
    pub fn place(&self, profile: &str, declared: &str, placed: &str) {
        fs::write(
            self.path("gladys.kdl"),
            format!("{declared}\n{COMMANDS}\n{}", profile_text(profile, placed)),
        )
        .expect("the manifest is written");
    }

    /// One more profile.
    pub fn profile(&self, name: &str, placed: &str) {
        let text = fs::read_to_string(self.path("gladys.kdl")).expect("the manifest");
        fs::write(self.path("gladys.kdl"), format!("{text}\n{}", profile_text(name, placed)))
            .expect("it is written");
    }

    /// A service of a profile: the fixture on a port.
    pub fn service(name: &str, port: u16, flags: &str, more: &str) -> String {
        let standin = standin();
        let path = standin.display();
        let flags: Vec<_> = flags.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        let flags = flags.join(" ");
        format!(
            "service {name} {{ port {port}; exec \"{path}\" fixture --name {name} --listen \"{{port}}\" {flags}; {more} }}\n"
        )
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// A file of the state folder of `web`.
    pub fn state(&self, name: &str) -> PathBuf {
        self.path(".gladys/local/web").join(name)
    }

    /// The value of the cookie.
    pub fn cookie(&self) -> String {
        self.temp.path().display().to_string()
    }

    /// A program that belongs to this bench, in a process group of its own.
    pub fn program(&self, program: impl AsRef<Path>, args: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(args).current_dir(self.temp.path()).env(COOKIE, self.cookie()).env("GLADYS", GLADYS);
        command.env_remove("GLADYS_PROFILE").stdin(Stdio::null()).process_group(0);
        command
    }

    /// gladys, to its end.
    #[track_caller]
    pub fn gladys(&self, args: &[&str]) -> Run {
        Run::of(&mut self.program(GLADYS, args), &format!("gladys {}", args.join(" ")))
    }

    /// gladys that dies at a fail-point, itself or a supervisor that it starts.
    #[track_caller]
    pub fn gladys_failing(&self, point: &str, args: &[&str]) -> Run {
        let called = format!("gladys {} failing at {point}", args.join(" "));
        Run::of(self.program(GLADYS, args).env("GLADYS_FAIL_AT", point), &called)
    }

    /// A shell script, to its end.
    #[track_caller]
    pub fn sh(&self, script: &str) -> Run {
        Run::of(&mut self.program("/bin/sh", &["-c", script]), script)
    }

    /// gladys, without waiting for it.
    pub fn begin(&self, args: &[&str]) -> Child {
        let mut command = self.program(GLADYS, args);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("gladys is spawned")
    }

    /// Starts everything, which must succeed.
    #[track_caller]
    pub fn start(&self) -> Run {
        self.gladys(&["start"]).success()
    }

    /// Stops everything, after which nothing may live.
    #[track_caller]
    pub fn stop(&self) -> Run {
        let run = self.gladys(&["stop"]).success();
        self.assert_nothing();
        run
    }

    /// Every living process of this bench.
    pub fn all(&self) -> Vec<Process> {
        carriers(&self.cookie())
    }

    /// The fixtures, with whatever they forked.
    pub fn fixtures(&self) -> Vec<Process> {
        let is_fixture = |process: &Process| {
            process.command.split(' ').next().is_some_and(|word| word.ends_with("/standin"))
        };
        self.all().into_iter().filter(is_fixture).collect()
    }

    /// The fixtures that were given this name.
    pub fn named(&self, name: &str) -> Vec<Process> {
        let flag = format!(" --name {name} ");
        self.fixtures().into_iter().filter(|process| process.command.contains(&flag)).collect()
    }

    /// The first process of `web`; there must be exactly one.
    #[track_caller]
    pub fn leader(&self) -> u32 {
        let leaders = self.named("web");
        assert_eq!(leaders.len(), 1, "instances: {:#?}", self.all());
        leaders[0].pid
    }

    /// The supervisors.
    pub fn supervisors(&self) -> Vec<u32> {
        self.calling_themselves("internal supervise")
    }

    /// Processes whose command ends so; not a child of such a one, which has that command until it executes its own.
    fn calling_themselves(&self, end: &str) -> Vec<u32> {
        let all = self.all();
        let found: Vec<_> = all.iter().filter(|process| process.command.ends_with(end)).collect();
        let child = |process: &Process| found.iter().any(|other| other.pid == process.parent);
        found.iter().filter(|process| !child(process)).map(|process| process.pid).collect()
    }

    /// The supervisor of a service; there must be exactly one.
    #[track_caller]
    pub fn supervisor_of(&self, service: &str) -> u32 {
        let name = format!("gladys[local/{service}] internal supervise");
        let found = self.calling_themselves(&name);
        assert_eq!(found.len(), 1, "supervisors: {:#?}", self.all());
        found[0]
    }

    /// The supervisor; there must be exactly one.
    #[track_caller]
    pub fn supervisor(&self) -> u32 {
        let found = self.supervisors();
        assert_eq!(found.len(), 1, "supervisors: {:#?}", self.all());
        found[0]
    }

    /// Kills the only supervisor as nothing else can, and waits until it is gone.
    #[track_caller]
    pub fn kill_supervisor(&self) {
        kill(self.supervisor());
    }

    /// One instance, one supervisor, and the port is the instance's.
    #[track_caller]
    pub fn assert_one(&self) -> u32 {
        let leader = self.leader();
        self.supervisor();
        assert!(oracle::listeners(self.port).contains(&leader), "the port is not the service's");
        leader
    }

    /// Nothing lives; a supervisor that has said its word may need a moment to leave.
    #[track_caller]
    pub fn assert_nothing(&self) {
        let begun = Instant::now();
        while !self.all().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(10), "still alive: {:#?}", self.all());
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// Nothing comes (back) while this passes.
    #[track_caller]
    pub fn assert_nothing_for(&self, time: Duration) {
        self.assert_nothing();
        let begun = Instant::now();
        while begun.elapsed() < time {
            assert!(self.all().is_empty(), "came back: {:#?}", self.all());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The raw bytes of the log of `web`, holes left out.
    pub fn log(&self) -> Vec<u8> {
        let bytes = fs::read(self.state("log")).unwrap_or_default();
        let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
        bytes[from..].to_vec()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        loop {
            let all = self.all();
            for process in &all {
                oracle::signal(process.pid, Signal::KILL);
            }
            if all.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// The commands of every bench.
const COMMANDS: &str = r#"
command start { targets default="*"; flag --no-wait "Do not wait"; each start order=needs { wait unless=no-wait } }
command stop { targets default="*"; each stop order=reverse }
command status { builtin status }
command why { builtin why }
command logs {
    targets default="*"
    flag -f --follow "Go on"
    option --since "From then on" value=TIME
    option --until "Until then" value=TIME
    each logs order=together
}
"#;

fn profile_text(name: &str, placed: &str) -> String {
    let default = if name == "local" { "default=#true" } else { "" };
    format!(
        "profile {name} {default} {{\n recipe start {{ spawn }}\n recipe stop {{ terminate grace=\"1s\" }}\n \
         recipe logs {{ tail \"{{follow}}\" \"{{since}}\" \"{{until}}\" }}\n{placed}}}\n"
    )
}

/// What a program did.
#[derive(Debug)]
pub struct Run {
    #[expect(dead_code, reason = "shown when a run is not as expected")]
    pub called: String,
    pub code: Option<i32>,
    /// Standard output, then standard error.
    pub text: String,
    pub raw: Vec<u8>,
    pub took: Duration,
}

impl Run {
    #[track_caller]
    pub fn of(command: &mut Command, called: &str) -> Self {
        let begun = Instant::now();
        let Output { status, stdout, stderr } = command.output().expect("the program is run");
        let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        Self { called: called.to_owned(), code: status.code(), text, raw: stdout, took: begun.elapsed() }
    }

    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Says this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let one_line = self.text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(text), "`{text}` is not said in {self:#?}");
        self
    }

    /// Took less than this.
    #[track_caller]
    pub fn within(self, time: Duration) -> Self {
        assert!(self.took < time, "took longer than {time:?}: {self:#?}");
        self
    }
}

/// Kills a process of the bench and waits until it is gone.
#[track_caller]
pub fn kill(pid: u32) {
    oracle::signal(pid, Signal::KILL);
    oracle::until("the killed process is gone", || !oracle::alive(pid));
}

/// Waits for the end of a child that must not hang; its exit code.
#[track_caller]
pub fn end(mut child: Child) -> Option<i32> {
    let mut code = None;
    oracle::until("the command ends", || {
        code = child.try_wait().expect("a child can be waited for");
        code.is_some()
    });
    code.and_then(|status| status.code())
}

/// The stand-in, which `cargo test` builds beside the program.
pub fn standin() -> PathBuf {
    Path::new(GLADYS).with_file_name("standin")
}

/// Copies a program, by another program: a descriptor for writing that this process had, and a test beside this one had handed
/// down to its child just then, would keep the copy from being executed (`ETXTBSY`, execve(2)).
#[track_caller]
pub fn copy(program: impl AsRef<Path>, to: &Path) {
    let status = Command::new("cp").arg(program.as_ref()).arg(to).status();
    assert!(status.expect("`cp` is there").success(), "a copy of {}", program.as_ref().display());
}

/// A port that stays free for the other tests: it is kept bound on an address that nothing else uses.
pub fn free_port() -> u16 {
    static KEPT: Mutex<Vec<OwnedFd>> = Mutex::new(Vec::new());
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .expect("a socket");
    net::bind(&socket, &SocketAddr::from((Ipv4Addr::new(127, 77, 0, 1), 0))).expect("a port");
    let address = SocketAddr::try_from(net::getsockname(&socket).expect("an address")).expect("an address");
    KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(socket);
    if oracle::listeners(address.port()).is_empty() { address.port() } else { free_port() }
}
