//! Placeholders and parameters: which words a program gets.

use crate::project::Project;

const WORDS: &str = r#"
service a "One" { }
service b "Two" { }
let greeting env=GREETING default="hello {name}"
let name "you"
command say "Options, alone and inside" {
    targets default=a
    flag   -l --loud "Loudly"
    option -n --tail "How many" value=N
    option --to "To whom" default=all
    option --tag "Any number" multiple=#true
    run echo "[" "{loud}" "{tail}" "{to}" "{tag}" "]"
}
command inside "An option inside a word" { option --level "How much" default=low; run echo "level={level}" "{{level}}" }
command many "Many inside a word" { option --tag "Any" multiple=#true; run echo "tags={tag}" }
command pass "Everything on" { rest args "Words"; run echo "<" "{args}" ">" }
command greet "Values" { run echo "{greeting}" "{a.nick}" "{profile}" }
command each "Recipes see the command's words" { targets default=a; option -n --tail "How many" value=N; each show order=together }
command again "A command with words of another" { rest words "More"; do pass x "{words}" }
profile local "Here" {
    let nick "nobody"
    recipe show batch=#true { run echo "{service}" "{tail}" "{nick}" }
    service a { nick alpha }
    service b { nick beta }
}
"#;

fn words() -> Project {
    Project::new().manifest(WORDS)
}

#[test]
fn a_parameter_alone_in_a_word_becomes_the_words_that_were_given() {
    words().gladys(["say"]).stdout("[ --to all ]");
    words().gladys(["say", "-l", "-n", "3", "--to", "a b"]).stdout("[ --loud --tail 3 --to a b ]");
    words().gladys(["say", "--tag", "x", "--tag=y z"]).stdout("[ --to all --tag x --tag y z ]");
}

#[test]
fn a_parameter_inside_a_word_becomes_its_value() {
    words().gladys(["inside"]).stdout("level=low {level}");
    words().gladys(["inside", "--level", "very high"]).stdout("level=very high {level}");
}

#[test]
fn several_values_inside_a_word_are_refused_at_the_placeholder() {
    words().gladys(["many", "--tag", "x", "--tag", "y"]).stderr(r#"
        manifest::many-inside-word

          × `{tag}` can stand for any number of words, so it cannot be a part of one
            ╭─[gladys.kdl:15:87]
         14 │ command inside "An option inside a word" { option --level "How much" default=low; run echo "level={level}" "{{level}}" }
         15 │ command many "Many inside a word" { option --tag "Any" multiple=#true; run echo "tags={tag}" }
            ·                                                                                       ──┬──
            ·                                                                                         ╰── inside a word
         16 │ command pass "Everything on" { rest args "Words"; run echo "<" "{args}" ">" }
            ╰────
          help: make it a word of its own: "{tag}"

    "#).code(2);
}

#[test]
fn the_rest_is_passed_on_with_its_dashes() {
    words().gladys(["pass"]).stdout("< >");
    words().gladys(["pass", "-k", "fast and", "--", "--json"]).stdout("< -k fast and -- --json >");
    words().gladys(["pass", "--", "--dry-run", "-v"]).stdout("< --dry-run -v >");
    words().gladys(["pass", "tests/a.py", "-x", "--maxfail=1"]).stdout("< tests/a.py -x --maxfail=1 >");
}

#[test]
fn words_of_the_shell_are_not_taken_apart_again() {
    words().gladys(["pass", "$HOME", "a;b", "*", "'", "", "{port}"]).stdout("< $HOME a;b * '  {port} >");
}

#[test]
fn values_are_looked_up_where_they_are_nearest() {
    words().gladys(["greet"]).stdout("hello you alpha local");
    words().env("GREETING", "moin {name}").gladys(["greet"]).stdout("moin {name} alpha local");
}

#[test]
fn a_recipe_sees_the_words_of_the_command_and_each_services_values() {
    words().gladys(["each"]).stdout("a alpha");
    words().gladys(["each", "a", "b", "-n", "5"]).stdout("a b --tail 5 alpha beta");
}

#[test]
fn a_command_passes_words_to_another() {
    words().gladys(["again", "--", "-y", "z"]).stdout("< x -y z >");
}
