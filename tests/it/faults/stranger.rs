//! Programs that have nothing to do with gladys.

use std::process::{Child, Command, Stdio};

use super::bench::standin;
use super::oracle;

/// A process of nobody's, the fixture on a port.
pub fn stranger(port: u16) -> Stranger {
    let mut command = Command::new(standin());
    command.args(["fixture", "--listen", &port.to_string()]).stdin(Stdio::null());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the fixture is spawned");
    let stranger = Stranger(child);
    oracle::until("the stranger listens", || oracle::listeners(port).contains(&stranger.pid()));
    stranger
}

/// A process of nobody's, killed when dropped.
pub struct Stranger(pub Child);

impl Stranger {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
