//! A folder of its own, and gladys run in it with a fixed environment.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The program under test.
pub const GLADYS: &str = env!("CARGO_BIN_EXE_gladys");

/// The folder of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A temporary folder, and the variables that programs get in it.
pub struct Sandbox {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a program left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    /// An empty folder, with `PATH` and a UTF-8 locale.
    pub fn new() -> Self {
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = [("PATH", path.as_str()), ("LANG", "C.UTF-8")];
        let folder = tempfile::Builder::new().prefix("gladys-test-").tempdir().expect("a temporary folder");
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { folder, variables }
    }

    /// With a variable, in place of one of the same name.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder is there")
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        fs::write(&path, text).expect("a file can be written");
        self
    }

    /// Writes a program.
    pub fn program(&self, name: &str, text: &str) -> &Self {
        self.write(name, text);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path().join(name), executable).expect("a file can be made executable");
        self
    }

    /// Copies everything of a folder into this one.
    pub fn copy(&self, from: &Path) -> &Self {
        copy_all(from, &self.path());
        self
    }

    pub fn gladys(&self, words: &[&str]) -> Ended {
        self.run(GLADYS, words)
    }

    /// Runs a program with the sandbox's variables alone. In what it wrote, the folder's path is `[folder]`.
    pub fn run(&self, program: &str, words: &[&str]) -> Ended {
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut command = Command::new(program);
        command.args(words).current_dir(self.path()).env_clear().envs(variables);
        let output = command.output().unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).replace(&*self.path().to_string_lossy(), "[folder]")
        };
        Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A test that failed half way leaves nothing running.
impl Drop for Sandbox {
    fn drop(&mut self) {
        let states = fs::read_dir(self.path().join(".gladys")).into_iter().flatten().flatten();
        if states.into_iter().any(|entry| entry.path().is_dir()) {
            let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let mut stop = Command::new(GLADYS);
            stop.arg("stop").current_dir(self.path()).env_clear().envs(variables);
            let _ = stop.output();
        }
    }
}

impl Ended {
    /// Its standard output, if it ended well and said nothing else.
    #[track_caller]
    pub fn quietly(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:#?}");
        self.stdout
    }

    /// Both streams, if it ended with this code.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a readable folder");
        if entry.file_name().as_bytes() == b".gladys" {
            continue;
        }
        let (kind, target) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_all(&entry.path(), &target);
        } else if kind.is_symlink() {
            let link = fs::read_link(entry.path()).expect("a link");
            std::os::unix::fs::symlink(link, target).expect("a link can be made");
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
