//! A supervisor's life: one thread, asleep in poll(2) until its service ends, its log grows, or somebody wants it to stop.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{WaitOptions, WaitStatus, wait};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};

use super::cgroup;
use super::fail;
use super::folder::{Folder, Sync};
use super::lock::Lock;
use super::log::Keeper;
use super::process::Ident;
use super::record::{Record, Step, now};
use super::restart::{Verdict, decide};
use super::run::{Let, spawn};
use super::serve::{Begun, Broken};
use super::spec::Stop;
use super::state::{Cause, Exit, Facts};
use super::sweep::{Swept, sweep, timespec};
use super::tree::descendants;
use super::wire::{Order, Report};

/// A supervisor at work.
pub struct Life {
    order: Order,
    folder: Folder,
    _lock: Lock,
    record: Record,
    keeper: Keeper,
    signals: Signals,
    leader: Option<Leader>,
    due: Option<Instant>,
    adopted: bool,
    group: Option<PathBuf>,
}

/// The running service.
struct Leader {
    process: Ident,
    since: Instant,
    /// Only for one that is not our child: readable when it ends.
    end: Option<OwnedFd>,
    exit: Option<Exit>,
}

/// Pipes that signals are written to, so that they can be waited for with everything else (the self-pipe trick).
struct Signals {
    stop: UnixStream,
    child: UnixStream,
}

impl Signals {
    fn listen() -> io::Result<Self> {
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

    fn stop_asked(&mut self) -> bool {
        let mut byte = [0; 64];
        self.stop.read(&mut byte).is_ok_and(|read| read > 0)
    }

    fn drain_child(&mut self) {
        let mut bytes = [0; 64];
        while self.child.read(&mut bytes).is_ok_and(|read| read > 0) {}
    }
}

impl Life {
    /// Adopts what runs, or sweeps up what an earlier run left and starts the service.
    pub fn begin(order: Order, folder: Folder, lock: Lock) -> Result<Begun, Broken> {
        let signals = Signals::listen().map_err(|error| ("listen to signals", error))?;
        let keeper = Keeper::open(&folder, order.limits.log).map_err(|error| ("open the log", error))?;
        let facts = Facts::gather(&folder)
            .map_err(|error| ("read the record", io::Error::other(error.to_string())))?;
        let mut record = facts.record.clone();
        record.run = record.run.max(super::log::last_run(&folder));
        record.restarts = 0;
        record.stop = order.stop;
        let life = Self {
            order,
            folder,
            _lock: lock,
            record,
            keeper,
            signals,
            leader: None,
            due: None,
            adopted: false,
            group: None,
        };
        match facts.leader.filter(|leader| exec_done(*leader)) {
            Some(leader) => life.adopt(leader),
            None => life.replace(&facts),
        }
    }

    fn adopt(mut self, leader: Ident) -> Result<Begun, Broken> {
        self.adopted = true;
        let end = leader.open().map_err(|error| ("watch the running service", error))?;
        self.record.leader = Some(leader);
        self.set(Step::Running, Sync::Yes).map_err(|error| ("write the record", error))?;
        let past = self.record.started.map_or(0, |started| now().saturating_sub(started));
        let ran = Duration::from_micros(u64::try_from(past).unwrap_or(0));
        let since = Instant::now().checked_sub(ran).unwrap_or_else(Instant::now);
        let exit = end.is_none().then_some(Exit::Unknown);
        self.leader = Some(Leader { process: leader, since, end, exit });
        Ok(Begun::Alive(Box::new(self), Report::Adopted(leader.pid)))
    }

    fn replace(mut self, facts: &Facts) -> Result<Begun, Broken> {
        self.close_lost_run();
        let left = super::stop::end_leftovers(&self.order.stop, facts);
        if !left.is_empty() {
            self.record.left.clone_from(&left);
            let _ = self.set(Step::Left, Sync::No);
            return Ok(Begun::Refused(Report::Alive(left.iter().map(|left| left.described()).collect())));
        }
        self.record.past.retain(|past| past.run <= self.record.run);
        match self.start()? {
            Let::Runs => {
                let pid = self.leader.as_ref().map_or(0, |leader| leader.process.pid);
                Ok(Begun::Alive(Box::new(self), Report::Started(pid)))
            }
            Let::Refused(reason) => {
                self.finish(Exit::Code(i32::from(super::hold::NOT_EXECUTED)), Cause::NotExecuted);
                self.close(Step::Failed);
                Ok(Begun::Refused(Report::NotExecutable(self.order.words.program.clone(), reason)))
            }
        }
    }

    /// A run whose end nobody saw gets one.
    fn close_lost_run(&mut self) {
        let open = matches!(self.record.step, Step::Running | Step::Intended | Step::Stopping);
        if open && self.record.leader.is_some() && self.record.end_of(self.record.run).is_none() {
            self.finish(Exit::Unknown, Cause::Lost);
        }
    }

    /// One start, with everything on disk before it happens.
    fn start(&mut self) -> Result<Let, Broken> {
        let broken = |what| move |error| (what, error);
        self.record.run += 1;
        self.record.leader = None;
        self.record.next = None;
        self.record.stopped = None;
        self.record.started = Some(now());
        self.record.definition = Some(self.order.definition.clone());
        self.set(Step::Intended, Sync::No).map_err(broken("write the record"))?;
        fail::point("intended");
        let held = spawn(&self.order, self.keeper.log()).map_err(broken("spawn the service"))?;
        fail::point("spawned");
        self.record.leader = Some(held.process);
        self.confine(held.process.pid);
        self.set(Step::Intended, Sync::Yes).map_err(broken("write the record"))?;
        fail::point("recorded");
        self.keeper.start(self.record.run, held.process.pid);
        fail::point("marked");
        self.leader = Some(Leader { process: held.process, since: Instant::now(), end: None, exit: None });
        let outcome = held.release(&self.order, &self.signals.stop).map_err(broken("let the service go"))?;
        if matches!(outcome, Let::Runs) {
            self.set(Step::Running, Sync::No).map_err(broken("write the record"))?;
            fail::point("running");
        }
        Ok(outcome)
    }

    fn confine(&mut self, pid: u32) {
        let name = format!("gladys-{}-{}-{}", self.order.profile, self.order.service, std::process::id());
        self.record.notes.clear();
        match cgroup::confine(&self.order.limits, &name, pid) {
            Ok(group) => self.group = group,
            Err(reason) => self.record.notes.push(reason),
        }
    }

    /// Lives until the service is down for good.
    pub fn run(mut self) {
        loop {
            self.sleep();
            self.reap();
            self.keeper.turn();
            self.note_disk();
            if self.signals.stop_asked() {
                return self.stop();
            }
            let over = self.leader.as_ref().and_then(|leader| leader.exit);
            let going_on = match over {
                Some(exit) => self.ended(exit, Cause::Itself),
                None => self.due.is_none_or(|due| due > Instant::now()) || self.again(),
            };
            if !going_on {
                return;
            }
        }
    }

    /// Sleeps until something happens; without an end to it unless a start is due or the log is in its quiet time.
    fn sleep(&self) {
        if self.leader.as_ref().is_some_and(|leader| leader.exit.is_some()) {
            return;
        }
        let due = self.due.map(|due| due.saturating_duration_since(Instant::now()));
        let patience = [due, self.keeper.quiet()].into_iter().flatten().min();
        let mut fds = vec![
            PollFd::new(&self.signals.stop, PollFlags::IN),
            PollFd::new(&self.signals.child, PollFlags::IN),
        ];
        fds.extend(self.keeper.fd().map(|fd| PollFd::new(fd, PollFlags::IN)));
        let end = self.leader.as_ref().and_then(|leader| leader.end.as_ref());
        fds.extend(end.map(|fd| PollFd::new(fd, PollFlags::IN)));
        let _ = poll(&mut fds, patience.and_then(timespec).as_ref());
    }

    /// Takes the exit of every child that ended, the service's own among them; an adopted one leaves no exit.
    fn reap(&mut self) {
        self.signals.drain_child();
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if let Some(leader) = &mut self.leader
                && leader.process.pid.cast_signed() == pid.as_raw_nonzero().get()
            {
                leader.exit = Some(exit_of(status));
            }
        }
        if let Some(leader) = &mut self.leader
            && leader.end.is_some()
            && !leader.process.alive()
        {
            leader.exit = Some(Exit::Unknown);
        }
    }

    fn note_disk(&mut self) {
        let Some(note) = self.keeper.note.take() else { return };
        if !self.record.notes.iter().any(|known| known == note) {
            self.record.notes.push(note.to_owned());
            let _ = self.set(self.record.step, Sync::No);
        }
    }

    /// The first process ended: sweeps the rest of its tree and decides what follows; `false` when nothing does.
    fn ended(&mut self, exit: Exit, cause: Cause) -> bool {
        fail::point("exited");
        let ran = self.leader.take().map_or(Duration::ZERO, |leader| leader.since.elapsed());
        let stop = self.order.stop;
        let swept = self.sweep(&stop);
        fail::point("swept");
        self.finish(exit, cause);
        fail::point("ended");
        if !swept.left.is_empty() {
            self.record.left = swept.left;
            self.close(Step::Left);
            return false;
        }
        match decide(&self.order.restart, exit, ran, &mut self.record.restarts) {
            Verdict::Again(delay) => self.wait_for(delay),
            Verdict::GiveUp => self.close(Step::Failed),
            Verdict::Stay if exit == Exit::Code(0) => self.close(Step::Stopped),
            Verdict::Stay => self.close(Step::Failed),
        }
    }

    fn wait_for(&mut self, delay: Duration) -> bool {
        self.due = Some(Instant::now() + delay);
        self.record.leader = None;
        self.record.next = Some(now().saturating_add(i64::try_from(delay.as_micros()).unwrap_or(i64::MAX)));
        let _ = self.set(Step::Waiting, Sync::No);
        true
    }

    /// A start is due. One that fails counts as a run that failed.
    fn again(&mut self) -> bool {
        self.due = None;
        match self.start() {
            Ok(Let::Runs) => true,
            Ok(Let::Refused(reason)) => self.failed_start(reason),
            Err((what, error)) => self.failed_start(format!("cannot {what}: {error}")),
        }
    }

    fn failed_start(&mut self, reason: String) -> bool {
        self.record.notes.push(reason);
        self.ended(Exit::Code(i32::from(super::hold::NOT_EXECUTED)), Cause::NotExecuted)
    }

    /// Somebody wants it down: ends the tree, verifies, and is done.
    fn stop(mut self) {
        let stop = super::stop::requested(&self.folder).unwrap_or(self.order.stop);
        let ran = self.leader.is_some();
        let _ = self.set(Step::Stopping, Sync::No);
        fail::point("stopping");
        let swept = self.sweep(&stop);
        let exit = self.leader.as_ref().and_then(|leader| leader.exit).unwrap_or(Exit::Unknown);
        if ran {
            self.finish(exit, Cause::Stopped);
        }
        self.record.stopped = Some((swept.signal, swept.took));
        let step = if swept.left.is_empty() { Step::Stopped } else { Step::Left };
        self.record.left = swept.left;
        self.close(step);
        fail::point("stopped");
    }

    fn sweep(&mut self, stop: &Stop) -> Swept {
        let cell = std::cell::RefCell::new(self);
        let mut members = || cell.borrow().members();
        let mut between = || {
            let mut life = cell.borrow_mut();
            life.reap();
            life.keeper.turn();
        };
        sweep(stop, &mut members, &mut between)
    }

    /// Everything of the service that is alive. While this supervisor has been there from the beginning, that is its
    /// descendants; an adopted service is looked for among all processes.
    fn members(&self) -> Vec<Ident> {
        let own = if self.adopted { None } else { descendants(std::process::id(), &self.order.dir) };
        own.unwrap_or_else(|| {
            let roots = super::tree::Roots {
                dir: &self.order.dir,
                leader: self.record.leader,
                supervisor: Ident::own(),
                known: &[],
            };
            super::tree::look(roots).members
        })
    }

    /// Notes the end of the run in record and index.
    fn finish(&mut self, exit: Exit, cause: Cause) {
        self.record.note_end(exit, cause);
        self.keeper.end(self.record.run, exit, cause);
        if let Some(group) = self.group.take() {
            cgroup::remove(&group);
        }
    }

    /// The last record; always `false`, for there is nothing to go on with.
    fn close(&mut self, step: Step) -> bool {
        self.record.next = None;
        let _ = self.set(step, Sync::No);
        false
    }

    /// Writes the record at a step; on a full disk the oldest lines of the log make room for it.
    fn set(&mut self, step: Step, sync: Sync) -> io::Result<()> {
        self.record.step = step;
        match self.record.save(&self.folder, sync) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull && self.keeper.make_room() => {
                self.record.save(&self.folder, sync)
            }
            other => other,
        }
    }
}

fn exit_of(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}

/// Whether a leader found by a new supervisor really runs its program. One that is still held, its supervisor dead, is about to
/// leave or to execute: this waits for either.
fn exec_done(leader: Ident) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while leader.alive() {
        let held = std::fs::read(format!("/proc/{}/cmdline", leader.pid))
            .is_ok_and(|line| line.ends_with(b"\0internal\0hold\0"));
        if !held || Instant::now() > deadline {
            return leader.alive();
        }
        super::sweep::wait_for_any(&[leader], Duration::from_millis(2));
    }
    false
}
