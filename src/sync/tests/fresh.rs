//! Generated files: by the descriptor they carry, by record, and by generating again.

use super::{Project, check, fixtures};
use crate::sync::{Check, Fresh, Kind};
use std::fs;

/// The sources and the stubs of the newest protoc, copied: every time is new and says nothing.
fn project() -> Project {
    let project = Project::new(&[]);
    for (from, to) in [("proto", "proto"), ("protoc-35", "gen")] {
        for file in fs::read_dir(fixtures().join(from)).expect("fixtures").flatten() {
            let name = format!("{to}/{}", file.file_name().to_string_lossy());
            project.write(&name, fs::read(file.path()).expect("a file"));
        }
    }
    project
}

fn stubs(project: &Project, outputs: &str) -> Check {
    let kind = Kind::Fresh(Fresh {
        sources: vec![project.glob("proto/*.proto")],
        outputs: vec![project.glob(outputs)],
        command: Some("make stubs".to_owned()),
        protobuf: Some(vec![project.path("proto")]),
        verify: None,
    });
    Check { fix_shown: Some("make stubs".to_owned()), ..check("stubs", "Stubs", kind) }
}

/// Without descriptors: two outputs from two sources.
fn plain(project: &Project) -> Check {
    let kind = Kind::Fresh(Fresh {
        sources: vec![project.glob("in/*")],
        outputs: vec![project.glob("out/*")],
        command: Some("make".to_owned()),
        protobuf: None,
        verify: None,
    });
    check("plain", "Plain", kind)
}

fn plain_project() -> Project {
    Project::new(&[("in/a", "1"), ("in/b", "2"), ("out/x", "3"), ("out/y", "4")])
}

/// The status of each place: `+` in step, `x` drift, `?` unknown.
fn marks(project: &Project, check: &Check) -> String {
    let text = project.judge(check).1;
    let heads = text.lines().filter(|line| line.starts_with("  ["));
    heads
        .map(|line| match &line[..5] {
            "  [OK" => '+',
            "  [X]" => 'x',
            _ => '?',
        })
        .collect()
}

fn replace(project: &Project, file: &str, old: &str, new: &str) {
    let text = fs::read_to_string(project.path(file)).expect("a file");
    assert!(text.contains(old), "{file} has no {old}");
    project.write(file, text.replacen(old, new, 1));
}

#[test]
fn stubs_that_carry_their_source_need_no_record() {
    let project = project();
    let expected = "  [OK] gen/legacy_pb2.py: in sync (carries legacy.proto as it is)\n\
                    \x20 [OK] gen/memory_pb2.py: in sync (carries memory.proto as it is)\n\
                    \x20 [OK] gen/modern_pb2.py: in sync (carries modern.proto as it is)\n\
                    \x20 [OK] gen/types_pb2.py: in sync (carries types.proto as it is)";
    assert_eq!(project.judge(&stubs(&project, "gen/*_pb2.py")), (0, expected.to_owned()));
}

#[test]
fn a_comment_is_fresh_and_an_added_field_is_stale_and_named() {
    let project = project();
    let check = stubs(&project, "gen/*_pb2.py");
    replace(&project, "proto/memory.proto", "// Finds events.", "// Finds what happened.");
    assert_eq!(marks(&project, &check), "++++");
    replace(&project, "proto/memory.proto", "int32 limit = 2;", "int32 limit = 2; bool newest = 3;");
    let (code, text) = project.judge(&check);
    let expected = "  [X] gen/memory_pb2.py: OUT OF SYNC with memory.proto\n     - message `QueryRequest`: field `newest` is not in the stub\n";
    assert!(code == 1 && text.contains(expected), "{text}");
    assert_eq!(marks(&project, &check), "+x++");
    assert_eq!(project.run(&[check]).actions, ["make stubs"]);
}

#[test]
fn a_stub_that_is_damaged_or_has_lost_its_source_is_drift() {
    let check = |project: &Project| stubs(project, "gen/types_pb2.py");
    for (old, new, expected) in [
        ("AddSerializedFile(b'", "AddSerializedFile(b", "it carries no readable descriptor"),
        ("threat", "thraet", "with types.proto"),
        ("types.proto", "typus.proto", "its source typus.proto is not there"),
    ] {
        let project = project();
        let text = fs::read_to_string(project.path("gen/types_pb2.py")).expect("a stub");
        let (head, literal) = text.split_once("DESCRIPTOR = ").expect("a descriptor");
        project.write("gen/types_pb2.py", format!("{head}DESCRIPTOR = {}", literal.replacen(old, new, 1)));
        let (code, text) = project.judge(&check(&project));
        assert!(code == 1 && text.contains(expected), "{new}: {text}");
    }
    let project = project();
    project.write("gen/types_pb2.py", "");
    assert_eq!(project.judge(&check(&project)).0, 1);
    project.remove("gen/types_pb2.py");
    let (code, text) = project.judge(&check(&project));
    assert_eq!((code, text.as_str()), (2, "  [!] no file matches `gen/types_pb2.py` (gladys.kdl:2)"));
}

#[test]
fn a_source_that_does_not_compile_is_unknown_with_the_reason() {
    let project = project();
    project.write("proto/types.proto", "syntax = \"proto3\"; message {");
    let (code, text) = project.judge(&stubs(&project, "gen/types_pb2.py"));
    let head = "  [!] gen/types_pb2.py: unknown, types.proto does not compile\n     - ";
    assert!(code == 2 && text.starts_with(head), "{text}");
}

#[test]
fn what_carries_nothing_is_unknown_until_recorded_and_then_depends_on_its_own_sources() {
    let project = project();
    let check = stubs(&project, "gen/*.py");
    assert_eq!(marks(&project, &check), "+?+?+?+?");
    assert_eq!(
        project.run(std::slice::from_ref(&check)).actions,
        ["gladys run sync-check --only stubs --record"]
    );
    let (code, text) = super::shown(&project.record(std::slice::from_ref(&check)));
    assert_eq!((code, text.as_str()), (0, "  [OK] stubs: recorded 4 sources and 8 outputs"));
    assert_eq!(marks(&project, &check), "++++++++");
    // A comment in memory.proto: its stub is fresh, its service file may hold the comment.
    replace(&project, "proto/memory.proto", "// Finds events.", "// Finds what happened.");
    assert_eq!(marks(&project, &check), "+++x++++");
    // A change of types.proto reaches what imports it.
    replace(&project, "proto/types.proto", "// How", "// Who");
    assert_eq!(marks(&project, &check), "+++x+++x");
    // A byte of a stub outside its descriptor.
    replace(&project, "gen/modern_pb2.py", "import", "impart");
    assert_eq!(marks(&project, &check), "+++xx++x");
}

#[test]
fn a_stale_stub_is_not_recorded() {
    let project = project();
    let check = stubs(&project, "gen/*_pb2.py");
    replace(&project, "proto/types.proto", "string id = 1;", "string id = 1; string more = 30;");
    let (code, text) = super::shown(&project.record(&[check]));
    assert!(code == 1 && text.starts_with("  [!] stubs: not recorded\n  [X] gen/types_pb2.py"), "{text}");
    assert!(!project.path(".gladys/sync").exists());
}

#[test]
fn sources_outputs_and_command_are_told_apart_by_the_record() {
    type Seed = fn(&Project);
    let seeds: [(Seed, u8, &str); 9] = [
        (|_| {}, 0, "  [OK] out/x: in sync (as recorded)\n  [OK] out/y: in sync (as recorded)"),
        (
            |p| p.flip("in/a"),
            1,
            "  [X] out/x: OUT OF SYNC, its sources changed since it was generated\n     - in/a: changed\n  [X] out/y: OUT OF SYNC, its sources changed since it was generated\n     - in/a: changed",
        ),
        (|p| p.write("in/c", ""), 1, "in/c: new"),
        (|p| p.remove("in/b"), 1, "in/b: gone"),
        (
            |p| p.flip("out/x"),
            1,
            "  [X] out/x: OUT OF SYNC, it was changed since it was generated\n     - recorded: hash 4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce\n",
        ),
        (
            |p| p.remove("out/y"),
            1,
            "  [OK] out/x: in sync (as recorded)\n  [X] out/y: OUT OF SYNC, it was generated and is not there any more",
        ),
        (|p| p.write("out/z", "5"), 2, "  [!] out/z: unknown, it was never recorded"),
        (
            |p| {
                p.flip("in/a");
                p.flip("out/x");
                p.flip("out/y");
            },
            2,
            "unknown, it and its sources changed since they were recorded",
        ),
        (|p| p.write(".gladys/sync/plain.json", "{}"), 2, "is not one that this version reads"),
    ];
    for (seed, code, expected) in seeds {
        let project = plain_project();
        let check = plain(&project);
        assert_eq!(project.record(std::slice::from_ref(&check)).exit_code(), 0);
        seed(&project);
        let (found, text) = project.judge(&check);
        assert!(found == code && text.contains(expected), "{expected}\n---\n{text}");
    }
    let project = plain_project();
    let mut check = plain(&project);
    project.record(std::slice::from_ref(&check));
    let Kind::Fresh(fresh) = &mut check.kind else { return };
    fresh.command = Some("make --fast".to_owned());
    let (code, text) = project.judge(&check);
    assert!(
        code == 1 && text.starts_with("  [X] plain: OUT OF SYNC, the generating command changed"),
        "{text}"
    );
}

#[test]
fn a_source_that_cannot_be_read_makes_its_outputs_unknown() {
    let project = plain_project();
    let check = plain(&project);
    project.record(std::slice::from_ref(&check));
    project.remove("in/a");
    std::os::unix::fs::symlink("gone", project.path("in/a")).expect("a link");
    let expected = "  [!] in/a is a broken link to `gone`\n  [!] out/x: unknown, a source of it could not be read\n  [!] out/y: unknown, a source of it could not be read";
    assert_eq!(project.judge(&check), (2, expected.to_owned()));
    assert_eq!(project.record(&[check]).exit_code(), 2);
}

#[test]
fn generating_again_is_the_ground_truth() {
    let project = plain_project();
    let mut check = plain(&project);
    let Kind::Fresh(fresh) = &mut check.kind else { return };
    fresh.verify = Some(project.shell("cat in/a in/b > {out}/x; printf 4 > {out}/y"));
    let (code, text) = project.judge(&check);
    assert!(
        code == 1 && text.starts_with("  [X] out/x: OUT OF SYNC, it differs from what is generated\n"),
        "{text}"
    );
    project.write("out/x", "12");
    let expected = "  [OK] out/x: in sync (generated again)\n  [OK] out/y: in sync (generated again)";
    assert_eq!(project.judge(&check), (0, expected.to_owned()));
    project.remove("out/y");
    assert!(project.judge(&check).1.contains("[X] out/y: OUT OF SYNC, it is generated and not there"));
    project.write("out/z", "old");
    assert!(project.judge(&check).1.contains("[X] out/z: OUT OF SYNC, it is not generated any more"));
    let Kind::Fresh(fresh) = &mut check.kind else { return };
    fresh.verify = Some(project.shell("echo no compiler >&2; exit 3"));
    let expected = "  [!] plain: unknown, generating again ended with exit code 3\n     - no compiler";
    assert_eq!(project.judge(&check), (2, expected.to_owned()));
}
