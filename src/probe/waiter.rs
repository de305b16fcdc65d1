//! The thread that waits: every wait is a task of its own on one current-thread runtime.

use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use super::attempt::attempt;
use super::ears::{Ears, HeardPorts};
use super::error::Failed;
use super::{Error, Probe};

/// Pause after the first failed attempt; each further one is half as long again, until the end of the wait is near:
/// there they become shorter, so that a service that is ready just in time is seen.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause, but no longer than an eighth of the wait so far: what took a second is not seen half a second late.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// An eighth of so short a wait is not worth an attempt.
const SHORT_PAUSE: Duration = Duration::from_millis(100);
/// How often the gate is asked about a service that nobody hears yet: only it knows of one that is gone.
const SILENCE: Duration = Duration::from_millis(100);

/// What the caller knows of the service; asked before each attempt and again after a success.
///
/// It is asked on the waiting thread, so the answer must come quickly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gate {
    /// Go on; after a success: the service is ready.
    Open,
    /// Not yet, whatever the probe says, and why (`port 50051 is held by pid 4711`).
    Hold(String),
    /// Not yet, for nobody listens on this port; asked again as soon as somebody does.
    Silent(u16),
    /// The service is gone, and how; there is nothing left to wait for.
    Abort(String),
}

/// Waits for many services at once. Dropping it ends outstanding waits with [`Error::Cancelled`].
pub struct Waiter {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    cancel: watch::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// One wait. `cancelled` was subscribed to when the wait was asked for, so an earlier `cancel_all` does not touch it.
struct Job {
    probe: Probe,
    gate: Box<dyn Fn() -> Gate + Send>,
    progress: Box<dyn Fn(String) + Send>,
    done: Box<dyn FnOnce(Result<Duration, Error>) + Send>,
    cancelled: watch::Receiver<()>,
}

impl Waiter {
    /// Starts the waiting thread; it sleeps while there is nothing to wait for. `heard` says which ports somebody listens on.
    ///
    /// [`Error::Resources`] if the system refuses the thread or its file descriptors.
    pub fn new(heard: HeardPorts) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Resources)?;
        let (jobs, receiver) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("probes".to_owned())
            .spawn(move || serve(runtime, receiver, heard))
            .map_err(Error::Resources)?;
        Ok(Self { jobs: Some(jobs), cancel: watch::Sender::new(()), thread: Some(thread) })
    }

    /// Begins one wait and returns at once.
    ///
    /// On the waiting thread, `progress` is told what is waited for and then each new cause of delay, and `done` is
    /// called exactly once: with the time it took, or with why it ended.
    pub fn wait(
        &self,
        probe: Probe,
        gate: Box<dyn Fn() -> Gate + Send>,
        progress: Box<dyn Fn(String) + Send>,
        done: Box<dyn FnOnce(Result<Duration, Error>) + Send>,
    ) {
        let job = Job { probe, gate, progress, done, cancelled: self.cancel.subscribe() };
        let refused = match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|error| error.0),
            None => Some(job),
        };
        if let Some(job) = refused {
            let what = job.probe.describe();
            (job.done)(Err(Error::Cancelled { what }));
        }
    }

    /// Ends every outstanding wait with [`Error::Cancelled`], and the programs they run; later waits are not touched.
    pub fn cancel_all(&self) {
        self.cancel.send_replace(());
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.cancel_all();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic in a callback ends that wait alone, and was told when it happened.
            let _ = thread.join();
        }
    }
}

/// Runs jobs until the sender is gone and the last of them has ended.
fn serve(runtime: Runtime, mut jobs: mpsc::UnboundedReceiver<Job>, heard: HeardPorts) {
    let ears = Rc::new(Ears::new(heard));
    let tasks = LocalSet::new();
    runtime.block_on(tasks.run_until(async {
        while let Some(job) = jobs.recv().await {
            tokio::task::spawn_local(run(job, Rc::clone(&ears)));
        }
    }));
    runtime.block_on(tasks);
    super::end(runtime);
}

async fn run(mut job: Job, ears: Rc<Ears>) {
    let begun = Instant::now();
    let what = job.probe.describe();
    let result = tokio::select! {
        biased;
        _ = job.cancelled.changed() => Err(Error::Cancelled { what }),
        result = until_ready(&mut job.probe, &job.gate, &job.progress, &ears) => result,
    };
    (job.done)(result.map(|()| begun.elapsed()));
}

async fn until_ready(
    probe: &mut Probe,
    gate: &dyn Fn() -> Gate,
    progress: &dyn Fn(String),
    ears: &Ears,
) -> Result<(), Error> {
    let what = probe.describe();
    let begun = Instant::now();
    let deadline = begun + probe.timeout;
    let mut last: Option<String> = None;
    let mut pause = FIRST_PAUSE;
    progress(format!("waiting for {what}"));
    loop {
        let mut silent = None;
        let cause = match step(probe, gate, deadline).await {
            Step::Ready => return Ok(()),
            Step::Gone(cause) => return Err(Error::Gone { what, cause }),
            Step::Refused(cause) => return Err(Error::Refused { what, cause }),
            Step::NotYet(cause) => Some(cause),
            Step::Silent(port) => {
                silent = Some(port);
                Some(format!("it does not listen on port {port}"))
            }
            // An attempt that the deadline cut short tells less than the one before it.
            Step::CutShort(cause) => {
                last = last.or(Some(cause));
                None
            }
        };
        if let Some(cause) = cause.filter(|cause| last.as_ref() != Some(cause)) {
            progress(format!("waiting for {what}: {cause}"));
            last = Some(cause);
        }
        let now = Instant::now();
        match silent {
            Some(port) if ears.hear(port, deadline.min(now + SILENCE), begun).await => pause = FIRST_PAUSE,
            Some(_) => {}
            None => sleep_until(deadline.min(now + pause)).await,
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout { what, timeout: probe.timeout, last: last.unwrap_or_default() });
        }
        let longest = (begun.elapsed() / 8).clamp(SHORT_PAUSE, LONGEST_PAUSE);
        pause = (pause * 3 / 2).min(longest).min(left / 2).max(FIRST_PAUSE);
    }
}

/// How one round of gate, attempt, gate ended.
enum Step {
    Ready,
    NotYet(String),
    Silent(u16),
    CutShort(String),
    Gone(String),
    Refused(String),
}

async fn step(probe: &mut Probe, gate: &dyn Fn() -> Gate, deadline: Instant) -> Step {
    match gate() {
        Gate::Open => {}
        Gate::Hold(cause) => return Step::NotYet(cause),
        Gate::Silent(port) => return Step::Silent(port),
        Gate::Abort(cause) => return Step::Gone(cause),
    }
    let left = deadline.saturating_duration_since(Instant::now());
    match attempt(&mut probe.kind, probe.attempt.min(left)).await {
        Ok(()) => match gate() {
            Gate::Open => Step::Ready,
            Gate::Hold(cause) => Step::NotYet(cause),
            Gate::Silent(port) => Step::Silent(port),
            Gate::Abort(cause) => Step::Gone(cause),
        },
        Err(Failed::ForGood(cause)) => Step::Refused(cause),
        Err(Failed::NotYet(cause)) if Instant::now() >= deadline && left < probe.attempt => {
            Step::CutShort(cause)
        }
        Err(Failed::NotYet(cause)) => Step::NotYet(cause),
    }
}
