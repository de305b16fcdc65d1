//! The whole report: as text, as JSON, and its verdict.

use super::{Project, check, fixtures, relative};
use crate::sync::{
    Check, Database, Fresh, Ground, Kind, LedgerView, Reader, Row, Same, Style, Whose, render, run,
};
use std::fs;
use std::sync::atomic::AtomicBool;

/// Protos in two places of which one copy is stale, migrations of two databases, and stubs.
fn stack() -> (Project, Vec<Check>) {
    let project = Project::new(&[
        ("memory/proto/common.proto", "syntax = \"proto3\";\nmessage Empty {}\n"),
        ("orchestrator/proto/common.proto", "syntax = \"proto3\";\n"),
    ]);
    for name in ["memory.proto", "types.proto"] {
        let text = fs::read(fixtures().join("proto").join(name)).expect("a fixture");
        project.write(&format!("memory/proto/{name}"), &text);
        project.write(&format!("orchestrator/proto/{name}"), &text);
    }
    let stub = fs::read_to_string(fixtures().join("protoc-35/memory_pb2.py")).expect("a fixture");
    project.write("gen/memory_pb2.py", stub.replace("confidence", "confidance"));
    project.write("gen/memory_pb2_grpc.py", "");
    let checks = vec![protos(&project), migrations(), stubs(&project)];
    (project, checks)
}

fn protos(project: &Project) -> Check {
    let places = vec![project.path("memory/proto"), project.path("orchestrator/proto")];
    let source = Some(project.path("memory/proto"));
    let same = Same { patterns: vec![relative("*.proto")], places, source, everywhere: false };
    let fix_shown = Some("python scripts/proto_sync.py".to_owned());
    Check { fix_shown, ..check("protos", "Proto Files", Kind::Same(same)) }
}

fn migrations() -> Check {
    let database = |profile: &str| {
        let rows: Vec<Row> =
            (1..=9).map(|number| Row { version: format!("{number:03}"), sum: String::new() }).collect();
        let read = Reader::new(move || {
            Ok(LedgerView { files: rows.clone(), applied: Some(rows.clone()), tables: 0 })
        });
        Database { whose: Whose { profile: profile.to_owned(), database: None }, flags: String::new(), read }
    };
    check("migrations", "Migrations", Kind::Migrations(vec![database("Local"), database("Remote")]))
}

fn stubs(project: &Project) -> Check {
    let fresh = Fresh {
        sources: vec![project.glob("memory/proto/*.proto")],
        outputs: vec![project.glob("gen/*.py")],
        command: None,
        protobuf: Some(vec![project.path("memory/proto")]),
        verify: None,
    };
    let fix_shown = Some("python scripts/proto_sync.py".to_owned());
    Check { fix_shown, ..check("stubs", "Generated Stubs", Kind::Fresh(fresh)) }
}

const TEXT: &str = "\
Checking environment sync status...

Proto Files:
  ❌ common.proto: OUT OF SYNC
     - memory/proto: hash dc53d0
     - orchestrator/proto: hash 266959 (stale)
  ✅ memory.proto: in sync (hash: a84f68)
  ✅ types.proto: in sync (hash: 26a07c)

Migrations:
  ✅ Local DB: 9 migrations applied
  ✅ Remote DB: 9 migrations applied

Generated Stubs:
  ❌ gen/memory_pb2.py: OUT OF SYNC with memory.proto
     - message `Heuristic`: field `confidence` is not in the stub
     - message `Heuristic`: field `confidance` is only in the stub
  ⚠️  gen/memory_pb2_grpc.py: unknown, it was never recorded and carries no descriptor

Action needed:
  1. Run: python scripts/proto_sync.py
  2. Run: gladys run sync-check --only stubs --record
";

#[test]
fn the_report_reads_as_it_was_designed() {
    let (project, checks) = stack();
    let report = project.run(&checks);
    assert_eq!(render(&report, Style { unicode: true, color: false }), TEXT);
    assert_eq!(report.exit_code(), 1);
    let ascii = TEXT.replace('❌', "[X]").replace('✅', "[OK]").replace("⚠️ ", "[!]");
    assert_eq!(render(&report, Style::default()), ascii);
    let painted = render(&report, Style { unicode: false, color: true });
    assert!(
        painted.contains("\u{1b}[31m[X]\u{1b}[0m common.proto")
            && painted.contains("\u{1b}[1mMigrations:\u{1b}[0m")
    );
}

#[test]
fn a_report_without_drift_says_so() {
    let (project, checks) = stack();
    let report = project.run(&checks[1..2]);
    let expected = "Checking environment sync status...\n\nMigrations:\n  [OK] Local DB: 9 migrations applied\n  \
                    [OK] Remote DB: 9 migrations applied\n\nEverything is in sync.\n";
    assert_eq!((report.exit_code(), render(&report, Style::default()).as_str()), (0, expected));
}

#[test]
fn a_program_reads_the_same_as_json() {
    let (project, checks) = stack();
    let json: serde_json::Value = serde_json::from_str(&project.run(&checks).json()).expect("JSON");
    assert_eq!(json["schema"], "gladys.sync-check/1");
    assert_eq!(json["verdict"], "drift");
    assert_eq!(json["sections"][0]["status"], "drift");
    assert_eq!(json["sections"][0]["findings"][0]["place"], "common.proto");
    assert_eq!(json["sections"][2]["findings"][1]["severity"], "unknown");
    assert_eq!(json["sections"][1]["findings"][0].get("actions"), None);
    assert_eq!(json["actions"][0], "python scripts/proto_sync.py");
}

#[test]
fn an_interrupted_run_knows_nothing() {
    let (project, checks) = stack();
    let (records, stop) = (project.path("records"), AtomicBool::new(true));
    let ground =
        Ground { root: &project.path(""), records: &records, sources: &project.sources, interrupted: &stop };
    let report = run(&checks[..1], &ground);
    assert_eq!(report.exit_code(), 2);
    assert!(render(&report, Style::default()).contains("was not read, the run was interrupted"));
}
