//! What is written, where to, and when it is not.

use super::{services, with_programs};

const ONE: &str = "services:\n  web: { image: nginx }\n";

#[test]
fn files_that_are_there_are_written_over_only_when_asked() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", ONE).write("gladys.kdl", "mine");
    let refused = sandbox.gladys(&["import", "compose"]).with_code(2);
    assert!(refused.stderr.contains("`gladys.kdl` is there already"), "{refused:#?}");
    assert!(!sandbox.path().join("environments").exists(), "half of it was written");
    sandbox.gladys(&["import", "compose", "--force", "-q"]).quietly();
    assert_eq!(services(&sandbox).len(), 1);
}

#[test]
fn where_one_file_cannot_be_written_neither_is() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", ONE).write("gladys.kdl", "mine").write("environments/docker.kdl/in", "it");
    let refused = sandbox.gladys(&["import", "compose", "--force"]).with_code(2);
    assert!(
        refused.stderr.contains("cannot write `environments/docker.kdl`: it is a folder"),
        "{refused:#?}"
    );
    assert_eq!(std::fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("a file"), "mine");
}

#[test]
fn a_dry_run_prints_both_files_and_writes_nothing() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", ONE);
    let printed = sandbox.gladys(&["import", "compose", "--dry-run"]).quietly();
    assert!(!sandbox.path().join("gladys.kdl").exists());
    sandbox.gladys(&["import", "compose", "-q"]).quietly();
    let text = |name: &str| std::fs::read_to_string(sandbox.path().join(name)).expect("a file");
    let (manifest, profile) = (text("gladys.kdl"), text("environments/docker.kdl"));
    assert_eq!(printed, format!("// gladys.kdl\n{manifest}\n// environments/docker.kdl\n{profile}"));
}

#[test]
fn another_folder_and_another_name_can_be_chosen() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("src/compose.yml", ONE);
    let words = ["import", "compose", "src/compose.yml", "--output", "a/new/place", "--profile", "boxes"];
    let said = sandbox.gladys(&words).quietly();
    assert_eq!(
        said,
        "1 service written to `a/new/place/gladys.kdl` and `a/new/place/environments/boxes.kdl`, for the profile `boxes`\n\
         see `gladys list` and `gladys start --dry-run` in a/new/place\n\n\
         stays in the file, which the profile goes on using: image\n"
    );
    let plan = sandbox.gladys(&["start", "--manifest", "a/new/place", "--dry-run", "-p", "boxes"]).quietly();
    assert!(plan.contains("COMPOSE_FILE=[folder]/src/compose.yml"), "{plan}");
}

#[test]
fn options_may_stand_before_the_verb_and_no_manifest_is_needed() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", ONE).write("gladys.kdl", "} broken");
    sandbox.gladys(&["-q", "import", "compose", "--force"]).quietly();
    let help = sandbox.gladys(&["import", "--help"]).quietly();
    assert!(!help.contains("--profile") && !help.contains("--manifest"), "{help}");
    let help = sandbox.gladys(&["import", "compose", "--help"]).quietly();
    assert!(help.contains("--profile <NAME>  What to call the profile"), "{help}");
    assert!(!help.contains("-p,") && !help.contains("--manifest"), "{help}");
    let refused = sandbox.gladys(&["--manifest", "x", "import", "compose"]).with_code(2);
    assert!(refused.stderr.starts_with("error: unexpected argument '--manifest' found"), "{refused:?}");
    let help = sandbox.gladys(&["import", "--help"]).quietly();
    assert!(help.contains("compose   A compose file"), "{help}");
    assert!(help.contains("procfile  A Procfile"), "{help}");
}
