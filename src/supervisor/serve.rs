//! The beginning of a supervisor: `gladys internal supervise`, its order on standard input, its report on standard output.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{getpid, set_child_subreaper, setsid};

use super::fail;
use super::folder::Folder;
use super::life::Life;
use super::lock::Lock;
use super::wire::{Order, Report};

/// Runs a supervisor until its service is down for good. Reads an order from standard input and writes one line of report.
///
/// Returns 0 when it did its work, 1 when there was none to do or it could not.
pub fn serve() -> u8 {
    shed();
    let Ok(order) = order() else { return 1 };
    match begin(order) {
        Ok(Begun::Alive(life, report)) => {
            tell(&report);
            detach();
            life.run();
            0
        }
        Ok(Begun::Refused(report)) => {
            tell(&report);
            1
        }
        Err((what, error)) => {
            tell(&Report::Broken(what.to_owned(), error.to_string()));
            1
        }
    }
}

/// Reads the order from standard input, not through the buffer that `io::stdin` keeps for ever.
fn order() -> io::Result<Order> {
    let mut text = String::new();
    File::from(rustix::stdio::stdin().try_clone_to_owned()?).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

/// Leaves behind what whoever called `start` had open: a pipe that a supervisor and its service kept open would never end for its
/// reader. Descriptors above the standard ones are inherited only where that program did not mark them, so there are rarely any; then
/// this process executes itself once more without them.
fn shed() {
    if inherited() {
        close_fds::set_fds_cloexec(3, &[]);
        if !inherited() {
            let mut args = std::env::args_os();
            let name = args.next().unwrap_or_default();
            let _ = Command::new("/proc/self/exe").arg0(name).args(args).exec();
        }
    }
}

/// Whether there is a descriptor above the standard ones that `exec` would keep: its flags lack `O_CLOEXEC` (proc(5), `fdinfo`).
fn inherited() -> bool {
    const CLOEXEC: u32 = 0o2_000_000;
    let above = |entry: &fs::DirEntry| {
        let number = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        number.is_some_and(|number| number > 2)
    };
    let kept = |entry: fs::DirEntry| {
        let info = fs::read_to_string(entry.path()).ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        Some(u32::from_str_radix(flags.trim(), 8).ok()? & CLOEXEC == 0)
    };
    let all = fs::read_dir("/proc/self/fdinfo").into_iter().flatten().flatten();
    all.filter(above).filter_map(kept).any(|kept| kept)
}

/// How a supervisor began.
pub enum Begun {
    /// It has a service to look after.
    Alive(Box<Life>, Report),
    /// It has none.
    Refused(Report),
}

/// What was being done, and the system's word.
pub type Broken = (&'static str, io::Error);

fn begin(order: Order) -> Result<Begun, Broken> {
    let _ = setsid();
    let _ = fs::write("/proc/self/comm", "gladys");
    set_child_subreaper(Some(getpid())).map_err(|error| ("become the parent of orphans", error.into()))?;
    fail::point("called");
    std::env::set_current_dir(&order.dir).map_err(|error| ("enter the state folder", error))?;
    let folder = Folder::new(&order.dir);
    let Some(lock) = Lock::take(&folder, true).map_err(|error| ("lock the state folder", error))? else {
        return Ok(Begun::Refused(Report::Busy));
    };
    if is_forsaken() {
        return Ok(Begun::Refused(Report::Busy));
    }
    fail::point("locked");
    Life::begin(order, folder, lock)
}

/// Whether the command that wanted the start is gone, as when this process was suspended meanwhile: a `stop` may have come since.
fn is_forsaken() -> bool {
    let output = rustix::stdio::stdout();
    let mut fds = [PollFd::new(&output, PollFlags::empty())];
    poll(&mut fds, Some(&Timespec::default())).is_ok_and(|_| fds[0].revents().contains(PollFlags::HUP))
}

/// Nobody may be there to hear it any more.
fn tell(report: &Report) {
    if let Ok(line) = serde_json::to_string(report) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}

/// Lets go of the client's pipes, so that nobody who reads them waits for this process.
fn detach() {
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
    }
}
