//! A supervisor's life: one thread, asleep in poll(2) until its service ends, its log grows, or somebody wants it to stop.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{WaitOptions, WaitStatus, wait};

use super::cgroup;
use super::exit::{Cause, Exit};
use super::fail;
use super::folder::{Folder, Sync};
use super::hold::NOT_EXECUTED;
use super::lock::Lock;
use super::log::{BLOCK, Keeper};
use super::needs::Needs;
use super::probes::{Asked, note_probe};
use super::process::Ident;
use super::pulse::Pulse;
use super::record::{Record, Step, now};
use super::restart::{Verdict, decide};
use super::run::Let;
use super::signals::Signals;
use super::spec::{Lost, Stop};
use super::stop::requested;
use super::sweep::{Swept, sweep, timespec};
use super::tree::{Roots, descendants, look_closely};
use super::wire::Order;

/// A supervisor at work.
pub struct Life {
    pub(super) order: Order,
    pub(super) folder: Folder,
    /// Held for life: it says that this service has a supervisor.
    pub(super) _lock: Lock,
    pub(super) record: Record,
    pub(super) keeper: Keeper,
    pub(super) signals: Signals,
    pub(super) leader: Option<Leader>,
    /// When the next start is due.
    pub(super) due: Option<Instant>,
    /// Whether the service ran before this supervisor did.
    pub(super) adopted: bool,
    pub(super) group: Option<PathBuf>,
    /// The liveness check, if there is one.
    pub(super) pulse: Option<Pulse>,
    /// What it does not keep running without.
    pub(super) needs: Needs,
}

/// The running service.
pub(super) struct Leader {
    pub(super) process: Ident,
    pub(super) since: Instant,
    /// Only for one that is not our child: readable when it ends.
    pub(super) end: Option<OwnedFd>,
    pub(super) exit: Option<Exit>,
}

impl Life {
    /// Lives until the service is down for good.
    pub fn run(mut self) {
        loop {
            self.sleep();
            self.reap();
            self.keeper.turn();
            self.note_disk();
            self.note_answer();
            if self.signals.stop_asked() {
                return self.stop();
            }
            let lost = self.needs.lost();
            let going_on = match lost.filter(|(_, policy)| self.leader.is_some() || *policy == Lost::Stop) {
                Some((need, policy)) => self.need_lost(need, policy),
                None => self.turn(),
            };
            if !going_on {
                return;
            }
        }
    }

    /// What there is to do for a service whose needs are there; `false` when it is down for good.
    fn turn(&mut self) -> bool {
        match &self.leader {
            Some(Leader { exit: Some(exit), .. }) => {
                let exit = *exit;
                self.ended(exit, Cause::Itself)
            }
            Some(_) => !self.pulse.as_mut().is_some_and(|pulse| pulse.turn(&self.order.dir)) || self.hung(),
            None if self.due.is_some_and(|due| due > Instant::now()) => true,
            None => self.awaits() || self.again(),
        }
    }

    /// Sleeps until something happens; without an end to it unless a start is due or the log is in its quiet time.
    fn sleep(&self) {
        if self.leader.as_ref().is_some_and(|leader| leader.exit.is_some()) {
            return;
        }
        let due = self.due.map(|due| due.saturating_duration_since(Instant::now()));
        let runs = self.leader.is_some();
        let pulse = self.pulse.as_ref().filter(|_| runs).map(Pulse::quiet);
        let needs = self.needs.quiet(!runs);
        let patience = [due, pulse, needs, self.keeper.quiet()].into_iter().flatten().min();
        let mut fds = vec![
            PollFd::new(&self.signals.stop, PollFlags::IN),
            PollFd::new(&self.signals.child, PollFlags::IN),
        ];
        fds.extend(self.keeper.fd().map(|fd| PollFd::new(fd, PollFlags::IN)));
        let end = self.leader.as_ref().and_then(|leader| leader.end.as_ref());
        fds.extend(end.map(|fd| PollFd::new(fd, PollFlags::IN)));
        fds.extend(self.needs.fds());
        let _ = poll(&mut fds, patience.and_then(timespec).as_ref());
    }

    /// Takes the exit of every child that ended, the service's own among them; an adopted one leaves no exit. Whether there was any.
    fn reap(&mut self) -> bool {
        self.signals.drain_child();
        let mut any = false;
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            any = true;
            let (pid, exit) = (pid.as_raw_nonzero().get().cast_unsigned(), exit_of(status));
            match &mut self.leader {
                Some(leader) if leader.process.pid == pid => leader.exit = Some(exit),
                _ => {
                    self.pulse.iter_mut().for_each(|pulse| pulse.reaped(pid, exit));
                    self.needs.reaped(pid, exit);
                }
            }
        }
        if let Some(leader) = &mut self.leader
            && leader.end.is_some()
            && !leader.process.alive()
        {
            leader.exit = Some(Exit::Unknown);
        }
        any
    }

    fn note_disk(&mut self) {
        let Some(note) = self.keeper.note.take() else { return };
        if !self.record.notes.iter().any(|known| known == note) {
            self.record.notes.push(note.to_owned());
            let _ = self.set(self.record.step, Sync::No);
        }
    }

    fn note_answer(&mut self) {
        if let Some(answer) = self.pulse.as_mut().and_then(|pulse| pulse.told.take()) {
            note_probe(&self.order.dir, Asked::Alive, answer.as_ref().err().map(String::as_str));
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
        let exit = if cause == Cause::Hung { Exit::Unknown } else { exit };
        match decide(&self.order.restart, exit, ran, &mut self.record.restarts) {
            Verdict::Again(delay) => self.wait_for(delay),
            Verdict::Stay if exit == Exit::Code(0) => self.close(Step::Stopped),
            Verdict::Stay | Verdict::GiveUp => self.close(Step::Failed),
        }
    }

    /// The liveness check failed too often: ends the service, which counts as a failure of it.
    fn hung(&mut self) -> bool {
        let note = "it was ended because its liveness check failed too often in a row";
        self.record.notes.push(note.to_owned());
        let how = self.order.stop;
        self.sweep(&how);
        let exit = self.leader.as_ref().and_then(|leader| leader.exit).unwrap_or(Exit::Unknown);
        self.ended(exit, Cause::Hung)
    }

    /// Something that it needs went away: ends it, and waits for that or is done.
    fn need_lost(&mut self, need: String, policy: Lost) -> bool {
        let how = self.order.stop;
        let swept = self.sweep(&how);
        if let Some(leader) = self.leader.take() {
            self.finish(leader.exit.unwrap_or(Exit::Unknown), Cause::NeedLost);
        }
        self.record.lost = Some(need);
        fail::point("lost");
        if !swept.left.is_empty() {
            self.record.left = swept.left;
            return self.close(Step::Left);
        }
        match policy {
            Lost::Stop => self.close(Step::Stopped),
            Lost::Restart => self.wait_for(Duration::ZERO),
        }
    }

    /// Whether a start has to wait for what it needs; what it waits for is on record.
    fn awaits(&mut self) -> bool {
        let Some(need) = self.needs.awaited(&self.order.dir) else { return false };
        self.due = None;
        if self.record.lost.as_ref() != Some(&need) || self.record.next.is_some() {
            self.record.lost = Some(need);
            self.record.next = None;
            let _ = self.set(Step::Waiting, Sync::No);
        }
        true
    }

    fn wait_for(&mut self, delay: Duration) -> bool {
        self.due = Some(Instant::now() + delay);
        self.record.leader = None;
        self.record.next = Some(now().saturating_add(i64::try_from(delay.as_micros()).unwrap_or(i64::MAX)));
        let _ = self.set(Step::Waiting, Sync::No);
        fail::point("waiting");
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
        self.ended(Exit::Code(i32::from(NOT_EXECUTED)), Cause::NotExecuted)
    }

    /// Somebody wants it down: ends the tree, verifies, and is done.
    fn stop(mut self) {
        let how = requested(&self.folder).unwrap_or(self.order.stop);
        let ran = self.leader.is_some();
        let _ = self.set(Step::Stopping, Sync::No);
        fail::point("stopping");
        let swept = self.sweep(&how);
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

    pub(super) fn sweep(&mut self, stop: &Stop) -> Swept {
        let cell = RefCell::new(self);
        let mut members = || cell.borrow_mut().members();
        let mut between = || {
            let mut life = cell.borrow_mut();
            life.reap();
            life.keeper.turn();
        };
        sweep(stop, &mut members, &mut between)
    }

    /// Everything of the service that is alive. While this supervisor has been there from the beginning, that is its
    /// descendants; an adopted service is looked for among all processes.
    fn members(&mut self) -> Vec<Ident> {
        let own = if self.adopted { None } else { self.descendants() };
        own.unwrap_or_else(|| {
            let leader = self.record.leader;
            let roots = Roots { dir: &self.order.dir, leader, supervisor: Ident::own(), known: &[] };
            match look_closely(roots) {
                Ok(tree) => tree.members,
                Err(_) => leader.into_iter().filter(|leader| leader.alive()).collect(),
            }
        })
    }

    /// That there are none counts only when no child has ended since the last look: its own children have come to this process.
    fn descendants(&mut self) -> Option<Vec<Ident>> {
        loop {
            let found = descendants(std::process::id(), &self.order.dir)?;
            if !found.is_empty() || !self.reap() {
                return Some(found);
            }
        }
    }

    /// Notes the end of the run in record and index.
    pub(super) fn finish(&mut self, exit: Exit, cause: Cause) {
        let killed = self.group.take().is_some_and(|group| cgroup::close(&group));
        // 137 is what a shell makes of SIGKILL.
        let told = matches!(exit, Exit::Signal(9) | Exit::Code(137) | Exit::Unknown);
        let cause = if killed && told && cause == Cause::Itself { Cause::Memory } else { cause };
        self.record.note_end(exit, cause);
        self.keeper.end(self.record.run, exit, cause);
    }

    /// The last record; always `false`, for there is nothing to go on with.
    pub(super) fn close(&mut self, step: Step) -> bool {
        self.record.next = None;
        let _ = self.set(step, Sync::No);
        false
    }

    /// Writes the record at a step; on a full disk the oldest lines of the log make room for it.
    pub(super) fn set(&mut self, step: Step, sync: Sync) -> io::Result<()> {
        self.record.step = step;
        match self.record.save(&self.folder, sync) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull && self.keeper.make_room(BLOCK) => {
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
