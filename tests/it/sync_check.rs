//! `sync-check` with the real tools for lock files, and where files cannot be read.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{GLADYS, Sandbox, project};
use crate::skip::{without, without_program};

/// A project with one check.
fn checked(kind: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let check = format!("check it \"Section\" {{ {kind} }}\n");
    let rest = "project Checked\ncommand sync-check \"Compare\" { builtin sync-check }\nprofile local\n";
    sandbox.write("gladys.kdl", check + rest);
    sandbox
}

/// A project with one check of one lock file.
fn locked(file: &str, by: &str) -> Sandbox {
    let sandbox = checked(&format!("locked \"{file}\" {{ by {by} }}"));
    // The tools keep caches at home.
    let home = sandbox.path().join("home");
    sandbox.env("HOME", &home.to_string_lossy())
}

/// The exit code and the first line on the lock.
fn judge(sandbox: &Sandbox) -> (Option<i32>, String) {
    let ended = sandbox.gladys(&["sync-check"]);
    (ended.code, ended.stdout.lines().nth(3).unwrap_or_default().to_owned())
}

#[test]
fn uv_tells_a_lock_in_step_from_a_drifted_one_and_from_what_it_would_have_to_download() {
    if without_program("uv") || without_program("python3") {
        return;
    }
    let sandbox = locked("uv.lock", "uv lock --check --offline");
    let manifest = |version: &str, more: &str| {
        let text = format!(
            "[project]\nname = \"one\"\nversion = \"{version}\"\nrequires-python = \">=3.8\"\n{more}"
        );
        sandbox.write("pyproject.toml", text);
    };
    manifest("0.1.0", "");
    assert_eq!(sandbox.run("uv", &["lock", "--offline"]).code, Some(0));
    assert_eq!(judge(&sandbox), (Some(0), "  ✅ uv.lock: in sync".to_owned()));
    manifest("0.2.0", "");
    assert_eq!(judge(&sandbox), (Some(1), "  ❌ uv.lock: OUT OF SYNC".to_owned()));
    manifest("0.1.0", "dependencies = [\"six\"]\n");
    assert_eq!(judge(&sandbox), (Some(2), "  ⚠️  uv.lock: unknown, it cannot be checked offline".to_owned()));
}

#[test]
fn npm_tells_a_lock_in_step_from_a_drifted_one() {
    if without_program("npm") {
        return;
    }
    let sandbox = locked("package-lock.json", "npm ls --package-lock-only --all");
    let manifest = |dependencies: &str| {
        let text =
            format!("{{\"name\": \"one\", \"version\": \"1.0.0\", \"dependencies\": {{{dependencies}}}}}");
        sandbox.write("package.json", text);
    };
    sandbox.write("pad/package.json", "{\"name\": \"pad\", \"version\": \"1.0.0\"}");
    manifest("\"pad\": \"file:pad\"");
    assert_eq!(sandbox.run("npm", &["install", "--package-lock-only", "--offline"]).code, Some(0));
    assert_eq!(judge(&sandbox), (Some(0), "  ✅ package-lock.json: in sync".to_owned()));
    manifest("\"pad\": \"file:pad\", \"other\": \"1.0.0\"");
    assert_eq!(judge(&sandbox), (Some(1), "  ❌ package-lock.json: OUT OF SYNC".to_owned()));
}

#[test]
fn the_lock_of_this_project_is_in_step() {
    let sandbox = locked("Cargo.lock", "cargo tree --locked --offline --depth 0");
    for file in ["Cargo.toml", "Cargo.lock", "examples/standin/Cargo.toml"] {
        sandbox.write(file, fs::read(project().join(file)).expect(file));
    }
    for program in ["src/main.rs", "examples/standin/src/main.rs"] {
        sandbox.write(program, "fn main() {}");
    }
    let real = std::env::var("HOME").unwrap_or_default();
    assert_eq!(judge(&sandbox.env("HOME", &real)), (Some(0), "  ✅ Cargo.lock: in sync".to_owned()));
}

#[test]
fn a_file_or_folder_that_may_not_be_read_is_unknown_and_never_in_sync() {
    let root = rustix::process::geteuid().is_root();
    if without("root", root) || without_program("setpriv") {
        return;
    }
    let sandbox = checked("same \"**/*.txt\" { in \"a\" \"b\" }");
    for file in
        ["a/one.txt", "b/one.txt", "a/closed/two.txt", "b/closed/two.txt", "a/three.txt", "b/three.txt"]
    {
        sandbox.write(file, "equal");
    }
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(sandbox.path().join(path), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    for (path, bits) in [("", 0o755), ("b/one.txt", 0o000), ("b/closed", 0o000)] {
        mode(path, bits);
    }
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", GLADYS, "sync-check"];
    let said = sandbox.run("setpriv", &nobody).with_code(2);
    mode("b/closed", 0o755);
    let expected = "\
Checking environment sync status...

Section:
  ⚠️  b/closed cannot be read: permission denied
  ⚠️  closed/two.txt: could not be compared
     - a: hash f9d6cd
     - b: cannot be read: permission denied
  ⚠️  one.txt: could not be compared
     - a: hash f9d6cd
     - b: cannot be read: permission denied
  ✅ three.txt: in sync (hash: f9d6cd)

Not everything could be looked at.
";
    assert_eq!(said.stdout, expected);
}

#[test]
fn what_a_start_prepared_is_recorded_as_good_unless_its_sources_changed_meanwhile() {
    let sandbox = Sandbox::new();
    sandbox.write("gladys.kdl", MADE).write("source", "one").program("make", "#!/bin/sh\ncp source made\n");
    let build = || sandbox.gladys(&["build"]).code;
    let judge = || {
        let ended = sandbox.gladys(&["sync-check"]);
        (ended.code, ended.stdout.lines().nth(3).unwrap_or_default().to_owned())
    };
    assert_eq!(judge(), (Some(0), "  ℹ️  made: not built yet".to_owned()));
    assert_eq!(build(), Some(0));
    assert_eq!(judge(), (Some(0), "  ✅ made: in sync (as recorded)".to_owned()));
    sandbox.write("source", "two");
    let drift = "  ❌ made: OUT OF SYNC, its inputs changed since it was built";
    assert_eq!(judge(), (Some(1), drift.to_owned()));
    sandbox.program("make", "#!/bin/sh\nexit 1\n");
    assert_eq!((build(), judge()), (Some(1), (Some(1), drift.to_owned())));
    sandbox.program("make", "#!/bin/sh\necho three > source\n");
    assert_eq!((build(), judge()), (Some(0), (Some(1), drift.to_owned())));
    sandbox.program("make", "#!/bin/sh\ncp source made\n");
    assert_eq!((build(), judge().0), (Some(0), Some(0)));
}

const MADE: &str = r#"
project Made
command build "Make it" { prepare "./make" }
command sync-check "Compare" { builtin sync-check }
check it "Section" { built made { from source; by "./make" } }
profile local
"#;

#[test]
fn a_fix_by_gladys_itself_is_shown_as_it_is_typed() {
    let sandbox = checked("run sh -c \"exit 1\"; fix \"{gladys}\" check");
    let ended = sandbox.gladys(&["sync-check"]).with_code(1);
    let expected = "\
Checking environment sync status...

Section:
  ❌ it: OUT OF SYNC (exit code 1)

Action needed:
  1. Run: gladys check
";
    assert_eq!(ended.stdout, expected);
}
