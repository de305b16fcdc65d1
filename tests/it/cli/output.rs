//! What is printed, and for whom: people, programs, terminals with and without colour.

use super::shop;
use crate::project::Project;
use crate::skip::without_program;

#[test]
fn a_dry_run_prints_the_plan_with_secrets_masked_and_runs_nothing() {
    let project = shop();
    project.gladys(["start", "web", "--dry-run"]).stdout(
        "
        start in the profile local: 4 steps
           1. start store
               cd [root]
               [bin]/standin fixture --name store --listen [STORE]
           2. wait for store  (after 1)
               until port [STORE] answers, at most 2.0s
           3. start web  (after 2)
               cd [root]
               STORE_ADDRESS=localhost:[STORE]
               SECRET=***
               [bin]/standin fixture --name web --listen [WEB]
           4. wait for web  (after 3)
               until port [WEB] answers, at most 30.0s
    ",
    );
    project.assert_nothing_runs();
}

#[test]
fn a_dry_run_says_what_a_native_verb_is_about_to_do() {
    let project = Project::new().manifest(
        r#"
        service db { external; ready postgres }
        database { url "postgres://shop@localhost/shop" }
        profile local
        check lock { run test -e lock; fix touch lock }
        command clean { flag --check; builtin clean "fruit, sales" "{check}" }
        command count { builtin query "select count(*)\nfrom fruit" }
        command compare { builtin sync-check }
    "#,
    );
    let planned = |command, flag| project.gladys([command, "--dry-run", flag]).text();
    let plan = |name: &str, what: &str| format!("{name} in the profile local: 1 step\n{what}");
    assert_eq!(planned("clean", "-v"), plan("clean", "   1. clean\n       empties `fruit` and `sales`\n"));
    let check = "   1. clean\n       asks whether `fruit` and `sales` can be emptied\n";
    assert_eq!(planned("clean", "--check"), plan("clean", check));
    let count = "   1. query\n       select count(*)\n       from fruit\n";
    assert_eq!(planned("count", "-v"), plan("count", count));
    let fix = "   1. sync-check\n       runs the fixes of what is out of step, then compares again\n";
    assert_eq!(planned("compare", "--fix"), plan("compare", fix));
}

#[test]
fn a_dry_run_for_programs_masks_secrets_too() {
    let project = shop();
    let plan = project.gladys(["start", "web", "--dry-run", "--json"]).json();
    assert_eq!(plan["schema"], "gladys.plan/1");
    let titles: Vec<_> =
        plan["steps"].as_array().into_iter().flatten().map(|step| step["title"].clone()).collect();
    assert_eq!(titles, ["start store", "wait for store", "start web", "wait for web"]);
    let env = &plan["steps"][2]["action"]["program"]["env"];
    assert_eq!(
        *env,
        serde_json::json!({ "STORE_ADDRESS": format!("localhost:{}", project.var("STORE")), "SECRET": "***" })
    );
    assert_eq!(plan["steps"][2]["after"], serde_json::json!([1]));
}

#[test]
fn secrets_of_dotenv_files_are_masked_and_reach_the_program() {
    let project = shop().file(".env", "SHOP_SECRET=hunter2\nPLAIN=x\n");
    let plan = project.gladys(["start", "web", "--dry-run"]).text();
    assert!(!plan.contains("hunter2"), "{plan}");
    project.gladys(["start", "web"]).any_stdout();
    let web = project
        .processes()
        .into_iter()
        .find(|process| process.command.contains("--name web"))
        .expect("web runs");
    let environ = std::fs::read(format!("/proc/{}/environ", web.pid)).expect("its environment");
    assert!(String::from_utf8_lossy(&environ).contains("SECRET=hunter2"));
}

#[test]
fn start_and_stop_print_one_line_for_each_service() {
    let project = shop();
    project.gladys(["start"]).stdout(
        "
        store: ready (port [STORE]) in [time]
        web: ready (port [WEB]) in [time]
        2 services ready in [time]
    ",
    );
    project.gladys(["stop"]).stdout(
        "
        web: stopped in [time]
        store: stopped in [time]
    ",
    );
}

#[test]
fn a_start_for_programs_is_one_document() {
    let project = shop();
    project.gladys(["start", "store", "--json"]).stdout(
        r#"
        {
          "schema": "gladys.run/1",
          "command": "start",
          "profile": "local",
          "ok": true,
          "exit_code": 0,
          "steps": [
            {
              "service": "store",
              "title": "start store",
              "outcome": "done",
              "text": "started, pid [pid]",
              "elapsed_ms": [ms]
            },
            {
              "service": "store",
              "title": "wait for store",
              "outcome": "done",
              "text": "ready (port [STORE])",
              "elapsed_ms": [ms]
            }
          ],
          "failures": []
        }
    "#,
    );
}

#[test]
fn a_second_start_for_programs_says_that_nothing_changed() {
    let project = shop();
    project.gladys(["start", "store"]).any_stdout();
    project.gladys(["start", "store", "--json"]).stdout(
        r#"
        {
          "schema": "gladys.run/1",
          "command": "start",
          "profile": "local",
          "ok": true,
          "exit_code": 0,
          "steps": [
            {
              "service": "store",
              "title": "start store",
              "outcome": "unchanged",
              "text": "already running, pid [pid]",
              "elapsed_ms": [ms]
            },
            {
              "service": "store",
              "title": "wait for store",
              "outcome": "unchanged",
              "text": "already ready (port [STORE])",
              "elapsed_ms": [ms]
            }
          ],
          "failures": []
        }
    "#,
    );
}

#[test]
fn a_stop_and_a_refusal_for_programs_are_documents_too() {
    let project = shop();
    project.gladys(["start", "store"]).any_stdout();
    project.gladys(["stop", "store", "--json"]).stdout(
        r#"
        {
          "schema": "gladys.run/1",
          "command": "stop",
          "profile": "local",
          "ok": true,
          "exit_code": 0,
          "steps": [
            {
              "service": "store",
              "title": "stop store",
              "outcome": "done",
              "text": "stopped",
              "elapsed_ms": [ms]
            }
          ],
          "failures": []
        }
    "#,
    );
    project
        .gladys(["start", "stroe", "--json"])
        .stdout(
            r#"
        {
          "schema": "gladys.problems/1",
          "problems": [
            {
              "code": "manifest::unknown-name",
              "message": "there is no service or group `stroe`",
              "help": "did you mean `store`?",
              "labels": [
                {
                  "file": "command line",
                  "line": 1,
                  "column": 14,
                  "text": "unknown"
                }
              ]
            }
          ]
        }
    "#,
        )
        .code(2);
}

#[test]
fn a_failed_start_for_programs_says_why() {
    let project = shop();
    project.write(
        "gladys.kdl",
        project.read("gladys.kdl").replace("--name store", "--name store --exit \"3@50\" --never-listen"),
    );
    project
        .gladys(["start", "store", "--json"])
        .stdout(
            r#"
        {
          "schema": "gladys.run/1",
          "command": "start",
          "profile": "local",
          "ok": false,
          "exit_code": 1,
          "steps": [
            {
              "service": "store",
              "title": "start store",
              "outcome": "done",
              "text": "started, pid [pid]",
              "elapsed_ms": [ms]
            },
            {
              "service": "store",
              "title": "wait for store",
              "outcome": "failed",
              "text": null,
              "elapsed_ms": [ms]
            }
          ],
          "failures": [
            {
              "service": "store",
              "step": "wait for store",
              "code": "gladys::probe::gone",
              "message": "its program ended: exit code 3, before port [STORE] was ready",
              "note": null,
              "help": null,
              "lines": [
                "INFO  store: started"
              ],
              "place": {
                "file": "gladys.kdl",
                "line": 38,
                "column": 47,
                "text": ""
              }
            }
          ]
        }
    "#,
        )
        .code(1);
}

#[test]
fn quiet_prints_errors_only() {
    let project = shop();
    project.gladys(["start", "--quiet"]);
    project.gladys(["stop", "-q"]);
}

#[test]
fn verbose_shows_every_step() {
    let project = shop();
    project.gladys(["start", "store", "-v"]).stdout(
        "
        store: started, pid [pid] in [time]
        store: ready (port [STORE]) in [time]
        1 service ready in [time]
    ",
    );
    project.gladys(["stop", "store", "-v"]).stdout("store: stopped in [time]");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let colours = |run: crate::run::Run| run.text().contains("\x1b[");
    assert!(!colours(shop().gladys(["list"])));
    assert!(colours(shop().gladys(["list", "--color", "always"])));
    assert!(colours(shop().env("NO_COLOR", 1).gladys(["list", "--color=always"])));
    assert!(!colours(shop().gladys(["list", "--color", "never"])));
    shop()
        .gladys(["list", "--color", "sometimes"])
        .stderr(
            "
        error: invalid value 'sometimes' for '--color <WHEN>'
          [possible values: auto, always, never]

        For more information, try '--help'.
    ",
        )
        .code(2);
}

#[test]
fn errors_have_colour_where_it_is_asked_for() {
    let error = shop().gladys(["start", "stroe", "--color=always"]).code(2).any_stderr().stderr_text();
    assert!(error.contains("\x1b["), "{error}");
    let error = shop().env("NO_COLOR", 1).gladys(["start", "stroe"]).code(2).any_stderr().stderr_text();
    assert!(!error.contains("\x1b["), "{error}");
}

#[test]
fn a_locale_without_unicode_gets_ascii() {
    shop()
        .env("LANG", "C")
        .gladys(["start", "stroe"])
        .stderr(
            "
        manifest::unknown-name

          x there is no service or group `stroe`
           ,-[command line:1:14]
         1 | gladys start stroe
           :              ^^|^^
           :                `-- unknown
           `----
          help: did you mean `store`?

    ",
        )
        .code(2);
}

#[test]
fn a_terminal_shows_marks_and_progress() {
    if without_program("script") {
        return;
    }
    let project = shop();
    let shown = project.sh("TERM=xterm script -qec \"$GLADYS start\" /dev/null < /dev/null").raw();
    let told =
        ["\x1b[32m✓\x1b[0m store  ready (port", "\x1b[32m✓\x1b[0m web    ready (port", "2 services ready in"];
    assert!(told.iter().all(|line| shown.contains(line)), "{shown:?}");
    let failed =
        project.sh("TERM=dumb script -qec \"$GLADYS start stroe\" /dev/null < /dev/null").code(2).raw();
    assert!(!failed.contains('\x1b'), "{failed:?}");
}

#[test]
fn a_terminal_that_is_to_have_no_colour_gets_none_in_its_spinners_either() {
    if without_program("script") {
        return;
    }
    let project = shop();
    let shown = |color: &str, variable: &str| {
        let words = format!(
            "{variable} TERM=xterm script -qec \"$GLADYS --color {color} start\" /dev/null < /dev/null"
        );
        let shown = project.sh(&words).raw();
        project.gladys(["stop"]).any_stdout();
        shown
    };
    // The last letter of a sequence that sets colours is an `m` (ECMA-48, SGR); those of a spinner end in others.
    let coloured = |text: &str| {
        text.split("\x1b[")
            .skip(1)
            .any(|rest| rest.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with('m'))
    };
    assert!(!coloured(&shown("never", "")));
    assert!(!coloured(&shown("auto", "NO_COLOR=1")));
    let spinner = shown("always", "NO_COLOR=1");
    assert!(spinner.contains("\x1b[36m"), "{spinner:?}");
}

#[test]
fn on_a_narrow_terminal_a_message_breaks_between_words() {
    if without_program("script") {
        return;
    }
    let project = shop().inside("a-folder-whose-name-is-longer-than-forty-columns");
    std::fs::remove_file(project.path("gladys.kdl")).expect("it was there");
    let words = "TERM=xterm NO_COLOR=1 script -qec \"stty cols 40; $GLADYS check\" /dev/null < /dev/null";
    let said = project.sh(words).code(2).raw().replace('\r', "");
    let expected = "
  × there is no `gladys.kdl` in
  │ `[root]/a-folder-whose-name-is-longer-than-forty-columns`
  │ or any folder above it
";
    let root = project.path("").display().to_string();
    let said = said.replace(root.trim_end_matches('/'), "[root]");
    assert!(said.contains(expected), "{said}");
}
