//! `gladys completions SHELL`: what a shell offers is what the manifest of its folder has.

use std::os::unix::fs::symlink;

use super::SHOP;
use crate::sandbox::{GLADYS, Sandbox};
use crate::skip::without_program;

/// Asks the function that `complete` has registered, as bash does at a TAB behind the last word.
const BASH: &str = r#"
eval "$(gladys completions bash)" || exit
function=$(complete -p gladys) && function=${function##*-F } && function=${function%% *}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
"$function" gladys "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// A folder whose PATH has gladys.
fn folder() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("bin/readme", "");
    symlink(GLADYS, sandbox.path().join("bin/gladys")).expect("a link");
    let path = format!("{}:/usr/bin:/bin", sandbox.path().join("bin").display());
    sandbox.env("PATH", &path)
}

/// What bash offers for the last of these words.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let said = sandbox.run("bash", &[&["-c", BASH, "bash"], words].concat()).quietly();
    said.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn bash_offers_commands_services_groups_and_profiles() {
    if without_program("bash") {
        return;
    }
    let sandbox = folder();
    sandbox.write("gladys.kdl", SHOP);
    assert_eq!(offered(&sandbox, &["gladys", "st"]), ["start", "stop", "status"]);
    assert_eq!(offered(&sandbox, &["gladys", "start", "w"]), ["web", "window"]);
    assert_eq!(offered(&sandbox, &["gladys", "start", "web", "st"]), ["store"]);
    assert_eq!(offered(&sandbox, &["gladys", "run", "stop", "ever"]), ["everything"]);
    assert_eq!(offered(&sandbox, &["gladys", "status", "ban"]), ["bank"]);
    assert_eq!(offered(&sandbox, &["gladys", "-p", "rem"]), ["remote"]);
    assert_eq!(offered(&sandbox, &["gladys", "start", "--profile", ""]), ["local", "remote"]);
    assert_eq!(offered(&sandbox, &["gladys", "start", "--qu"]), ["--quick", "--quiet"]);
    assert_eq!(offered(&sandbox, &["gladys", "sell", ""])[..2], ["apple", "pear"]);
    assert_eq!(offered(&sandbox, &["gladys", "help", "lo"]), ["logs"]);
}

#[test]
fn another_folder_has_other_names_and_none_has_gladys_s_own() {
    if without_program("bash") {
        return;
    }
    let sandbox = folder();
    assert_eq!(offered(&sandbox, &["gladys", "c"]), ["check", "completions"]);
    sandbox.write("other/gladys.kdl", "service chess\ncommand play { targets; run echo }\nprofile local");
    let words = ["gladys", "--manifest", "other", "play", "ch"];
    assert_eq!(offered(&sandbox, &words), ["chess"]);
    sandbox.write("gladys.kdl", "service chair\ncommand sit { targets; run echo }\nprofile local\nnonsense");
    assert_eq!(offered(&sandbox, &["gladys", "sit", "ch"]), ["chair"]);
}

#[test]
fn bash_offers_checks_and_files() {
    if without_program("bash") {
        return;
    }
    let sandbox = folder();
    let checks = "check lock { run sh }\ncheck style { run sh }\ncommand compare { builtin sync-check }\nprofile local";
    sandbox.write("gladys.kdl", checks).write("other.kdl", "").write("compose.yml", "");
    assert_eq!(offered(&sandbox, &["gladys", "compare", "--only", ""]), ["lock", "style"]);
    assert_eq!(offered(&sandbox, &["gladys", "--manifest", "oth"]), ["other.kdl"]);
    assert_eq!(offered(&sandbox, &["gladys", "import", "compose", "com"]), ["compose.yml"]);
}

#[test]
fn every_shell_has_a_script_that_it_can_read() {
    let sandbox = folder();
    for shell in ["bash", "zsh"] {
        let script = sandbox.gladys(&["completions", shell]).quietly();
        sandbox.write(&format!("completions.{shell}"), &script);
        if !without_program(shell) {
            sandbox.run(shell, &["-n", &format!("completions.{shell}")]).quietly();
        }
    }
    let refused = sandbox.gladys(&["completions", "cmd"]).with_code(2);
    assert_eq!(
        refused.stderr,
        "error: invalid value 'cmd' for '<SHELL>'\n  [possible values: bash, elvish, fish, powershell, zsh]\n\n\
         For more information, try '--help'.\n"
    );
}
