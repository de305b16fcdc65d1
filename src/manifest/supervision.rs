//! What a supervisor does for a service beside starting it: restarts, liveness, limits.

use std::time::Duration;

use super::error::Problem;
use super::node::{Node, Shape};
use super::service::{ReadyKind, one_of};
use crate::span::{Span, Spanned};

/// `restart never|on-failure|always max=N initial="200ms" longest="30s" stable="30s" orphan=keep|kill`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restart {
    /// The policy.
    pub policy: Spanned<String>,
    /// How many times in a row.
    pub max: Option<u32>,
    /// The first delay.
    pub initial: Option<Duration>,
    /// The longest delay.
    pub longest: Option<Duration>,
    /// After running this long, the count begins anew.
    pub stable: Option<Duration>,
    /// What becomes of the service when its supervisor is killed.
    pub orphan: Option<Spanned<String>>,
}

impl Restart {
    /// Reads it.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let shape = Shape::word("a policy").properties(&["max", "initial", "longest", "stable", "orphan"]);
        node.check(&shape).then_some(())?;
        let policy = node.text(0)?;
        one_of(node, "a restart policy", &policy, &["never", "on-failure", "always"]);
        let orphan = node.property("orphan");
        if let Some(word) = &orphan {
            one_of(node, "a policy for orphans", word, &["keep", "kill"]);
        }
        let max = node.number_property("max", "a number of restarts", 0, 1_000_000);
        Some(Self {
            policy,
            max: max.and_then(|max| u32::try_from(max.value).ok()),
            initial: node.duration("initial"),
            longest: node.duration("longest"),
            stable: node.duration("stable"),
            orphan,
        })
    }
}

/// `alive KIND … every="10s" timeout="3s" failures=3`: a service that hangs is ended, which its restart policy answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alive {
    /// What is asked: `tcp`, `http`, `grpc` or `exec`.
    pub kind: ReadyKind,
    /// From the end of one check to the beginning of the next.
    pub every: Option<Duration>,
    /// How long a check may take.
    pub timeout: Option<Duration>,
    /// How many failures in a row.
    pub failures: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

impl Alive {
    /// Reads it.
    pub fn parse(node: Node<'_>) -> Option<Self> {
        let kind = ReadyKind::parse(node, &["every", "timeout", "failures"])?;
        if matches!(kind, ReadyKind::Log(_) | ReadyKind::Postgres(_)) {
            let word = node.text(0)?;
            one_of(node, "a kind of liveness check", &word, &["tcp", "http", "grpc", "exec"]);
        }
        let failures = node.number_property("failures", "a number of failures", 1, 1000);
        Some(Self {
            kind,
            every: node.duration("every"),
            timeout: node.duration("timeout"),
            failures: failures.and_then(|number| u32::try_from(number.value).ok()),
            span: node.span(),
        })
    }
}

/// `limits open-files=N nice=N memory="512M" cpu="1.5" log="64M"`; what is not said is left as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Limits {
    /// Open file descriptors.
    pub open_files: Option<u64>,
    /// Scheduling priority, -20 to 19.
    pub nice: Option<i32>,
    /// Bytes of memory of the whole tree.
    pub memory: Option<u64>,
    /// Processors of the whole tree.
    pub cpu: Option<f64>,
    /// Bytes of log that are kept.
    pub log: Option<u64>,
}

impl Limits {
    /// Reads them.
    pub fn parse(node: Node<'_>) -> Self {
        node.check(&Shape::bare().properties(&["open-files", "nice", "memory", "cpu", "log"]));
        let files = node.number_property("open-files", "a number of files", 1, 1 << 30);
        let nice = node.number_property("nice", "a nice value", -20, 19);
        let cpu = node.property("cpu").and_then(|word| {
            let cpu = word.parse().ok().filter(|cpu: &f64| cpu.is_finite() && *cpu > 0.0);
            if cpu.is_none() {
                let (found, expected) = (word.value.clone(), "a number above 0, such as \"1.5\"".to_owned());
                let what = "a number of processors";
                node.complain(Problem::BadValue { what, found, expected, span: word.span });
            }
            cpu
        });
        Self {
            open_files: files.and_then(|number| u64::try_from(number.value).ok()),
            nice: nice.and_then(|number| i32::try_from(number.value).ok()),
            memory: node.bytes("memory"),
            cpu,
            log: node.bytes("log"),
        }
    }
}
