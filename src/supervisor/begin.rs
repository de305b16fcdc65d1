//! How a supervisor comes to have a service: it adopts what runs, or sweeps up what an earlier run left and starts anew.

use std::io;
use std::time::{Duration, Instant};

use super::cgroup;
use super::exit::{Cause, Exit};
use super::facts::Facts;
use super::fail;
use super::folder::{Folder, Sync};
use super::hold::NOT_EXECUTED;
use super::life::{Leader, Life};
use super::lock::Lock;
use super::log::{Keeper, last_run};
use super::needs::Needs;
use super::process::Ident;
use super::pulse::Pulse;
use super::record::{Step, now};
use super::run::{Let, spawn};
use super::serve::{Begun, Broken};
use super::signals::Signals;
use super::stop::end_leftovers;
use super::sweep::wait_for_any;
use super::wire::{Order, Report};

impl Life {
    /// Adopts what runs, or sweeps up what an earlier run left and starts the service.
    pub fn begin(mut order: Order, folder: Folder, lock: Lock) -> Result<Begun, Broken> {
        let pulse = order.check.take().map(Pulse::new);
        let needs = Needs::new(std::mem::take(&mut order.needs));
        let signals = Signals::listen().map_err(|error| ("listen to signals", error))?;
        let keeper = Keeper::open(&folder, order.limits.log).map_err(|error| ("open the log", error))?;
        let facts = facts(&order, &folder, &lock)?;
        let mut record = facts.record.clone();
        record.run = record.run.max(last_run(&folder));
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
            pulse,
            needs,
        };
        match facts.leader.filter(|leader| exec_done(*leader)) {
            Some(leader) => life.adopt(leader),
            None => life.replace(&facts),
        }
    }

    fn adopt(mut self, leader: Ident) -> Result<Begun, Broken> {
        self.adopted = true;
        self.group = cgroup::of(leader.pid);
        let end = leader.open().map_err(|error| ("watch the running service", error))?;
        self.record.leader = Some(leader);
        self.record.beside = self.needs.tie_again(&self.record.beside);
        self.set(Step::Running, Sync::Yes).map_err(|error| ("write the record", error))?;
        fail::point("adopted");
        let since = Instant::now().checked_sub(leader.age()).unwrap_or_else(Instant::now);
        let exit = end.is_none().then_some(Exit::Unknown);
        self.leader = Some(Leader { process: leader, since, end, exit });
        Ok(Begun::Alive(Box::new(self), Report::Adopted(leader.pid)))
    }

    fn replace(mut self, facts: &Facts) -> Result<Begun, Broken> {
        self.close_lost_run();
        let left = end_leftovers(&self.order.stop, facts);
        if !left.is_empty() {
            self.record.left.clone_from(&left);
            let _ = self.set(Step::Left, Sync::No);
            return Ok(Begun::Refused(Report::Alive(left.iter().map(|left| left.described()).collect())));
        }
        match self.start()? {
            Let::Runs => {
                let pid = self.leader.as_ref().map_or(0, |leader| leader.process.pid);
                Ok(Begun::Alive(Box::new(self), Report::Started(pid)))
            }
            Let::Refused(reason) => {
                self.finish(Exit::Code(i32::from(NOT_EXECUTED)), Cause::NotExecuted);
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
    pub(super) fn start(&mut self) -> Result<Let, Broken> {
        let broken = |what| move |error| (what, error);
        self.record.run += 1;
        self.record.leader = None;
        self.record.next = None;
        self.record.stopped = None;
        self.record.lost = None;
        self.record.beside = self.needs.tie();
        self.record.started = Some(now());
        self.record.definition = Some(self.order.definition.clone());
        self.record.ports = Some(self.order.ports.clone());
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
            self.running().map_err(broken("write the record"))?;
            self.pulse.iter_mut().for_each(Pulse::begin);
            fail::point("running");
        }
        Ok(outcome)
    }

    /// What cannot be recorded must not run.
    fn running(&mut self) -> io::Result<()> {
        let set = self.set(Step::Running, Sync::No);
        if set.is_err() {
            let how = self.order.stop;
            self.sweep(&how);
        }
        set
    }

    fn confine(&mut self, pid: u32) {
        let name = format!("{}-{}-{}", self.order.profile, self.order.service, std::process::id());
        self.record.notes.clear();
        let confined = cgroup::confine(&self.order.limits, &name, pid);
        self.group = confined.group;
        self.record.notes.extend(confined.note);
    }
}

/// What there is of the service. Where the client found nothing and the lock still had never been held, nothing can have begun since.
fn facts(order: &Order, folder: &Folder, lock: &Lock) -> Result<Facts, Broken> {
    if order.first && lock.is_first() && !folder.has("record.json") {
        return Ok(Facts::none(folder));
    }
    Facts::gather(folder).map_err(|error| ("read the record", io::Error::other(error.to_string())))
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
        wait_for_any(&[leader], Duration::from_millis(2));
    }
    false
}
