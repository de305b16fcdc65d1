//! The engine behind a socket of our own, which can be cut and mended: an engine that ends, and one that comes back.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const ENGINE: &str = "/var/run/docker.sock";

/// The socket; what it is called is for `DOCKER_HOST`.
pub struct Proxy {
    path: PathBuf,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Both ends of everything under way.
    streams: Vec<UnixStream>,
    /// A request with these words cuts the socket instead of being passed on.
    cut_at: Option<&'static str>,
    /// Whether it was cut.
    cut: bool,
}

impl Proxy {
    /// A socket at this path, passing everything on.
    pub fn new(path: PathBuf) -> Self {
        let proxy = Self { path, shared: Arc::default() };
        proxy.mend();
        proxy
    }

    /// Its address.
    pub fn host(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// It breaks off as soon as a request with these words comes.
    pub fn cut_at(&self, words: &'static str) {
        lock(&self.shared).cut_at = Some(words);
    }

    /// Everything under way breaks off, and nobody answers any more.
    pub fn cut(&self) {
        lock(&self.shared).end(&self.path);
    }

    /// Whether it was cut.
    pub fn is_cut(&self) -> bool {
        lock(&self.shared).cut
    }

    /// The engine answers again.
    pub fn mend(&self) {
        let _ = std::fs::remove_file(&self.path);
        let listener = UnixListener::bind(&self.path).expect("a socket");
        *lock(&self.shared) = Shared::default();
        let (shared, path) = (Arc::clone(&self.shared), self.path.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if lock(&shared).cut {
                    return;
                }
                pass_on(&client, &shared, &path);
            }
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = UnixStream::connect(&self.path).map(|last| {
            self.cut();
            drop(last);
        });
    }
}

impl Shared {
    fn end(&mut self, path: &Path) {
        self.cut = true;
        self.streams.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        // One last visitor, so that the listener notices.
        let _ = UnixStream::connect(path);
        let _ = std::fs::remove_file(path);
    }

    fn cuts(&self, bytes: &[u8]) -> bool {
        self.cut_at.is_some_and(|words| memchr::memmem::find(bytes, words.as_bytes()).is_some())
    }
}

fn pass_on(client: &UnixStream, shared: &Arc<Mutex<Shared>>, path: &Path) {
    let Ok(engine) = UnixStream::connect(ENGINE) else { return };
    let both = || Some([client.try_clone().ok()?, engine.try_clone().ok()?]);
    let Some((kept, [from, to])) = both().zip(both()) else { return };
    lock(shared).streams.extend(kept);
    let (shared, path) = (Arc::clone(shared), path.to_owned());
    let back = both();
    std::thread::spawn(move || {
        copy(from, to, |bytes| {
            let mut shared = lock(&shared);
            let cuts = shared.cuts(bytes);
            if cuts {
                shared.end(&path);
            }
            !cuts
        });
    });
    if let Some([to, from]) = back {
        std::thread::spawn(move || copy(from, to, |_| true));
    }
}

/// Copies until one side ends, or something does not go on.
fn copy(mut from: UnixStream, mut to: UnixStream, mut goes_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !goes_on(&buffer[..count]) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
