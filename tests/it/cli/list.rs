//! `gladys list`, `check` and `help`: made from the manifest.

use super::{SHOP, shop};
use crate::project::Project;
use crate::skip::without_program;

#[test]
fn list_shows_everything_the_manifest_has() {
    shop().gladys(["list"]).stdout(
        "
        shop — A small shop

        Commands
          start [TARGET…]             Start services
          stop [TARGET…]              Stop services
          status [TARGET…]            How things are
          logs [TARGET…]              What was said
          sell WHAT [COUNT] [WORDS…]  Sell something
          fail CODE                   Exit with a code

        Services
          web, window  local :[WEB]  remote :80  The shop window
          store        local :[STORE]  remote :81  What is in stock
          bank         external                  Who takes the money
          prices       job                       Today's prices

        Groups
          all         The application (*)
          everything  With what it rests on (all store)

        Profiles
          local   Processes on this machine (default)
          remote  Another machine

        `gladys COMMAND --help` says more; `--profile NAME` chooses where to run.
    ",
    );
}

#[test]
fn nothing_typed_is_list() {
    let project = shop();
    let listed = project.gladys(["list"]).text();
    assert_eq!(project.gladys([]).text(), listed);
    assert_eq!(project.gladys(["-q"]).text(), listed);
}

#[test]
fn list_for_programs_has_the_same() {
    let project = shop();
    let list = project.gladys(["list", "--json"]).json();
    assert_eq!(list["schema"], "gladys.list/1");
    let names = |what: &str| -> Vec<String> {
        let all = list[what].as_array().into_iter().flatten();
        all.map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("commands"), ["start", "stop", "status", "logs", "sell", "fail"]);
    assert_eq!(names("services"), ["web", "store", "bank", "prices"]);
    assert_eq!(names("groups"), ["all", "everything"]);
    assert_eq!(names("profiles"), ["local", "remote"]);
    let web = &list["services"][0];
    let port: u16 = project.var("WEB").parse().expect("a port");
    assert_eq!(
        *web,
        serde_json::json!({
            "name": "web", "summary": "The shop window", "kind": "service", "aliases": ["window"], "needs": ["store"],
            "infrastructure": false, "ports": { "local": port, "remote": 80 },
        })
    );
    assert_eq!(list["services"][3]["kind"], "job");
    assert_eq!(list["commands"][4]["usage"], "sell WHAT [COUNT] [WORDS…]");
}

#[test]
fn check_plans_every_command_in_every_profile() {
    shop().gladys(["check"]).stdout("gladys.kdl: 3 services, 1 job, 6 commands, 2 profiles: nothing wrong");
    let document = shop().gladys(["check", "--json"]).json();
    assert_eq!(document, serde_json::json!({ "schema": "gladys.check/1", "ok": true, "plans": 12 }));
    shop().gladys(["check", "--quiet"]);
}

#[test]
fn check_finds_what_no_command_has_stumbled_over_yet() {
    let broken = SHOP
        .replace("run \"true\"", "run no-such-program-anywhere")
        .replace("needs store; alias", "needs stroe; alias");
    let project = Project::new().manifest(&broken).port("WEB").port("STORE").env("BANK", 1);
    project
        .gladys(["check"])
        .stderr(
            r#"
        manifest::unknown-name

          × there is no service `stroe`
           ╭─[gladys.kdl:4:43]
         3 │ 
         4 │ service web   "The shop window"   { needs stroe; alias window; ready tcp }
           ·                                           ──┬──
           ·                                             ╰── unknown
         5 │ service store "What is in stock"  { infrastructure; ready tcp timeout="2s" }
           ╰────
          help: did you mean `store`?

    "#,
        )
        .code(2);
    let broken = SHOP
        .replace("run \"true\"", "run no-such-program-anywhere")
        .replace("needs store; alias", "needs prices; alias");
    let project = Project::new().manifest(&broken).port("WEB").port("STORE").env("BANK", 1);
    project.gladys(["check"]).stderr(r#"
        manifest::missing-program

          × the program `no-such-program-anywhere` is not on this machine
           ╭─[gladys.kdl:7:54]
         6 │ service bank  "Who takes the money" { external; ready http "http://localhost:{BANK}/health" timeout="1s" }
         7 │ job     prices "Today's prices"   { needs store; run no-such-program-anywhere }
           ·                                                      ────────────┬───────────
           ·                                                                  ╰── not found
         8 │ group   all   "The application"   { members "*" }
           ╰────
          help: install it, or put its folder on `PATH`

    "#).code(2);
}

#[test]
fn help_of_a_command_is_made_from_its_parameters() {
    shop().gladys(["run", "sell", "--help"]).stdout(
        "
        Sell something

        Usage: gladys run sell [OPTIONS] <WHAT> [COUNT] [WORDS]...

        Arguments:
          <WHAT>      What to sell [possible values: apple, pear]
          [COUNT]     How many [default: 1]
          [WORDS]...  Said to the customer

        Options:
              --gift  Wrap it
          -h, --help  Print help

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
fn help_of_the_whole_names_every_command() {
    shop().gladys(["--help"]).stdout(
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
          start        Start services
          stop         Stop services
          status       How things are
          logs         What was said
          sell         Sell something
          fail         Exit with a code

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
fn the_version_needs_no_manifest() {
    let version = concat!("gladys ", env!("CARGO_PKG_VERSION"));
    Project::new().gladys(["--version"]).stdout(version);
}

#[test]
fn on_a_narrow_terminal_no_word_is_broken() {
    if without_program("script") {
        return;
    }
    let project = shop();
    let narrow = |columns: u32| {
        let list = format!("stty cols {columns}; $GLADYS list");
        let words = format!("TERM=xterm NO_COLOR=1 script -qec \"{list}\" /dev/null < /dev/null");
        project.sh(&words).raw().replace('\r', "")
    };
    let ports =
        |text: &str| text.replace(project.var("WEB"), "[WEB]").replace(project.var("STORE"), "[STORE]");
    assert_eq!(
        ports(&narrow(40)),
        "\
shop — A small shop

Commands
  start [TARGET…]
      Start services
  stop [TARGET…]
      Stop services
  status [TARGET…]
      How things are
  logs [TARGET…]
      What was said
  sell WHAT [COUNT] [WORDS…]
      Sell something
  fail CODE
      Exit with a code

Services
  web, window
      local :[WEB]  remote :80
      The shop window
  store
      local :[STORE]  remote :81
      What is in stock
  bank
      external
      Who takes the money
  prices
      job
      Today's prices

Groups
  all         The application (*)
  everything  With what it rests on (all
              store)

Profiles
  local   Processes on this machine
          (default)
  remote  Another machine

`gladys COMMAND --help` says more;
`--profile NAME` chooses where to run.
"
    );
    let wide: Vec<String> = project.gladys(["list"]).text().split_whitespace().map(str::to_owned).collect();
    for columns in [40, 50, 60, 80] {
        let text = narrow(columns);
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= usize::try_from(columns).ok(), "{columns}: {text}");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>().len(), wide.len(), "{columns}: {text}");
    }
}
