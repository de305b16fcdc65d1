//! Being told of changes of files: inotify(7).

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// A descriptor that becomes readable when what `flags` say happens to a file, or in a folder.
pub fn watch(path: &Path, flags: WatchFlags) -> rustix::io::Result<OwnedFd> {
    let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    inotify::add_watch(&watch, path, flags).map(|_| watch)
}

/// Empties the queue of events; whether there were any.
pub fn drained(watch: &OwnedFd) -> bool {
    let mut buffer = [MaybeUninit::uninit(); 512];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    let mut any = false;
    while events.next().is_ok() {
        any = true;
    }
    any
}
