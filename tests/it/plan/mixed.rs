//! A profile that uses services of others: each is run by the recipes of where it is from, in one order.

use crate::project::Project;

const MANIFEST: &str = r#"
service db
service cache
service web { needs db cache }
service top { needs web }

command start { targets; each start order=needs }
command stop { targets; each stop order=reverse }
command again { targets; each again }

profile words default=#true {
    let said "by words"
    recipe start { run echo "{service}" "{db.port}" "{said}" }
    recipe stop { run echo "{service}" }
    recipe again { do stop "{service}"; do start "{service}" }
    service db { port 1 }
    service cache
    service web
    service top
}
profile units {
    let said "by units"
    env STACK="{said}"
    recipe start batch=#true { prepare echo made "{service}"; run echo started "{service}" }
    recipe stop batch=#true { run echo stopped "{service}" }
    recipe again { run echo again "{service}" }
    service db { port 2 }
    service cache
    service web
}
profile mixed { use units db cache; use words web top }
"#;

/// What the steps say and run, without where.
fn mixed(words: &str) -> crate::run::Run {
    let short = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("cd [root]"));
        lines
            .map(|line| line.split_once("/echo ").map_or(line, |(_, words)| words).trim().to_owned() + "\n")
            .collect()
    };
    Project::new().manifest(MANIFEST).sh(&format!("exec $GLADYS {words} -p mixed --dry-run")).map(short)
}

#[test]
fn a_start_crosses_over() {
    mixed("start").stdout(
        "
        start in the profile mixed: 4 steps
        1. prepare db cache
        STACK='by units'
        made db cache
        2. echo db cache  (after 1)
        STACK='by units'
        started db cache
        3. echo web  (after 2)
        web 2 'by words'
        4. echo top  (after 3)
        top 2 'by words'
    ",
    );
}

#[test]
fn a_stop_goes_the_other_way() {
    mixed("stop").stdout(
        "
        stop in the profile mixed: 3 steps
        1. echo top
        top
        2. echo web  (after 1)
        web
        3. echo db cache  (after 2)
        STACK='by units'
        stopped db cache
    ",
    );
}

#[test]
fn a_recipe_for_all_is_done_for_those_of_its_own_profile() {
    mixed("again").stdout(
        "
        again in the profile mixed: 7 steps
        1. echo db cache
        STACK='by units'
        again db cache
        2. echo top  (after 1)
        top
        3. echo web  (after 2)
        web
        4. prepare db cache  (after 2, 3)
        STACK='by units'
        made db cache
        5. echo db cache  (after 2, 3, 4)
        STACK='by units'
        started db cache
        6. echo web  (after 5)
        web 2 'by words'
        7. echo top  (after 6)
        top 2 'by words'
    ",
    );
}

#[test]
fn a_profile_is_left_alone_whose_services_are_not_meant() {
    mixed("stop top").stdout(
        "
        stop in the profile mixed: 1 step
        1. echo top
        top
    ",
    );
}
