//! The `gladys` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    gladys::run(&std::env::args_os().collect::<Vec<_>>()).into()
}
