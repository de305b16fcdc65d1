//! The four services of `GLADyS`, one file each, and the fixture that serves nothing but its health.

mod executive;
mod memory_python;
mod memory_rust;
mod orchestrator;

use serde_json::{Value, json};

use crate::call::{Call, Failure};

/// Which part is played, before anything is connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    MemoryPython,
    MemoryRust,
    Orchestrator,
    Executive,
    Fixture,
}

/// A part that is ready to answer.
pub(crate) enum Role {
    MemoryPython(memory_python::MemoryPython),
    MemoryRust(memory_rust::MemoryRust),
    Orchestrator(orchestrator::Orchestrator),
    Executive(executive::Executive),
    Fixture,
}

impl Role {
    /// Reads the part's variables and makes the connections it cannot start without.
    pub(crate) async fn open(kind: Kind, port: u16) -> Result<Self, String> {
        Ok(match kind {
            Kind::MemoryPython => Self::MemoryPython(memory_python::MemoryPython::open().await?),
            Kind::MemoryRust => Self::MemoryRust(memory_rust::MemoryRust::open().await),
            Kind::Orchestrator => Self::Orchestrator(orchestrator::Orchestrator::open()?),
            Kind::Executive => Self::Executive(executive::Executive::open(port).await),
            Kind::Fixture => Self::Fixture,
        })
    }

    /// Answers one request of the part's own.
    pub(crate) async fn handle(&self, call: &Call) -> Result<Value, Failure> {
        match self {
            Self::MemoryPython(role) => role.handle(call).await,
            Self::MemoryRust(role) => role.handle(call).await,
            Self::Orchestrator(role) => role.handle(call).await,
            Self::Executive(role) => role.handle(call).await,
            Self::Fixture => Ok(json!({ "echo": call.body })),
        }
    }

    /// Where the executive keeps what it answers: `memory` or `file`; nothing for the other parts.
    pub(crate) fn storage(&self) -> Option<&'static str> {
        match self {
            Self::Executive(role) => Some(role.storage()),
            _ => None,
        }
    }
}
