//! Which steps, and in which order.

use crate::project::Project;

/// Five services on three levels, a job between them, and a profile that takes a level in one call.
const FIVE: &str = r#"
service db     "Storage"  { infrastructure }
service cache  "Memory"   { needs db }
service web    "Front"    { needs cache schema; alias front }
service api    "Back"     { needs cache schema }
service mail   "Apart"    { }
service cloud  "Not ours" { external; ready http "http://localhost:1/" }
job     schema "Tables"   { needs db; run echo migrate }

group all   "Everything" { members "*" }
group pair  "Two"        { members web api }
group both  "Groups in a group" { members pair mail }

command start "Start" {
    targets default=all
    flag --no-wait "Do not wait"
    flag --no-schema "Leave the tables alone"
    each start order=needs { wait unless=no-wait; skip schema if=no-schema }
}
command stop "Stop" { targets default=all; each stop order=reverse }
command restart "Both" { targets default=all; do stop "{targets}"; do start "{targets}" }
command logs "Logs" { targets default=all; each logs order=together }
command reset "From nothing" {
    flag --no-start "Leave them stopped"
    do start db
    run echo check
    do stop all
    run echo clean
    do stop db if=no-start
    do start all unless=no-start
}

profile one "One call each" default=#true {
    recipe start { run echo up "{service}" }
    recipe stop { run echo down "{service}" }
    recipe logs { run echo logs "{service}" }
    service db {}
    service cache {}
    service web {}
    service api {}
    service mail {}
}
profile many "One call for a level" {
    recipe start batch=#true { run echo up "{service}" }
    recipe stop batch=#true { run echo down "{service}" }
    recipe logs batch=#true { run echo logs "{service}" }
    service db {}
    service cache {}
    service web {}
    service api {}
    service mail {}
}
"#;

/// The plan without the lines that say where and how.
fn plan<const N: usize>(args: [&str; N]) -> crate::run::Run {
    let short = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("       "));
        lines.map(|line| format!("{line}\n")).collect()
    };
    Project::new().manifest(FIVE).gladys(args).map(short)
}

#[test]
fn start_adds_what_is_needed_and_puts_it_first() {
    plan(["start", "web", "--dry-run"]).stdout(
        "
        start in the profile one: 4 steps
           1. echo db
           2. echo cache  (after 1)
           3. echo schema  (after 1)
           4. echo web  (after 2, 3)
    ",
    );
}

#[test]
fn independent_services_wait_for_nothing_of_each_other() {
    plan(["start", "--dry-run"]).stdout(
        "
        start in the profile one: 6 steps
           1. echo db
           2. echo cache  (after 1)
           3. echo schema  (after 1)
           4. echo web  (after 2, 3)
           5. echo api  (after 2, 3)
           6. echo mail
    ",
    );
}

#[test]
fn stop_goes_the_other_way_and_takes_no_more_than_was_asked() {
    plan(["stop", "--dry-run"]).stdout(
        "
        stop in the profile one: 4 steps
           1. echo mail
           2. echo api
           3. echo web
           4. echo cache  (after 2, 3)
    ",
    );
    plan(["stop", "cache", "--dry-run"]).stdout(
        "
        stop in the profile one: 1 step
           1. echo cache
    ",
    );
}

#[test]
fn stop_keeps_the_order_of_services_that_are_linked_by_others() {
    plan(["stop", "db", "web", "--dry-run"]).stdout(
        "
        stop in the profile one: 2 steps
           1. echo web
           2. echo db  (after 1)
    ",
    );
}

#[test]
fn restart_is_a_stop_and_then_a_start() {
    plan(["restart", "web", "--dry-run"]).stdout(
        "
        restart in the profile one: 5 steps
           1. echo web
           2. echo db  (after 1)
           3. echo cache  (after 2)
           4. echo schema  (after 2)
           5. echo web  (after 3, 4)
    ",
    );
}

#[test]
fn a_group_stands_for_its_members_and_an_alias_for_its_service() {
    let both = plan(["start", "both", "--dry-run"]).text();
    assert_eq!(plan(["start", "web", "api", "mail", "--dry-run"]).text(), both);
    assert_eq!(plan(["start", "front", "pair", "front", "mail", "--dry-run"]).text(), both);
}

#[test]
fn a_job_is_left_out_by_a_flag_and_what_needs_it_goes_on() {
    plan(["start", "web", "--no-schema", "--dry-run"]).stdout(
        "
        start in the profile one: 3 steps
           1. echo db
           2. echo cache  (after 1)
           3. echo web  (after 2, 1)
    ",
    );
}

#[test]
fn an_external_service_is_only_waited_for() {
    plan(["start", "cloud", "--dry-run"]).stdout(
        "
        start in the profile one: 1 step
           1. wait for cloud
    ",
    );
    plan(["stop", "cloud", "--dry-run"]).stdout("stop in the profile one: 0 steps");
}

#[test]
fn a_batch_recipe_is_one_call_for_each_level() {
    plan(["start", "-p", "many", "--dry-run"]).stdout(
        "
        start in the profile many: 4 steps
           1. echo db mail
           2. echo schema  (after 1)
           3. echo cache  (after 1)
           4. echo web api  (after 3, 2)
    ",
    );
    plan(["stop", "-p", "many", "--dry-run"]).stdout(
        "
        stop in the profile many: 3 steps
           1. echo web api
           2. echo cache  (after 1)
           3. echo mail
    ",
    );
    Project::new().manifest(FIVE).gladys(["start", "-p", "many", "-v"]).sorted().stdout(
        "
        cache | up cache
        cache: done in [time]
        echo db mail | up db mail
        echo db mail: done in [time]
        echo web api | up web api
        echo web api: done in [time]
        schema | migrate
        schema: done in [time]
    ",
    );
}

#[test]
fn together_is_one_step_for_all() {
    Project::new().manifest(FIVE).gladys(["logs", "-p", "many", "pair"]).stdout("logs web api");
}

#[test]
fn a_command_made_of_commands_does_them_one_after_the_other() {
    plan(["reset", "--dry-run"]).stdout(
        "
        reset in the profile one: 13 steps
           1. echo db
           2. echo  (after 1)
           3. echo mail  (after 2)
           4. echo api  (after 2)
           5. echo web  (after 2)
           6. echo cache  (after 4, 5)
           7. echo  (after 3, 4, 5, 6)
           8. echo db  (after 7)
           9. echo cache  (after 8)
          10. echo schema  (after 8)
          11. echo web  (after 9, 10)
          12. echo api  (after 9, 10)
          13. echo mail  (after 7)
    ",
    );
    plan(["reset", "--no-start", "--dry-run"]).stdout(
        "
        reset in the profile one: 8 steps
           1. echo db
           2. echo  (after 1)
           3. echo mail  (after 2)
           4. echo api  (after 2)
           5. echo web  (after 2)
           6. echo cache  (after 4, 5)
           7. echo  (after 3, 4, 5, 6)
           8. echo db  (after 7)
    ",
    );
}

#[test]
fn a_service_that_the_profile_does_not_have_is_refused_with_who_needs_it() {
    let manifest = FIVE.replacen("    service cache {}\n", "", 1);
    Project::new()
        .manifest(&manifest)
        .gladys(["start", "web"])
        .stderr(
            r#"
        manifest::not-in-profile

          × `web` needs `cache`, which has no place in the profile `one`
           ╭─[gladys.kdl:3:9]
         2 │ service db     "Storage"  { infrastructure }
         3 │ service cache  "Memory"   { needs db }
           ·         ──┬──
           ·           ╰── declared here
         4 │ service web    "Front"    { needs cache schema; alias front }
           ╰────
          help: add `service cache { … }` to `profile one`

    "#,
        )
        .code(2);
}

#[test]
fn a_star_stands_for_what_the_profile_has() {
    let manifest = FIVE.replacen("    service cache {}\n", "", 1) + "group named { members cache db }\n";
    let project = Project::new().manifest(&manifest);
    project.gladys(["stop"]).sorted().stdout(
        "
        api: done in [time]
        mail: done in [time]
        web: done in [time]
    ",
    );
    for named in ["cache", "named"] {
        project
            .gladys(["stop", named])
            .stderr(
                r#"
            manifest::not-in-profile

              × the service `cache` has no place in the profile `one`
               ╭─[gladys.kdl:3:9]
             2 │ service db     "Storage"  { infrastructure }
             3 │ service cache  "Memory"   { needs db }
               ·         ──┬──
               ·           ╰── declared here
             4 │ service web    "Front"    { needs cache schema; alias front }
               ╰────
              help: add `service cache { … }` to `profile one`

        "#,
            )
            .code(2);
    }
}
