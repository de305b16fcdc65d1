//! Whether what runs is still what the manifest says.

use std::fmt;

use super::spec::{Spec, definition};
use super::state::{Phase, State};

/// What the manifest says now of a service, and the command that makes it so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Present {
    /// [`definition`] of what it would be started as.
    pub definition: String,
    /// The ports it would listen on.
    pub ports: Vec<u16>,
    /// The command that starts it anew (`gladys restart web`).
    pub renew: String,
}

/// A service that runs was started as something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Older {
    /// Its ports then and now, where they differ.
    pub ports: Option<(Vec<u16>, Vec<u16>)>,
    /// Whether that was before its state folder was made anew, so that nothing else is known of it.
    pub remade: bool,
    /// The command that starts it anew.
    pub renew: String,
}

impl Present {
    /// What this spec would start.
    pub fn of(spec: &Spec) -> Self {
        Self {
            definition: definition(&spec.invocation),
            ports: spec.ports.clone(),
            renew: spec.renew.clone(),
        }
    }

    /// How what runs differs; nothing for what does not run, or was started by a gladys that did not write it down.
    pub fn differs(&self, state: &State) -> Option<Older> {
        if state.phase != Phase::Running {
            return None;
        }
        let then = state.ports.as_ref().filter(|then| **then != self.ports);
        let words = state.definition.as_ref().is_some_and(|then| *then != self.definition);
        let ports = then.map(|then| (then.clone(), self.ports.clone()));
        let remade = state.remade;
        (words || ports.is_some() || remade).then(|| Older { ports, remade, renew: self.renew.clone() })
    }
}

impl Older {
    /// What differs, without what to do about it.
    pub fn difference(&self) -> String {
        if self.remade && self.ports.is_none() {
            return "it was started before its state folder was made anew".to_owned();
        }
        let place = self
            .ports
            .as_ref()
            .map(|(then, now)| format!(", on {} instead of {}", listed(then), listed(now)));
        format!("it runs with an older definition{}", place.unwrap_or_default())
    }
}

impl fmt::Display for Older {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; `{}` takes the new one", self.difference(), self.renew)
    }
}

/// `port 4000`, `no port`.
fn listed(ports: &[u16]) -> String {
    let all: Vec<String> = ports.iter().map(u16::to_string).collect();
    if all.is_empty() { "no port".to_owned() } else { format!("port {}", all.join(", ")) }
}
