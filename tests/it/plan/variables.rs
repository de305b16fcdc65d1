//! Variables: of the environment, of dotenv files, of actions.

use crate::project::Project;
use crate::sandbox::Sandbox;

const SHOW: &str = r#"
project env { dotenv ".env" ".env.more" }
command show "What the program sees" { run sh -c "printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\"; echo" { env D="{A}-{B}" } }
command one "What the manifest sees" { run echo "{A}" }
command must "A variable that must be there" { run echo "{NOWHERE_SET}" }
profile local "Here" {}
"#;

fn with(dotenv: impl AsRef<[u8]>) -> Project {
    Project::new().manifest(SHOW).file(".env", dotenv)
}

#[test]
fn a_dotenv_file_may_be_quoted_and_commented() {
    let file = "# first\nA=plain # why\nexport B=\"two words # no comment\"\n\nC='$A \"as it is\"'\n";
    with(file)
        .gladys(["show"])
        .stdout(r#"plain|two words # no comment|$A "as it is"|plain-two words # no comment|"#);
}

#[test]
fn a_dotenv_file_may_come_from_windows() {
    let file = "\u{feff}A=first\r\nB=\"zwölf Bücher\"\r\nC=日本\r\n";
    with(file).gladys(["show"]).stdout("first|zwölf Bücher|日本|first-zwölf Bücher|");
}

#[test]
fn the_real_environment_wins_over_files_and_the_first_file_over_the_second() {
    let project = with("A=file\nB=file\n").file(".env.more", "B=more\nC=more\n").env("A", "real");
    project.gladys(["show"]).stdout("real|file|more|real-file|");
}

#[test]
fn a_missing_dotenv_file_is_no_problem() {
    Project::new().manifest(SHOW).env("A", 1).env("B", 2).gladys(["show"]).stdout("1|2||1-2|");
}

#[test]
fn a_line_that_cannot_be_read_is_refused_without_showing_its_value() {
    with("A=1\nB=\"half a secret\nC=3\n").gladys(["show"]).stderr(r#"
        manifest::dotenv-line

          × the line of `B` in `.env` is not of the form NAME=value
           ╭─[gladys.kdl:2:22]
         1 │ 
         2 │ project env { dotenv ".env" ".env.more" }
           ·                      ───┬──
           ·                         ╰── read from here
         3 │ command show "What the program sees" { run sh -c "printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\"; echo" { env D="{A}-{B}" } }
           ╰────
          help: put the value between quotes, and close them; `#` begins a comment

        manifest::unset-variable

          × the variable `B` is not set
           ╭─[gladys.kdl:3:112]
         2 │ project env { dotenv ".env" ".env.more" }
         3 │ command show "What the program sees" { run sh -c "printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\"; echo" { env D="{A}-{B}" } }
           ·                                                                                                                ─┬─
           ·                                                                                                                 ╰── needed here
         4 │ command one "What the manifest sees" { run echo "{A}" }
           ╰────
          help: set it in the environment or in the `dotenv` file: B=…

        2 problems found; nothing was run
    "#).code(2);
}

#[test]
fn an_unset_variable_is_refused_where_it_stands() {
    with("")
        .gladys(["must"])
        .stderr(
            r#"
        manifest::unset-variable

          × the variable `NOWHERE_SET` is not set
           ╭─[gladys.kdl:5:58]
         4 │ command one "What the manifest sees" { run echo "{A}" }
         5 │ command must "A variable that must be there" { run echo "{NOWHERE_SET}" }
           ·                                                          ──────┬──────
           ·                                                                ╰── needed here
         6 │ profile local "Here" {}
           ╰────
          help: set it in the environment or in the `dotenv` file: NOWHERE_SET=…

    "#,
        )
        .code(2);
    with("A=\n").gladys(["one"]).stderr(r#"
        manifest::unset-variable

          × the variable `A` is not set
           ╭─[gladys.kdl:4:50]
         3 │ command show "What the program sees" { run sh -c "printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\"; echo" { env D="{A}-{B}" } }
         4 │ command one "What the manifest sees" { run echo "{A}" }
           ·                                                  ─┬─
           ·                                                   ╰── needed here
         5 │ command must "A variable that must be there" { run echo "{NOWHERE_SET}" }
           ╰────
          help: set it in the environment or in the `dotenv` file: A=…

    "#).code(2);
}

#[test]
fn a_variable_of_another_command_is_nobodys_business() {
    with("A=x\n").gladys(["one"]).stdout("x");
}

/// What each way to a value gives, one more of them there each time.
#[test]
fn a_value_comes_from_a_variable_a_file_a_program_or_a_text_in_this_order() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "gladys.kdl",
        r#"
let key { env KEY; file "key"; from "./keys" show; default "the text" }
let plain { file "key"; default "the text" }
let secret secret=#true { from "./keys" show }
command show { run echo "{key}" "{plain}" }
command hidden { run sh -c "echo $KEY" { env KEY="{secret}" } }
profile local
"#,
    );
    sandbox.program("keys", "#!/bin/sh\necho asked >> asked\necho \"printed by $1\"\n");
    assert_eq!(sandbox.gladys(&["show"]).quietly(), "printed by show the text\n");
    assert_eq!(sandbox.gladys(&["hidden"]).quietly(), "printed by show\n");
    let asked = || std::fs::read_to_string(sandbox.path().join("asked")).expect("a file").lines().count();
    assert_eq!(asked(), 2, "once for each command");
    let plan = sandbox.gladys(&["hidden", "--dry-run"]).quietly();
    assert!(plan.contains("KEY=***") && !plan.contains("printed"), "{plan}");
    sandbox.gladys(&["check"]).quietly();
    assert_eq!(asked(), 2, "nobody is asked for a plan that is only shown");
    sandbox.write("key", "from the file\n");
    assert_eq!(sandbox.gladys(&["show"]).quietly(), "from the file from the file\n");
    let sandbox = sandbox.env("KEY", "from a variable");
    assert_eq!(sandbox.gladys(&["show"]).quietly(), "from a variable from the file\n");
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_never_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.write("gladys.kdl", "project P { dotenv pipe }\ncommand show { run ls }\nprofile local\n");
    sandbox.run("mkfifo", &["pipe"]).quietly();
    let said = sandbox.gladys(&["show"]).with_code(2).stderr;
    assert!(said.contains("× cannot read `pipe`: it is no file"), "{said}");
    let said = sandbox.gladys(&["check", "--manifest", "pipe"]).with_code(2).stderr;
    assert!(said.contains("it is no file"), "{said}");
}
