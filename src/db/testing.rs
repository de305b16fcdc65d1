//! A real server for tests: started once for the test program, ended with it.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Connection, Migrations, Provider, Settings, Target};
use crate::event::{Event, Sink};
use crate::span::Span;

/// A running server.
pub struct Server {
    /// On 127.0.0.1.
    pub port: u16,
    /// Its end closes the pipe that keeps the server alive.
    _keeper: Mutex<Child>,
}

static NEVER: AtomicBool = AtomicBool::new(false);

/// The server of this test program; `None`, said by name, where none is installed.
pub fn server(test: &str) -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| binaries().map(|folder| Server::start(&folder)));
    if server.is_none() {
        let _ = writeln!(io::stderr(), "skipped {test}: no PostgreSQL binaries");
    }
    server.as_ref()
}

fn binaries() -> Option<PathBuf> {
    let versioned = glob::glob("/usr/lib/postgresql/*/bin/initdb").ok()?.filter_map(Result::ok).last();
    let found = versioned.or_else(|| which::which("initdb").ok())?;
    found.parent().map(Path::to_path_buf)
}

impl Server {
    fn start(binaries: &Path) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let script = r#"
            folder=$(mktemp -d) || exit 1
            as=; if [ "$(id -u)" = 0 ]; then chown nobody "$folder"; as="setpriv --reuid=nobody --clear-groups"; fi
            $as "$BIN/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C -N >&2 || exit 1
            $as "$BIN/postgres" -D "$folder/data" -p "$PORT" -k "$folder" -c listen_addresses=127.0.0.1 \
                -c fsync=off -c log_min_messages=panic -c max_connections=200 >&2 &
            cat > /dev/null
            kill -QUIT $! ; wait $! ; rm -rf "$folder"
        "#;
        let keeper = Command::new("sh")
            .args(["-c", script])
            .env("BIN", binaries)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let server = Self { port, _keeper: Mutex::new(keeper) };
        let deadline = Instant::now() + Duration::from_secs(60);
        let target = server.target("postgres");
        while super::ping(&target, Duration::from_secs(1)).is_err() {
            assert!(Instant::now() < deadline, "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// A database of the server as the manifest would give it.
    pub fn target(&self, database: &str) -> Target {
        Target {
            name: "main".to_owned(),
            url: format!("postgres://postgres@127.0.0.1:{}/{database}", self.port).into(),
            password: None,
            origin: "environments/local.kdl:12".to_owned(),
            span: Span::default(),
            service: Some(Provider { service: "db".to_owned(), start: "gladys start db".to_owned() }),
            migrations: None,
        }
    }

    /// Makes a new, empty database.
    pub fn database(&self, name: &str) -> Target {
        let mut connection = connect(&self.target("postgres"));
        connection.rows(&format!("create database {name}")).expect("a database is made");
        self.target(name)
    }
}

/// A session in this database.
pub fn connect(target: &Target) -> Connection<'static> {
    let settings = Settings::of(target).expect("the address is right");
    Connection::open(&settings, &NEVER).expect("the server answers")
}

/// The rows of a statement, cells joined by `|`.
pub fn sql(target: &Target, sql: &str) -> Vec<String> {
    let rows = connect(target).rows(sql).expect("the statement runs");
    let line = |row: Vec<Option<String>>| {
        row.into_iter().map(|cell| cell.unwrap_or_else(|| "NULL".to_owned())).collect::<Vec<_>>().join("|")
    };
    rows.into_iter().map(line).collect()
}

/// Keeps what is said.
#[derive(Default)]
pub struct Recorder {
    out: Mutex<Vec<u8>>,
    notes: Mutex<Vec<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// What was printed since the last call.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *locked(&self.out))).into_owned()
    }

    /// What was noted since the last call.
    pub fn noted(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.notes))
    }
}

impl Sink for Recorder {
    fn emit(&self, event: Event) {
        match event {
            Event::Note { text } => locked(&self.notes).push(text),
            Event::Line { text } => locked(&self.out).extend([text.as_bytes(), b"\n"].concat()),
            _ => {}
        }
    }

    fn stdout(&self) -> Box<dyn Write + '_> {
        Box::new(Tape(&self.out))
    }
}

struct Tape<'a>(&'a Mutex<Vec<u8>>);

impl Write for Tape<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        locked(self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A folder with migration files.
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().expect("a folder"))
    }
}

impl Folder {
    /// Writes a file.
    pub fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) -> &Self {
        std::fs::remove_file(self.0.path().join(name)).expect("the file is there");
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The database, with this folder's files as its migrations.
    pub fn migrations(&self, mut target: Target) -> Target {
        let shown = "migrations/*.sql".to_owned();
        let span = Span { file: 1, offset: 20, len: 18 };
        target.migrations = Some(Migrations { pattern: self.0.path().join(&shown), shown, span });
        target
    }
}
