//! `sync-check` in a checkout laid out as the real thing: silent after a clone, and precise when something drifted.

use std::fs;

use super::{FRUIT, open_shop, stocked_shop};
use crate::sandbox::{Ended, Sandbox, project};
use crate::skip::without_postgres;

const COPY: &str = "src/orchestrator/proto/memory.proto";

const STUB: &str = "src/orchestrator/gladys_orchestrator/generated/memory_pb2.py";

/// A clone: the generated files are older than their sources, which says nothing.
fn clone() -> Sandbox {
    let sandbox = Sandbox::new();
    let places = [
        ("src/memory/python/gladys_memory", "protoc-35", ["memory_pb2.py", "types_pb2.py"].as_slice()),
        (
            "src/orchestrator/gladys_orchestrator/generated",
            "protoc-21",
            ["memory_pb2.py", "types_pb2.py", "modern_pb2.py"].as_slice(),
        ),
        ("src/memory/proto", "proto", ["memory.proto", "types.proto"].as_slice()),
        ("src/orchestrator/proto", "proto", ["memory.proto", "types.proto", "modern.proto"].as_slice()),
    ];
    for (folder, fixture, names) in places {
        for name in names {
            let text = fs::read(project().join("tests/fixtures/sync").join(fixture).join(name)).expect(name);
            sandbox.write(&format!("{folder}/{name}"), text);
        }
    }
    sandbox.write("src/memory/rust/Cargo.lock", "version = 4\n").write("src/orchestrator/kept", "");
    sandbox.write("src/memory/migrations/001_events.sql", "create table events (id int primary key);\n");
    sandbox.write("src/memory/migrations/002_answers.sql", "create table answers (id int);\n");
    sandbox.program("bin/uv", "#!/bin/sh\n").program("bin/cargo", "#!/bin/sh\n");
    sandbox.copy(&project().join("examples/gladys-design"));
    let path = sandbox.path().join("bin");
    sandbox.env("PATH", &path.to_string_lossy())
}

fn sync_check(sandbox: &Sandbox) -> Ended {
    sandbox.gladys(&["sync-check", "-p", "local"])
}

#[test]
fn a_clone_raises_no_false_alarm_and_one_changed_byte_is_named_with_both_hashes() {
    if without_postgres() {
        return;
    }
    let shop = open_shop();
    let clone = clone().env("DB_PORT", shop.var("DB_PORT")).env("DB_NAME", "shop");
    let said = sync_check(&clone).with_code(1);
    let migrations =
        "\nDatabase Migrations:\n  ❌ local DB: OUT OF SYNC, it is empty: 2 migrations pending\n\n";
    assert!(said.stdout.contains(migrations), "{}", said.stdout);
    assert!(said.stdout.ends_with("\n\nAction needed:\n  1. Run: gladys migrate\n"), "{}", said.stdout);

    assert_eq!(clone.gladys(&["migrate"]).code, Some(0));
    assert_eq!(sync_check(&clone).quietly(), IN_SYNC);

    let changed = fs::read_to_string(clone.path().join(COPY)).expect("a copy").replacen(" = 1;", " = 9;", 1);
    clone.write(COPY, changed);
    let protos = "❌ memory.proto: OUT OF SYNC
     - src/memory/proto: hash a84f68
     - src/orchestrator/proto: hash cd9439";
    let stub = "OUT OF SYNC with memory.proto
     - message `Heuristic`: message `Condition`: field `path`: number changed";
    let expected = IN_SYNC
        .replace("✅ memory.proto: in sync (hash: a84f68)", protos)
        .replace(
            &format!("✅ {STUB}: in sync (carries memory.proto as it is)"),
            &format!("❌ {STUB}: {stub}"),
        )
        .replace("Everything is in sync.", "No command is known that mends this.");
    assert_eq!(sync_check(&clone).with_code(1).stdout, expected);
}

#[test]
fn what_a_migration_would_refuse_is_left_to_a_person() {
    if without_postgres() {
        return;
    }
    let shop = stocked_shop();
    let check = "command sync-check { builtin sync-check }\n\
                 check migrations \"Migrations\" { migrations; fix \"{gladys}\" migrate }\n";
    shop.write("gladys.kdl", shop.read("gladys.kdl") + check);
    shop.write("migrations/001_fruit.sql", "create table fruit (id int);\n");
    shop.write("migrations/004_more.sql", "create table more (id int);\n");
    shop.gladys(["sync-check", "--fix"])
        .stdout(
            "
            Checking environment sync status...

            Migrations:
              ❌ local DB: OUT OF SYNC, 1 migration modified after being applied: restore the file, or repair
                 - 001
              ❌ local DB: OUT OF SYNC, 1 migration pending
                 - 004

            Action needed:
              1. Run: gladys migrate repair
              2. Run: gladys migrate
        ",
        )
        .stderr("migrations: not fixed, `gladys migrate` would refuse")
        .code(1);
    shop.write("migrations/001_fruit.sql", FRUIT);
    shop.gladys(["sync-check", "--fix"]).any_stdout().any_stderr();
    shop.gladys(["query", "--format", "csv", "select to_regclass('more') is not null as made"])
        .stdout("made\nt");
}

const IN_SYNC: &str = "\
Checking environment sync status...

Protos:
  ✅ memory.proto: in sync (hash: a84f68)
  ✅ modern.proto: only in src/orchestrator/proto (hash: f1cbff)
  ✅ types.proto: in sync (hash: 26a07c)

Stubs of memory:
  ✅ src/memory/python/gladys_memory/memory_pb2.py: in sync (carries memory.proto as it is)
  ✅ src/memory/python/gladys_memory/types_pb2.py: in sync (carries types.proto as it is)

Stubs of the orchestrator:
  ✅ src/orchestrator/gladys_orchestrator/generated/memory_pb2.py: in sync (carries memory.proto as it is)
  ✅ src/orchestrator/gladys_orchestrator/generated/modern_pb2.py: in sync (carries modern.proto as it is)
  ✅ src/orchestrator/gladys_orchestrator/generated/types_pb2.py: in sync (carries types.proto as it is)

Database Migrations:
  ✅ local DB: 2 migrations applied

Python Locks:
  ℹ️  src/orchestrator/uv.lock: not there

Rust Locks:
  ✅ src/memory/rust/Cargo.lock: in sync

Everything is in sync.
";
