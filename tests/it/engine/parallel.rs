//! Steps that do not need each other run at the same time; dependents wait for ready.

use crate::project::Project;

/// Each service waits until all three have begun: one after the other, none would ever be ready.
const TOGETHER: &str = r#"
service a "One" { ready exec sh -c "test $(wc -l < begun) = 3" timeout="20s" }
service b "Two" { ready exec sh -c "test $(wc -l < begun) = 3" timeout="20s" }
service c "Three" { ready exec sh -c "test $(wc -l < begun) = 3" timeout="20s" }
command start "Start" { targets default="*"; each start order=needs { wait } }
command stop "Stop" { targets default="*"; each stop order=reverse }
profile local "Here" {
    recipe start { spawn }
    recipe stop { terminate }
    service a { exec standin fixture --append begun a }
    service b { exec standin fixture --append begun b }
    service c { exec standin fixture --append begun c }
}
"#;

#[test]
fn services_that_do_not_need_each_other_start_side_by_side() {
    let project = Project::new().manifest(TOGETHER);
    project.gladys(["start"]).sorted().stdout(
        "
        3 services ready in [time]
        a: ready (`sh`) in [time]
        b: ready (`sh`) in [time]
        c: ready (`sh`) in [time]
    ",
    );
    assert_eq!(project.read("begun").lines().count(), 3);
}

#[test]
fn programs_of_one_level_run_side_by_side() {
    // Each makes its file and waits for the other's.
    let manifest = r#"
        service a "One" { }
        service b "Two" { }
        command meet "Meet" { targets default="*"; each meet order=needs }
        profile local "Here" {
            recipe meet { run sh -c "touch here.$0; until test -e here.a && test -e here.b; do sleep 0.01; done" "{service}" }
            service a { }
            service b { }
        }
    "#;
    Project::new().manifest(manifest).gladys(["meet"]).sorted().stdout(
        "
        a: done in [time]
        b: done in [time]
    ",
    );
}

#[test]
fn programs_that_run_alone_wait_for_each_other_whoever_calls_them() {
    // `mkdir` fails where the other one is still in there.
    let manifest = r#"
        command shown "With the terminal" { run sh -c "mkdir in && sleep 0.2 && rmdir in" { alone } }
        command kept "Without" { prepare sh -c "mkdir in && sleep 0.2 && rmdir in" { alone }; run "true" }
        profile local "Here" default=#true
    "#;
    let project = Project::new().manifest(manifest);
    let all = "for each in shown kept shown kept; do $GLADYS -q $each & all=\"$all $!\"; done; for each in $all; do wait $each || exit 1; done";
    project.sh(all);
}

/// A chain whose first link is slow to become ready.
const CHAIN: &str = r#"
service store "First" { ready tcp }
job tables "In between" { needs store; run sh -c "echo tables >> order" }
service web "Last" { needs tables; ready tcp }
command start "Start" {
    targets default="*"
    flag --no-wait "Do not wait"
    each start order=needs { wait unless=no-wait }
}
command stop "Stop" { targets default="*"; each stop order=reverse }
command restart "Both" { targets default="*"; do stop "{targets}"; do start "{targets}" }
profile local "Here" {
    recipe start { spawn }
    recipe stop { terminate }
    service store { port 4000 env=STORE; exec standin fixture --ready-after 300 --listen "{port}" --append order store }
    service web { port 4001 env=WEB; exec standin fixture --listen "{port}" --append order web }
}
"#;

fn chain() -> Project {
    Project::new().manifest(CHAIN).port("STORE").port("WEB")
}

#[test]
fn dependents_wait_until_what_they_need_is_ready() {
    let project = chain();
    project.gladys(["start"]).stdout(
        "
        store: ready (port [STORE]) in [time]
        tables: done in [time]
        web: ready (port [WEB]) in [time]
        2 services ready in [time]
    ",
    );
    assert_eq!(project.read("order"), "store\ntables\nweb\n");
}

#[test]
fn stop_and_restart_go_in_order() {
    let project = chain();
    project.gladys(["start", "--no-wait"]).any_stdout();
    project.gladys(["restart"]).stdout(
        "
        web: stopped in [time]
        store: stopped in [time]
        store: ready (port [STORE]) in [time]
        tables: done in [time]
        web: ready (port [WEB]) in [time]
        2 services ready in [time]
    ",
    );
    let order = "store\ntables\nweb\nweb stopped\nstore stopped\nstore\ntables\nweb\n";
    assert_eq!(project.read("order"), order);
    project.gladys(["stop"]).any_stdout();
    project.assert_nothing_runs();
}

#[test]
fn without_waiting_only_what_others_need_is_waited_for() {
    let project = chain();
    project.gladys(["start", "--no-wait"]).stdout(
        "
        store: ready (port [STORE]) in [time]
        tables: done in [time]
        web: started, pid [pid] in [time]
        1 service ready, 1 more started in [time]
    ",
    );
}

#[test]
fn a_service_that_is_not_waited_for_is_counted_apart() {
    let manifest = TOGETHER.replace(" = 3\" timeout=\"20s\"", " -ge 0\" timeout=\"20s\"");
    let unasked = manifest.lines().map(|line| match line.split_once(" { ready") {
        Some((service, _)) if !line.contains("service a") => format!("{service} {{ }}"),
        _ => line.to_owned(),
    });
    let project = Project::new().manifest(&unasked.collect::<Vec<_>>().join("\n"));
    project.gladys(["start"]).sorted().stdout(
        "
        1 service ready, 2 more started in [time]
        a: ready (`sh`) in [time]
        b: started, pid [pid] in [time]
        c: started, pid [pid] in [time]
    ",
    );
}

#[test]
fn what_is_prepared_does_not_count_against_the_time_to_become_ready() {
    let manifest = CHAIN.replace("ready tcp }\njob", "ready tcp timeout=\"2s\" }\njob").replace(
        "port 4000 env=STORE;",
        "port 4000 env=STORE; prepare sh -c \"sleep 2.2; echo built >> order\";",
    );
    let project = Project::new().manifest(&manifest).port("STORE").port("WEB");
    project.gladys(["start", "store"]).stdout(
        "
        store: prepared in [time]
        store: ready (port [STORE]) in [time]
        1 service ready in [time]
    ",
    );
    assert_eq!(project.read("order"), "built\nstore\n");
}

#[test]
fn what_several_services_prepare_alike_is_done_once() {
    let manifest = TOGETHER.replace("{ exec", "{ prepare sh -c \"echo built >> log\"; exec");
    let project = Project::new().manifest(&manifest);
    project.gladys(["start"]).sorted().stdout(
        "
        3 services ready in [time]
        a: ready (`sh`) in [time]
        b: ready (`sh`) in [time]
        c: ready (`sh`) in [time]
        sh: prepared in [time]
    ",
    );
    assert_eq!(project.read("log"), "built\n");
}
