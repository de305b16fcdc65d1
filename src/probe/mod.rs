//! stand-in until the merge
use crate::{db, process::Invocation};
use std::{path::PathBuf, time::Duration};
pub const ATTEMPT: Duration = Duration::from_secs(3);
#[derive(Clone, Debug)]
pub enum Kind {
    Tcp { host: String, port: u16 },
    Http { url: String },
    Grpc { host: String, port: u16, service: String },
    Exec(Invocation),
    Log { path: PathBuf, from: u64, pattern: String },
    Postgres(db::Target),
}
#[derive(Clone, Debug)]
pub struct Probe {
    pub kind: Kind,
    pub timeout: Duration,
    pub attempt: Duration,
}
impl Probe {
    pub fn describe(&self) -> String {
        String::new()
    }
}
