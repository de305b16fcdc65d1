//! Signals as something to wait for with everything else.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};

/// Pipes that signals are written to, so that they can be waited for with everything else (the self-pipe trick).
pub struct Signals {
    /// Readable when it is to stop (SIGTERM, SIGINT).
    pub stop: UnixStream,
    /// Readable when a child ended (SIGCHLD); SIGHUP lands here too, and means nothing.
    pub child: UnixStream,
}

impl Signals {
    /// From now on signals only write to the pipes.
    pub fn listen() -> io::Result<Self> {
        let (stop, stop_in) = UnixStream::pair()?;
        let (child, child_in) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGTERM, stop_in.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGINT, stop_in)?;
        signal_hook::low_level::pipe::register(SIGCHLD, child_in.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGHUP, child_in)?;
        stop.set_nonblocking(true)?;
        child.set_nonblocking(true)?;
        Ok(Self { stop, child })
    }

    /// Whether it is to stop; told once.
    pub fn stop_asked(&mut self) -> bool {
        let mut byte = [0; 64];
        self.stop.read(&mut byte).is_ok_and(|read| read > 0)
    }

    /// Makes [`Signals::child`] unreadable again.
    pub fn drain_child(&mut self) {
        let mut bytes = [0; 64];
        while self.child.read(&mut bytes).is_ok_and(|read| read > 0) {}
    }
}
