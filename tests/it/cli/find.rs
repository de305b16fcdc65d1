//! Which manifest, which profile.

use super::{SHOP, shop};
use crate::project::Project;
use crate::sandbox::Sandbox;

const TINY: &str = r#"
command where "Say where" { run pwd }
profile here "Here" {}
"#;

#[test]
fn without_a_manifest_the_error_shows_a_first_one() {
    Project::new()
        .gladys(["run", "start"])
        .stderr(
            r#"
        gladys::no_manifest

          × there is no `gladys.kdl` in `[root]` or any folder above it
          help: change into a project, name a manifest with `--manifest FILE`, take over what another tool
                has with `gladys import`, or write a first one:

                service web "A web server" { ready tcp }

                profile local "On this machine" default=#true {
                    recipe start { spawn }
                    recipe stop { terminate }
                    service web { port 8000; exec python3 -m http.server "{port}" }
                }

                command start "Start services" { targets default=web; each start order=needs { wait } }
                command stop "Stop services" { targets default=web; each stop order=reverse }

    "#,
        )
        .code(2);
}

#[test]
fn a_manifest_that_is_a_link_to_nothing_is_told_and_not_passed_over() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink("nowhere", sandbox.path().join("gladys.kdl")).expect("a link");
    let said = sandbox.gladys(&["list"]).with_code(2).stderr;
    assert!(said.contains("× cannot read `gladys.kdl`: no such file or directory"), "{said}");
}

#[test]
fn the_first_manifest_that_the_error_shows_works() {
    let project = Project::new();
    let shown = project.gladys(["list"]).code(2).any_stderr().stderr_text();
    let manifest = shown.split_once("first one:").map(|(_, rest)| rest).expect("a manifest in the message");
    let manifest: String = manifest.lines().map(|line| format!("{}\n", line.trim())).collect();
    let project =
        Project::new().manifest(&manifest.replace("python3 -m http.server", "standin fixture --listen"));
    project.gladys(["check"]).any_stdout();
}

#[test]
fn without_a_manifest_there_is_help_all_the_same() {
    Project::new().gladys(["--help"]).stdout(
        "
        Run a team's services and commands, in any environment, from one manifest

        Usage: gladys [OPTIONS] [COMMAND]

        Commands:
          list         List commands, services, groups, profiles and ports
          check        Check the manifest, every profile and every command
          import       Write a manifest and a profile from another tool's file
          completions  Print a script that completes commands, services, groups and profiles
          help         Show the help of a command
          run          Run a command of the manifest; `gladys COMMAND` is its short form

        Options:
          -h, --help     Print help
          -V, --version  Print version

        Options of every command:
          -p, --profile <NAME>   Where to run: a profile of the manifest, several (`a,b`), or `all` [env:
                                 GLADYS_PROFILE]
              --manifest <FILE>  The manifest, instead of the `gladys.kdl` found upward from here [env:
                                 GLADYS_MANIFEST]
              --dry-run          Print the plan that would run, and run nothing
              --json             Print JSON for programs
              --color <WHEN>     Colours: auto, always or never [possible values: auto, always, never]
          -v, --verbose          Show every step and what its programs print
          -q, --quiet            Print only errors and what was asked for
              --fail-fast        Begin nothing new after the first failure
              --keep-going       Go on with what does not depend on a failure (the default)
    ",
    );
}

#[test]
fn the_manifest_is_found_upward_and_commands_run_in_its_folder() {
    let project = Project::new().manifest(TINY).inside("src/deep");
    project.gladys(["run", "where"]).stdout("[root]");
}

#[test]
fn the_nearest_manifest_counts() {
    let nested = TINY.replace("run pwd", "run echo nested");
    let project = Project::new().manifest(TINY).file("src/gladys.kdl", nested).inside("src/deep");
    project.gladys(["where"]).stdout("nested");
}

#[test]
fn a_manifest_can_be_named_by_option_or_variable_as_file_or_folder() {
    let project = Project::new()
        .manifest(TINY.replace("run pwd", "run echo own").as_str())
        .file("other/some.kdl", TINY);
    project.gladys(["where"]).stdout("own");
    project.gladys(["--manifest", "other/some.kdl", "where"]).stdout("[root]/other");
    project.gladys(["where", "--manifest=other/some.kdl"]).stdout("[root]/other");
    project.write("other/gladys.kdl", TINY);
    project.gladys(["--manifest", "other", "where"]).stdout("[root]/other");
    let project = project.env("GLADYS_MANIFEST", "other/some.kdl");
    project.gladys(["where"]).stdout("[root]/other");
    project.gladys(["--manifest", "gladys.kdl", "where"]).stdout("own");
}

#[test]
fn a_named_manifest_that_is_not_there_is_named() {
    Project::new()
        .gladys(["--manifest", "nowhere.kdl", "list"])
        .stderr(
            "
        manifest::unreadable

          × cannot read `nowhere.kdl`: no such file or directory
          help: check that the file exists and that you may read it

    ",
        )
        .code(2);
}

#[test]
fn a_profile_is_chosen_by_option_then_variable_then_default() {
    let project = shop();
    let profile = |run: crate::run::Run| run.text().lines().next().unwrap_or_default().to_owned();
    assert_eq!(profile(project.gladys(["start", "--dry-run"])), "start in the profile local: 4 steps");
    let remote = "start in the profile remote: 3 steps";
    assert_eq!(profile(project.gladys(["start", "-p", "remote", "--dry-run", "-Q"])), remote);
    assert_eq!(profile(project.gladys(["--profile", "remote", "start", "--dry-run", "--quick"])), remote);
    let project = project.env("GLADYS_PROFILE", "remote");
    assert_eq!(profile(project.gladys(["start", "--dry-run", "--quick"])), remote);
    assert_eq!(
        profile(project.gladys(["start", "-p", "local", "--dry-run"])),
        "start in the profile local: 4 steps"
    );
}

#[test]
fn a_profile_may_be_chosen_in_a_dotenv_file() {
    let project = shop().file(".env", "GLADYS_PROFILE=remote\n");
    let text = project.gladys(["start", "--dry-run"]).text();
    assert!(text.starts_with("start in the profile remote"), "{text}");
}

#[test]
fn an_unknown_profile_is_pointed_at_with_a_suggestion() {
    shop()
        .gladys(["start", "--profile", "remot"])
        .stderr(
            "
        manifest::unknown-name

          × there is no profile `remot`
           ╭─[command line:1:24]
         1 │ gladys start --profile remot
           ·                        ──┬──
           ·                          ╰── unknown
           ╰────
          help: did you mean `remote`?

    ",
        )
        .code(2);
    shop()
        .env("GLADYS_PROFILE", "loco")
        .gladys(["start"])
        .stderr(
            "
        manifest::unknown-name

          × there is no profile (GLADYS_PROFILE) `loco`
           ╭─[command line:1:1]
         1 │ gladys start
           · ───┬──
           ·    ╰── unknown
           ╰────
          help: expected `local` or `remote`

    ",
        )
        .code(2);
}

#[test]
fn several_profiles_and_no_default_need_a_choice() {
    let manifest = SHOP.replace("default=#true {", "{");
    let project = Project::new().manifest(&manifest).port("WEB").port("STORE").env("BANK", 1);
    project
        .gladys(["start"])
        .stderr(
            "
        manifest::no-default

          × no profile is the default one
           ╭─[command line:1:1]
         1 │ gladys start
           · ───┬──
           ·    ╰── in which profile?
           ╰────
          help: add `--profile local` or `--profile remote`, or write `default=#true` behind the name of
                one in the manifest

    ",
        )
        .code(2);
}

#[test]
fn a_manifest_without_commands_says_so_and_how_to_begin() {
    let project = Project::new().manifest("");
    project.gladys(["check"]).stdout(
        "
        gladys.kdl: 0 services, 0 commands, 0 profiles: nothing wrong
        there are no commands yet, so there is nothing to run: `gladys start` shows how to begin
    ",
    );
    let sandbox = Sandbox::new();
    sandbox.write("gladys.kdl", "");
    for words in [["start", "web"], ["run", "start"]] {
        let told = sandbox.gladys(&words).with_code(2).stderr;
        let first =
            "gladys::no_commands\n\n  × `gladys.kdl` has no commands yet, so there is nothing to run\n";
        assert!(told.starts_with(first), "{told}");
        assert!(told.contains("command start \"Start services\" {"), "{told}");
    }
}
