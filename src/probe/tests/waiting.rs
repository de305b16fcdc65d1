//! Waits as a whole: readiness in time, deadlines, gates, and cancelling.

use std::collections::HashSet;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::{Gate, Kind, Probe, Waiter};
use super::{LONG, free_port, listener, port};

fn tcp(port: u16, timeout: Duration) -> Probe {
    Probe::new(Kind::Tcp { host: "localhost".to_owned(), port }, timeout)
}

/// Begins a wait; its result comes through the channel, as words.
pub(super) fn begin(
    waiter: &Waiter,
    probe: Probe,
    gate: impl Fn() -> Gate + Send + 'static,
) -> Receiver<Result<Duration, String>> {
    let (sender, receiver) = channel();
    let done = move |result: Result<Duration, super::super::Error>| {
        sender.send(result.map_err(|error| error.to_string())).expect("somebody waits");
    };
    waiter.wait(probe, Box::new(gate), Box::new(|_| {}), Box::new(done));
    receiver
}

pub(super) fn end(receiver: &Receiver<Result<Duration, String>>) -> Result<(), String> {
    receiver.recv_timeout(LONG).expect("every wait ends").map(drop)
}

#[test]
fn a_service_is_ready_soon_after_it_listens() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let port = free_port();
    let waiting = begin(&waiter, tcp(port, LONG), || Gate::Open);
    std::thread::sleep(Duration::from_millis(40));
    assert!(waiting.try_recv().is_err(), "nobody listens yet");
    let listening = Instant::now();
    let _service = listener(&format!("127.0.0.1:{port}"));
    assert_eq!(end(&waiting), Ok(()));
    assert!(listening.elapsed() < Duration::from_secs(5), "took {:?}", listening.elapsed());
}

/// The pauses of an old wait are long; what it waits for is heard all the same. Most times out of five, for this machine has its own.
#[test]
fn who_waits_for_a_silent_port_is_told_that_somebody_listens() {
    static PORT: AtomicUsize = AtomicUsize::new(0);
    let heard = || u16::try_from(PORT.load(Ordering::SeqCst)).into_iter().collect();
    let waiter = Waiter::new(heard).expect("a waiter");
    let service = listener("127.0.0.1:0");
    let port = port(&service);
    let mut took: Vec<Duration> = (0..5)
        .map(|_| {
            PORT.store(0, Ordering::SeqCst);
            let gate = move || if PORT.load(Ordering::SeqCst) == 0 { Gate::Silent(port) } else { Gate::Open };
            let waiting = begin(&waiter, tcp(port, LONG), gate);
            std::thread::sleep(Duration::from_millis(700));
            let begun = Instant::now();
            PORT.store(port.into(), Ordering::SeqCst);
            assert_eq!(end(&waiting), Ok(()));
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    assert!(took.get(2).is_some_and(|median| *median < Duration::from_millis(80)), "took {took:?}");
    drop(service);
}

#[test]
fn the_deadline_names_the_last_failure() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let port = free_port();
    let said = Arc::new(Mutex::new(Vec::new()));
    let (sender, receiver) = channel();
    let told = said.clone();
    waiter.wait(
        tcp(port, Duration::from_millis(300)),
        Box::new(|| Gate::Open),
        Box::new(move |text| told.lock().expect("no panic").push(text)),
        Box::new(move |result| {
            sender.send(result.map_err(|error| error.to_string())).expect("somebody waits");
        }),
    );
    assert_eq!(end(&receiver), Err(format!("port {port} was not ready within 300ms: connection refused")));
    let said = said.lock().expect("no panic").clone();
    assert_eq!(
        said,
        [format!("waiting for port {port}"), format!("waiting for port {port}: connection refused")],
        "each cause is told once"
    );
}

#[test]
fn an_attempt_that_the_deadline_cuts_short_does_not_hide_the_cause() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!(
        "test -e {0}/once && sleep 600; touch {0}/once; echo no table >&2; exit 1",
        folder.path().display()
    );
    let kind = Kind::Exec(crate::process::Invocation {
        program: "/bin/sh".into(),
        args: vec!["-c".to_owned(), script],
        cwd: "/".into(),
        env: indexmap::IndexMap::new(),
    });
    let waiting = begin(&waiter, Probe::new(kind, Duration::from_millis(400)), || Gate::Open);
    assert_eq!(end(&waiting), Err("`sh` was not ready within 400ms: it exited with 1: no table".to_owned()));
}

#[test]
fn a_gate_holds_a_success_back_until_it_opens() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let service = listener("127.0.0.1:0");
    let held = "port is held by pid 4711";
    let probe = tcp(port(&service), Duration::from_millis(200));
    let waiting = begin(&waiter, probe.clone(), move || Gate::Hold(held.to_owned()));
    assert_eq!(end(&waiting), Err(format!("port {} was not ready within 200ms: {held}", port(&service))));
    let asked = AtomicUsize::new(0);
    let waiting = begin(&waiter, Probe { timeout: LONG, ..probe }, move || {
        match asked.fetch_add(1, Ordering::Relaxed) {
            0 | 2.. => Gate::Open,
            _ => Gate::Hold(held.to_owned()),
        }
    });
    assert_eq!(end(&waiting), Ok(()));
}

#[test]
fn a_service_that_is_gone_ends_its_wait() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let port = free_port();
    let asked = AtomicUsize::new(0);
    let waiting = begin(&waiter, tcp(port, LONG), move || match asked.fetch_add(1, Ordering::Relaxed) {
        0..3 => Gate::Open,
        _ => Gate::Abort("it exited with 1".to_owned()),
    });
    assert_eq!(end(&waiting), Err(format!("it exited with 1, before port {port} was ready")));
}

#[test]
fn cancelling_ends_what_was_begun_and_nothing_later() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let silent = listener("127.0.0.1:0");
    let hanging = Kind::Http { url: format!("http://127.0.0.1:{}/", port(&silent)) };
    let cancelled = begin(&waiter, Probe { attempt: LONG, ..Probe::new(hanging, LONG) }, || Gate::Open);
    std::thread::sleep(Duration::from_millis(50));
    let begun = Instant::now();
    waiter.cancel_all();
    let later = begin(&waiter, tcp(port(&silent), LONG), || Gate::Open);
    let what = format!("http://127.0.0.1:{}/", port(&silent));
    assert_eq!(end(&cancelled), Err(format!("stopped waiting for {what}: interrupted")));
    assert!(begun.elapsed() < Duration::from_secs(5), "at once, not at the end of the attempt");
    assert_eq!(end(&later), Ok(()));
}

#[test]
fn dropping_the_waiter_ends_every_wait() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let port = free_port();
    let waiting: Vec<_> = (0..20).map(|_| begin(&waiter, tcp(port, LONG), || Gate::Open)).collect();
    drop(waiter);
    for one in &waiting {
        assert_eq!(one.try_recv(), Ok(Err(format!("stopped waiting for port {port}: interrupted"))));
    }
}

#[test]
fn many_wait_at_once_on_one_thread() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let probe = |index: usize| {
        let kind = Kind::Log { path: path.clone(), from: 0, pattern: format!("service {index} is up\n") };
        Probe::new(kind, LONG)
    };
    let waiting: Vec<_> = (0..100).map(|index| begin(&waiter, probe(index), || Gate::Open)).collect();
    let mut log = std::fs::File::create(&path).expect("a log");
    for index in 0..100 {
        writeln!(log, "service {index} is up").expect("a line");
    }
    for one in &waiting {
        assert_eq!(end(one), Ok(()));
    }
}

#[test]
fn cancelling_kills_the_program_of_an_attempt() {
    let waiter = Waiter::new(HashSet::new).expect("a waiter");
    let hang = super::programs::shell("sleep 600 & wait", "cancel");
    let waiting = begin(&waiter, Probe { attempt: LONG, ..Probe::new(hang, LONG) }, || Gate::Open);
    super::until("the program runs", || super::programs::alive("cancel") == 2);
    waiter.cancel_all();
    assert_eq!(end(&waiting), Err("stopped waiting for `sh`: interrupted".to_owned()));
    super::until("no process of the attempt is left", || super::programs::alive("cancel") == 0);
}
