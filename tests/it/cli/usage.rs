//! Words that the manifest does not know, and words that it does.

use super::shop;

#[test]
fn an_unknown_command_is_refused_with_a_suggestion() {
    shop()
        .gladys(["strat"])
        .stderr(
            "
        error: unrecognized subcommand 'strat'

          tip: some similar subcommands exist: 'start', 'status'

        Usage: gladys [OPTIONS] [COMMAND]

        For more information, try '--help'.
    ",
        )
        .code(2);
    shop()
        .gladys(["run", "strat"])
        .stderr(
            "
        error: unrecognized subcommand 'strat'

          tip: some similar subcommands exist: 'start', 'status'

        Usage: gladys run <COMMAND>

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn a_native_verb_without_its_command_is_refused_with_the_line_that_makes_one() {
    shop()
        .gladys(["psql", "-c", "select 1"])
        .stderr(
            "
        error: unrecognized subcommand 'psql'

          tip: to have it, add `command psql { builtin psql }` to the manifest

        Usage: gladys [OPTIONS] [COMMAND]

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn an_unknown_option_is_refused_with_a_suggestion() {
    shop()
        .gladys(["start", "--quik"])
        .stderr(
            "
        error: unexpected argument '--quik' found

          tip: a similar argument exists: '--quick'

        Usage: gladys start --quick [TARGET]...

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn an_unknown_service_is_pointed_at_on_the_command_line() {
    shop()
        .gladys(["start", "stroe", "webb"])
        .stderr(
            "
        manifest::unknown-name

          × there is no service or group `stroe`
           ╭─[command line:1:14]
         1 │ gladys start stroe webb
           ·              ──┬──
           ·                ╰── unknown
           ╰────
          help: did you mean `store`?

        manifest::unknown-name

          × there is no service or group `webb`
           ╭─[command line:1:20]
         1 │ gladys start stroe webb
           ·                    ──┬─
           ·                      ╰── unknown
           ╰────
          help: did you mean `web`?

        2 problems found; nothing was run
    ",
        )
        .code(2);
}

#[test]
fn a_word_that_is_no_choice_is_refused_with_the_choices() {
    shop()
        .gladys(["sell", "appel"])
        .stderr(
            "
        error: invalid value 'appel' for '<WHAT>'
          [possible values: apple, pear]

          tip: a similar value exists: 'apple'

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn a_missing_word_is_named() {
    shop()
        .gladys(["sell"])
        .stderr(
            "
        error: the following required arguments were not provided:
          <WHAT>

        Usage: gladys sell <WHAT> [COUNT] [WORDS]...

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn words_reach_the_program_as_they_were_typed() {
    let project = shop();
    project.gladys(["sell", "apple"]).stdout("fruit/apple 1");
    project.gladys(["run", "sell", "pear", "3", "--gift"]).stdout("fruit/pear 3 --gift");
    project.gladys(["sell", "pear", "3", "--", "-x", "--json", "a b"]).stdout("fruit/pear 3 -x --json a b");
}

#[test]
fn the_exit_code_of_a_program_in_the_foreground_is_passed_on() {
    for code in ["0", "1", "7", "255"] {
        let expected = code.parse().expect("a number");
        let run = shop().gladys(["fail", code]).code(expected);
        drop(run.any_stderr());
    }
    shop().gladys(["fail", "7"]).stderr("fail: `sh` exited with 7").code(7);
    shop().gladys(["fail", "0"]);
}

#[test]
fn what_is_no_text_is_refused_and_not_changed() {
    let project = shop();
    project
        .sh(r#"$GLADYS start "$(printf 'we\377b')""#)
        .stderr(
            "
            gladys::not_text

              × the word `we\u{fffd}b` of the command line is not UTF-8
              help: give a file another name, or a program its bytes in a file or on standard input
        ",
        )
        .code(2);
    let said = "
        manifest::bad-variable

          × the variable `GLADYS_PROFILE` does not hold text in UTF-8
           ╭─[command line:1:1]
         1 │ gladys status
           · ───┬──
           ·    ╰── used here
           ╰────
          help: set `GLADYS_PROFILE` to text in UTF-8, or unset it

    ";
    project.sh(r#"GLADYS_PROFILE="$(printf 'lo\377cal')" $GLADYS status"#).stderr(said).code(2);
    // A variable that nobody asks for is nobody's business, and one of a path is a path.
    project.sh(r#"OTHER="$(printf '\377')" $GLADYS check"#).any_stdout();
    let gone =
        project.sh(r#"GLADYS_MANIFEST="$(printf '\377')" $GLADYS check"#).any_stderr().code(2).stderr_text();
    assert!(gone.contains("cannot read `\u{fffd}`"), "{gone}");
}
