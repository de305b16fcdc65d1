//! `images/make`, with stand-ins for the engine and for `debootstrap`.

use crate::sandbox::{Sandbox, project};

/// Has no image and no registry, and keeps what is imported.
const ENGINE: &str = "#!/bin/sh\ncase $1 in\nimport) cat >root.tar ;;\nimage | pull) exit 1 ;;\nesac\n";

#[test]
fn every_user_of_an_image_may_enter_its_root_folder() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/engine", ENGINE).program("bin/debootstrap", "#!/bin/sh\n");
    let path = format!("{}:/usr/bin:/bin", sandbox.path().join("bin").display());
    let sandbox = sandbox.env("PATH", &path).env("ENGINE", "engine");
    let make = project().join("images/make");
    sandbox.run(&make.to_string_lossy(), &["postgres"]).with_code(0);
    let root = sandbox.run("tar", &["--list", "--verbose", "--file=root.tar"]).quietly();
    assert!(root.starts_with("drwxr-xr-x"), "{root}");
}
